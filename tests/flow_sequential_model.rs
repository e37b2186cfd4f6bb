//! `Sequential` does what a naive queue does, over random schedules.

mod effects;
mod outcomes;

use effects::{Action, Effects, State, failure, load, reduce, settle};
use foregone::Store;
use foregone::middleware::{FailureKind, Outcome, Queue, Sequential};
use outcomes::{Outcomes, on_a_paused_clock, schedules};
use proptest::prelude::*;
use std::collections::VecDeque;
use std::time::Duration;

const KEYS: u32 = 3;

#[derive(Debug, Clone)]
enum Step {
    Dispatch(u32),
    End(u32, bool),
    Advance(u64),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (0..KEYS).prop_map(Step::Dispatch),
        3 => (0..KEYS, any::<bool>()).prop_map(|(key, well)| Step::End(key, well)),
        1 => (1..8u64).prop_map(Step::Advance),
    ]
}

fn queue() -> impl Strategy<Value = Queue> {
    prop_oneof![
        Just(Queue::Unbounded),
        (0..3usize).prop_map(Queue::DropNewest),
        (0..3usize).prop_map(Queue::DropOldest),
        Just(Queue::LatestWins),
    ]
}

/// What is to be expected: one that runs and a plain list of those who wait, for each key.
#[derive(Default)]
struct Model {
    now: u64,
    running: [Option<u32>; KEYS as usize],
    waiting: [VecDeque<(u32, u64)>; KEYS as usize],
    applied: State,
    news: Vec<(u32, String)>,
}

impl Model {
    fn dispatch(&mut self, key: usize, number: u32, queue: Queue) {
        if self.running[key].is_none() {
            return self.begin(key, number);
        }
        let waiting = &mut self.waiting[key];
        let (room, oldest_goes, why) = match queue {
            Queue::DropNewest(most) => (most, false, String::new()),
            Queue::DropOldest(most) => (most, most > 0, "cancelled: made room for a newer one".to_owned()),
            Queue::LatestWins => (1, true, "Superseded".to_owned()),
            _ => (usize::MAX, false, String::new()),
        };
        if waiting.len() == room {
            if !oldest_goes {
                let why = format!("cancelled: {room} are waiting already, and no more may");
                return self.news.push((number, why));
            }
            let (oldest, _) = waiting.pop_front().unwrap();
            self.news.push((oldest, why));
        }
        waiting.push_back((number, self.now));
    }

    fn begin(&mut self, key: usize, number: u32) {
        self.running[key] = Some(number);
        self.applied.push(Action::Load(number));
    }

    fn end(&mut self, key: usize, told: &str) {
        let ended = self.running[key].take().expect("it is running");
        self.news.push((ended, told.to_owned()));
        if let Some((number, _)) = self.waiting[key].pop_front() {
            self.begin(key, number);
        }
    }

    fn advance(&mut self, by: u64, patience: Option<u64>) {
        self.now += by;
        let Some(patience) = patience else { return };
        for waiting in &mut self.waiting {
            while let Some(&(number, since)) = waiting.front()
                && since + patience <= self.now
            {
                waiting.pop_front();
                self.news.push((number, format!("cancelled: waited for its turn for {patience} ms")));
            }
        }
    }
}

async fn check(queue: Queue, patience: Option<u64>, steps: Vec<Step>) {
    let mut sequential = Sequential::new("load", |action| load(action).map(|number| number % KEYS)).queue(queue);
    if let Some(patience) = patience {
        sequential = sequential.wait_at_most(Duration::from_millis(patience));
    }
    let effects = Effects::default();
    let store = Store::builder(State::new(), reduce).middleware(sequential.clone()).middleware(effects.clone()).build();
    let (mut model, mut outcomes) = (Model::default(), Outcomes::default());
    for (turn, step) in (0..).zip(steps) {
        match step {
            Step::Dispatch(key) => {
                let number = turn * KEYS + key;
                outcomes.watch(number, store.dispatch(Action::Load(number)));
                model.dispatch(key as usize, number, queue);
            }
            Step::End(key, well) => {
                let Some(number) = model.running[key as usize] else { continue };
                effects.end(number, if well { Ok(Outcome::Confirmed) } else { Err(failure(FailureKind::Rejected)) });
                model.end(key as usize, if well { "Confirmed" } else { "rejected: out of order" });
            }
            Step::Advance(by) => {
                tokio::time::advance(Duration::from_millis(by)).await;
                model.advance(by, patience);
            }
        }
        settle().await;
        model.news.sort();
        assert_eq!(outcomes.news(), std::mem::take(&mut model.news));
        assert_eq!(*store.state(), model.applied);
        for key in 0..KEYS {
            let runs = sequential.statuses().of(&key).is_waiting();
            assert_eq!(runs, model.running[key as usize].is_some());
        }
    }
    let open = model.waiting.iter().map(VecDeque::len).sum::<usize>() + model.running.iter().flatten().count();
    assert_eq!(outcomes.open(), open, "everybody else has an outcome");
}

proptest! {
    #![proptest_config(schedules())]

    #[test]
    fn it_cannot_be_told_from_a_plain_list(
        queue in queue(),
        patience in proptest::option::of(1..20u64),
        steps in proptest::collection::vec(step(), 0..60),
    ) {
        on_a_paused_clock(check(queue, patience, steps));
    }
}
