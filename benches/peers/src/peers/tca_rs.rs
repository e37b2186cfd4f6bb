//! <https://docs.rs/tca-rs>: `send` puts the action into a queue, from which a task of the executor applies it.

use crate::peer::wait_for;
use crate::peers::executor;
use crate::{Action, Candidate, Kind, Peer, Setup, State};
use std::hint::black_box;
use std::ops::Range;
use tca::{Effect, Store};
use tokio::runtime::Runtime;

struct TcaRs<S: State, A: Action> {
    runtime: Runtime,
    store: Store<S, A>,
    action: fn(u64) -> A,
    threads: bool,
}

pub(crate) fn candidate<S: State, A: Action>() -> Candidate<S, A> {
    Candidate { name: "tca-rs", kind: Kind::Queued, middleware: false, callbacks: false, waits: true, build }
}

fn build<S: State, A: Action>(setup: Setup<S, A>) -> Box<dyn Peer<S>> {
    let runtime = executor(setup.threads);
    let entered = runtime.enter();
    let edit = setup.edit;
    let feature = tca::reducer_fn(move |state: &mut S, action: A| {
        edit(state, action);
        Effect::none()
    });
    let store = Store::new(feature, S::first());
    drop(entered);
    Box::new(TcaRs { runtime, store, action: setup.action, threads: setup.threads })
}

impl<S: State, A: Action> Peer<S> for TcaRs<S, A> {
    fn dispatch(&self, which: Range<u64>) {
        for n in which {
            self.store.send(black_box((self.action)(n)));
        }
    }

    fn settle(&self, done: &dyn Fn(&S) -> bool) {
        if self.threads {
            return wait_for(|| done(&self.store.state()));
        }
        self.runtime.block_on(async {
            while !done(&self.store.state()) {
                tokio::task::yield_now().await;
            }
        });
    }

    fn state(&self) -> S {
        self.store.state().clone()
    }

    fn read(&self, times: u64) {
        (0..times).for_each(|_| drop(black_box(self.store.state())));
    }
}
