//! A key is busy for as long as this lives.

use super::{Phase, Statuses};
use crate::key::Key;
use crate::outcome::{Failure, Outcome};
use crate::platform::Instant;
use std::fmt;

/// Something is under way for a key until this is dropped, however it ends: also by a panic, or with the store.
pub(crate) struct UnderWay<K: Key> {
    statuses: Statuses<K, Failure>,
    key: K,
}

impl<K: Key> UnderWay<K> {
    pub(crate) fn begin(statuses: &Statuses<K, Failure>, key: K, now: Instant) -> Self {
        statuses.set(&key, Phase::Running { attempt: 1 }, now);
        Self { statuses: statuses.clone(), key }
    }

    /// It has ended: the key is idle, but for a failure that nobody asked for.
    pub(crate) fn end(self, outcome: &Result<Outcome, Failure>, now: Instant) {
        self.statuses.end(&self.key, outcome, now);
    }
}

impl<K: Key> Drop for UnderWay<K> {
    fn drop(&mut self) {
        self.statuses.abandon(&self.key);
    }
}

impl<K: Key> fmt::Debug for UnderWay<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("UnderWay").field(&self.key).finish()
    }
}
