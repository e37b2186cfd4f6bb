//! All lanes dropped at once.

use super::{Entry, Lanes, Waiter};
use crate::optimistic_sync::lane::{Lane, Verdict};
use std::collections::{HashMap, HashSet, VecDeque};
use std::hash::Hash;

impl<K: Clone + Eq + Hash, V: Clone + PartialEq> Lanes<K, V> {
    /// Drops every lane and starts a new epoch.
    pub(in crate::optimistic_sync) fn clear(&mut self) -> Cleared<K, V> {
        self.epoch += 1;
        (self.in_flight, self.tails) = (0, 0);
        Cleared {
            unsettled: std::mem::take(&mut self.busy),
            entries: std::mem::take(&mut self.entries),
            _queued: std::mem::take(&mut self.ready),
            _unsaved: std::mem::take(&mut self.unsaved),
            _settled: std::mem::take(&mut self.settled),
        }
    }

    /// After a [`clear`](Self::clear), what the outbox has is still to be removed.
    pub(in crate::optimistic_sync) fn keep_what_is_on_disk(&mut self, lanes: Vec<(K, Lane<V, Waiter>)>) {
        for (key, lane) in lanes {
            let entry = Entry { lane, queued: false, settled_at: self.stamp, pulled_at: self.stamp };
            self.entries.insert(key.clone(), entry);
            self.busy += 1;
            self.queue(key);
        }
    }
}

/// What was dropped by [`Lanes::clear`], to be taken apart without a lock.
pub(in crate::optimistic_sync) struct Cleared<K, V> {
    pub(in crate::optimistic_sync) unsettled: usize,
    entries: HashMap<K, Entry<V>>,
    _queued: VecDeque<K>,
    _unsaved: VecDeque<K>,
    _settled: HashSet<K>,
}

impl<K, V: Clone + PartialEq> Cleared<K, V> {
    /// Those who waited, and what became of that.
    pub(in crate::optimistic_sync) fn waiters(&mut self) -> Vec<(Waiter, Verdict)> {
        self.entries.values_mut().filter_map(|entry| entry.lane.drop_want()).collect()
    }

    /// Lanes of which an outbox has something.
    pub(in crate::optimistic_sync) fn into_what_is_on_disk(self) -> Vec<(K, Lane<V, Waiter>)> {
        self.entries.into_iter().filter_map(|(key, entry)| Some((key, entry.lane.cleared()?))).collect()
    }
}
