//! <https://docs.rs/rust-elm>: `dispatch` puts the action into a bounded queue, from which a thread applies it.

use crate::peer::wait_for;
use crate::{Action, Candidate, Kind, Peer, Setup, State};
use rust_elm::{Cmd, Environment, Reducer, ReducerProgram, Runtime, RuntimeConfig, Store, Sub};
use std::hint::black_box;
use std::ops::Range;

struct RustElm<S: State, A: Action> {
    store: Store<S, A>,
    action: fn(u64) -> A,
    _runtime: Runtime<S, A>,
}

struct Update<S, A>(fn(&mut S, A));

impl<S: State, A: Action> Reducer for Update<S, A> {
    type State = S;
    type Action = A;

    fn reduce(&self, state: &mut S, action: A) -> Cmd<A> {
        (self.0)(state, action);
        Cmd::none()
    }
}

pub(crate) fn candidate<S: State, A: Action>() -> Candidate<S, A> {
    Candidate { name: "rust-elm", kind: Kind::Queued, middleware: false, callbacks: false, waits: true, build }
}

fn build<S: State, A: Action>(setup: Setup<S, A>) -> Box<dyn Peer<S>> {
    fn quiet<S, A>(_: &S) -> Sub<A> {
        Sub::none()
    }
    let program = ReducerProgram::new(Update(setup.edit), || (S::first(), Cmd::none()), quiet);
    let runtime = Runtime::from_reducer_program(program, Environment::new(), RuntimeConfig::default())
        .expect("the system gives threads");
    Box::new(RustElm { store: runtime.store(), action: setup.action, _runtime: runtime })
}

impl<S: State, A: Action> Peer<S> for RustElm<S, A> {
    fn dispatch(&self, which: Range<u64>) {
        for n in which {
            self.store.dispatch(black_box((self.action)(n)));
        }
    }

    fn settle(&self, done: &dyn Fn(&S) -> bool) {
        wait_for(|| done(&self.store.state()));
    }

    fn dispatch_and_see(&self, times: u64, so_far: u64) {
        for n in so_far..so_far + times {
            self.store.send(black_box((self.action)(n))).finish().expect("it is applied");
            assert_eq!(self.store.state().applied(), n + 1, "finished means applied");
        }
    }

    fn state(&self) -> S {
        self.store.state()
    }

    fn read(&self, times: u64) {
        (0..times).for_each(|_| drop(black_box(self.store.state())));
    }
}
