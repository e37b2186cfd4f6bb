//! The store that ships, made to do the same steps.

use crate::reference::{Got, Seen, Shape, State};
use crate::step::{Step, What};
use foregone::middleware::Completion;
use foregone::{Selected, Store, Subscription};
use futures_util::FutureExt;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::{Arc, Mutex};

enum Action {
    Add { n: u8, breaks: bool },
    Turn(Vec<Step>),
}

enum Watching {
    Callback { _until: Subscription },
    Remainders(Selected<u32>),
    Snapshots(Selected<Arc<State>>),
}

/// None of its locks is held while the store is called.
#[derive(Default)]
struct World {
    handles: Mutex<Vec<Store<State, Action>>>,
    watching: Mutex<Vec<Option<Watching>>>,
    kept: Mutex<Vec<Arc<State>>>,
    log: Mutex<Vec<Seen>>,
}

pub(crate) struct Real(Arc<World>);

impl Real {
    pub(crate) fn new(shape: Shape) -> Self {
        let world = Arc::new(World::default());
        let builder = match shape {
            Shape::ByRef => Store::builder(State::default(), |state: &State, action| reduce(*state, action)),
            Shape::ByValue => Store::builder_by_value(State::default(), reduce),
            Shape::ByMut => Store::builder_by_mut(State::default(), edit),
            Shape::InPlace => Store::builder_in_place(State::default(), edit),
        };
        let inside = Arc::clone(&world);
        let store = builder.middleware_fn(move |_store, action, next| match action {
            Action::Turn(steps) => {
                inside.run(&steps);
                Completion::applied()
            }
            Action::Add { .. } => next.run(action),
        });
        world.handles.lock().unwrap().push(store.build());
        Self(world)
    }

    pub(crate) fn outside(&self, step: &Step) {
        let panicked = catch_unwind(AssertUnwindSafe(|| self.0.step(step))).is_err();
        self.0.saw(Seen::Returned { panicked });
    }

    pub(crate) fn state(&self) -> Option<State> {
        self.0.state()
    }

    pub(crate) fn log(&self) -> Vec<Seen> {
        self.0.log.lock().unwrap().clone()
    }

    /// How many callbacks and middlewares exist: each holds what this counts.
    pub(crate) fn held(&self) -> usize {
        Arc::strong_count(&self.0) - 1
    }
}

impl Drop for Real {
    fn drop(&mut self) {
        // The store holds what holds the handles.
        let handles = std::mem::take(&mut *self.0.handles.lock().unwrap());
        drop(handles);
    }
}

fn edit(state: &mut State, action: Action) {
    if let Action::Add { n, breaks } = action {
        state.add(n, breaks).unwrap_or_else(|_| panic_quietly());
    }
}

fn reduce(mut state: State, action: Action) -> State {
    edit(&mut state, action);
    state
}

/// Without the message and backtrace that a thousand cases would print.
fn panic_quietly() -> ! {
    resume_unwind(Box::new("as the model says"))
}

impl World {
    fn run(self: &Arc<Self>, steps: &[Step]) {
        for step in steps {
            self.step(step);
        }
    }

    fn step(self: &Arc<Self>, step: &Step) {
        match step {
            Step::Add(n) => self.dispatch(Action::Add { n: *n, breaks: false }),
            Step::Break => self.dispatch(Action::Add { n: 0, breaks: true }),
            Step::Turn(steps) => self.dispatch(Action::Turn(steps.clone())),
            Step::Watch(what, then) => self.watch(*what, then.clone()),
            Step::Unwatch(number) => {
                let ended = self.watching.lock().unwrap().get_mut(*number).and_then(Option::take);
                drop(ended);
            }
            Step::Read(number) => self.read(*number),
            Step::Panic => panic_quietly(),
            Step::Keep => self.kept.lock().unwrap().extend(self.handle().map(|store| store.state())),
            Step::Release => {
                let kept = self.kept.lock().unwrap().pop();
                self.log.lock().unwrap().extend(kept.map(|state| Seen::Kept(*state)));
            }
            Step::CloneHandle => {
                let clone = self.handle();
                self.handles.lock().unwrap().extend(clone);
            }
            Step::DropHandle => {
                let dropped = self.handles.lock().unwrap().pop();
                drop(dropped);
            }
        }
    }

    fn handle(&self) -> Option<Store<State, Action>> {
        self.handles.lock().unwrap().last().cloned()
    }

    fn state(&self) -> Option<State> {
        self.handle().map(|store| *store.state())
    }

    fn saw(&self, seen: Seen) {
        self.log.lock().unwrap().push(seen);
    }

    fn dispatch(&self, action: Action) {
        if let Some(store) = self.handle() {
            store.dispatch(action);
        }
    }

    fn watch(self: &Arc<Self>, what: What, then: Vec<Step>) {
        let Some(store) = self.handle() else { return };
        let watcher = self.watching.lock().unwrap().len();
        let world = Arc::clone(self);
        let mut then = Some(then);
        let watching = match what {
            What::Changes => {
                let until = store.subscribe(move |state| {
                    world.saw(Seen::Call { watcher, state: *state, now: world.state() });
                    world.run(&then.take().unwrap_or_default());
                });
                Watching::Callback { _until: until }
            }
            What::Remainders(modulus) => {
                let selector = move |state: &State| state.value % modulus;
                let until = store.subscribe_selected(selector, move |remainder| {
                    world.saw(Seen::RemainderCall { watcher, remainder: *remainder, now: world.state() });
                    world.run(&then.take().unwrap_or_default());
                });
                Watching::Callback { _until: until }
            }
            What::RemainderStream(modulus) => {
                Watching::Remainders(store.select(move |state: &State| state.value % modulus))
            }
            What::Snapshots => Watching::Snapshots(store.snapshots()),
        };
        self.watching.lock().unwrap().push(Some(watching));
    }

    fn read(&self, watcher: usize) {
        let mut watching = self.watching.lock().unwrap();
        let got = match watching.get_mut(watcher) {
            Some(Some(Watching::Remainders(stream))) => stream.next().now_or_never().map(|got| got.map(Got::Remainder)),
            Some(Some(Watching::Snapshots(stream))) => {
                stream.next().now_or_never().map(|got| got.map(|state| Got::State(*state)))
            }
            _ => return,
        };
        drop(watching);
        self.saw(Seen::Read { watcher, got: got.map_or(Got::Nothing, |got| got.unwrap_or(Got::End)) });
    }
}
