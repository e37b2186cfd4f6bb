//! A store for tests of a middleware: it runs nothing by itself, and its clock stands until it is moved.
#![allow(dead_code, reason = "every test file compiles this and uses a part of it")]

use foregone_middleware::{BoxFuture, BoxWork, Completion, Instant, Middleware, Next, StoreApi, WeakStore};
use futures_util::FutureExt;
use parking_lot::Mutex;
use std::sync::{Arc, Weak};
use std::time::Duration;
use tokio::sync::watch;

pub(crate) struct FakeStore<S, A> {
    state: Mutex<Arc<S>>,
    reduce: fn(&S, A) -> S,
    chain: Vec<Box<dyn Middleware<S, A>>>,
    effects: Mutex<Vec<BoxFuture<()>>>,
    clock: watch::Sender<Instant>,
    this: Weak<Self>,
}

impl<S: Send + Sync + 'static, A: 'static> FakeStore<S, A> {
    pub(crate) fn new(state: S, reduce: fn(&S, A) -> S, middleware: impl Middleware<S, A>) -> Arc<Self> {
        let store = Arc::new_cyclic(|this| Self {
            state: Mutex::new(Arc::new(state)),
            reduce,
            chain: vec![Box::new(middleware)],
            effects: Mutex::default(),
            clock: watch::Sender::new(Instant::now()),
            this: Weak::clone(this),
        });
        store.chain[0].attach(store.weak());
        store
    }

    /// Polls every effect once, and gives how many have not ended.
    pub(crate) fn poll_effects(&self) -> usize {
        let mut effects = std::mem::take(&mut *self.effects.lock());
        effects.retain_mut(|effect| effect.now_or_never().is_none());
        let mut all = self.effects.lock();
        all.append(&mut effects);
        all.len()
    }

    /// Polls the effect that was spawned last, and only that, once. It must not end.
    pub(crate) fn poll_newest_effect(&self) {
        let mut effect = self.effects.lock().pop().expect("an effect");
        assert!(effect.as_mut().now_or_never().is_none(), "it has ended");
        self.effects.lock().push(effect);
    }

    pub(crate) fn advance(&self, duration: Duration) {
        self.clock.send_modify(|now| *now += duration);
    }
}

impl<S: Send + Sync + 'static, A: 'static> StoreApi<S, A> for FakeStore<S, A> {
    fn state(&self) -> Arc<S> {
        Arc::clone(&self.state.lock())
    }

    fn dispatch(&self, action: A) -> Completion {
        self.resume(self.chain.len(), action)
    }

    fn resume(&self, links: usize, action: A) -> Completion {
        let reduce = |action| {
            let state = (self.reduce)(&self.state(), action);
            *self.state.lock() = Arc::new(state);
        };
        Next::new(&self.chain[self.chain.len() - links..], self, &reduce).run(action)
    }

    fn turn(&self, body: &mut dyn FnMut()) {
        body();
    }

    fn spawn(&self, effect: BoxFuture<()>) {
        self.effects.lock().push(effect);
    }

    fn spawn_blocking(&self, work: BoxWork) {
        work();
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<()> {
        let mut clock = self.clock.subscribe();
        Box::pin(async move {
            let end = *clock.borrow() + duration;
            // Fails when the store is dropped, and its effects with it.
            let _ = clock.wait_for(|now| *now >= end).await;
        })
    }

    fn now(&self) -> Instant {
        *self.clock.borrow()
    }

    fn weak(&self) -> WeakStore<S, A> {
        let this: Weak<Self> = Weak::clone(&self.this);
        WeakStore::new(this)
    }
}
