//! <https://docs.rs/rs-store>: `dispatch` puts the action into a bounded queue, from which a thread applies it.

use crate::peer::wait_for;
use crate::{Action, Candidate, Kind, Peer, Setup, State};
use rs_store::{
    DispatchOp, FnReducer, FnSubscriber, MiddlewareFn, MiddlewareFnFactory, Store, StoreBuilder, Subscription,
};
use std::hint::black_box;
use std::ops::Range;
use std::sync::Arc;

struct RsStore<S, A> {
    store: Arc<dyn Store<S, A>>,
    action: fn(u64) -> A,
    // It can be neither shared nor cloned; kept so that nothing unsubscribes.
    _watching: parking_lot::Mutex<Vec<Box<dyn Subscription>>>,
}

struct PassOn;

impl<S: State, A: Action> MiddlewareFnFactory<S, A> for PassOn {
    fn create(&self, inner: MiddlewareFn<S, A>) -> MiddlewareFn<S, A> {
        Arc::new(move |state, action| inner(state, action))
    }
}

pub(crate) fn candidate<S: State, A: Action>() -> Candidate<S, A> {
    Candidate { name: "rs-store", kind: Kind::Queued, middleware: true, callbacks: true, waits: false, build }
}

fn build<S: State, A: Action>(setup: Setup<S, A>) -> Box<dyn Peer<S>> {
    let reduce = setup.reduce;
    let reducer =
        FnReducer::from(move |state: &S, action: &A| DispatchOp::Dispatch(reduce(state, *action), Vec::new()));
    let mut builder = StoreBuilder::new(S::first()).with_reducer(Box::new(reducer));
    for _ in 0..setup.middlewares {
        builder = builder.add_middleware(Arc::new(PassOn));
    }
    let store = builder.build().expect("a store with a reducer");
    let watching = setup.watchers().map(|watcher| {
        let watcher = FnSubscriber::from(move |state: &S, _: &A| watcher(state));
        store.add_subscriber(Arc::new(watcher)).expect("a store that runs")
    });
    let watching = parking_lot::Mutex::new(watching.collect());
    Box::new(RsStore { store, action: setup.action, _watching: watching })
}

impl<S: State, A: Action> Peer<S> for RsStore<S, A> {
    fn dispatch(&self, which: Range<u64>) {
        for n in which {
            self.store.dispatch(black_box((self.action)(n))).expect("a full queue makes the caller wait");
        }
    }

    fn settle(&self, done: &dyn Fn(&S) -> bool) {
        wait_for(|| done(&self.store.get_state()));
    }

    fn state(&self) -> S {
        self.store.get_state()
    }

    fn read(&self, times: u64) {
        (0..times).for_each(|_| drop(black_box(self.store.get_state())));
    }
}
