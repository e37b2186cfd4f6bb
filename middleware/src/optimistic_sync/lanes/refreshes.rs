//! Which values of the server's are newer than what was sent, and how long a settled lane is kept to tell.

use super::{Entry, Lanes};
use std::hash::Hash;

impl<K: Clone + Eq + Hash, V: Clone + PartialEq> Lanes<K, V> {
    /// Gives the epoch and the stamp of a refresh that begins now.
    pub(in crate::optimistic_sync) fn refresh_begun(&mut self) -> (u64, u64) {
        self.refreshes += 1;
        self.stamp += 1;
        (self.epoch, self.stamp)
    }

    /// The server said `value` to a refresh that began at `stamp`. False if that may be older than what was sent.
    pub(in crate::optimistic_sync) fn pulled(&mut self, key: &K, (epoch, stamp): (u64, u64), value: &V) -> bool {
        let entry = self.entries.get_mut(key);
        let is_newer = |entry: &Entry<V>| entry.lane.at_rest() && entry.settled_at < stamp && entry.pulled_at <= stamp;
        if epoch != self.epoch || !entry.as_deref().is_none_or(is_newer) {
            return false;
        }
        if let Some(entry) = entry {
            entry.lane.pulled(value.clone());
            entry.pulled_at = stamp;
        } else if self.refreshes > 1 {
            // One that began before this one has to be told that it is late.
            self.entries.insert(key.clone(), Entry { pulled_at: stamp, ..Entry::new(value) });
        }
        self.forget(key);
        true
    }

    pub(in crate::optimistic_sync) fn refresh_ended(&mut self) {
        self.refreshes -= 1;
        if self.refreshes == 0 {
            for key in std::mem::take(&mut self.settled) {
                self.forget(&key);
            }
        }
    }
}
