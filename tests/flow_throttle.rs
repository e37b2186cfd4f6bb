//! One at once and none for a while; of those in between, none or the newest.

mod effects;

use effects::{Action, Effects, State, failure, load, pass, reduce, settle};
use foregone::Store;
use foregone::middleware::{Abandoned, Completion, Dropped, FailureKind, Outcome, Status, Throttle};
use futures_util::FutureExt;
use std::time::Duration;

const WINDOW: Duration = ms(100);

const fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

/// `Load(12)` is the second of key 1.
fn key(action: &Action) -> Option<u32> {
    load(action).map(|number| number / 10)
}

fn throttle() -> Throttle<State, Action, u32> {
    Throttle::new("load", WINDOW, key)
}

fn store(throttle: &Throttle<State, Action, u32>) -> (Store<State, Action>, Effects) {
    let effects = Effects::default();
    let store = Store::builder(State::new(), reduce).middleware(throttle.clone()).middleware(effects.clone()).build();
    (store, effects)
}

fn loads<const N: usize>(numbers: [u32; N]) -> [Action; N] {
    numbers.map(Action::Load)
}

/// Time passes, and no timer gets to run.
fn busy_for(duration: Duration) {
    let _ = tokio::time::advance(duration).now_or_never();
}

fn tasks() -> usize {
    tokio::runtime::Handle::current().metrics().num_alive_tasks()
}

fn is_throttled(completion: &Completion) -> bool {
    let failure = completion.failure();
    failure.is_some_and(|failure| {
        failure.kind() == FailureKind::Cancelled && matches!(failure.downcast_ref(), Some(Dropped::Throttled))
    })
}

#[tokio::test(start_paused = true)]
async fn the_first_goes_through_at_once_and_ends_as_the_chain_behind_says() {
    let (store, effects) = store(&throttle());
    let completion = store.dispatch(Action::Load(11));
    assert_eq!(*store.state(), loads([11]));
    effects.end(11, Err(failure(FailureKind::Rejected)));
    assert_eq!(completion.await.unwrap_err().kind(), FailureKind::Rejected);
}

#[tokio::test(start_paused = true)]
async fn those_within_the_window_are_left_out_and_say_so_and_the_first_after_it_goes_through() {
    let (store, _effects) = store(&throttle());
    store.dispatch(Action::Load(11));
    assert!(is_throttled(&store.dispatch(Action::Load(12))));
    pass(ms(99)).await;
    assert!(is_throttled(&store.dispatch(Action::Load(13))));
    pass(ms(1)).await;
    store.dispatch(Action::Load(14));
    assert!(is_throttled(&store.dispatch(Action::Load(15))), "it opened a window of its own");
    assert_eq!(*store.state(), loads([11, 14]));
}

#[tokio::test(start_paused = true)]
async fn a_window_is_over_when_its_time_is_and_not_when_the_executor_gets_to_it() {
    let (store, _effects) = store(&throttle());
    store.dispatch(Action::Load(11));
    settle().await;
    busy_for(WINDOW);
    store.dispatch(Action::Load(12));
    assert_eq!(*store.state(), loads([11, 12]));
}

#[tokio::test(start_paused = true)]
async fn keys_do_not_wait_for_each_other_and_untagged_actions_get_through() {
    let (store, _effects) = store(&throttle());
    store.dispatch(Action::Load(11));
    store.dispatch(Action::Load(21));
    store.dispatch(Action::Note(1));
    store.dispatch(Action::Note(1));
    assert_eq!(*store.state(), [Action::Load(11), Action::Load(21), Action::Note(1), Action::Note(1)]);
}

#[tokio::test(start_paused = true)]
async fn with_a_window_of_zero_all_go_through() {
    let (store, _effects) = store(&Throttle::new("load", Duration::ZERO, key).trailing());
    store.dispatch(Action::Load(11));
    store.dispatch(Action::Load(12));
    assert_eq!(*store.state(), loads([11, 12]));
}

#[tokio::test(start_paused = true)]
async fn a_window_without_end_lets_one_through() {
    let (store, _effects) = store(&Throttle::new("load", Duration::MAX, key));
    store.dispatch(Action::Load(11));
    pass(Duration::from_secs(60 * 60 * 24 * 365)).await;
    assert!(is_throttled(&store.dispatch(Action::Load(12))));
}

#[tokio::test(start_paused = true)]
async fn trailing_the_newest_goes_on_at_the_end_of_the_window_and_the_others_are_superseded() {
    let (store, effects) = store(&throttle().trailing());
    store.dispatch(Action::Load(11));
    pass(ms(20)).await;
    let second = store.dispatch(Action::Load(12));
    pass(ms(20)).await;
    let third = store.dispatch(Action::Load(13));
    assert_eq!(second.await.unwrap(), Outcome::Superseded, "now, and not at the end of the window");
    pass(ms(59)).await;
    assert_eq!(*store.state(), loads([11]));
    pass(ms(1)).await;
    assert_eq!(*store.state(), loads([11, 13]), "a window is not moved by what comes within it");
    effects.end(13, Ok(Outcome::Confirmed));
    assert_eq!(third.await.unwrap(), Outcome::Confirmed);
}

#[tokio::test(start_paused = true)]
async fn trailing_one_that_goes_on_opens_a_window() {
    let (store, _effects) = store(&throttle().trailing());
    for number in 11..=19 {
        store.dispatch(Action::Load(number));
        pass(ms(30)).await;
    }
    // Dispatched at 0, 30, 60, … 240 ms; windows end at 100, 200 and 300 ms.
    assert_eq!(*store.state(), loads([11, 14, 17]));
    pass(ms(30)).await;
    assert_eq!(*store.state(), loads([11, 14, 17, 19]));
    pass(ms(99)).await;
    store.dispatch(Action::Load(10));
    assert_eq!(*store.state(), loads([11, 14, 17, 19]), "the last window");
}

#[tokio::test(start_paused = true)]
async fn one_that_comes_when_the_window_is_over_takes_the_place_of_the_held_one_if_the_timer_is_late() {
    let throttle = throttle().trailing();
    let (store, _effects) = store(&throttle);
    store.dispatch(Action::Load(11));
    let held = store.dispatch(Action::Load(12));
    settle().await;
    busy_for(WINDOW);
    store.dispatch(Action::Load(13));
    assert_eq!(*store.state(), loads([11, 13]));
    assert_eq!(held.await.unwrap(), Outcome::Superseded);
    assert!(throttle.statuses().all_idle());
    pass(WINDOW).await;
    assert_eq!(*store.state(), loads([11, 13]));
}

#[tokio::test(start_paused = true)]
async fn a_failure_frees_the_window_only_where_that_is_wanted() {
    let (unchanged, effects) = store(&throttle());
    unchanged.dispatch(Action::Load(11));
    effects.end(11, Err(failure(FailureKind::Unknown)));
    settle().await;
    assert!(is_throttled(&unchanged.dispatch(Action::Load(12))));

    let (released, effects) = store(&throttle().release_on_error());
    released.dispatch(Action::Load(11));
    effects.end(11, Err(failure(FailureKind::Unknown)));
    settle().await;
    released.dispatch(Action::Load(12));
    effects.end(12, Ok(Outcome::Confirmed));
    settle().await;
    assert!(is_throttled(&released.dispatch(Action::Load(13))), "that one did not fail");
}

#[tokio::test(start_paused = true)]
async fn whoever_learns_of_the_failure_may_dispatch_the_next() {
    let (store, effects) = store(&throttle().release_on_error());
    let completion = store.dispatch(Action::Load(11));
    effects.end(11, Err(failure(FailureKind::Rejected)));
    assert!(completion.await.is_err());
    store.dispatch(Action::Load(12));
    assert_eq!(*store.state(), loads([11, 12]));
}

#[tokio::test(start_paused = true)]
async fn one_that_is_refused_at_once_frees_the_window_at_once() {
    let refuse = |_: &dyn foregone::middleware::StoreApi<State, Action>,
                  action,
                  next: foregone::middleware::Next<'_, State, Action>| match action {
        Action::Load(11) => Completion::failed(failure(FailureKind::Rejected)),
        action => next.run(action),
    };
    let throttle = throttle().release_on_error();
    let store = Store::builder(State::new(), reduce).middleware(throttle).middleware_fn(refuse).build();
    assert!(store.dispatch(Action::Load(11)).failure().is_some());
    store.dispatch(Action::Load(12));
    assert_eq!(*store.state(), loads([12]));
}

#[tokio::test(start_paused = true)]
async fn a_failure_of_an_older_one_does_not_free_the_window_of_a_newer_one() {
    let (store, effects) = store(&throttle().release_on_error());
    store.dispatch(Action::Load(11));
    pass(WINDOW).await;
    store.dispatch(Action::Load(12));
    effects.end(11, Err(failure(FailureKind::Unknown)));
    settle().await;
    assert!(is_throttled(&store.dispatch(Action::Load(13))));
    effects.end(12, Err(failure(FailureKind::Unknown)));
    settle().await;
    store.dispatch(Action::Load(14));
    assert_eq!(*store.state(), loads([11, 12, 14]));
}

#[tokio::test(start_paused = true)]
async fn the_held_one_goes_on_when_the_window_is_freed_and_its_own_failure_frees_its_own() {
    let throttle = throttle().trailing().release_on_error();
    let (store, effects) = store(&throttle);
    store.dispatch(Action::Load(11));
    let held = store.dispatch(Action::Load(12));
    effects.end(11, Err(failure(FailureKind::Unknown)));
    settle().await;
    assert_eq!(*store.state(), loads([11, 12]));
    effects.end(12, Err(failure(FailureKind::Rejected)));
    assert_eq!(held.await.unwrap_err().kind(), FailureKind::Rejected);
    store.dispatch(Action::Load(13));
    assert_eq!(*store.state(), loads([11, 12, 13]));
}

#[tokio::test(start_paused = true)]
async fn flushed_the_held_one_has_been_applied_when_the_call_returns_and_opened_a_window() {
    let throttle = throttle().trailing();
    let (store, _effects) = store(&throttle);
    store.dispatch(Action::Load(11));
    assert!(!throttle.flush(&1), "nothing is held");
    pass(ms(60)).await;
    store.dispatch(Action::Load(12));
    assert!(throttle.flush(&1));
    assert_eq!(*store.state(), loads([11, 12]));
    store.dispatch(Action::Load(13));
    pass(ms(99)).await;
    assert_eq!(*store.state(), loads([11, 12]), "the old window's end has passed");
    pass(ms(1)).await;
    assert_eq!(*store.state(), loads([11, 12, 13]));
}

#[tokio::test(start_paused = true)]
async fn a_cancelled_one_is_left_out_and_says_so_and_the_window_stays() {
    let throttle = throttle().trailing();
    let (store, _effects) = store(&throttle);
    store.dispatch(Action::Load(11));
    assert!(!throttle.cancel(&1), "nothing is held");
    let held = store.dispatch(Action::Load(12));
    assert!(throttle.cancel(&1));
    let failure = held.await.unwrap_err();
    assert_eq!(failure.kind(), FailureKind::Cancelled);
    assert!(matches!(failure.downcast_ref(), Some(Dropped::Withdrawn)));
    assert!(throttle.statuses().all_idle());
    store.dispatch(Action::Load(13));
    assert_eq!(*store.state(), loads([11]));
    pass(WINDOW).await;
    assert_eq!(*store.state(), loads([11, 13]));
}

#[tokio::test(start_paused = true)]
async fn flush_all_lets_every_held_one_go_on_in_the_order_in_which_the_windows_opened() {
    let throttle = throttle().trailing();
    let (store, _effects) = store(&throttle);
    for number in [31, 51, 21, 41, 22, 52, 32] {
        store.dispatch(Action::Load(number));
    }
    throttle.flush_all();
    assert_eq!(*store.state(), loads([31, 51, 21, 41, 32, 52, 22]));
    assert!(throttle.statuses().all_idle());
}

#[tokio::test(start_paused = true)]
async fn the_status_tells_until_when_one_is_held_and_nothing_of_a_window_in_which_none_is() {
    let throttle = throttle().trailing();
    let (store, _effects) = store(&throttle);
    let began = store.now();
    store.dispatch(Action::Load(11));
    assert!(throttle.statuses().all_idle());
    pass(ms(30)).await;
    store.dispatch(Action::Load(12));
    let Status::Waiting { until, since } = throttle.statuses().of(&1) else { panic!("it is held") };
    assert_eq!((until - began, since - began), (ms(100), ms(30)));
    pass(ms(70)).await;
    assert!(throttle.statuses().all_idle());
}

#[tokio::test(start_paused = true)]
async fn a_burst_of_ten_thousand_takes_one_timer_and_leaves_nothing_behind() {
    let (store, _effects) = store(&throttle().trailing());
    let before = tasks();
    for _ in 0..10_000 {
        store.dispatch(Action::Load(11));
    }
    assert_eq!(tasks(), before + 1);
    pass(WINDOW).await;
    pass(WINDOW).await;
    assert_eq!(store.state().len(), 2);
    // The second one's effect has not ended: its caller's completion follows it.
    assert_eq!(tasks(), before + 1);
    drop(store);
    settle().await;
    assert_eq!(tasks(), before);
}

#[tokio::test(start_paused = true)]
async fn what_is_held_by_a_store_that_is_dropped_was_never_applied_and_says_so() {
    let throttle = throttle().trailing();
    let (store, _effects) = store(&throttle);
    store.dispatch(Action::Load(11));
    let held = store.dispatch(Action::Load(12));
    settle().await;
    drop(store);
    let failure = held.await.unwrap_err();
    assert_eq!(failure.kind(), FailureKind::Cancelled);
    assert!(failure.downcast_ref::<Abandoned>().is_some());
    assert!(throttle.statuses().all_idle());
    assert!(!throttle.flush(&1));
}
