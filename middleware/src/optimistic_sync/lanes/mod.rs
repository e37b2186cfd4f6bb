//! All lanes of one middleware, and what they share: the numbers, the cap on requests in flight, what is still open.
//!
//! Pure like the lane. Every change is made in a turn of the store, so the lock around it is never waited for long and
//! never held while code of the user runs, nor across an await.

mod clear;
mod numbers;
mod refreshes;
mod saves;

use super::lane::{Answer, Cycle, Failed, Lane, Mark, Rest, Rules, Send, Step, Then, differ};
use crate::completion::Resolver;
pub(super) use clear::Cleared;
use numbers::Numbers;
use std::collections::{HashMap, HashSet, VecDeque};
use std::hash::Hash;

pub(super) type Waiter = Resolver;

pub(super) struct Lanes<K, V> {
    rules: Rules,
    entries: HashMap<K, Entry<V>>,
    /// Keys with something to send, in the order in which they came to want it.
    ready: VecDeque<K>,
    /// Keys with something to write to the outbox.
    unsaved: VecDeque<K>,
    in_flight: usize,
    max_in_flight: usize,
    numbers: Numbers,
    /// Lanes that are not at rest.
    busy: usize,
    /// Finish hooks and reloads that are still running.
    tails: usize,
    /// What an earlier epoch started may neither write nor send.
    epoch: u64,
    /// The middleware is dispatching its own `set` for this key.
    setting: Option<K>,
    shut_down: bool,
    refreshes: usize,
    /// Counts refreshes that were begun, to tell what settled after one.
    stamp: u64,
    /// To be forgotten once no refresh is open.
    settled: HashSet<K>,
    sending: bool,
}

struct Entry<V> {
    lane: Lane<V, Waiter>,
    queued: bool,
    settled_at: u64,
    /// The stamp of the refresh whose value it was given last.
    pulled_at: u64,
}

impl<V: Clone + PartialEq> Entry<V> {
    fn new(base: &V) -> Self {
        Self { lane: Lane::new(base.clone()), queued: false, settled_at: 0, pulled_at: 0 }
    }
}

/// What to do with a tagged action.
pub(super) enum Admission<V> {
    /// Our own `set`: let it pass.
    Setting,
    ShutDown,
    AtRest,
    /// With what the server was last known to have: the key may come to rest before the tap is through.
    Busy(V),
}

/// A request to be made, and how its answer will be told apart.
pub(super) struct Outgoing<K, V> {
    pub(super) key: K,
    pub(super) attempt: u64,
    pub(super) send: Send<V>,
    /// It is part of a cycle, whose status is shown: not a fence after the sync has given up.
    pub(super) is_shown: bool,
}

/// What a request was told, before the lane hears of it.
pub(super) struct Question<V> {
    pub(super) wanted: V,
    pub(super) sent: V,
    pub(super) is_newer: bool,
    pub(super) follow_ups: u32,
    pub(super) asked_at: u64,
}

/// What the middleware has to know after a step.
pub(super) struct Settlement<V> {
    pub(super) step: Step<V, Waiter>,
    pub(super) view: V,
    pub(super) base: V,
}

impl<K: Clone + Eq + Hash, V: Clone + PartialEq> Lanes<K, V> {
    /// `knows_device`: the server may have heard of it before.
    pub(super) fn new(rules: Rules, max_in_flight: Option<usize>, knows_device: bool) -> Self {
        Self {
            rules,
            entries: HashMap::new(),
            ready: VecDeque::new(),
            unsaved: VecDeque::new(),
            in_flight: 0,
            max_in_flight: max_in_flight.unwrap_or(usize::MAX),
            numbers: if knows_device { Numbers::of_a_known_device() } else { Numbers::of_a_new_device() },
            busy: 0,
            tails: 0,
            epoch: 0,
            setting: None,
            shut_down: false,
            refreshes: 0,
            stamp: 0,
            settled: HashSet::new(),
            sending: false,
        }
    }

    pub(super) fn admit(&mut self, key: &K) -> Admission<V> {
        if self.setting.as_ref() == Some(key) {
            self.setting = None;
            return Admission::Setting;
        }
        match self.entries.get(key) {
            _ if self.shut_down => Admission::ShutDown,
            Some(entry) if !entry.lane.at_rest() => Admission::Busy(entry.lane.base().clone()),
            _ => Admission::AtRest,
        }
    }

    /// `before` is what the state showed before the tap; if the key was not at rest then, what the server had. Gives
    /// the waiter of the intent that this one takes the place of.
    pub(super) fn tap(&mut self, key: K, before: &V, wanted: V, waiter: Waiter) -> Option<Waiter> {
        let number = self.numbers.next();
        let entry = self.entries.entry(key.clone()).or_insert_with(|| Entry::new(before));
        if entry.lane.is_settled() {
            self.busy += 1;
        }
        if entry.lane.at_rest() {
            entry.lane.rests_on(before);
        }
        let superseded = entry.lane.tap(number, wanted, waiter);
        self.queue(key);
        superseded
    }

    fn queue(&mut self, key: K) {
        let Some(entry) = self.entries.get_mut(&key) else { return };
        if entry.lane.is_unsaved(&self.rules) {
            self.unsaved.push_back(key);
        } else if entry.lane.is_ready(&self.rules) && !entry.queued {
            entry.queued = true;
            self.ready.push_back(key);
        }
    }

    fn can_send(&self) -> bool {
        !self.ready.is_empty() && self.in_flight < self.max_in_flight
    }

    pub(super) fn has_work(&self) -> bool {
        self.can_send() || !self.unsaved.is_empty()
    }

    /// The next request to make, while the cap allows one.
    pub(super) fn next_send(&mut self) -> Option<Outgoing<K, V>> {
        while self.can_send() {
            let key = self.ready.pop_front()?;
            let Some(entry) = self.entries.get_mut(&key) else { continue };
            entry.queued = false;
            let ready = entry.lane.is_ready(&self.rules).then(|| self.numbers.next());
            if let Some((attempt, send)) =
                ready.and_then(|attempt| Some((attempt, entry.lane.pump(&self.rules, attempt)?)))
            {
                self.in_flight += 1;
                let is_shown = entry.lane.has_cycle();
                return Some(Outgoing { key, attempt, send, is_shown });
            }
            // Cancelled while it was queued.
            self.forget(&key);
        }
        None
    }

    /// Whether somebody was sending already.
    pub(super) fn set_sending(&mut self, sending: bool) -> bool {
        std::mem::replace(&mut self.sending, sending)
    }

    /// It waits for its turn, or to be written, and the screen may say so.
    pub(super) fn is_shown_queued(&self, key: &K) -> bool {
        self.entries
            .get(key)
            .is_some_and(|entry| (entry.queued || entry.lane.awaits_saving(&self.rules)) && entry.lane.has_cycle())
    }

    /// Attempt `attempt` is to be followed by another, after a pause.
    pub(super) fn is_waiting(&self, key: &K, attempt: u64) -> bool {
        self.entries.get(key).is_some_and(|entry| entry.lane.is_waiting(attempt))
    }

    /// Somebody is to be told how it ends, and the screen may say what it is doing.
    pub(super) fn has_cycle(&self, key: &K) -> bool {
        self.entries.get(key).is_some_and(|entry| entry.lane.has_cycle())
    }

    pub(super) fn is_in_flight(&self, key: &K, attempt: u64) -> bool {
        self.entries.get(key).is_some_and(|entry| entry.lane.is_in_flight(attempt))
    }

    /// The number of what is in flight, and whether that is a fence.
    pub(super) fn flight(&self, key: &K) -> Option<(u64, bool)> {
        self.entries.get(key)?.lane.flight()
    }

    /// Before an answer or a push is taken: what the state shows now, if it is not what the lane thinks and the key is
    /// not at rest, is a new intent. Gives the number and the waiter of the intent it takes the place of.
    pub(super) fn look(&mut self, key: &K, shown: &V) -> Option<(u64, Waiter)> {
        let number = self.numbers.next();
        let lane = &mut self.entries.get_mut(key)?.lane;
        if lane.at_rest() || !differ(lane.view(), shown) {
            return None;
        }
        lane.changed_outside(number, shown.clone())
    }

    /// The server has seen this number from this device. True if it was never given out: then the numbers go on above it.
    pub(super) fn catch_up(&mut self, seen: Mark) -> bool {
        self.numbers.catch_up(seen.number())
    }

    pub(super) fn question(&self, key: &K) -> Option<Question<V>> {
        let (wanted, sent, is_newer, follow_ups) = self.entries.get(key)?.lane.follow_up()?;
        Some(Question {
            wanted: wanted.clone(),
            sent: sent.clone(),
            is_newer,
            follow_ups,
            asked_at: self.numbers.last(),
        })
    }

    /// Whether the key was tapped since the question was asked.
    pub(super) fn is_outdated(&self, key: &K, asked_at: u64) -> bool {
        self.entries.get(key).is_some_and(|entry| entry.lane.wants_since(asked_at))
    }

    /// Failed attempts at the newest intent, and whether that is a fence.
    pub(super) fn tries(&self, key: &K) -> (u32, bool) {
        self.entries.get(key).map_or((0, false), |entry| (entry.lane.tries(), entry.lane.wants_fence()))
    }

    /// None if the request is no longer under way: code of the user that was asked before may have cleared.
    pub(super) fn replied(&mut self, key: &K, attempt: u64, answer: Answer<V>, another: bool) -> Option<Settlement<V>> {
        self.lands(key, attempt)?;
        let (rules, fresh) = (self.rules, self.numbers.next());
        self.step(key, |lane| lane.replied(&rules, answer, another, fresh))
    }

    /// As [`replied`](Self::replied).
    pub(super) fn failed(&mut self, key: &K, attempt: u64, failed: Failed, then: Then) -> Option<Settlement<V>> {
        self.lands(key, attempt)?;
        let rules = self.rules;
        self.step(key, |lane| lane.failed(&rules, failed, then))
    }

    /// The server pushed a value. Gives whether it is news.
    pub(super) fn heard(&mut self, key: &K, said: (V, u64), ours: Option<Mark>) -> Option<(bool, Settlement<V>)> {
        let (rules, fresh, stamp) = (self.rules, self.numbers.next(), self.stamp);
        self.entries.entry(key.clone()).or_insert_with(|| Entry::new(&said.0));
        let mut is_news = false;
        let settlement = self.step(key, |lane| {
            let (newer, step) = lane.heard(&rules, said, ours, fresh);
            is_news = newer;
            step
        })?;
        if is_news && let Some(entry) = self.entries.get_mut(key) {
            // For a refresh that began before.
            entry.settled_at = stamp;
        }
        Some((is_news, settlement))
    }

    fn lands(&mut self, key: &K, attempt: u64) -> Option<()> {
        self.is_in_flight(key, attempt).then(|| self.in_flight -= 1)
    }

    pub(super) fn timer(&mut self, key: &K, attempt: u64) {
        if let Some(entry) = self.entries.get_mut(key)
            && entry.lane.timer(attempt)
        {
            self.queue(key.clone());
        }
    }

    /// None if there is nothing to cancel. `shown` is what the state shows.
    pub(super) fn cancel(&mut self, key: &K, shown: &V) -> Option<Settlement<V>> {
        let lane = &mut self.entries.get_mut(key)?.lane;
        if lane.at_rest() {
            if !lane.is_kept() {
                return None;
            }
            lane.rests_on(shown);
        }
        let rules = self.rules;
        self.step(key, |lane| lane.cancel(&rules))
    }

    fn step(&mut self, key: &K, step: impl FnOnce(&mut Lane<V, Waiter>) -> Step<V, Waiter>) -> Option<Settlement<V>> {
        let entry = self.entries.get_mut(key)?;
        let (was_at_rest, was_settled) = (entry.lane.at_rest(), entry.lane.is_settled());
        let step = step(&mut entry.lane);
        let (view, base) = (entry.lane.view().clone(), entry.lane.base().clone());
        if !was_at_rest && entry.lane.at_rest() {
            entry.settled_at = self.stamp;
        }
        if !was_settled && entry.lane.is_settled() {
            self.busy -= 1;
        }
        self.queue(key.clone());
        Some(Settlement { step, view, base })
    }

    /// A key at rest costs nothing: it is forgotten, unless the server's value or its revision is known nowhere else or a
    /// refresh that began before has yet to be told that it is late.
    pub(super) fn forget(&mut self, key: &K) {
        match self.entries.get(key) {
            // One that is queued is forgotten when its turn comes, or it would be queued again by the next tap.
            Some(entry) if entry.lane.at_rest() && !entry.lane.must_stay() && !entry.queued => {}
            _ => return,
        }
        if self.refreshes > 0 {
            self.settled.insert(key.clone());
            return;
        }
        self.entries.remove(key);
        if self.entries.is_empty() {
            self.entries.shrink_to(64);
            self.ready.shrink_to(64);
        }
    }

    /// What to show for a key that is not at rest.
    pub(super) fn pending_view(&self, key: &K) -> Option<V> {
        let lane = &self.entries.get(key)?.lane;
        (!lane.at_rest()).then(|| lane.view().clone())
    }

    pub(super) fn is_at_rest(&self, key: &K) -> bool {
        self.entries.get(key).is_none_or(|entry| entry.lane.at_rest())
    }

    /// Gives what it was before.
    pub(super) fn set_setting(&mut self, key: Option<K>) -> Option<K> {
        std::mem::replace(&mut self.setting, key)
    }

    /// A hook or a reload was started. Gives its epoch.
    pub(super) fn tail_started(&mut self) -> u64 {
        self.tails += 1;
        self.epoch
    }

    pub(super) fn tail_ended(&mut self, epoch: u64) {
        if epoch == self.epoch {
            self.tails -= 1;
        }
    }

    pub(super) fn epoch(&self) -> u64 {
        self.epoch
    }

    pub(super) fn is_epoch(&self, epoch: u64) -> bool {
        self.epoch == epoch
    }

    pub(super) fn is_quiet(&self) -> bool {
        self.busy == 0 && self.tails == 0
    }

    pub(super) fn shut_down(&mut self) {
        self.shut_down = true;
    }
}

impl<V> Settlement<V> {
    /// Takes the cycle out, if the key came to rest.
    pub(super) fn take_rest(&mut self) -> Option<(Rest, Option<Cycle<V>>)> {
        self.step.rest.take()
    }
}
