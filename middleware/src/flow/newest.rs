//! The newest call of each key: the status of a key is that of its newest call.

use crate::key::Key;
use crate::outcome::{Failure, Outcome};
use crate::platform::Instant;
use crate::status::{Phase, Statuses};
use crate::store_api::WeakStore;
use parking_lot::Mutex;
use std::collections::HashMap;
use std::sync::Arc;

/// `X` is what a middleware keeps of each.
pub(super) struct Newest<K: Key, X = ()> {
    calls: Mutex<HashMap<K, Entry<X>>>,
    pub(super) statuses: Statuses<K, Failure>,
}

struct Entry<X> {
    token: Token,
    kept: X,
}

/// Tells one call from every other.
type Token = Arc<()>;

impl<K: Key, X> Newest<K, X> {
    pub(super) fn new() -> Self {
        Self { calls: Mutex::new(HashMap::new()), statuses: Statuses::new() }
    }

    pub(super) fn is_under_way(&self, key: &K) -> bool {
        self.calls.lock().contains_key(key)
    }

    /// One more is under way, and takes over from the one before. Called in a turn.
    pub(super) fn begin(self: &Arc<Self>, key: K, kept: X, now: Instant) -> Call<K, X> {
        let token = Token::default();
        let before = self.calls.lock().insert(key.clone(), Entry { token: Arc::clone(&token), kept });
        // Only now, since it may wake somebody.
        drop(before);
        self.statuses.set(&key, Phase::Running { attempt: 1 }, now);
        Call { newest: Arc::clone(self), key, token }
    }

    /// It has never begun: if another of its key is going on, that goes on.
    pub(super) fn failed_at_once(&self, key: &K, failure: &Failure, now: Instant) {
        if !self.is_under_way(key) {
            self.statuses.end(key, &Err(failure.clone()), now);
        }
    }

    /// Runs `body`, under the lock, with what is kept of the newest call of this key.
    pub(super) fn with<R>(&self, key: &K, body: impl FnOnce(&mut X) -> R) -> Option<R> {
        self.calls.lock().get_mut(key).map(|entry| body(&mut entry.kept))
    }
}

/// One that is under way until this is dropped, however it ends: also by a panic, or with the store.
pub(super) struct Call<K: Key, X = ()> {
    newest: Arc<Newest<K, X>>,
    key: K,
    token: Token,
}

impl<K: Key, X> Call<K, X> {
    /// As [`Newest::with`], for this call. None if a newer one came.
    pub(super) fn with<R>(&self, body: impl FnOnce(&mut X) -> R) -> Option<R> {
        let mut calls = self.newest.calls.lock();
        let own = calls.get_mut(&self.key).filter(|newest| Arc::ptr_eq(&newest.token, &self.token))?;
        Some(body(&mut own.kept))
    }

    pub(super) fn post(&self, phase: Phase<Failure>, now: Instant) {
        self.newest.statuses.set(&self.key, phase, now);
    }

    /// It has ended.
    pub(super) fn end<S, A>(self, outcome: &Result<Outcome, Failure>, store: &WeakStore<S, A>) {
        // In a turn, so that no other begins in between.
        store.turn(|store| {
            if self.forget() {
                self.newest.statuses.end(&self.key, outcome, store.now());
            }
        });
    }

    /// Gives whether it was the newest.
    fn forget(&self) -> bool {
        let mut calls = self.newest.calls.lock();
        if !calls.get(&self.key).is_some_and(|newest| Arc::ptr_eq(&newest.token, &self.token)) {
            return false;
        }
        let own = calls.remove(&self.key);
        if calls.is_empty() {
            calls.shrink_to(64);
        }
        drop(calls);
        drop(own);
        true
    }
}

impl<K: Key, X> Drop for Call<K, X> {
    fn drop(&mut self) {
        if self.forget() {
            self.newest.statuses.abandon(&self.key);
        }
    }
}
