//! An action that is dispatched again and again, never two of a key at once.

mod effects;

use effects::{Action, Effects, State, failure, load, pass, reduce, settle};
use foregone::Store;
use foregone::middleware::{FailureKind, NonReentrant, Outcome, Poll, PollControl, Status, ZeroDuration};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::Duration;

const INTERVAL: Duration = Duration::from_secs(10);
const SECOND: Duration = Duration::from_secs(1);

/// `Load` is the tick. A `Note` of ten times the key starts, plus 1 stops, plus 2 runs now; 0 stops all.
fn control(action: &Action) -> Option<PollControl<u32>> {
    let Action::Note(note) = *action else { return None };
    let key = note / 10;
    Some(match note % 10 {
        0 if key == 0 => PollControl::StopAll,
        0 => PollControl::Start(key),
        1 => PollControl::Stop(key),
        _ => PollControl::RunNow(key),
    })
}

const START: Action = Action::Note(10);
const STOP: Action = Action::Note(11);
const RUN_NOW: Action = Action::Note(12);
const START_2: Action = Action::Note(20);
const STOP_ALL: Action = Action::Note(0);

fn poll() -> Poll<Action, u32> {
    Poll::new("load", INTERVAL, control, |key| Action::Load(*key)).unwrap()
}

/// How often keys 1 and 2 have ticked.
fn count(state: &State) -> [usize; 2] {
    [1, 2].map(|key| state.iter().filter(|action| **action == Action::Load(key)).count())
}

fn store(poll: &Poll<Action, u32>) -> (Store<State, Action>, Effects) {
    let effects = Effects::default();
    let store = Store::builder(State::new(), reduce).middleware(poll.clone()).middleware(effects.clone()).build();
    (store, effects)
}

async fn end(effects: &Effects, key: u32) {
    effects.end(key, Ok(Outcome::Confirmed));
    settle().await;
}

/// Starts the poll of key 1, and ends its first tick.
async fn tick_once(store: &Store<State, Action>, effects: &Effects) {
    store.dispatch(START);
    settle().await;
    end(effects, 1).await;
}

#[tokio::test(start_paused = true)]
async fn started_it_ticks_at_once_and_again_an_interval_after_the_tick_before_has_ended() {
    let (store, effects) = store(&poll());
    store.dispatch(START);
    settle().await;
    assert_eq!(*store.state(), [START, Action::Load(1)], "the action that starts it is applied first");
    pass(INTERVAL * 3).await;
    assert_eq!(count(&store.state()), [1, 0], "it has not ended");
    end(&effects, 1).await;
    pass(SECOND * 9).await;
    assert_eq!(count(&store.state()), [1, 0]);
    pass(SECOND).await;
    assert_eq!(count(&store.state()), [2, 0]);
}

#[tokio::test(start_paused = true)]
async fn started_twice_it_is_one_poll() {
    let (store, effects) = store(&poll());
    store.dispatch(START);
    store.dispatch(START);
    settle().await;
    tick_once(&store, &effects).await;
    pass(INTERVAL / 2).await;
    store.dispatch(START);
    pass(INTERVAL / 2).await;
    assert_eq!(count(&store.state()), [2, 0]);
}

#[tokio::test(start_paused = true)]
async fn keys_are_polled_side_by_side() {
    let (store, effects) = store(&poll());
    store.dispatch(START);
    pass(SECOND).await;
    store.dispatch(START_2);
    settle().await;
    end(&effects, 2).await;
    pass(INTERVAL).await;
    assert_eq!(count(&store.state()), [1, 2], "the first one holds up its own key only");
}

#[tokio::test(start_paused = true)]
async fn stopped_it_ticks_no_more_and_started_again_it_begins_at_once() {
    let (store, effects) = store(&poll());
    tick_once(&store, &effects).await;
    store.dispatch(STOP);
    pass(INTERVAL * 3).await;
    assert_eq!(count(&store.state()), [1, 0]);
    store.dispatch(START);
    settle().await;
    assert_eq!(count(&store.state()), [2, 0]);
}

#[tokio::test(start_paused = true)]
async fn stopped_and_started_in_one_go_it_is_one_poll() {
    let (store, effects) = store(&poll());
    tick_once(&store, &effects).await;
    store.dispatch(STOP);
    store.dispatch(START);
    pass(SECOND).await;
    assert_eq!(count(&store.state()), [2, 0]);
    end(&effects, 1).await;
    pass(SECOND * 9).await;
    assert_eq!(count(&store.state()), [2, 0], "the old loop is gone");
    pass(SECOND).await;
    assert_eq!(count(&store.state()), [3, 0]);
}

#[tokio::test(start_paused = true)]
async fn stopped_before_its_first_tick_it_never_ticks() {
    let poll = poll();
    let (store, _effects) = store(&poll);
    store.dispatch(START);
    store.dispatch(STOP);
    pass(INTERVAL).await;
    assert_eq!(count(&store.state()), [0, 0]);
    assert!(poll.statuses().all_idle());
}

#[tokio::test(start_paused = true)]
async fn stopped_while_a_tick_is_under_way_it_starts_no_other() {
    let poll = poll();
    let (store, effects) = store(&poll);
    store.dispatch(START);
    settle().await;
    store.dispatch(STOP);
    assert!(matches!(poll.statuses().of(&1), Status::Running { .. }), "that one goes on");
    end(&effects, 1).await;
    assert!(poll.statuses().all_idle());
    pass(INTERVAL * 3).await;
    assert_eq!(count(&store.state()), [1, 0]);
}

#[tokio::test(start_paused = true)]
async fn started_again_while_the_tick_of_a_stopped_poll_is_under_way_that_one_counts() {
    let (store, effects) = store(&poll());
    store.dispatch(START);
    settle().await;
    store.dispatch(STOP);
    store.dispatch(START);
    pass(INTERVAL * 3).await;
    assert_eq!(count(&store.state()), [1, 0], "never two of a key");
    end(&effects, 1).await;
    pass(INTERVAL).await;
    assert_eq!(count(&store.state()), [2, 0]);
}

#[tokio::test(start_paused = true)]
async fn run_now_it_ticks_at_once_and_the_interval_begins_anew() {
    let (store, effects) = store(&poll());
    tick_once(&store, &effects).await;
    pass(SECOND * 9).await;
    store.dispatch(RUN_NOW);
    store.dispatch(RUN_NOW);
    settle().await;
    assert_eq!(count(&store.state()), [2, 0], "at once, and once");
    end(&effects, 1).await;
    pass(SECOND * 9).await;
    assert_eq!(count(&store.state()), [2, 0], "the old interval is over");
    pass(SECOND).await;
    assert_eq!(count(&store.state()), [3, 0]);
}

#[tokio::test(start_paused = true)]
async fn run_now_while_a_tick_is_under_way_that_one_counts_and_without_a_poll_nothing_happens() {
    let (store, effects) = store(&poll());
    store.dispatch(RUN_NOW);
    pass(INTERVAL).await;
    assert_eq!(count(&store.state()), [0, 0]);
    store.dispatch(START);
    settle().await;
    store.dispatch(RUN_NOW);
    end(&effects, 1).await;
    pass(SECOND * 9).await;
    assert_eq!(count(&store.state()), [1, 0]);
}

#[tokio::test(start_paused = true)]
async fn run_now_and_stopped_in_one_go_it_does_not_tick() {
    let poll = poll();
    let (store, effects) = store(&poll);
    tick_once(&store, &effects).await;
    store.dispatch(RUN_NOW);
    store.dispatch(STOP);
    pass(INTERVAL).await;
    assert_eq!(count(&store.state()), [1, 0]);
    assert!(poll.statuses().all_idle());
}

#[tokio::test(start_paused = true)]
async fn all_can_be_stopped_by_one_action() {
    let poll = poll();
    let (store, effects) = store(&poll);
    store.dispatch(START);
    store.dispatch(START_2);
    settle().await;
    end(&effects, 1).await;
    store.dispatch(STOP_ALL);
    end(&effects, 2).await;
    pass(INTERVAL * 2).await;
    assert_eq!(count(&store.state()), [1, 1]);
    assert!(poll.statuses().all_idle());
}

#[tokio::test(start_paused = true)]
async fn a_failure_is_in_the_status_until_the_next_tick_and_the_poll_goes_on() {
    let poll = poll();
    let (store, effects) = store(&poll);
    let began = store.now();
    store.dispatch(START);
    assert!(matches!(poll.statuses().of(&1), Status::Queued { .. }));
    settle().await;
    assert!(matches!(poll.statuses().of(&1), Status::Running { attempt: 1, .. }));
    effects.end(1, Err(failure(FailureKind::Unknown)));
    settle().await;
    assert_eq!(poll.statuses().of(&1).failure().unwrap().kind(), FailureKind::Unknown);
    pass(INTERVAL).await;
    assert!(matches!(poll.statuses().of(&1), Status::Running { .. }));
    end(&effects, 1).await;
    let Status::Waiting { until, .. } = poll.statuses().of(&1) else { panic!("it waits for the next") };
    assert_eq!(until - began, INTERVAL * 2);
    store.dispatch(STOP);
    assert!(poll.statuses().all_idle());
}

#[tokio::test(start_paused = true)]
async fn a_tick_that_is_left_out_is_no_failure_and_the_next_is_an_interval_later() {
    let (poll, effects) = (poll(), Effects::default());
    let store = Store::builder(State::new(), reduce)
        .middleware(poll.clone())
        .middleware(NonReentrant::new("load", load))
        .middleware(effects.clone())
        .build();
    store.dispatch(Action::Load(1));
    store.dispatch(START);
    settle().await;
    assert!(matches!(poll.statuses().of(&1), Status::Waiting { .. }), "the user loads the same");
    end(&effects, 1).await;
    pass(INTERVAL).await;
    assert_eq!(count(&store.state()), [2, 0]);
}

#[tokio::test(start_paused = true)]
async fn a_panic_while_a_tick_is_dispatched_ends_its_poll_which_can_be_started_again() {
    let is_broken = Arc::new(AtomicBool::new(true));
    let breaks = Arc::clone(&is_broken);
    let poll = poll();
    let store = Store::builder(State::new(), reduce)
        .middleware(poll.clone())
        .middleware_fn(move |_, action, next| {
            assert!(load(&action).is_none() || !breaks.load(Relaxed), "as the test says");
            next.run(action)
        })
        .build();
    store.dispatch(START);
    pass(INTERVAL * 2).await;
    assert_eq!(count(&store.state()), [0, 0]);
    assert!(poll.statuses().all_idle());
    is_broken.store(false, Relaxed);
    store.dispatch(START);
    settle().await;
    assert_eq!(count(&store.state()), [1, 0]);
}

#[tokio::test(start_paused = true)]
async fn polls_end_with_the_store() {
    let tasks = || tokio::runtime::Handle::current().metrics().num_alive_tasks();
    let poll = poll();
    let (store, effects) = store(&poll);
    store.dispatch(START);
    store.dispatch(START_2);
    settle().await;
    end(&effects, 1).await;
    assert_eq!(tasks(), 2);
    drop(store);
    settle().await;
    assert_eq!(tasks(), 0);
    assert!(poll.statuses().all_idle());
}

#[tokio::test(start_paused = true)]
async fn an_interval_of_zero_is_an_error_and_none_is_too_long() {
    let zero = Poll::new("load", Duration::ZERO, control, |key| Action::Load(*key));
    assert_eq!(zero.unwrap_err(), ZeroDuration::Interval);
    let once = Poll::new("load", Duration::MAX, control, |key| Action::Load(*key)).unwrap();
    let (store, effects) = store(&once);
    tick_once(&store, &effects).await;
    pass(INTERVAL * 1_000_000).await;
    assert_eq!(count(&store.state()), [1, 0]);
}

#[tokio::test(start_paused = true)]
async fn two_polls_of_one_kind_are_refused() {
    let twice = Store::builder(State::new(), reduce).middleware(poll()).middleware(poll()).try_build();
    assert!(twice.unwrap_err().to_string().contains("Poll and Poll decide the same"));
}
