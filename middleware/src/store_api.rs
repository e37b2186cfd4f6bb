//! What a middleware sees of its store.

use crate::completion::{Abandoned, Completion};
use crate::outcome::{Failure, FailureKind};
use crate::platform::{BoxFuture, BoxWork, Instant, MaybeSend, MaybeSync};
use std::fmt;
use std::future::pending;
use std::sync::{Arc, Weak};
use std::time::Duration;

/// A store, as a middleware sees it: state, dispatch, turns, and the only door to executor, timer and clock.
///
/// The store of the crate `foregone` implements it; so can a test, to try a middleware without a store.
pub trait StoreApi<S, A>: MaybeSend + MaybeSync {
    /// The current state. Within a turn, nobody else changes it.
    fn state(&self) -> Arc<S>;

    /// Sends an action through the whole chain, from the outermost middleware on. Applied when it returns.
    fn dispatch(&self, action: A) -> Completion;

    /// Sends an action through the last `links` middlewares of the chain only. [`Deferred`](crate::Deferred) calls this.
    fn resume(&self, links: usize, action: A) -> Completion;

    /// Runs `body` in one turn: no other thread's dispatch comes between what it reads and what it dispatches.
    /// Subscribers are told after it. Effects use [`WeakStore::turn`].
    fn turn(&self, body: &mut dyn FnMut());

    /// Runs a future in the background until it ends or the store is dropped.
    fn spawn(&self, effect: BoxFuture<()>);

    /// Runs what blocks (reading a file, say) where it holds up no effect. Once begun, it runs to its end, also when the
    /// store is dropped.
    fn spawn_blocking(&self, work: BoxWork);

    /// Ends `duration` after it is first polled.
    fn sleep(&self, duration: Duration) -> BoxFuture<()>;

    /// The clock that [`sleep`](Self::sleep) goes by.
    fn now(&self) -> Instant;

    /// A handle for effects and for middleware: it does not keep the store alive.
    fn weak(&self) -> WeakStore<S, A>;
}

/// A store from outside of a turn: what an effect holds. It does not keep the store alive.
pub struct WeakStore<S, A>(Weak<dyn StoreApi<S, A>>);

impl<S, A> WeakStore<S, A> {
    /// Made by a store, in [`StoreApi::weak`].
    #[must_use]
    pub fn new(store: Weak<dyn StoreApi<S, A>>) -> Self {
        Self(store)
    }

    /// The current state, or none if the store was dropped.
    #[must_use]
    pub fn state(&self) -> Option<Arc<S>> {
        self.0.upgrade().map(|store| store.state())
    }

    /// The store's clock, or none if the store was dropped.
    #[must_use]
    pub fn now(&self) -> Option<Instant> {
        self.0.upgrade().map(|store| store.now())
    }

    /// Ends `duration` after it is first polled, by the store's clock. If the store was dropped, it never ends.
    #[must_use]
    pub fn sleep(&self, duration: Duration) -> BoxFuture<()> {
        self.0.upgrade().map_or_else(|| Box::pin(pending()) as BoxFuture<()>, |store| store.sleep(duration))
    }

    /// As [`StoreApi::spawn`]. If the store was dropped, the effect is dropped as well.
    pub(crate) fn spawn(&self, effect: BoxFuture<()>) {
        if let Some(store) = self.0.upgrade() {
            store.spawn(effect);
        }
    }

    /// Sends an action through the whole chain. If the store was dropped, the completion says so:
    /// [`Cancelled`](FailureKind::Cancelled), with [`Abandoned`] as the error.
    pub fn dispatch(&self, action: A) -> Completion {
        match self.0.upgrade() {
            Some(store) => store.dispatch(action),
            None => Completion::failed(Failure::new(FailureKind::Cancelled, Abandoned)),
        }
    }

    /// Runs `body` in one turn of the store, as [`StoreApi::turn`]. None if the store was dropped.
    pub fn turn<R>(&self, body: impl FnOnce(&dyn StoreApi<S, A>) -> R) -> Option<R> {
        let store = self.0.upgrade()?;
        let mut body = Some(body);
        let mut result = None;
        store.turn(&mut || result = body.take().map(|body| body(&*store)));
        result
    }

    /// Whether both are handles of the same store.
    #[must_use]
    pub fn ptr_eq(&self, other: &Self) -> bool {
        std::ptr::addr_eq(self.0.as_ptr(), other.0.as_ptr())
    }

    /// Whether `store` is the store behind this handle.
    #[must_use]
    pub fn is(&self, store: &dyn StoreApi<S, A>) -> bool {
        std::ptr::addr_eq(self.0.as_ptr(), std::ptr::from_ref(store))
    }
}

impl<S, A> Clone for WeakStore<S, A> {
    fn clone(&self) -> Self {
        Self(Weak::clone(&self.0))
    }
}

impl<S, A> fmt::Debug for WeakStore<S, A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = if self.0.strong_count() == 0 { "dropped" } else { "alive" };
        f.debug_tuple("WeakStore").field(&state).finish()
    }
}
