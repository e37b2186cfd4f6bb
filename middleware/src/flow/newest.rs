//! What is under way, where several of one key may be: the status of a key is that of the newest.

use crate::key::Key;
use crate::outcome::{Failure, Outcome};
use crate::platform::Instant;
use crate::status::{Phase, Statuses};
use parking_lot::Mutex;
use std::collections::HashMap;
use std::sync::Arc;

pub(super) struct Newest<K: Key> {
    tokens: Mutex<HashMap<K, Token>>,
    pub(super) statuses: Statuses<K, Failure>,
}

/// Tells one call from every other.
type Token = Arc<()>;

impl<K: Key> Newest<K> {
    pub(super) fn new() -> Self {
        Self { tokens: Mutex::new(HashMap::new()), statuses: Statuses::new() }
    }

    /// One more is under way. Called in a turn.
    pub(super) fn begin(self: &Arc<Self>, key: K, now: Instant) -> Call<K> {
        let token = Token::default();
        self.tokens.lock().insert(key.clone(), Arc::clone(&token));
        self.statuses.set(&key, Phase::Running { attempt: 1 }, now);
        Call { newest: Arc::clone(self), key, token }
    }
}

/// One that is under way until this is dropped, however it ends.
pub(super) struct Call<K: Key> {
    newest: Arc<Newest<K>>,
    key: K,
    token: Token,
}

impl<K: Key> Call<K> {
    /// It has ended. Called in a turn, so that no other begins in between.
    pub(super) fn end(self, outcome: &Result<Outcome, Failure>, now: Instant) {
        if self.forget() {
            self.newest.statuses.end(&self.key, outcome, now);
        }
    }

    /// Gives whether it was the newest.
    fn forget(&self) -> bool {
        let mut tokens = self.newest.tokens.lock();
        if !tokens.get(&self.key).is_some_and(|newest| Arc::ptr_eq(newest, &self.token)) {
            return false;
        }
        tokens.remove(&self.key);
        if tokens.is_empty() {
            tokens.shrink_to(64);
        }
        true
    }
}

impl<K: Key> Drop for Call<K> {
    fn drop(&mut self) {
        if self.forget() {
            self.newest.statuses.abandon(&self.key);
        }
    }
}
