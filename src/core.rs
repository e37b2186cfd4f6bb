//! What a store is inside: the turn, the chain, and what happens after a turn.

use crate::inside::Inside;
use crate::reducer::Update;
use crate::runtime::Runtime;
use crate::snapshot::Snapshot;
use crate::subscribers::Subscribers;
use crate::sync::ReentrantMutex;
use foregone_middleware::{
    BoxFuture, BoxWork, Completion, Instant, MaybeSend, MaybeSync, Middleware, Next, StoreApi, WeakStore,
};
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::{Arc, Weak};
use std::time::Duration;

pub(crate) struct Core<S, A> {
    /// Whoever holds it has the turn: only then is the state replaced. Re-entrant, since a middleware may dispatch.
    /// Never held across an await, nor while a subscriber is called.
    turn: ReentrantMutex<Turn>,
    snapshot: Snapshot<S>,
    update: Box<dyn Update<S, A>>,
    chain: Box<[Box<dyn Middleware<S, A>>]>,
    pub(crate) subscribers: Subscribers<S>,
    runtime: Runtime,
    this: Weak<Self>,
}

/// What is going on in the turn. Only its owner looks.
#[derive(Default)]
pub(crate) struct Turn {
    running: Cell<bool>,
    reducing: Cell<bool>,
    changed: Cell<bool>,
}

impl<S, A> Core<S, A>
where
    S: MaybeSend + MaybeSync + 'static,
    A: 'static,
{
    pub(crate) fn new(state: S, update: Box<dyn Update<S, A>>, chain: Vec<Box<dyn Middleware<S, A>>>) -> Arc<Self> {
        let core = Arc::new_cyclic(|this| Self {
            turn: ReentrantMutex::new(Turn::default()),
            snapshot: Snapshot::new(state),
            update,
            chain: chain.into(),
            subscribers: Subscribers::new(),
            runtime: Runtime::current(),
            this: Weak::clone(this),
        });
        for middleware in &core.chain {
            middleware.attach(core.weak());
        }
        core
    }

    /// Runs `body` in one turn; after the outermost one, tells the subscribers.
    pub(crate) fn in_turn<R>(&self, body: impl FnOnce(&Turn) -> R) -> R {
        let turn = self.turn.lock();
        assert!(
            !turn.reducing.get(),
            "a reducer must not dispatch: do it from a middleware, a subscriber or an effect"
        );
        if turn.running.replace(true) {
            return body(&turn);
        }
        let inside = Inside::enter();
        // What a panic leaves is whole: the state is replaced by a finished one or not at all.
        let result = catch_unwind(AssertUnwindSafe(|| body(&turn)));
        turn.running.set(false);
        let changed = turn.changed.take();
        drop(turn);
        drop(inside);
        if changed {
            self.subscribers.notify(|| self.state());
        }
        result.unwrap_or_else(|panic| resume_unwind(panic))
    }

    fn reduce(&self, turn: &Turn, action: A) {
        let reducing = Reducing::begin(&turn.reducing);
        if self.update.is_in_place() {
            // Set first: if it panics, it may have changed something.
            turn.changed.set(true);
        }
        let replaced = self.update.update(&self.snapshot, action);
        drop(reducing);
        turn.changed.set(true);
        // Only now: a state may dispatch or panic when it is dropped.
        drop(replaced);
    }

    fn run(&self, chain: &[Box<dyn Middleware<S, A>>], action: A) -> Completion {
        self.in_turn(|turn| Next::new(chain, self, &|action| self.reduce(turn, action)).run(action))
    }

    fn has_turn(&self) -> bool {
        self.turn.is_owned_by_current_thread()
    }
}

impl<S, A> StoreApi<S, A> for Core<S, A>
where
    S: MaybeSend + MaybeSync + 'static,
    A: 'static,
{
    fn state(&self) -> Arc<S> {
        self.snapshot.get(|| self.has_turn())
    }

    fn dispatch(&self, action: A) -> Completion {
        self.run(&self.chain, action)
    }

    fn resume(&self, links: usize, action: A) -> Completion {
        self.run(&self.chain[self.chain.len().saturating_sub(links)..], action)
    }

    fn turn(&self, body: &mut dyn FnMut()) {
        self.in_turn(|_| body());
    }

    fn spawn(&self, effect: BoxFuture<()>) {
        self.runtime.spawn(effect);
    }

    fn spawn_blocking(&self, work: BoxWork) {
        self.runtime.spawn_blocking(work);
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<()> {
        self.runtime.sleep(duration)
    }

    fn now(&self) -> Instant {
        self.runtime.now()
    }

    fn weak(&self) -> WeakStore<S, A> {
        let this: Weak<Self> = Weak::clone(&self.this);
        WeakStore::new(this)
    }
}

struct Reducing<'a>(&'a Cell<bool>);

impl<'a> Reducing<'a> {
    fn begin(flag: &'a Cell<bool>) -> Self {
        flag.set(true);
        Self(flag)
    }
}

impl Drop for Reducing<'_> {
    fn drop(&mut self) {
        self.0.set(false);
    }
}
