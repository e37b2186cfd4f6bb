//! What is known of each key: when it last went well, and the calls that are under way.

use crate::completion::{Completion, Resolver};
use crate::key::Key;
use crate::platform::Instant;
use parking_lot::Mutex;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

/// One call that is under way. It is the token that freshness is owned by: whoever holds it can tell it from all others.
#[derive(Default)]
pub(super) struct Call {
    /// Those who were dispatched meanwhile.
    joined: Mutex<Vec<Resolver>>,
}

impl Call {
    pub(super) fn take_joined(&self) -> Vec<Resolver> {
        std::mem::take(&mut *self.joined.lock())
    }
}

pub(super) struct Freshness<K: Key> {
    entries: HashMap<K, Entry>,
    /// The last success of each key, the oldest first: all are good for the same time.
    successes: BTreeMap<u64, Success<K>>,
    next_number: u64,
    is_swept: bool,
}

struct Success<K> {
    at: Instant,
    key: K,
}

struct Entry {
    /// The number of its last success.
    succeeded: Option<u64>,
    /// The newest is the last; more than one only if some were forced, or the key was invalidated.
    under_way: Vec<UnderWay>,
}

struct UnderWay {
    call: Arc<Call>,
    /// Whether it makes the key fresh if it goes well: not if the key was invalidated meanwhile.
    counts: bool,
}

pub(super) enum Asked {
    Fresh,
    Joined(Completion),
    Begin(Arc<Call>),
}

impl<K: Key> Freshness<K> {
    pub(super) fn new() -> Self {
        Self { entries: HashMap::new(), successes: BTreeMap::new(), next_number: 0, is_swept: false }
    }

    pub(super) fn ask(&mut self, key: &K, now: Instant, lifetime: Duration, is_forced: bool) -> Asked {
        let entry = self.entries.entry(key.clone()).or_insert(Entry { succeeded: None, under_way: Vec::new() });
        if !is_forced {
            if let Some(UnderWay { call, .. }) = entry.under_way.last().filter(|newest| newest.counts) {
                let (resolver, completion) = Completion::pending();
                call.joined.lock().push(resolver);
                return Asked::Joined(completion);
            }
            let success = entry.succeeded.and_then(|number| self.successes.get(&number));
            if success.is_some_and(|success| success.is_younger(now, lifetime)) {
                return Asked::Fresh;
            }
        }
        let call = Arc::new(Call::default());
        entry.under_way.push(UnderWay { call: Arc::clone(&call), counts: true });
        Asked::Begin(call)
    }

    /// A call has ended, well if it gives a time. One that is not the newest makes nothing fresh; one that failed leaves
    /// everything as if it had never been. Gives whether nothing is under way any more; false, too, if this call had
    /// ended before, or a newer one went well.
    pub(super) fn end(&mut self, key: &K, call: &Arc<Call>, succeeded: Option<Instant>) -> bool {
        let Some(entry) = self.entries.get_mut(key) else { return false };
        let Some(index) = entry.under_way.iter().position(|other| Arc::ptr_eq(&other.call, call)) else { return false };
        let is_newest = index + 1 == entry.under_way.len();
        let UnderWay { counts, .. } = entry.under_way.remove(index);
        if let Some(at) = succeeded.filter(|_| is_newest) {
            entry.under_way.clear();
            if counts {
                let number = self.next_number;
                self.next_number += 1;
                let before = entry.succeeded.replace(number);
                before.and_then(|before| self.successes.remove(&before));
                self.successes.insert(number, Success { at, key: key.clone() });
            }
        }
        let is_at_rest = entry.under_way.is_empty();
        self.tidy(key);
        is_at_rest
    }

    pub(super) fn invalidate(&mut self, key: &K) {
        if let Some(entry) = self.entries.get_mut(key) {
            entry.invalidate().and_then(|number| self.successes.remove(&number));
            self.tidy(key);
        }
    }

    pub(super) fn invalidate_all(&mut self) {
        self.successes.clear();
        self.entries.retain(|_, entry| {
            entry.invalidate();
            !entry.under_way.is_empty()
        });
    }

    /// Whether somebody has to begin to sweep.
    pub(super) fn needs_sweeper(&mut self) -> bool {
        !self.successes.is_empty() && !std::mem::replace(&mut self.is_swept, true)
    }

    /// Forgets what is not fresh any more. Gives whether there is something left to sweep later.
    pub(super) fn sweep(&mut self, now: Instant, lifetime: Duration) -> bool {
        while let Some(oldest) = self.successes.first_entry()
            && !oldest.get().is_younger(now, lifetime)
        {
            let Success { key, .. } = oldest.remove();
            if let Some(entry) = self.entries.get_mut(&key) {
                entry.succeeded = None;
                self.tidy(&key);
            }
        }
        self.is_swept = !self.successes.is_empty();
        self.is_swept
    }

    pub(super) fn sweeper_is_gone(&mut self) {
        self.is_swept = false;
        self.invalidate_all();
    }

    fn tidy(&mut self, key: &K) {
        if self.entries.get(key).is_some_and(|entry| entry.succeeded.is_none() && entry.under_way.is_empty()) {
            self.entries.remove(key);
        }
        if self.entries.is_empty() {
            self.entries.shrink_to(64);
        }
    }
}

impl Entry {
    fn invalidate(&mut self) -> Option<u64> {
        self.under_way.iter_mut().for_each(|call| call.counts = false);
        self.succeeded.take()
    }
}

impl<K> Success<K> {
    fn is_younger(&self, now: Instant, lifetime: Duration) -> bool {
        now.saturating_duration_since(self.at) < lifetime
    }
}
