//! <https://docs.rs/redux-rs>: `dispatch` is async and resolves when a task of the executor has applied it.

use crate::peers::executor;
use crate::{Action, Candidate, Kind, Peer, Setup, State};
use async_trait::async_trait;
use redux_rs::{MiddleWare, Store, StoreApi};
use std::hint::black_box;
use std::ops::Range;
use std::sync::Arc;
use tokio::runtime::Runtime;

struct ReduxRs<T, A> {
    runtime: Runtime,
    store: T,
    action: fn(u64) -> A,
}

struct PassOn;

#[async_trait]
impl<S: State, A: Action, Inner: StoreApi<S, A> + Send + Sync> MiddleWare<S, A, Inner> for PassOn {
    async fn dispatch(&self, action: A, inner: &Arc<Inner>) {
        inner.dispatch(action).await;
    }
}

pub(crate) fn candidate<S: State, A: Action>() -> Candidate<S, A> {
    Candidate { name: "redux-rs", kind: Kind::Queued, middleware: true, callbacks: true, waits: true, build }
}

fn build<S: State, A: Action>(setup: Setup<S, A>) -> Box<dyn Peer<S>> {
    let runtime = executor(setup.threads);
    let entered = runtime.enter();
    let (reduce, action) = (setup.reduce, setup.action);
    let store = Store::new_with_state(move |state: S, action: A| reduce(&state, action), S::first());
    runtime.block_on(async {
        for watcher in setup.watchers() {
            store.subscribe(watcher).await;
        }
    });
    drop(entered);
    match setup.middlewares {
        0 => Box::new(ReduxRs { runtime, store, action }),
        3 => {
            let store =
                runtime.block_on(async { store.wrap(PassOn).await.wrap(PassOn).await.wrap::<_, A>(PassOn).await });
            Box::new(ReduxRs { runtime, store, action })
        }
        more => unimplemented!("{more} middlewares: each makes a type of its own"),
    }
}

impl<S: State, A: Action, T: StoreApi<S, A> + Sync> Peer<S> for ReduxRs<T, A> {
    fn dispatch(&self, which: Range<u64>) {
        self.runtime.block_on(async {
            for n in which {
                self.store.dispatch(black_box((self.action)(n))).await;
            }
        });
    }

    fn settle(&self, done: &dyn Fn(&S) -> bool) {
        assert!(done(&self.state()), "applied when awaited");
    }

    fn state(&self) -> S {
        self.runtime.block_on(self.store.state_cloned())
    }

    fn read(&self, times: u64) {
        self.runtime.block_on(async {
            for _ in 0..times {
                black_box(self.store.state_cloned().await);
            }
        });
    }
}
