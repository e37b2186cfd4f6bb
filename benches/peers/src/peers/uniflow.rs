//! <https://docs.rs/uniflow>: `dispatch` puts the action into a queue, from which a task of the executor applies it.

use crate::peer::wait_for;
use crate::peers::executor;
use crate::{Action, Candidate, Kind, Peer, Setup, State};
use std::hint::black_box;
use std::ops::Range;
use tokio::runtime::Runtime;
use uniflow::any_spawner::Executor;
use uniflow::{Dispatch, Read, Store};

struct Uniflow<S: State, A: Action> {
    runtime: Runtime,
    store: Store<S, A>,
    action: fn(u64) -> A,
    threads: bool,
}

pub(crate) fn candidate<S: State, A: Action>() -> Candidate<S, A> {
    Candidate { name: "uniflow", kind: Kind::Queued, middleware: true, callbacks: true, waits: true, build }
}

fn build<S: State, A: Action>(setup: Setup<S, A>) -> Box<dyn Peer<S>> {
    // It is one executor for the whole program, and whoever comes second is told so.
    drop(Executor::init_tokio());
    let runtime = executor(setup.threads);
    let entered = runtime.enter();
    let reduce = setup.reduce;
    let builder = Store::builder(S::first(), move |state: S, action: A| reduce(&state, action));
    let store = match setup.middlewares {
        0 => builder.build(),
        3 => builder
            .wrap(|inner, state| (move |state, action| inner(state, action), state))
            .wrap(|inner, state| (move |state, action| inner(state, action), state))
            .wrap(|inner, state| (move |state, action| inner(state, action), state))
            .build(),
        more => unimplemented!("{more} middlewares: each makes a type of its own"),
    };
    for watcher in setup.watchers() {
        store.watch(watcher);
    }
    drop(entered);
    Box::new(Uniflow { runtime, store, action: setup.action, threads: setup.threads })
}

impl<S: State, A: Action> Peer<S> for Uniflow<S, A> {
    fn dispatch(&self, which: Range<u64>) {
        for n in which {
            self.store.dispatch(black_box((self.action)(n)));
        }
    }

    fn settle(&self, done: &dyn Fn(&S) -> bool) {
        if self.threads {
            return wait_for(|| done(&self.store.get()));
        }
        self.runtime.block_on(async {
            while !done(&self.store.get()) {
                tokio::task::yield_now().await;
            }
        });
    }

    fn state(&self) -> S {
        self.store.get()
    }

    fn read(&self, times: u64) {
        (0..times).for_each(|_| drop(black_box(self.store.get())));
    }
}
