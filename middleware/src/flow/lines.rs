//! Who waits for whom, by key: one has the place, the others stand in line for it.

use super::dropped::Dropped;
use super::queue::Queue;
use crate::key::Key;
use crate::outcome::{Failure, Outcome};
use crate::platform::{BoxFuture, Instant};
use crate::status::{Phase, Statuses};
use parking_lot::Mutex;
use std::collections::{BTreeMap, HashMap};
use std::future::pending;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::oneshot;

/// The lines of all keys.
pub(super) struct Lines<K: Key> {
    all: Mutex<All<K>>,
    /// Posted by whoever has the place of the key, so that nothing older is posted after something newer.
    statuses: Statuses<K, Failure>,
}

struct All<K: Key> {
    /// There is a line, be it an empty one, for as long as somebody has the place.
    lines: HashMap<K, BTreeMap<u64, Caller<K>>>,
    next_number: u64,
}

type Caller<K> = oneshot::Sender<Call<K>>;

/// What one who stands in line is told.
pub(super) enum Call<K: Key> {
    /// The place is theirs.
    Go(Place<K>),
    /// They will not get it.
    Leave(Result<Outcome, Failure>),
}

pub(super) enum Entry<K: Key> {
    Place(Place<K>),
    Line(Waiter<K>),
    Full(Dropped),
}

impl<K: Key> Lines<K> {
    pub(super) fn new() -> Self {
        let all = Mutex::new(All { lines: HashMap::new(), next_number: 0 });
        Self { all, statuses: Statuses::new() }
    }

    pub(super) fn statuses(&self) -> &Statuses<K, Failure> {
        &self.statuses
    }

    pub(super) fn enter(self: &Arc<Self>, key: K, queue: Queue) -> Entry<K> {
        let mut all = self.all.lock();
        let All { lines, next_number } = &mut *all;
        let Some(line) = lines.get_mut(&key) else {
            lines.insert(key.clone(), BTreeMap::new());
            return Entry::Place(Place::new(self, key));
        };
        let leaving = match queue {
            Queue::DropNewest(most) if line.len() >= most => return Entry::Full(Dropped::QueueFull(most)),
            Queue::DropOldest(0) => return Entry::Full(Dropped::QueueFull(0)),
            Queue::DropOldest(most) if line.len() >= most => Err(Dropped::MadeRoom.failure()),
            Queue::LatestWins => Ok(Outcome::Superseded),
            Queue::Unbounded | Queue::DropNewest(_) | Queue::DropOldest(_) => {
                return Entry::Line(Waiter::new(self, key, line, next_number));
            }
        };
        let left = line.pop_first();
        let waiter = Waiter::new(self, key, line, next_number);
        drop(all);
        if let Some((_, caller)) = left {
            // One who is gone need not be told.
            let _ = caller.send(Call::Leave(leaving));
        }
        Entry::Line(waiter)
    }

    fn pop(&self, key: &K) -> Option<Caller<K>> {
        self.all.lock().lines.get_mut(key)?.pop_first().map(|(_, caller)| caller)
    }

    /// Frees the place, unless somebody stands in line.
    fn close(&self, key: &K) -> bool {
        let mut all = self.all.lock();
        if all.lines.get(key).is_some_and(|line| !line.is_empty()) {
            return false;
        }
        all.lines.remove(key);
        if all.lines.is_empty() {
            all.lines.shrink_to(64);
        }
        true
    }

    /// Takes one out of their line. False if they were called before.
    fn leave(&self, key: &K, number: u64) -> bool {
        let caller = self.all.lock().lines.get_mut(key).and_then(|line| line.remove(&number));
        caller.is_some()
    }
}

/// One who stands in line.
pub(super) struct Waiter<K: Key> {
    lines: Arc<Lines<K>>,
    key: K,
    number: u64,
    call: oneshot::Receiver<Call<K>>,
}

impl<K: Key> Waiter<K> {
    fn new(lines: &Arc<Lines<K>>, key: K, line: &mut BTreeMap<u64, Caller<K>>, next_number: &mut u64) -> Self {
        let (caller, call) = oneshot::channel();
        let number = *next_number;
        *next_number += 1;
        line.insert(number, caller);
        Self { lines: Arc::clone(lines), key, number, call }
    }

    /// What they are told, at the latest when their patience is over. None if nobody is left to tell them.
    pub(super) async fn called(mut self, patience: Option<(Duration, BoxFuture<()>)>) -> Option<Call<K>> {
        let impatient = async {
            let Some((patience, sleep)) = patience else { return pending().await };
            sleep.await;
            patience
        };
        tokio::select! {
            biased;
            call = &mut self.call => return call.ok(),
            waited = impatient => if self.lines.leave(&self.key, self.number) {
                return Some(Call::Leave(Err(Dropped::TimedOut(waited).failure())));
            }
        }
        // They had been called at the last moment.
        self.call.await.ok()
    }
}

/// Whoever has this may begin. When it is dropped, however that comes, the next in line has it.
pub(super) struct Place<K: Key> {
    lines: Arc<Lines<K>>,
    key: K,
    is_passed_on: bool,
}

impl<K: Key> Place<K> {
    fn new(lines: &Arc<Lines<K>>, key: K) -> Self {
        Self { lines: Arc::clone(lines), key, is_passed_on: false }
    }

    pub(super) fn begin(&self, now: Instant) {
        self.lines.statuses.set(&self.key, Phase::Running { attempt: 1 }, now);
    }

    pub(super) fn end(mut self, outcome: &Result<Outcome, Failure>, now: Option<Instant>) {
        let Some(now) = now else { return };
        self.pass_on(|statuses, key| statuses.end(key, outcome, now));
    }

    /// A loop, since those who are gone are left out, however many they are. `at_rest` says so if nobody is left.
    fn pass_on(&mut self, at_rest: impl Fn(&Statuses<K, Failure>, &K)) {
        if std::mem::replace(&mut self.is_passed_on, true) {
            return;
        }
        let mut place = Self::new(&self.lines, self.key.clone());
        loop {
            if let Some(caller) = self.lines.pop(&self.key) {
                let Err(Call::Go(back)) = caller.send(Call::Go(place)) else { return };
                place = back;
            } else {
                at_rest(&self.lines.statuses, &self.key);
                if self.lines.close(&self.key) {
                    place.is_passed_on = true;
                    return;
                }
            }
        }
    }
}

impl<K: Key> Drop for Place<K> {
    fn drop(&mut self) {
        self.pass_on(Statuses::abandon);
    }
}
