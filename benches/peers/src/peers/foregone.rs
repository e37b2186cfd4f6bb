//! This project.

use crate::{Action, Candidate, Kind, Peer, Setup, State};
use foregone::{Builder, Store, Subscription};
use std::hint::black_box;
use std::ops::Range;

struct Foregone<S, A> {
    store: Store<S, A>,
    action: fn(u64) -> A,
    _watching: Vec<Subscription>,
}

pub(crate) fn candidate<S: State, A: Action>() -> Candidate<S, A> {
    Candidate { name: "foregone", kind: Kind::Applied, middleware: true, callbacks: true, waits: true, build }
}

/// With its opt-in for reducers that change the state where it is.
pub(crate) fn in_place<S: State, A: Action>() -> Candidate<S, A> {
    let build = |setup: Setup<S, A>| {
        let edit = setup.edit;
        with(Store::builder_in_place(S::first(), move |state: &mut S, action| edit(state, action)), &setup)
    };
    Candidate { name: "foregone, in place", build, ..candidate() }
}

fn build<S: State, A: Action>(setup: Setup<S, A>) -> Box<dyn Peer<S>> {
    let reduce = setup.reduce;
    with(Store::builder(S::first(), move |state: &S, action| reduce(state, action)), &setup)
}

fn with<S: State, A: Action>(mut builder: Builder<S, A>, setup: &Setup<S, A>) -> Box<dyn Peer<S>> {
    for _ in 0..setup.middlewares {
        builder = builder.middleware_fn(|_, action, next| next.run(action));
    }
    let store = builder.build();
    let watching = setup.watchers().map(|watcher| store.subscribe(watcher)).collect();
    Box::new(Foregone { store, action: setup.action, _watching: watching })
}

impl<S: State, A: Action> Peer<S> for Foregone<S, A> {
    fn dispatch(&self, which: Range<u64>) {
        for n in which {
            self.store.dispatch(black_box((self.action)(n)));
        }
    }

    fn settle(&self, done: &dyn Fn(&S) -> bool) {
        assert!(done(&self.store.state()), "applied when `dispatch` returns");
    }

    fn state(&self) -> S {
        (*self.store.state()).clone()
    }

    fn read(&self, times: u64) {
        (0..times).for_each(|_| drop(black_box(self.store.state())));
    }
}
