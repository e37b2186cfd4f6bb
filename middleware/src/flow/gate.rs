//! Who waits for a connection, over all keys, in the order in which they came.

use super::dropped::Dropped;
use super::held::Held;
use super::queue::Queue;
use crate::key::Key;
use crate::outcome::{Failure, Outcome};
use crate::platform::MaybeSend;
use std::collections::{BTreeMap, HashMap};

type End = Result<Outcome, Failure>;

/// A dispatch that is held back, of whichever store.
pub(super) trait Parked: MaybeSend {
    /// Sends it through the rest of the chain, in the current turn; its caller is told when what that set going has ended.
    fn go_on(self: Box<Self>);
    fn end(self: Box<Self>, outcome: End);
}

impl<S: 'static, A: MaybeSend + 'static> Parked for Held<S, A> {
    fn go_on(self: Box<Self>) {
        let store = self.rest().store().clone();
        if let Some((completion, resolver)) = Held::go_on(*self) {
            store.turn(|store| store.spawn(Box::pin(async move { resolver.resolve(completion.await) })));
        }
    }

    fn end(self: Box<Self>, outcome: End) {
        Held::end(*self, outcome);
    }
}

pub(super) struct Gate<K: Key> {
    line: BTreeMap<u64, InLine<K>>,
    keys: HashMap<K, Waiting>,
    next_number: u64,
    /// Whether there is a keeper, who lets them go on.
    pub(super) is_kept: bool,
}

#[derive(Default)]
struct Waiting {
    count: usize,
    newest: u64,
}

pub(super) struct InLine<K> {
    pub(super) key: K,
    pub(super) parked: Box<dyn Parked>,
}

/// One that left the line.
pub(super) struct Left<K> {
    pub(super) one: InLine<K>,
    /// Whether it was the last of its key.
    pub(super) was_last: bool,
}

impl<K: Key> Gate<K> {
    pub(super) fn new() -> Self {
        Self { line: BTreeMap::new(), keys: HashMap::new(), next_number: 0, is_kept: false }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.line.is_empty()
    }

    pub(super) fn keys(&self) -> impl Iterator<Item = &K> {
        self.keys.keys()
    }

    /// Makes room for one of this key. Gives the one that has to leave for it, and what that comes to.
    pub(super) fn make_room(&mut self, key: &K, queue: Queue) -> Result<Option<(Left<K>, End)>, Dropped> {
        match queue {
            Queue::DropNewest(most) if self.line.len() >= most => Err(Dropped::QueueFull(most)),
            Queue::DropOldest(0) => Err(Dropped::QueueFull(0)),
            Queue::DropOldest(most) if self.line.len() >= most => {
                Ok(self.pop().map(|left| (left, Err(Dropped::MadeRoom.failure()))))
            }
            Queue::LatestWins => {
                let newest = self.keys.get(key).map(|waiting| waiting.newest);
                Ok(newest.and_then(|number| self.remove(number)).map(|left| (left, Ok(Outcome::Superseded))))
            }
            Queue::Unbounded | Queue::DropNewest(_) | Queue::DropOldest(_) => Ok(None),
        }
    }

    pub(super) fn push(&mut self, key: K, parked: Box<dyn Parked>) {
        let number = self.next_number;
        self.next_number += 1;
        let waiting = self.keys.entry(key.clone()).or_default();
        waiting.count += 1;
        waiting.newest = number;
        self.line.insert(number, InLine { key, parked });
    }

    pub(super) fn pop(&mut self) -> Option<Left<K>> {
        let (first, _) = self.line.first_key_value()?;
        self.remove(*first)
    }

    fn remove(&mut self, number: u64) -> Option<Left<K>> {
        let one = self.line.remove(&number)?;
        let waiting = self.keys.get_mut(&one.key)?;
        waiting.count -= 1;
        let was_last = waiting.count == 0;
        if was_last {
            self.keys.remove(&one.key);
        }
        if self.keys.is_empty() {
            self.keys.shrink_to(64);
        }
        Some(Left { one, was_last })
    }
}
