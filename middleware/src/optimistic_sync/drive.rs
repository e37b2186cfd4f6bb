//! Feeds the lanes, and performs what they ask for.
//!
//! Every function here runs in a turn of the store, so what it reads stays true until it returns. The order is always
//! the same: ask the user's code (no lock held), step the lane (under the lock), release it, perform.

use super::builder::{Config, OnFailure, Restored};
use super::epochs::Epochs;
use super::error::SyncError;
use super::lane::{Cycle, Failed, Mark, Rest, Rules, Then, differ};
use super::lanes::{Admission, Lanes, Settlement};
use super::panic::catch;
use super::reply::Reply;
use super::settled::{Settled, cancelled, outcome};
use super::spec::{ErrorKind, Finish, FollowUp, OptimisticSync};
use super::{finish, request};
use crate::completion::Completion;
use crate::middleware::Next;
use crate::outcome::Outcome;
use crate::status::{Phase, Statuses};
use crate::store_api::{StoreApi, WeakStore};
use parking_lot::Mutex;
use std::hash::Hash;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use tokio::sync::Notify;
use tracing::{debug, error, warn};

pub(super) struct Driver<S, A, P: OptimisticSync<S, A>> {
    pub(super) spec: P,
    pub(super) config: Config<P::Key, P::Value, P::Error>,
    pub(super) rules: Rules,
    pub(super) store: OnceLock<WeakStore<S, A>>,
    /// In one store: every tagged action would come by twice.
    is_plugged_twice: AtomicBool,
    pub(super) lanes: Mutex<Lanes<P::Key, P::Value>>,
    pub(super) statuses: Statuses<P::Key, Arc<SyncError<P::Error>>>,
    /// Told when the lanes come to be quiet.
    pub(super) quiet: Notify,
    pub(super) epochs: Epochs,
}

impl<S: 'static, A: 'static, P: OptimisticSync<S, A>> Driver<S, A, P> {
    pub(super) fn new(spec: P, config: Config<P::Key, P::Value, P::Error>, kept: Restored<P::Key, P::Value>) -> Self {
        let rules = Rules {
            server: spec.server(),
            keeps: !matches!(config.on_failure, OnFailure::RollBack),
            follow_up_limit: config.follow_up_limit,
            saves: config.outbox.is_some(),
        };
        let mut lanes = Lanes::new(rules, config.max_in_flight, config.is_device_known);
        let (records, last_number) = kept;
        lanes.restore(records, last_number);
        Self {
            spec,
            lanes: Mutex::new(lanes),
            config,
            rules,
            store: OnceLock::new(),
            is_plugged_twice: AtomicBool::new(false),
            statuses: Statuses::new(),
            quiet: Notify::new(),
            epochs: Epochs::default(),
        }
    }

    /// A second place is refused when it is dispatched to, where the caller can be told.
    pub(super) fn plug(&self, store: WeakStore<S, A>) {
        let Err(second) = self.store.set(store) else { return };
        error!(target: "foregone", error = %SyncError::<P::Error>::PluggedTwice, "its dispatches will be refused");
        if self.store.get().is_some_and(|first| first.ptr_eq(&second)) {
            self.is_plugged_twice.store(true, Ordering::Relaxed);
        }
    }

    pub(super) fn turn<R>(&self, body: impl FnOnce(&dyn StoreApi<S, A>) -> R) -> Option<R> {
        self.store.get()?.turn(body)
    }

    /// A tagged action: the reducer applies it, and what the state then says is the new intent.
    pub(super) fn tap(
        self: &Arc<Self>,
        store: &dyn StoreApi<S, A>,
        key: P::Key,
        action: A,
        next: Next<'_, S, A>,
    ) -> Completion {
        if self.store.get().is_none_or(|own| !own.is(store)) || self.is_plugged_twice.load(Ordering::Relaxed) {
            return cancelled::<P::Error>(SyncError::PluggedTwice);
        }
        let admission = self.lanes.lock().admit(&key);
        let may_wait = self.config.max_in_flight.is_some() || self.config.outbox.is_some();
        let waits = may_wait.then(|| key.clone());
        let (before, was_at_rest) = match admission {
            Admission::Setting => return next.run(action),
            Admission::ShutDown => return cancelled::<P::Error>(SyncError::ShutDown),
            Admission::Busy(base) => (base, false),
            Admission::AtRest => (self.spec.value(&store.state(), &key), true),
        };
        let completion = next.run(action);
        let wanted = self.spec.value(&store.state(), &key);
        if completion.failure().is_some() {
            // Withheld further in; or applied all the same, and something else has failed. What the state shows of a
            // key that is not at rest is looked at when its answer comes.
            let is_at_rest = self.lanes.lock().is_at_rest(&key);
            if !(is_at_rest && differ(&before, &wanted)) {
                return completion;
            }
        }
        let (waiter, pending) = Completion::pending();
        let (superseded, can_send) = {
            let mut lanes = self.lanes.lock();
            (lanes.tap(key, &before, wanted, waiter), lanes.has_work())
        };
        if let Some(waiter) = superseded {
            waiter.resolve(Ok(Outcome::Superseded));
        }
        if can_send {
            self.send_ready(store);
        }
        if let Some(key) = waits.filter(|_| was_at_rest) {
            self.post_if_queued(store, &key);
        }
        completion.join(pending)
    }

    /// Makes the requests that can be made now.
    pub(super) fn send_ready(self: &Arc<Self>, store: &dyn StoreApi<S, A>) {
        // A request may end while it is started, and make room for the next: that is left to the loop, or the stack
        // would grow with the queue.
        if self.lanes.lock().set_sending(true) {
            return;
        }
        let _sending = Sending(&self.lanes);
        loop {
            self.save_all(store);
            let next = self.lanes.lock().next_send();
            let Some(outgoing) = next else { return };
            if outgoing.is_shown {
                let phase = Phase::Running { attempt: outgoing.send.try_number };
                self.statuses.set(&outgoing.key, phase, store.now());
            }
            request::start(self, store, outgoing);
        }
    }

    pub(super) fn post_if_queued(&self, store: &dyn StoreApi<S, A>, key: &P::Key) {
        let queued = self.lanes.lock().is_shown_queued(key);
        if queued {
            self.statuses.set(key, Phase::Queued, store.now());
        }
    }

    /// The request in flight has ended. Gives those who wait for an outcome, and the finish hook's argument if the key
    /// came to rest.
    pub(super) fn settle(
        self: &Arc<Self>,
        store: &dyn StoreApi<S, A>,
        key: &P::Key,
        attempt: u64,
        result: Result<Reply<P::Value>, SyncError<P::Error>>,
    ) -> Option<Settled<S, A, P>> {
        let (in_flight, to_fence) = {
            let lanes = self.lanes.lock();
            lanes.flight(key).filter(|_| lanes.is_in_flight(key, attempt))?
        };
        let result = result
            .and_then(|reply| reply.into_answer(self.rules.server, in_flight, to_fence).map_err(SyncError::Reply));
        let mut settled = Settled { waiters: Vec::new(), finish: None };
        let seen = catch(|| self.spec.value(&store.state(), key));
        let (shown, result) = match seen {
            Ok(shown) => (Some(shown), result),
            Err(message) => (None, Err(SyncError::Panicked(message))),
        };
        if let Some(shown) = &shown
            && let Some((number, waiter)) = self.lanes.lock().look(key, shown)
        {
            let confirmed = result.as_ref().is_ok_and(|answer| answer.accepts(in_flight, number) && !to_fence);
            settled.waiters.push((waiter, Ok(if confirmed { Outcome::Confirmed } else { Outcome::Superseded })));
        }
        let has_come_true =
            result.as_ref().is_ok_and(|answer| to_fence && answer.mark() == Some(Mark::Accepted(in_flight)));
        let (settlement, error) = match result.and_then(|answer| Ok((self.asks_for_another(key)?, answer))) {
            Ok((another, answer)) => {
                self.catch_up(key, answer.mark());
                (self.lanes.lock().replied(key, attempt, answer, another), None)
            }
            Err(error) => {
                let error = Arc::new(error);
                (self.fail(store, key, attempt, &error), Some(error))
            }
        };
        if let Some(settlement) = settlement {
            self.perform(store, key, shown.as_ref(), settlement, error, &mut settled);
        }
        if has_come_true && self.statuses.of(key).failure().is_some() {
            // What was given up as failed had been done: that is what the fence was told.
            self.statuses.set(key, Phase::Idle, store.now());
        }
        Some(settled)
    }

    fn asks_for_another(&self, key: &P::Key) -> Result<bool, SyncError<P::Error>> {
        let question = self.lanes.lock().question(key);
        let Some(question) = question else { return Ok(false) };
        let follow_up = FollowUp {
            wanted: question.wanted,
            sent: question.sent,
            is_newer: question.is_newer,
            follow_ups: question.follow_ups,
            by_number: self.rules.server.numbers(),
        };
        let another = catch(|| self.spec.should_send_another(&follow_up)).map_err(SyncError::Panicked)?;
        Ok(another || self.lanes.lock().is_outdated(key, question.asked_at))
    }

    fn fail(
        self: &Arc<Self>,
        store: &dyn StoreApi<S, A>,
        key: &P::Key,
        attempt: u64,
        error: &SyncError<P::Error>,
    ) -> Option<Settlement<P::Value>> {
        let kind = match error {
            SyncError::Send(error) => catch(|| self.spec.error_kind(error)).ok(),
            SyncError::TimedOut(_) => Some(ErrorKind::Unknown),
            _ => None,
        };
        let failed = if kind == Some(ErrorKind::Refused) { Failed::Refused } else { Failed::Unknown };
        let (flight, (tries, wants_fence)) = {
            let lanes = self.lanes.lock();
            (lanes.flight(key), lanes.tries(key))
        };
        let fence_failed = wants_fence && flight.is_some_and(|(_, is_fence)| is_fence);
        let pause = match kind {
            Some(ErrorKind::Transient | ErrorKind::Unknown) if fence_failed => Some(fence_pause(tries)),
            Some(ErrorKind::Transient | ErrorKind::Unknown) if !wants_fence => self.config.pause(tries),
            _ => None,
        };
        let then = match pause {
            Some(_) => Then::Retry,
            None if fence_failed || matches!(error, SyncError::Stopped) => Then::Abandon,
            None => Then::GiveUp,
        };
        if fence_failed && then == Then::Abandon {
            error!(target: "foregone", ?key, %error, "the fence failed: nobody knows what the server will hold");
        }
        let settlement = self.lanes.lock().failed(key, attempt, failed, then)?;
        if let Some(pause) = pause
            && self.lanes.lock().is_waiting(key, attempt)
        {
            warn!(target: "foregone", ?key, %error, ?pause, "will try again");
            if self.lanes.lock().has_cycle(key) {
                let now = store.now();
                self.statuses.set(key, Phase::Waiting { until: now + pause }, now);
            }
            request::wait(self, store, key.clone(), attempt, pause);
        }
        Some(settlement)
    }

    /// The lane has taken its step: do what follows from it.
    pub(super) fn perform(
        self: &Arc<Self>,
        store: &dyn StoreApi<S, A>,
        key: &P::Key,
        shown: Option<&P::Value>,
        mut settlement: Settlement<P::Value>,
        mut error: Option<Arc<SyncError<P::Error>>>,
        settled: &mut Settled<S, A, P>,
    ) {
        let epoch = self.lanes.lock().epoch();
        let rest = settlement.take_rest();
        let why = rest.as_ref().map(|(why, _)| *why);
        match why {
            Some(Rest::FollowUpLimit) => {
                let limit = self.config.follow_up_limit.unwrap_or(u32::MAX);
                error = Some(Arc::new(SyncError::FollowUpLimit(limit)));
            }
            Some(Rest::Rejected) => error = Some(Arc::new(SyncError::Rejected)),
            Some(Rest::Cancelled) => error = Some(Arc::new(SyncError::Cancelled)),
            // A request that has failed after a push had brought its answer.
            Some(Rest::Agreed) => error = None,
            Some(Rest::Failed) | None => {}
        }
        if let Some((waiter, verdict)) = settlement.step.resolved.take() {
            debug!(target: "foregone", ?key, outcome = ?verdict, "dispatch ended");
            settled.waiters.push((waiter, outcome(verdict, error.as_ref())));
        }
        self.send_ready(store);
        if let Some(shown) = shown
            && differ(shown, &settlement.view)
            && let Err(failed) = self.show(store, key, settlement.view)
        {
            error = error.or(Some(Arc::new(failed)));
        }
        if !self.lanes.lock().is_epoch(epoch) {
            // Whoever saw the value being shown has cleared.
            return;
        }
        self.post_if_queued(store, key);
        self.lanes.lock().forget(key);
        if let Some((why, Some(cycle))) = rest {
            self.finish(store, key, (why, cycle), settlement.base, error, settled);
        }
        self.tell_if_quiet();
    }

    /// A cycle is over.
    fn finish(
        self: &Arc<Self>,
        store: &dyn StoreApi<S, A>,
        key: &P::Key,
        (why, cycle): (Rest, Cycle<P::Value>),
        confirmed: P::Value,
        error: Option<Arc<SyncError<P::Error>>>,
        settled: &mut Settled<S, A, P>,
    ) {
        if !self.lanes.lock().has_cycle(key) {
            let phase = match &error {
                Some(error) if why != Rest::Cancelled => Phase::Failed(Arc::clone(error)),
                _ => Phase::Idle,
            };
            self.statuses.set(key, phase, store.now());
        }
        let (taps, requests, coalesced) = (cycle.taps, cycle.requests, cycle.taps.saturating_sub(cycle.sent));
        match &error {
            None => debug!(target: "foregone", ?key, taps, requests, coalesced, "at rest"),
            Some(error) => {
                warn!(target: "foregone", ?key, taps, requests, coalesced, %error, "at rest after a failure");
            }
        }
        let epoch = self.lanes.lock().tail_started();
        let (first, last) = (cycle.first, cycle.last);
        let retries = cycle.retries;
        let key = key.clone();
        let finish = Finish { key, first, last, confirmed, error, taps, requests, retries, coalesced };
        settled.finish = Some(finish::Tail::new(self, epoch, finish));
    }

    /// The server has seen a number of ours. If it was never given out here, numbers are said to go on above it.
    pub(super) fn catch_up(&self, key: &P::Key, seen: Option<Mark>) {
        let is_ahead = seen.is_some_and(|seen| self.lanes.lock().catch_up(seen));
        if is_ahead {
            warn!(target: "foregone", ?key, ?seen, "the server knows this device by higher numbers: is its id used twice?");
        }
    }

    /// Dispatches the action that makes it so.
    pub(super) fn show(
        &self,
        store: &dyn StoreApi<S, A>,
        key: &P::Key,
        value: P::Value,
    ) -> Result<(), SyncError<P::Error>> {
        let mut outer = None;
        let done = catch(|| {
            let action = self.spec.set(key, value.clone());
            let tagged = self.spec.key(&action).filter(|tagged| tagged == key);
            outer = self.lanes.lock().set_setting(tagged);
            // Our own write: what others set going because of it is theirs to report.
            drop(store.dispatch(action));
            let pending = self.lanes.lock().pending_view(key);
            !differ(&self.spec.value(&store.state(), key), &pending.unwrap_or(value))
        });
        self.lanes.lock().set_setting(outer);
        let problem = match done {
            Ok(true) => return Ok(()),
            Ok(false) => SyncError::SetIgnored,
            Err(message) => SyncError::Panicked(message),
        };
        error!(target: "foregone", ?key, error = %problem, "the screen does not show what the server holds");
        Err(problem)
    }
}

/// From 1 s to 64 s: a fence is sent until it is answered.
fn fence_pause(tries: u32) -> Duration {
    Duration::from_secs(1 << tries.min(6))
}

/// Held by whoever makes the requests.
struct Sending<'a, K: Clone + Eq + Hash, V: Clone + PartialEq>(&'a Mutex<Lanes<K, V>>);

impl<K: Clone + Eq + Hash, V: Clone + PartialEq> Drop for Sending<'_, K, V> {
    fn drop(&mut self) {
        self.0.lock().set_sending(false);
    }
}
