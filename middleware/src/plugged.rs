//! The one store a middleware is plugged into.

use crate::store_api::{StoreApi, WeakStore};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

/// A second place is refused when it is dispatched to, where the caller can be told.
pub(crate) struct Plugged<S, A> {
    store: OnceLock<WeakStore<S, A>>,
    /// In one store: every tagged action would come by twice.
    twice: AtomicBool,
}

impl<S, A> Plugged<S, A> {
    pub(crate) const fn new() -> Self {
        Self { store: OnceLock::new(), twice: AtomicBool::new(false) }
    }

    /// Gives false for any place but the first.
    pub(crate) fn plug(&self, store: WeakStore<S, A>) -> bool {
        let Err(second) = self.store.set(store) else { return true };
        if self.store.get().is_some_and(|first| first.ptr_eq(&second)) {
            self.twice.store(true, Ordering::Relaxed);
        }
        false
    }

    /// Whether this is the only place.
    pub(crate) fn is_only(&self, store: &dyn StoreApi<S, A>) -> bool {
        self.store.get().is_some_and(|own| own.is(store)) && !self.twice.load(Ordering::Relaxed)
    }

    pub(crate) fn store(&self) -> Option<&WeakStore<S, A>> {
        self.store.get()
    }

    pub(crate) fn turn<R>(&self, body: impl FnOnce(&dyn StoreApi<S, A>) -> R) -> Option<R> {
        self.store.get()?.turn(body)
    }
}
