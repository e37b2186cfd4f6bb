//! The whole chain and the reducer run in one turn.

mod watchdog;

use foregone::Store;
use foregone::middleware::{Completion, StoreApi, WeakStore};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Barrier, Mutex, OnceLock, mpsc};
use std::thread;
use watchdog::must_end;

#[derive(Debug, Clone, Copy)]
enum Action {
    /// A middleware reads the state and dispatches what it makes of it.
    Increment,
    Is(u32),
}

fn incrementing() -> Store<u32, Action> {
    Store::builder(0, |n, action| match action {
        Action::Increment => *n,
        Action::Is(n) => n,
    })
    .middleware_fn(|store, action, next| match action {
        Action::Increment => {
            let now = *store.state();
            thread::yield_now();
            store.dispatch(Action::Is(now + 1))
        }
        action @ Action::Is(_) => next.run(action),
    })
    .build()
}

#[test]
fn a_middleware_that_reads_and_then_acts_loses_no_update() {
    let store = incrementing();
    let together = Barrier::new(4);
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                together.wait();
                for _ in 0..1000 {
                    store.dispatch(Action::Increment);
                }
            });
        }
    });
    assert_eq!(*store.state(), 4000);
}

#[test]
fn an_effect_that_reads_and_then_acts_in_a_turn_loses_no_update() {
    let weak = Arc::new(OnceLock::new());
    let store = Store::builder(0, |n: &u32, add: u32| n + add).middleware(Attach(Arc::clone(&weak))).build();
    let weak: WeakStore<u32, u32> = weak.get().unwrap().clone();
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..500 {
                    weak.turn(|store| {
                        let now = *store.state();
                        store.dispatch(1);
                        assert_eq!(*store.state(), now + 1);
                    });
                    store.dispatch(1);
                }
            });
        }
    });
    assert_eq!(*store.state(), 4000);
}

struct Attach(Arc<OnceLock<WeakStore<u32, u32>>>);

impl foregone::middleware::Middleware<u32, u32> for Attach {
    fn handle(
        &self,
        _: &dyn StoreApi<u32, u32>,
        action: u32,
        next: foregone::middleware::Next<'_, u32, u32>,
    ) -> Completion {
        next.run(action)
    }

    fn attach(&self, store: WeakStore<u32, u32>) {
        assert!(self.0.set(store).is_ok(), "once");
    }
}

#[test]
fn another_threads_dispatch_waits_for_the_turn_to_end() {
    must_end(|| {
        let order = Arc::new(Mutex::new(Vec::new()));
        let (in_turn, entered) = mpsc::channel();
        let (release, released) = mpsc::channel::<()>();
        let released = Mutex::new(released);
        let noted = Arc::clone(&order);
        let store = Store::builder(0, |n: &u32, add: u32| n + add)
            .middleware_fn(move |_, add, next| {
                noted.lock().unwrap().push(format!("{add} in"));
                if add == 1 {
                    in_turn.send(()).unwrap();
                    released.lock().unwrap().recv().unwrap();
                }
                let completion = next.run(add);
                noted.lock().unwrap().push(format!("{add} out"));
                completion
            })
            .build();
        let first = thread::spawn({
            let store = store.clone();
            move || store.dispatch(1)
        });
        entered.recv().unwrap();
        let second = thread::spawn(move || store.dispatch(2));
        // Whether the second has begun to wait by now or not: it may not come between.
        for _ in 0..1000 {
            thread::yield_now();
        }
        release.send(()).unwrap();
        first.join().unwrap();
        second.join().unwrap();
        assert_eq!(*order.lock().unwrap(), ["1 in", "1 out", "2 in", "2 out"]);
    });
}

#[test]
fn reading_does_not_wait_for_a_turn() {
    must_end(|| {
        let (ask, asked) = mpsc::channel::<()>();
        let (answer, answered) = mpsc::channel();
        let answered = Mutex::new(answered);
        let store = Store::builder(7, |n: &u32, add: u32| n + add)
            .middleware_fn(move |_, add, next| {
                ask.send(()).unwrap();
                assert_eq!(answered.lock().unwrap().recv(), Ok(7), "another thread has read meanwhile");
                next.run(add)
            })
            .build();
        let reader = store.clone();
        thread::spawn(move || {
            asked.recv().unwrap();
            answer.send(*reader.state()).unwrap();
        });
        store.dispatch(1);
    });
}

fn message(panic: &(dyn std::any::Any + Send)) -> &str {
    panic.downcast_ref::<&str>().copied().or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("")
}

/// A store whose reducer can reach it.
fn looping(reducer: impl Fn(&Store<u32, bool>, bool) + Send + Sync + 'static) -> Store<u32, bool> {
    let own: Arc<OnceLock<Store<u32, bool>>> = Arc::default();
    let reached = Arc::clone(&own);
    let store = Store::builder_in_place(0, move |n, act| {
        *n += 1;
        reducer(reached.get().unwrap(), act);
    })
    .build();
    own.set(store.clone()).unwrap();
    store
}

#[test]
fn a_reducer_that_dispatches_panics_and_says_why() {
    must_end(|| {
        let store = looping(|store, act| {
            if act {
                store.dispatch(false);
            }
        });
        let panic = catch_unwind(AssertUnwindSafe(|| store.dispatch(true))).unwrap_err();
        assert!(message(&*panic).contains("a reducer must not dispatch"), "{}", message(&*panic));
        store.dispatch(false);
        assert_eq!(*store.state(), 2);
    });
}

#[test]
fn a_reducer_that_edits_in_place_and_reads_the_store_panics_and_says_why() {
    must_end(|| {
        let store = looping(|store, act| {
            if act {
                let _ = store.state();
            }
        });
        let panic = catch_unwind(AssertUnwindSafe(|| store.dispatch(true))).unwrap_err();
        assert!(message(&*panic).contains("must not read the store's state"), "{}", message(&*panic));
        store.dispatch(false);
        assert_eq!(*store.state(), 2);
    });
}

#[test]
fn a_reader_waits_for_an_edit_in_place_and_sees_all_of_it() {
    must_end(|| {
        let (editing, begun) = mpsc::channel();
        let looked = Arc::new(AtomicBool::new(false));
        let seen = Arc::clone(&looked);
        let store = Store::builder_in_place((0, 0), move |both: &mut (u32, u32), (): ()| {
            both.0 += 1;
            editing.send(()).unwrap();
            for _ in 0..1000 {
                assert!(!seen.load(Ordering::SeqCst), "half an edit was seen");
                thread::yield_now();
            }
            both.1 += 1;
        })
        .build();
        let reader = thread::spawn({
            let store = store.clone();
            move || {
                begun.recv().unwrap();
                let state = *store.state();
                looked.store(true, Ordering::SeqCst);
                state
            }
        });
        store.dispatch(());
        assert_eq!(reader.join().unwrap(), (1, 1));
    });
}
