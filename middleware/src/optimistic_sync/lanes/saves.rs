//! What the outbox is told, and what it had from an earlier run.

use super::{Entry, Lanes, Settlement};
use crate::optimistic_sync::lane::{Lane, Record, Save};
use std::hash::Hash;

impl<K: Clone + Eq + Hash, V: Clone + PartialEq> Lanes<K, V> {
    /// What an earlier run left, and the highest number it gave out.
    pub(in crate::optimistic_sync) fn restore(&mut self, records: Vec<(K, Record<V>)>, last: u64) {
        self.numbers.catch_up(last);
        for (key, record) in records {
            let mut entry = Entry::new(&record.base);
            entry.lane = Lane::restored(record);
            // A fence that this server has no use for.
            entry.lane.wakes(&self.rules);
            self.entries.insert(key.clone(), entry);
            self.busy += 1;
            self.queue(key);
        }
    }

    /// Those that an earlier run left, and what they want to be shown.
    pub(in crate::optimistic_sync) fn restored(&self) -> Vec<(K, V)> {
        let restored = self.entries.iter().filter(|(_, entry)| entry.lane.is_restored());
        restored.map(|(key, entry)| (key.clone(), entry.lane.view().clone())).collect()
    }

    /// The next thing to write, and the highest number given out.
    pub(in crate::optimistic_sync) fn next_save(&mut self) -> Option<(K, Save<V>, u64)> {
        while let Some(key) = self.unsaved.pop_front() {
            let save = self.entries.get_mut(&key).and_then(|entry| entry.lane.save(&self.rules));
            if let Some(save) = save {
                return Some((key, save, self.numbers.last()));
            }
        }
        None
    }

    /// Writing has ended. None if nothing was being written.
    pub(in crate::optimistic_sync) fn saved(&mut self, key: &K, is_written: bool) -> Option<Settlement<V>> {
        let rules = self.rules;
        self.step(key, |lane| lane.saved(&rules, is_written))
    }

    pub(in crate::optimistic_sync) fn pauses_saving(&self, key: &K) -> bool {
        self.entries.get(key).is_some_and(|entry| entry.lane.pauses_saving())
    }

    pub(in crate::optimistic_sync) fn may_save_again(&mut self, key: &K) {
        if let Some(entry) = self.entries.get_mut(key) {
            entry.lane.may_save_again();
            self.queue(key.clone());
        }
    }
}
