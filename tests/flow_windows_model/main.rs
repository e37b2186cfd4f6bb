//! `Debounce` and `Throttle` do what naive models of them do, over random schedules.

mod debounce;
#[path = "../effects/mod.rs"]
mod effects;
#[path = "../outcomes/mod.rs"]
mod outcomes;
mod throttle;

use effects::{Action, Effects, State, failure, load, reduce, settle};
use foregone::Store;
use foregone::middleware::{Debounce, Failure, FailureKind, Middleware, Outcome, Status, Statuses, Throttle};
use outcomes::{Outcomes, on_a_paused_clock, schedules};
use proptest::prelude::*;
use std::time::Duration;

const KEYS: u32 = 3;
/// In milliseconds, as every time here.
const WINDOW: u64 = 10;

fn key(number: u32) -> u32 {
    number % KEYS
}

fn tag(action: &Action) -> Option<u32> {
    load(action).map(key)
}

#[derive(Debug, Clone)]
enum Step {
    Dispatch(u32),
    Pass(u64),
    Flush(u32),
    FlushAll,
    Cancel(u32),
    End { which: usize, well: bool },
    DropStore,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        12 => (0..KEYS).prop_map(Step::Dispatch),
        10 => (1..WINDOW + 3).prop_map(Step::Pass),
        2 => (0..KEYS).prop_map(Step::Flush),
        1 => Just(Step::FlushAll),
        2 => (0..KEYS).prop_map(Step::Cancel),
        5 => (any::<usize>(), any::<bool>()).prop_map(|(which, well)| Step::End { which, well }),
    ];
    let last = prop_oneof![Just(Step::DropStore), Just(Step::Pass(10 * WINDOW))];
    (proptest::collection::vec(step, 0..80), last).prop_map(|(mut steps, last)| {
        steps.push(last);
        steps
    })
}

/// What has become of every dispatch.
#[derive(Default)]
struct Book {
    now: u64,
    applied: Vec<u32>,
    /// Applied, and not ended.
    running: Vec<u32>,
    news: Vec<(u32, String)>,
}

impl Book {
    fn apply(&mut self, number: u32) {
        self.applied.push(number);
        self.running.push(number);
    }

    fn end(&mut self, number: u32, told: &str) {
        self.running.retain(|running| *running != number);
        self.news.push((number, told.to_owned()));
    }
}

/// A dispatch that is held.
struct Held {
    number: u32,
    /// When its burst began, or its window.
    began: u64,
    until: u64,
}

trait Model {
    fn book(&mut self) -> &mut Book;
    fn dispatch(&mut self, number: u32);
    /// A millisecond has passed.
    fn tick(&mut self);
    fn held(&self) -> Vec<Held>;
    fn go_on(&mut self, key: u32);
    /// Takes back what is held for this key.
    fn withdraw(&mut self, key: u32);
    /// What was applied has failed.
    fn failed(&mut self, number: u32);
}

/// What both middlewares offer.
struct Handle<'a> {
    flush: &'a dyn Fn(&u32) -> bool,
    flush_all: &'a dyn Fn(),
    cancel: &'a dyn Fn(&u32) -> bool,
    statuses: &'a Statuses<u32, Failure>,
}

struct World<'a, M> {
    store: Store<State, Action>,
    effects: Effects,
    handle: Handle<'a>,
    model: M,
    outcomes: Outcomes,
}

impl<M: Model> World<'_, M> {
    async fn step(&mut self, number: u32, step: Step) {
        match step {
            Step::Dispatch(key) => {
                let number = number * KEYS + key;
                self.outcomes.watch(number, self.store.dispatch(Action::Load(number)));
                self.model.dispatch(number);
            }
            Step::Pass(time) => {
                tokio::time::sleep(Duration::from_millis(time)).await;
                for _ in 0..time {
                    self.model.book().now += 1;
                    self.model.tick();
                }
            }
            Step::Flush(key) => {
                assert_eq!((self.handle.flush)(&key), self.holds(key));
                if self.holds(key) {
                    self.model.go_on(key);
                }
            }
            Step::FlushAll => {
                let (before, held) = (self.applied().len(), self.model.held());
                (self.handle.flush_all)();
                let flushed = self.applied().split_off(before);
                let began = |number: &u32| held.iter().find(|held| held.number == *number).map(|held| held.began);
                assert!(flushed.is_sorted_by_key(began), "in the order in which they began");
                for held in &held {
                    self.model.go_on(key(held.number));
                }
            }
            Step::Cancel(key) => {
                assert_eq!((self.handle.cancel)(&key), self.holds(key));
                if let Some(held) = self.model.held().into_iter().find(|held| self::key(held.number) == key) {
                    self.model.withdraw(key);
                    self.model.book().end(held.number, "cancelled: withdrawn");
                }
            }
            Step::End { which, well } => {
                let running = self.model.book().running.clone();
                let Some(&number) = running.get(which % running.len().max(1)) else { return };
                self.end(number, well);
            }
            Step::DropStore => unreachable!("it is the last"),
        }
    }

    fn end(&mut self, number: u32, well: bool) {
        if well {
            self.effects.end(number, Ok(Outcome::Confirmed));
            self.model.book().end(number, "Confirmed");
        } else {
            self.effects.end(number, Err(failure(FailureKind::Rejected)));
            self.model.book().end(number, "rejected: out of order");
            self.model.failed(number);
        }
    }

    fn holds(&self, key: u32) -> bool {
        self.model.held().iter().any(|held| self::key(held.number) == key)
    }

    fn applied(&self) -> Vec<u32> {
        self.store.state().iter().filter_map(load).collect()
    }

    fn check(&mut self) {
        self.check_news();
        // Of several keys that go on at the same time, the order is not said.
        let [mut applied, mut expected] = [self.applied(), self.model.book().applied.clone()];
        for applied in [&mut applied, &mut expected] {
            applied.sort_by_key(|number| key(*number));
        }
        assert_eq!(applied, expected);
        let now = self.model.book().now;
        let held = self.model.held();
        assert_eq!(self.handle.statuses.snapshot().len(), held.len());
        for Held { number, until, .. } in held {
            let Status::Waiting { until: told, .. } = self.handle.statuses.of(&key(number)) else { panic!("held") };
            assert_eq!(told - self.store.now(), Duration::from_millis(until - now));
        }
    }

    fn check_news(&mut self) {
        let mut news = std::mem::take(&mut self.model.book().news);
        news.sort();
        assert_eq!(self.outcomes.news(), news);
    }

    /// What is held was never applied; what has gone on may be in effect.
    async fn drop_store(mut self) {
        const WHY: &str = "the store was dropped before the outcome was known";
        // In its place: one in which nothing is going on.
        self.store = Store::new(State::new(), reduce);
        self.effects = Effects::default();
        settle().await;
        for held in self.model.held() {
            self.model.book().end(held.number, &format!("cancelled: {WHY}"));
        }
        for number in self.model.book().running.clone() {
            self.model.book().end(number, &format!("outcome unknown: {WHY}"));
        }
        self.check_news();
        assert_eq!(self.outcomes.open(), 0, "everybody has an outcome");
        assert!(self.handle.statuses.all_idle());
    }
}

async fn run<M: Model>(middleware: impl Middleware<State, Action>, handle: Handle<'_>, model: M, steps: Vec<Step>) {
    let effects = Effects::default();
    let store = Store::builder(State::new(), reduce).middleware(middleware).middleware(effects.clone()).build();
    let mut world = World { store, effects, handle, model, outcomes: Outcomes::default() };
    for (number, step) in (0..).zip(steps) {
        if matches!(step, Step::DropStore) {
            world.drop_store().await;
            break;
        }
        world.step(number, step).await;
        settle().await;
        world.check();
    }
}

async fn check_debounce(max_wait: Option<u64>, steps: Vec<Step>) {
    let mut debounce = Debounce::new("load", Duration::from_millis(WINDOW), tag);
    if let Some(max_wait) = max_wait {
        debounce = debounce.max_wait(Duration::from_millis(max_wait));
    }
    let handle = Handle {
        flush: &|key| debounce.flush(key),
        flush_all: &|| debounce.flush_all(),
        cancel: &|key| debounce.cancel(key),
        statuses: debounce.statuses(),
    };
    run(debounce.clone(), handle, debounce::Model::new(max_wait), steps).await;
}

async fn check_throttle(trailing: bool, release_on_error: bool, steps: Vec<Step>) {
    let mut throttle = Throttle::new("load", Duration::from_millis(WINDOW), tag);
    if trailing {
        throttle = throttle.trailing();
    }
    if release_on_error {
        throttle = throttle.release_on_error();
    }
    let handle = Handle {
        flush: &|key| throttle.flush(key),
        flush_all: &|| throttle.flush_all(),
        cancel: &|key| throttle.cancel(key),
        statuses: throttle.statuses(),
    };
    run(throttle.clone(), handle, throttle::Model::new(trailing, release_on_error), steps).await;
}

proptest! {
    #![proptest_config(schedules())]

    #[test]
    fn debounce_cannot_be_told_from_its_model(max_wait in proptest::option::of(1..3 * WINDOW), steps in steps()) {
        on_a_paused_clock(check_debounce(max_wait, steps));
    }

    #[test]
    fn throttle_cannot_be_told_from_its_model(
        trailing in any::<bool>(),
        release_on_error in any::<bool>(),
        steps in steps(),
    ) {
        on_a_paused_clock(check_throttle(trailing, release_on_error, steps));
    }
}
