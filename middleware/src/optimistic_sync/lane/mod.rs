//! What happens to one key: a pure state machine. No clock, no I/O, no randomness, no async. No order of events makes
//! it panic.
//!
//! The middleware feeds it events and performs what it asks for, so what is checked here is what ships. What the
//! server has (`base`) and what the user wants (`want`) are kept apart, and what to show is derived from the two:
//! a rollback is "no `want`", which cannot clobber a newer intent, since a newer intent *is* `want`.
//!
//! Each intent has a number, higher than all before it. Numbers say what an answer is about; with a plain server,
//! values are compared as well, to save requests. Where the server can do it, a cancel and a give-up become a fence, a
//! write of nothing, so that every doubt ends in an answer. `W` is whoever waits for the intent's outcome.

mod answer;
mod disk;
mod hear;
mod intent;
mod server;
mod step;

pub use answer::Mark;
pub(crate) use answer::{Answer, Word};
use disk::Disk;
pub(crate) use disk::{Record, Save};
pub(crate) use intent::Op;
use intent::{Intent, Wire};
pub(crate) use server::Rules;
pub use server::Server;
pub(crate) use step::{Cycle, Failed, Rest, Send, Step, Then, Verdict};

/// One key's state.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Lane<V, W> {
    /// The newest value known to be the server's; at first, what the state showed before the first tap.
    base: V,
    /// Of `base`; 0 if none is known.
    revision: u64,
    /// The newest intent that has no verdict yet.
    want: Option<Intent<V, W>>,
    wire: Wire<V>,
    /// Highest intent sent: what is above it has certainly not reached the server.
    top: u64,
    /// An attempt has ended without an answer, and nothing said since that it cannot take effect any more.
    in_doubt: bool,
    /// Attempts at the newest intent that failed.
    tries: u32,
    /// Requests that followed an answer without a new tap.
    follow_ups: u32,
    /// A pause is over: the next request is a retry.
    is_retry: bool,
    /// A value that failed and was left on the screen.
    kept: Option<V>,
    cycle: Option<Cycle<V>>,
    /// None if an outbox has nothing of it, and is not being written to.
    disk: Option<Box<Disk>>,
}

/// Whether two values differ, by `PartialEq`; a value that is not even equal to itself does not differ from its like,
/// or it would be sent for ever.
pub(crate) fn differ<V: PartialEq>(a: &V, b: &V) -> bool {
    let equals_itself = |v: &V| {
        let same = v;
        v == same
    };
    a != b && (equals_itself(a) || equals_itself(b))
}

impl<V: Clone + PartialEq, W> Lane<V, W> {
    /// A key at rest whose value, as far as anyone knows, the server shares.
    pub(crate) fn new(base: V) -> Self {
        Self {
            base,
            revision: 0,
            want: None,
            wire: Wire::Idle,
            top: 0,
            in_doubt: false,
            tries: 0,
            follow_ups: 0,
            is_retry: false,
            kept: None,
            cycle: None,
            disk: None,
        }
    }

    /// What to show.
    pub(crate) fn view(&self) -> &V {
        match &self.want {
            Some(Intent { op: Op::Set(value), .. }) => value,
            _ => self.kept.as_ref().unwrap_or(&self.base),
        }
    }

    /// What the server was last known to have.
    pub(crate) fn base(&self) -> &V {
        &self.base
    }

    /// Nothing is wanted and nothing is in flight.
    pub(crate) fn at_rest(&self) -> bool {
        self.want.is_none() && matches!(self.wire, Wire::Idle)
    }

    /// At rest, and nothing is left to be written.
    pub(crate) fn is_settled(&self) -> bool {
        self.at_rest() && self.is_off_disk()
    }

    /// A failed value was left on the screen.
    pub(crate) fn is_kept(&self) -> bool {
        self.kept.is_some()
    }

    /// What the lane knows at rest is known nowhere else.
    pub(crate) fn must_stay(&self) -> bool {
        self.is_kept() || self.revision > 0 || !self.is_off_disk()
    }

    pub(crate) fn is_in_flight(&self, attempt: u64) -> bool {
        matches!(self.wire, Wire::Sent { attempt: current, .. } if current == attempt)
    }

    pub(crate) fn is_waiting(&self, attempt: u64) -> bool {
        matches!(self.wire, Wire::Wait { attempt: current } if current == attempt)
    }

    /// The number of what is in flight, and whether that is a fence.
    pub(crate) fn flight(&self) -> Option<(u64, bool)> {
        let Wire::Sent { number, op, .. } = &self.wire else { return None };
        Some((*number, matches!(op, Op::Fence)))
    }

    pub(crate) fn wants_fence(&self) -> bool {
        matches!(self.want, Some(Intent { op: Op::Fence, .. }))
    }

    /// Somebody is to be told how it ends.
    pub(crate) fn has_cycle(&self) -> bool {
        self.cycle.is_some()
    }

    /// The newest intent is newer than this number.
    pub(crate) fn wants_since(&self, number: u64) -> bool {
        self.want.as_ref().is_some_and(|want| want.number > number)
    }

    /// Failed attempts at the newest intent, if that is what is in flight; 0 if a newer one waits.
    pub(crate) fn tries(&self) -> u32 {
        self.tries
    }

    /// Before a tap on a key at rest: `shown` is what the state says. If that is not the value a failure left there,
    /// somebody else has put a newer one; but what has a revision is the server's.
    pub(crate) fn rests_on(&mut self, shown: &V) {
        if self.kept.take().is_none_or(|kept| differ(&kept, shown)) && self.revision == 0 {
            self.base = shown.clone();
        }
    }

    /// The user wants `value`. Gives the waiter of the intent this one takes the place of.
    pub(crate) fn tap(&mut self, number: u64, value: V, waiter: W) -> Option<W> {
        self.kept = None;
        self.follow_ups = 0;
        let superseded = self.intend(number, value, Some(waiter));
        if let Some(cycle) = &mut self.cycle {
            cycle.taps = cycle.taps.saturating_add(1);
        }
        superseded
    }

    /// Something other than a tap changed the state while a request was in flight, and the state is the truth: the
    /// value is an intent that nobody waits for. Gives the number and the waiter of the intent it takes the place of.
    pub(crate) fn changed_outside(&mut self, number: u64, value: V) -> Option<(u64, W)> {
        self.kept = None;
        let replaced = self.want.as_ref().map(|want| want.number);
        replaced.zip(self.intend(number, value, None))
    }

    fn intend(&mut self, number: u64, value: V, owed: Option<W>) -> Option<W> {
        self.tries = 0;
        self.may_save_again();
        self.cycle.get_or_insert_with(|| Cycle::new(value.clone()));
        self.want
            .replace(Intent { number, op: Op::Set(value), owed, renumbered: false, restored: false })
            .and_then(|old| old.owed)
    }

    /// There is something to send, and nothing in flight or to be written first.
    pub(crate) fn is_ready(&self, rules: &Rules) -> bool {
        let can_be_sent = match &self.want {
            Some(want) => want.op != Op::Fence || rules.server.fences(self.revision),
            None => false,
        };
        can_be_sent && matches!(self.wire, Wire::Idle) && self.is_saved(rules)
    }

    /// Sends the newest intent, if [`is_ready`](Self::is_ready). Attempts are told apart by their id.
    pub(crate) fn pump(&mut self, rules: &Rules, attempt: u64) -> Option<Send<V>> {
        let want = self.want.as_ref().filter(|_| self.is_ready(rules))?;
        let is_new = want.number > self.top && want.owed.is_some();
        self.top = self.top.max(want.number);
        if let Some(cycle) = &mut self.cycle {
            cycle.requests = cycle.requests.saturating_add(1);
            cycle.retries = cycle.retries.saturating_add(u32::from(self.is_retry));
            cycle.sent = cycle.sent.saturating_add(u32::from(is_new));
            if let Op::Set(value) = &want.op {
                cycle.last = value.clone();
            }
        }
        self.is_retry = false;
        let number = want.number;
        self.wire = Wire::Sent { attempt, number, op: want.op.clone(), answered: false };
        let op = match &want.op {
            // What is compared is fenced by writing what is there: then no request with an older revision is taken.
            Op::Fence if !rules.server.keeps_marks() => Op::Set(self.base.clone()),
            op => op.clone(),
        };
        Some(Send { number, op, revision: self.revision, try_number: self.tries.saturating_add(1) })
    }

    /// What `should_send_another` is asked when a reply has come: the wanted value, the value sent, whether the
    /// wanted one is newer. None if there are no two values.
    pub(crate) fn follow_up(&self) -> Option<(&V, &V, bool, u32)> {
        match (&self.want, &self.wire) {
            (
                Some(Intent { number: newest, op: Op::Set(wanted), .. }),
                Wire::Sent { number, op: Op::Set(sent), .. },
            ) => Some((wanted, sent, newest != number, self.follow_ups)),
            _ => None,
        }
    }

    /// The request in flight failed.
    pub(crate) fn failed(&mut self, rules: &Rules, failed: Failed, then: Then) -> Step<V, W> {
        let Wire::Sent { attempt, number, op, answered } = std::mem::replace(&mut self.wire, Wire::Idle) else {
            return Step::nothing();
        };
        self.in_doubt |= failed == Failed::Unknown && !answered;
        let can_fence = then != Then::Abandon && rules.server.fences(self.revision);
        if self.wants_fence() && can_fence && !self.in_doubt {
            let (resolved, why) = self.fence_is_moot(rules, rules.server.keeps_marks());
            return self.ends(resolved, why);
        }
        let Some(want) = &self.want else {
            if can_fence && self.in_doubt {
                self.want = Some(Intent::fence(number));
            }
            return self.rests(None, if answered { Rest::Agreed } else { Rest::Failed });
        };
        let (is_newest, is_only_try) = (want.number == number, self.tries == 0 && !want.renumbered);
        if !is_newest {
            let step = self.follows_up(rules, None);
            if step.rest.is_some() {
                return step;
            }
        }
        if then == Then::Retry {
            self.tries = if is_newest { self.tries.saturating_add(1) } else { 0 };
            self.wire = Wire::Wait { attempt };
            return Step::nothing();
        }
        if !is_newest || (self.wants_fence() && can_fence) {
            return Step::nothing();
        }
        // An earlier attempt that failed may have arrived, whatever is said of this one; and a no to a fence is none to
        // the value that it is for.
        let refused = failed == Failed::Refused && is_only_try && op != Op::Fence;
        let owed = self.want.as_mut().and_then(|want| want.owed.take_if(|_| refused));
        self.gives_up(rules, can_fence, owed.map(|w| (w, Verdict::Rejected)), Rest::Failed)
    }

    /// The pause after attempt `attempt` is over. False if that pause was ended by something else.
    pub(crate) fn timer(&mut self, attempt: u64) -> bool {
        let waited = self.is_waiting(attempt);
        if waited {
            self.wire = Wire::Idle;
            self.is_retry = true;
        }
        waited
    }

    /// Withdraws the newest intent. A request in flight goes on, and its answer still counts: it cannot be called
    /// back. A failed value that was left on the screen is withdrawn as well.
    pub(crate) fn cancel(&mut self, rules: &Rules) -> Step<V, W> {
        self.kept = None;
        if let Wire::Wait { .. } = self.wire {
            self.wire = Wire::Idle;
        }
        // What the outbox has must be replaced there before anybody is told.
        let fences = rules.server.fences(self.revision) || rules.saves;
        if fences && let Some(want) = &mut self.want {
            want.op = Op::Fence;
            let (resolved, why) = self.fence_is_moot(rules, rules.server.keeps_marks());
            return self.ends(resolved, why);
        }
        let resolved = self.drop_want();
        self.ends(resolved, Rest::Cancelled)
    }

    /// For a lane that is dropped, too: what can be said to who waits.
    pub(crate) fn drop_want(&mut self) -> Option<(W, Verdict)> {
        let want = self.want.take()?;
        let never = want.number > self.top;
        want.told_no(Verdict::Cancelled, never)
    }

    /// The newest intent is next, without a new tap.
    fn follows_up(&mut self, rules: &Rules, resolved: Option<(W, Verdict)>) -> Step<V, W> {
        if rules.follow_up_limit.is_some_and(|limit| self.follow_ups >= limit) {
            return self.gives_up(rules, rules.server.fences(self.revision), resolved, Rest::FollowUpLimit);
        }
        self.follow_ups = self.follow_ups.saturating_add(1);
        Step { resolved, rest: None }
    }

    /// The cycle is over without an agreement. A doubt that is left is for a fence to end.
    fn gives_up(&mut self, rules: &Rules, can_fence: bool, resolved: Option<(W, Verdict)>, why: Rest) -> Step<V, W> {
        let number = self.want.as_ref().map(|want| want.number);
        if let Some(Intent { op: Op::Set(value), .. }) = &self.want
            && rules.keeps
        {
            self.kept = Some(value.clone());
        }
        let resolved = resolved.or(self.drop_want());
        if can_fence && self.in_doubt {
            self.want = number.map(Intent::fence);
        }
        self.rests(resolved, why)
    }

    /// At rest, unless there is more to do.
    fn ends(&mut self, resolved: Option<(W, Verdict)>, why: Rest) -> Step<V, W> {
        if self.want.is_none()
            && let Wire::Wait { .. } = self.wire
        {
            self.wire = Wire::Idle;
        }
        if self.at_rest() { self.rests(resolved, why) } else { Step { resolved, rest: None } }
    }

    fn rests(&mut self, resolved: Option<(W, Verdict)>, why: Rest) -> Step<V, W> {
        self.tries = 0;
        self.follow_ups = 0;
        self.is_retry = false;
        Step { resolved, rest: Some((why, self.cycle.take())) }
    }
}
