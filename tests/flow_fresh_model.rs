//! `Fresh` does what the history of its calls says, over random schedules.

mod effects;
mod outcomes;

use effects::{Action, Effects, State, failure, load, reduce, settle};
use foregone::Store;
use foregone::middleware::{FailureKind, Fresh, Outcome};
use outcomes::{Outcomes, on_a_paused_clock, schedules};
use proptest::prelude::*;
use std::time::Duration;

const KEYS: u32 = 2;
/// In milliseconds.
const LIFETIME: u64 = 10;

#[derive(Debug, Clone)]
enum Step {
    Dispatch { key: u32, forced: bool },
    End { which: usize, how: Option<Outcome> },
    Invalidate(u32),
    InvalidateAll,
    Advance(u64),
}

fn step() -> impl Strategy<Value = Step> {
    let how = prop_oneof![
        3 => Just(Some(Outcome::Confirmed)),
        1 => Just(Some(Outcome::Superseded)),
        2 => Just(None),
    ];
    prop_oneof![
        6 => (0..KEYS, proptest::bool::weighted(0.2)).prop_map(|(key, forced)| Step::Dispatch { key, forced }),
        6 => (0..8usize, how).prop_map(|(which, how)| Step::End { which, how }),
        1 => (0..KEYS).prop_map(Step::Invalidate),
        1 => Just(Step::InvalidateAll),
        3 => (1..8u64).prop_map(Step::Advance),
    ]
}

/// A call that reached the effect. Nothing is ever taken out of the list of them.
struct Call {
    key: u32,
    number: u32,
    joined: Vec<u32>,
    /// Whether its key was invalidated since it was dispatched.
    invalid: bool,
    ended: bool,
    /// Whether a newer one of its key went well while this was under way.
    outdone: bool,
    /// When it went well, if no newer one of its key was under way then.
    succeeded: Option<u64>,
}

impl Call {
    fn is_under_way(&self) -> bool {
        !self.ended && !self.outdone
    }
}

#[derive(Default)]
struct History {
    now: u64,
    calls: Vec<Call>,
    news: Vec<(u32, String)>,
}

impl History {
    fn dispatch(&mut self, key: u32, number: u32, forced: bool) {
        let is_fresh = self
            .calls
            .iter()
            .any(|call| call.key == key && !call.invalid && call.succeeded.is_some_and(|at| self.now < at + LIFETIME));
        let newest = self.calls.iter_mut().rfind(|call| call.key == key && call.is_under_way());
        match newest.filter(|call| !call.invalid) {
            Some(call) if !forced => call.joined.push(number),
            _ if is_fresh && !forced => self.news.push((number, "Skipped".to_owned())),
            _ => {
                let (joined, succeeded) = (Vec::new(), None);
                let call = Call { key, number, joined, invalid: false, ended: false, outdone: false, succeeded };
                self.calls.push(call);
            }
        }
    }

    fn running(&self) -> Vec<u32> {
        self.calls.iter().filter(|call| !call.ended).map(|call| call.number).collect()
    }

    fn end(&mut self, number: u32, how: Option<Outcome>) {
        let index = self.calls.iter().position(|call| call.number == number).unwrap();
        let (older, rest) = self.calls.split_at_mut(index);
        let (call, newer) = rest.split_first_mut().unwrap();
        let is_newest = !newer.iter().any(|newer| newer.key == call.key && newer.is_under_way());
        let (own, others) = match how {
            Some(Outcome::Confirmed) => ("Confirmed", "Skipped"),
            Some(_) => ("Superseded", "Superseded"),
            None => ("rejected: out of order", "rejected: out of order"),
        };
        if own == "Confirmed" && is_newest && !call.outdone {
            call.succeeded = Some(self.now);
            older.iter_mut().filter(|older| older.key == call.key).for_each(|older| older.outdone = true);
        }
        call.ended = true;
        self.news.push((number, own.to_owned()));
        self.news.extend(call.joined.iter().map(|joined| (*joined, others.to_owned())));
    }

    fn invalidate(&mut self, which: impl Fn(u32) -> bool) {
        self.calls.iter_mut().filter(|call| which(call.key)).for_each(|call| call.invalid = true);
    }
}

async fn check(steps: Vec<Step>) {
    let fresh = Fresh::new("load", Duration::from_millis(LIFETIME), |action| load(action).map(|number| number % KEYS))
        .forced(|action| load(action).is_some_and(|number| number >= 1_000_000));
    let effects = Effects::default();
    let store = Store::builder(State::new(), reduce).middleware(fresh.clone()).middleware(effects.clone()).build();
    let (mut history, mut outcomes) = (History::default(), Outcomes::default());
    for (turn, step) in (0..).zip(steps) {
        match step {
            Step::Dispatch { key, forced } => {
                let number = turn * KEYS + key + if forced { 1_000_000 } else { 0 };
                outcomes.watch(number, store.dispatch(Action::Load(number)));
                history.dispatch(key, number, forced);
            }
            Step::End { which, how } => {
                let running = history.running();
                let Some(number) = running.get(which % running.len().max(1)) else { continue };
                effects.end(*number, how.ok_or_else(|| failure(FailureKind::Rejected)));
                history.end(*number, how);
            }
            Step::Invalidate(key) => {
                fresh.invalidate(&key);
                history.invalidate(|other| other == key);
            }
            Step::InvalidateAll => {
                fresh.invalidate_all();
                history.invalidate(|_| true);
            }
            Step::Advance(by) => {
                tokio::time::advance(Duration::from_millis(by)).await;
                history.now += by;
            }
        }
        settle().await;
        history.news.sort();
        assert_eq!(outcomes.news(), std::mem::take(&mut history.news));
        assert_eq!(effects.running(), history.running());
        for key in 0..KEYS {
            let is_under_way = history.calls.iter().any(|call| call.key == key && call.is_under_way());
            assert_eq!(fresh.statuses().of(&key).is_waiting(), is_under_way);
        }
    }
    drop(store);
    settle().await;
    assert!(outcomes.news().iter().all(|(_, told)| told.starts_with("outcome unknown")));
    assert_eq!(outcomes.open(), 0, "everybody has an outcome");
}

proptest! {
    #![proptest_config(schedules())]

    #[test]
    fn what_is_skipped_is_what_the_history_says(steps in proptest::collection::vec(step(), 0..80)) {
        on_a_paused_clock(check(steps));
    }
}
