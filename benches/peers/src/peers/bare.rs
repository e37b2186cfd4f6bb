//! What an app would write without a store.

use crate::{Action, Candidate, Kind, Peer, Setup, State};
use foregone_benches::Bare;
use parking_lot::Mutex;
use std::hint::black_box;
use std::ops::Range;

type Watcher<S> = Box<dyn Fn(&S) + Send + Sync>;

struct Plain<S, A> {
    state: Mutex<S>,
    setup: Setup<S, A>,
    watchers: Vec<Watcher<S>>,
}

struct Shared<S, A> {
    bare: Bare<S, fn(&S, A) -> S>,
    action: fn(u64) -> A,
    watchers: Vec<Watcher<S>>,
}

pub(crate) fn mutex<S: State, A: Action>() -> Candidate<S, A> {
    let build = |setup: Setup<S, A>| -> Box<dyn Peer<S>> {
        Box::new(Plain { state: Mutex::new(S::first()), watchers: watchers(&setup), setup })
    };
    Candidate { name: "`Mutex<S>`", kind: Kind::Baseline, middleware: false, callbacks: true, waits: true, build }
}

pub(crate) fn mutex_of_arc<S: State, A: Action>() -> Candidate<S, A> {
    let build = |setup: Setup<S, A>| -> Box<dyn Peer<S>> {
        let watchers = watchers(&setup);
        Box::new(Shared { bare: Bare::new(S::first(), setup.reduce), action: setup.action, watchers })
    };
    Candidate { name: "`Mutex<Arc<S>>`", kind: Kind::Baseline, middleware: false, callbacks: true, waits: true, build }
}

fn watchers<S: State, A: Action>(setup: &Setup<S, A>) -> Vec<Watcher<S>> {
    setup.watchers().map(|watcher| Box::new(watcher) as Watcher<S>).collect()
}

impl<S: State, A: Action> Peer<S> for Plain<S, A> {
    fn dispatch(&self, which: Range<u64>) {
        for n in which {
            let mut state = self.state.lock();
            (self.setup.edit)(&mut state, black_box((self.setup.action)(n)));
            self.watchers.iter().for_each(|watcher| watcher(&state));
        }
    }

    fn settle(&self, done: &dyn Fn(&S) -> bool) {
        assert!(done(&self.state.lock()), "applied at once");
    }

    fn state(&self) -> S {
        self.state.lock().clone()
    }

    fn read(&self, times: u64) {
        (0..times).for_each(|_| drop(black_box(self.state())));
    }
}

impl<S: State, A: Action> Peer<S> for Shared<S, A> {
    fn dispatch(&self, which: Range<u64>) {
        for n in which {
            self.bare.dispatch(black_box((self.action)(n)));
            if !self.watchers.is_empty() {
                let state = self.bare.state();
                self.watchers.iter().for_each(|watcher| watcher(&state));
            }
        }
    }

    fn settle(&self, done: &dyn Fn(&S) -> bool) {
        assert!(done(&self.bare.state()), "applied at once");
    }

    fn state(&self) -> S {
        (*self.bare.state()).clone()
    }

    fn read(&self, times: u64) {
        (0..times).for_each(|_| drop(black_box(self.bare.state())));
    }
}
