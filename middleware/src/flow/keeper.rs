//! Lets go on what waited for a connection.

use super::gate::Gate;
use super::online::Inner;
use crate::key::Key;
use crate::store_api::{StoreApi, WeakStore};
use std::sync::Arc;

/// Lets those go on who wait, for as long as somebody does.
pub(super) struct Keeper<S: 'static, A: 'static, K: Key> {
    inner: Arc<Inner<A, K>>,
    store: WeakStore<S, A>,
    is_done: bool,
    /// Whether the rest of the chain is running: if this is dropped meanwhile, that has panicked.
    is_further_in: bool,
}

impl<S: 'static, A: 'static, K: Key> Keeper<S, A, K> {
    pub(super) fn new(inner: &Arc<Inner<A, K>>, store: WeakStore<S, A>) -> Self {
        Self { inner: Arc::clone(inner), store, is_done: false, is_further_in: false }
    }

    pub(super) async fn keep(mut self) {
        let mut online = self.inner.is_online.subscribe();
        let store = self.store.clone();
        while !self.is_done {
            if online.wait_for(|is_online| *is_online).await.is_err() {
                return;
            }
            if store.turn(|store| self.let_one_go_on(store)).is_none() {
                return;
            }
        }
    }

    fn let_one_go_on(&mut self, store: &dyn StoreApi<S, A>) {
        let inner = &self.inner;
        let first = {
            let mut gate = inner.gate.lock();
            if !*inner.is_online.borrow() {
                return;
            }
            let first = gate.pop();
            gate.is_kept = first.is_some();
            first
        };
        let Some(left) = first else {
            self.is_done = true;
            return;
        };
        inner.post_if_last(&left, store);
        self.is_further_in = true;
        left.one.parked.go_on();
        self.is_further_in = false;
    }
}

impl<S: 'static, A: 'static, K: Key> Drop for Keeper<S, A, K> {
    fn drop(&mut self) {
        if self.is_done {
            return;
        }
        if self.is_further_in {
            // The others go on. With a store that is gone, or an executor, the next keeper is dropped at once.
            let next = Self::new(&self.inner, self.store.clone());
            self.store.turn(|store| store.spawn(Box::pin(next.keep())));
            return;
        }
        let gone = std::mem::replace(&mut *self.inner.gate.lock(), Gate::new());
        for key in gone.keys() {
            self.inner.statuses.abandon(key);
        }
    }
}
