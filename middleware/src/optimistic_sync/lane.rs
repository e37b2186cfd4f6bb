//! What happens to one key: a pure state machine. No clock, no I/O, no randomness, no async.
//!
//! The middleware feeds it events and performs what it asks for, so what is checked here is what ships. What the
//! server has (`base`) and what the user wants (`want`) are kept apart, and what to show is derived from the two:
//! a rollback is "no `want`", which cannot clobber a newer intent, since a newer intent *is* `want`.
//!
//! Each intent has a number, higher than all before it. Numbers say what an answer is about; values are compared only
//! to save requests. `W` is whoever waits for the intent's outcome.

/// One key's state.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Lane<V, W> {
    /// The newest value known to be the server's; at first, what the state showed before the first tap.
    base: V,
    /// The newest intent that has no verdict yet.
    want: Option<Intent<V, W>>,
    /// The lock: at most one request is in flight.
    wire: Wire<V>,
    /// Highest intent sent: what is above it has certainly not reached the server.
    top: u64,
    /// Attempts at the newest intent that failed.
    tries: u32,
    /// Requests that followed an answer without a new tap.
    follow_ups: u32,
    /// A pause is over: the next request is a retry.
    is_retry: bool,
    /// A value that failed and was left on the screen.
    kept: Option<V>,
    cycle: Option<Cycle<V>>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Intent<V, W> {
    number: u64,
    value: V,
    owed: Option<W>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Wire<V> {
    Idle,
    Sent { attempt: u64, number: u64, value: V },
    Wait { attempt: u64 },
}

/// From the tap that found the key at rest until it is at rest again.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Cycle<V> {
    pub(crate) first: V,
    pub(crate) last: V,
    pub(crate) taps: u32,
    pub(crate) requests: u32,
    /// Those of the requests that followed a pause.
    pub(crate) retries: u32,
    /// Taps whose value was sent.
    pub(crate) sent: u32,
}

/// What an intent came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Verdict {
    Confirmed,
    Rejected,
    Cancelled,
    Unknown,
}

/// A request to make now.
#[derive(Debug)]
pub(crate) struct Send<V> {
    pub(crate) number: u64,
    pub(crate) value: V,
    /// Which attempt at this intent it is, from 1.
    pub(crate) try_number: u32,
}

/// Why the key came to rest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rest {
    Agreed,
    Failed,
    FollowUpLimit,
    Cancelled,
}

/// What an event asks of the middleware: tell `resolved` its verdict; if the key came to `rest`, the cycle is over.
#[derive(Debug)]
pub(crate) struct Step<V, W> {
    pub(crate) resolved: Option<(W, Verdict)>,
    pub(crate) rest: Option<(Rest, Option<Cycle<V>>)>,
}

/// What a failed request says of its intent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Failed {
    /// A definite no.
    Refused,
    /// It may have taken effect.
    Unknown,
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
            want: None,
            wire: Wire::Idle,
            top: 0,
            tries: 0,
            follow_ups: 0,
            is_retry: false,
            kept: None,
            cycle: None,
        }
    }

    /// What to show.
    pub(crate) fn view(&self) -> &V {
        self.want.as_ref().map_or(&self.base, |want| &want.value)
    }

    /// What the server was last known to have.
    pub(crate) fn base(&self) -> &V {
        &self.base
    }

    /// Nothing is wanted and nothing is in flight.
    pub(crate) fn at_rest(&self) -> bool {
        self.want.is_none() && matches!(self.wire, Wire::Idle)
    }

    /// A failed value was left on the screen, so `base` is known nowhere else.
    pub(crate) fn is_kept(&self) -> bool {
        self.kept.is_some()
    }

    pub(crate) fn is_in_flight(&self, attempt: u64) -> bool {
        matches!(self.wire, Wire::Sent { attempt: current, .. } if current == attempt)
    }

    /// The request in flight, if any, is the newest intent's.
    pub(crate) fn newest_is_in_flight(&self) -> bool {
        matches!((&self.want, &self.wire), (Some(want), Wire::Sent { number, .. }) if want.number == *number)
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
    /// somebody else has put a newer one.
    pub(crate) fn rests_on(&mut self, shown: &V) {
        if self.kept.take().is_none_or(|kept| differ(&kept, shown)) {
            self.base = shown.clone();
        }
    }

    /// The user wants `value`. Gives the waiter of the intent this one takes the place of.
    pub(crate) fn tap(&mut self, number: u64, value: V, waiter: W) -> Option<W> {
        let cycle = self.cycle.get_or_insert_with(|| Cycle {
            first: value.clone(),
            last: value.clone(),
            taps: 0,
            requests: 0,
            retries: 0,
            sent: 0,
        });
        cycle.taps = cycle.taps.saturating_add(1);
        self.kept = None;
        self.follow_ups = 0;
        self.intend(number, value, Some(waiter))
    }

    /// Something other than a tap changed the state while a request was in flight, and the state is the truth: the
    /// value is an intent that nobody waits for.
    pub(crate) fn changed_outside(&mut self, number: u64, value: V) -> Option<W> {
        self.intend(number, value, None)
    }

    fn intend(&mut self, number: u64, value: V, owed: Option<W>) -> Option<W> {
        self.tries = 0;
        self.want.replace(Intent { number, value, owed }).and_then(|old| old.owed)
    }

    /// There is something to send and nothing in flight.
    pub(crate) fn is_ready(&self) -> bool {
        self.want.is_some() && matches!(self.wire, Wire::Idle)
    }

    /// Sends the newest intent, if [`is_ready`](Self::is_ready). Attempts are told apart by their id.
    pub(crate) fn pump(&mut self, attempt: u64) -> Option<Send<V>> {
        let want = self.want.as_ref().filter(|_| matches!(self.wire, Wire::Idle))?;
        let is_new = want.number > self.top && want.owed.is_some();
        self.top = self.top.max(want.number);
        let (number, value) = (want.number, want.value.clone());
        if let Some(cycle) = &mut self.cycle {
            cycle.requests = cycle.requests.saturating_add(1);
            cycle.retries = cycle.retries.saturating_add(u32::from(self.is_retry));
            cycle.sent = cycle.sent.saturating_add(u32::from(is_new));
            cycle.last = value.clone();
        }
        self.is_retry = false;
        self.wire = Wire::Sent { attempt, number, value: value.clone() };
        Some(Send { number, value, try_number: self.tries.saturating_add(1) })
    }

    /// What `should_send_another` is asked when a reply has come: the wanted value, the value sent, whether the
    /// wanted one is newer. None if nothing is wanted.
    pub(crate) fn follow_up(&self) -> Option<(&V, &V, bool, u32)> {
        match (&self.want, &self.wire) {
            (Some(want), Wire::Sent { number, value, .. }) => {
                Some((&want.value, value, want.number != *number, self.follow_ups))
            }
            _ => None,
        }
    }

    /// The request in flight was accepted. `confirmed` is the server's value, if it said one. `another`: a follow-up
    /// is called for.
    pub(crate) fn replied(&mut self, confirmed: Option<V>, another: bool, limit: Option<u32>) -> Step<V, W> {
        let Wire::Sent { number, value, .. } = std::mem::replace(&mut self.wire, Wire::Idle) else {
            return Step::nothing();
        };
        let accepted = self.want.as_ref().is_some_and(|want| want.number == number || !differ(&want.value, &value));
        self.base = confirmed.unwrap_or(value);
        self.tries = 0;
        let Some(want) = &mut self.want else {
            return self.rests(None, Rest::Agreed);
        };
        if !another {
            let verdict = if accepted { Verdict::Confirmed } else { Verdict::Cancelled };
            let waiter = want.owed.take();
            self.want = None;
            return self.rests(waiter.map(|w| (w, verdict)), Rest::Agreed);
        }
        let acknowledged = want.owed.take_if(|_| want.number == number);
        let resolved = acknowledged.map(|w| (w, Verdict::Confirmed));
        if limit.is_some_and(|limit| self.follow_ups >= limit) {
            return self.gives_up(resolved, Rest::FollowUpLimit);
        }
        self.follow_ups = self.follow_ups.saturating_add(1);
        Step { resolved, rest: None }
    }

    /// The request in flight failed. `retry`: the newest intent is to be sent again, after a pause.
    pub(crate) fn failed(&mut self, failed: Failed, retry: bool, limit: Option<u32>) -> Step<V, W> {
        let Wire::Sent { attempt, number, .. } = std::mem::replace(&mut self.wire, Wire::Idle) else {
            return Step::nothing();
        };
        let Some(want) = &mut self.want else {
            return self.rests(None, Rest::Failed);
        };
        let newest = want.number == number;
        if !newest {
            if limit.is_some_and(|limit| self.follow_ups >= limit) {
                return self.gives_up(None, Rest::FollowUpLimit);
            }
            self.follow_ups = self.follow_ups.saturating_add(1);
        }
        if retry {
            self.tries = if newest { self.tries.saturating_add(1) } else { 0 };
            self.wire = Wire::Wait { attempt };
        }
        if retry || !newest {
            return Step::nothing();
        }
        // An earlier attempt that failed may have arrived, whatever is said of this one.
        let verdict = if failed == Failed::Refused && self.tries == 0 { Verdict::Rejected } else { Verdict::Unknown };
        let waiter = want.owed.take();
        self.gives_up(waiter.map(|w| (w, verdict)), Rest::Failed)
    }

    /// The pause after attempt `attempt` is over. False if that pause was ended by something else.
    pub(crate) fn timer(&mut self, attempt: u64) -> bool {
        let waited = matches!(self.wire, Wire::Wait { attempt: current } if current == attempt);
        if waited {
            self.wire = Wire::Idle;
            self.is_retry = true;
        }
        waited
    }

    /// Withdraws the newest intent. A request in flight goes on, and its answer still counts: it cannot be called
    /// back. A failed value that was left on the screen is withdrawn as well.
    pub(crate) fn cancel(&mut self) -> Step<V, W> {
        self.kept = None;
        let Some(want) = self.want.take() else {
            return Step::nothing();
        };
        let verdict = if want.number > self.top { Verdict::Cancelled } else { Verdict::Unknown };
        if let Wire::Wait { .. } = self.wire {
            self.wire = Wire::Idle;
        }
        let resolved = want.owed.map(|w| (w, verdict));
        if self.at_rest() { self.rests(resolved, Rest::Cancelled) } else { Step { resolved, rest: None } }
    }

    /// The server was asked, and holds `value`. Counts on a key at rest only: else it may be older than what is sent.
    pub(crate) fn pulled(&mut self, value: V) {
        if self.at_rest() {
            self.base = value;
            self.kept = None;
        }
    }

    fn gives_up(&mut self, resolved: Option<(W, Verdict)>, rest: Rest) -> Step<V, W> {
        self.kept = self.want.take().map(|want| want.value);
        self.rests(resolved, rest)
    }

    fn rests(&mut self, resolved: Option<(W, Verdict)>, rest: Rest) -> Step<V, W> {
        self.tries = 0;
        self.follow_ups = 0;
        self.is_retry = false;
        Step { resolved, rest: Some((rest, self.cycle.take())) }
    }
}

impl<V, W> Step<V, W> {
    fn nothing() -> Self {
        Self { resolved: None, rest: None }
    }
}
