//! Of a burst, the last one goes on when it is over, and each of the others has an outcome.

mod effects;

use effects::{Action, Effects, State, failure, load, pass, reduce, settle};
use foregone::Store;
use foregone::middleware::{Abandoned, Debounce, Dropped, FailureKind, Outcome, Status};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::thread;
use std::time::Duration;

const WINDOW: Duration = ms(100);

const fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

/// `Load(12)` is the second of key 1.
fn key(action: &Action) -> Option<u32> {
    load(action).map(|number| number / 10)
}

fn debounce() -> Debounce<State, Action, u32> {
    Debounce::new("load", WINDOW, key)
}

fn store(debounce: &Debounce<State, Action, u32>) -> (Store<State, Action>, Effects) {
    let effects = Effects::default();
    let store = Store::builder(State::new(), reduce).middleware(debounce.clone()).middleware(effects.clone()).build();
    (store, effects)
}

fn tasks() -> usize {
    tokio::runtime::Handle::current().metrics().num_alive_tasks()
}

#[tokio::test(start_paused = true)]
async fn it_goes_on_when_no_other_of_its_key_came_for_the_window_and_ends_as_the_chain_behind_says() {
    let (store, effects) = store(&debounce());
    let completion = store.dispatch(Action::Load(11));
    pass(ms(99)).await;
    assert!(store.state().is_empty(), "it is held");
    pass(ms(1)).await;
    assert_eq!(*store.state(), [Action::Load(11)]);
    effects.end(11, Err(failure(FailureKind::Rejected)));
    assert_eq!(completion.await.unwrap_err().kind(), FailureKind::Rejected);
}

#[tokio::test(start_paused = true)]
async fn of_a_burst_the_last_one_goes_on_and_the_others_end_as_superseded_at_once() {
    let (store, effects) = store(&debounce());
    let first = store.dispatch(Action::Load(11));
    pass(ms(90)).await;
    let second = store.dispatch(Action::Load(12));
    assert_eq!(first.await.unwrap(), Outcome::Superseded, "now, and not when the burst is over");
    pass(ms(90)).await;
    assert!(store.state().is_empty(), "the window began anew");
    pass(ms(10)).await;
    assert_eq!(*store.state(), [Action::Load(12)]);
    effects.end(12, Ok(Outcome::Confirmed));
    assert_eq!(second.await.unwrap(), Outcome::Confirmed);
}

#[tokio::test(start_paused = true)]
async fn keys_do_not_wait_for_each_other_and_untagged_actions_get_through_at_once() {
    let (store, _effects) = store(&debounce());
    store.dispatch(Action::Load(11));
    pass(ms(50)).await;
    store.dispatch(Action::Load(21));
    store.dispatch(Action::Note(1));
    assert_eq!(*store.state(), [Action::Note(1)]);
    pass(ms(50)).await;
    assert_eq!(*store.state(), [Action::Note(1), Action::Load(11)]);
    pass(ms(50)).await;
    assert_eq!(*store.state(), [Action::Note(1), Action::Load(11), Action::Load(21)]);
}

#[tokio::test(start_paused = true)]
async fn it_goes_on_at_the_maximum_wait_however_long_the_burst_and_the_next_burst_has_its_own() {
    let (store, _effects) = store(&debounce().max_wait(ms(250)));
    for number in 11..=18 {
        store.dispatch(Action::Load(number));
        pass(ms(60)).await;
    }
    // 11 to 15 came at 0 to 240 ms, 16 at 300 ms. Its maximum is at 550 ms, that of its window at 520 ms.
    assert_eq!(*store.state(), [Action::Load(15)]);
    pass(ms(39)).await;
    assert_eq!(*store.state(), [Action::Load(15)]);
    pass(ms(1)).await;
    assert_eq!(*store.state(), [Action::Load(15), Action::Load(18)]);
}

#[tokio::test(start_paused = true)]
async fn a_maximum_wait_that_is_shorter_than_the_window_counts_alone() {
    let (store, _effects) = store(&debounce().max_wait(ms(10)));
    store.dispatch(Action::Load(11));
    pass(ms(10)).await;
    assert_eq!(*store.state(), [Action::Load(11)]);
}

#[tokio::test(start_paused = true)]
async fn with_a_window_of_zero_the_last_one_of_what_is_dispatched_in_one_go_goes_on() {
    let (store, _effects) = store(&Debounce::new("load", Duration::ZERO, key));
    store.dispatch(Action::Load(11));
    store.dispatch(Action::Load(12));
    assert!(store.state().is_empty());
    settle().await;
    assert_eq!(*store.state(), [Action::Load(12)]);
}

#[tokio::test(start_paused = true)]
async fn a_window_without_end_holds_an_action_until_it_is_flushed() {
    let debounce = Debounce::new("load", Duration::MAX, key).max_wait(Duration::MAX);
    let (store, _effects) = store(&debounce);
    store.dispatch(Action::Load(11));
    pass(Duration::from_secs(60 * 60 * 24 * 365)).await;
    assert!(store.state().is_empty());
    assert!(debounce.flush(&1));
    assert_eq!(*store.state(), [Action::Load(11)]);
}

#[tokio::test(start_paused = true)]
async fn flushed_it_has_been_applied_when_the_call_returns_and_ends_as_the_chain_behind_says() {
    let debounce = debounce();
    let (store, effects) = store(&debounce);
    assert!(!debounce.flush(&1), "nothing is held");
    let completion = store.dispatch(Action::Load(11));
    assert!(debounce.flush(&1));
    assert_eq!(*store.state(), [Action::Load(11)]);
    assert!(!debounce.flush(&1), "it has gone on");
    effects.end(11, Ok(Outcome::Confirmed));
    assert_eq!(completion.await.unwrap(), Outcome::Confirmed);
}

#[tokio::test(start_paused = true)]
async fn what_came_after_a_flush_or_a_cancel_waits_its_whole_window_and_not_what_was_left_of_the_old_one() {
    for end in [Debounce::flush, Debounce::cancel] {
        let debounce = debounce().max_wait(ms(150));
        let (store, _effects) = store(&debounce);
        store.dispatch(Action::Load(11));
        pass(ms(90)).await;
        assert!(end(&debounce, &1));
        store.dispatch(Action::Load(12));
        pass(ms(90)).await;
        assert!(!store.state().contains(&Action::Load(12)), "the old timer, and the old maximum, have passed");
        pass(ms(10)).await;
        assert!(store.state().contains(&Action::Load(12)));
    }
}

#[tokio::test(start_paused = true)]
async fn a_cancelled_one_is_left_out_and_says_so() {
    let debounce = debounce();
    let (store, _effects) = store(&debounce);
    assert!(!debounce.cancel(&1), "nothing is held");
    let completion = store.dispatch(Action::Load(11));
    assert!(debounce.cancel(&1));
    let failure = completion.await.unwrap_err();
    assert_eq!(failure.kind(), FailureKind::Cancelled);
    assert!(matches!(failure.downcast_ref(), Some(Dropped::Withdrawn)));
    pass(WINDOW).await;
    assert!(store.state().is_empty());
}

#[tokio::test(start_paused = true)]
async fn flush_all_lets_every_key_go_on_in_the_order_in_which_their_bursts_began() {
    let debounce = debounce();
    let (store, _effects) = store(&debounce);
    for number in [51, 31, 41, 21, 32] {
        store.dispatch(Action::Load(number));
    }
    debounce.flush_all();
    assert_eq!(*store.state(), [51, 32, 41, 21].map(Action::Load));
    assert!(debounce.statuses().all_idle());
}

#[tokio::test(start_paused = true)]
async fn the_status_tells_until_when_it_is_held_and_since_when() {
    let debounce = debounce();
    let (store, _effects) = store(&debounce);
    let began = store.now();
    store.dispatch(Action::Load(11));
    pass(ms(30)).await;
    store.dispatch(Action::Load(12));
    let Status::Waiting { until, since } = debounce.statuses().of(&1) else { panic!("it is held") };
    assert_eq!((until - began, since - began), (ms(130), ms(0)));
    pass(ms(100)).await;
    assert!(debounce.statuses().all_idle());
}

#[tokio::test(start_paused = true)]
async fn a_burst_of_ten_thousand_takes_one_timer_and_leaves_nothing_behind() {
    let debounce = debounce();
    let (store, _effects) = store(&debounce);
    let before = tasks();
    let mut completions: Vec<_> = (0..10_000).map(|_| store.dispatch(Action::Load(11)).into_future()).collect();
    assert_eq!(tasks(), before + 1);
    let last = completions.pop().unwrap();
    for other in completions {
        assert_eq!(other.await.unwrap(), Outcome::Superseded);
    }
    debounce.cancel(&1);
    settle().await;
    assert_eq!(tasks(), before, "the timer does not wait for the end of a window that is gone");
    assert!(last.await.is_err());
}

#[tokio::test(start_paused = true)]
async fn what_is_held_by_a_store_that_is_dropped_was_never_applied_and_says_so() {
    let debounce = debounce();
    let (store, _effects) = store(&debounce);
    let completion = store.dispatch(Action::Load(11));
    settle().await;
    drop(store);
    let failure = completion.await.unwrap_err();
    assert_eq!(failure.kind(), FailureKind::Cancelled);
    assert!(failure.downcast_ref::<Abandoned>().is_some());
    assert!(debounce.statuses().all_idle());
    assert!(!debounce.flush(&1));
}

#[test]
fn what_a_dropped_runtime_held_was_never_applied_and_says_so() {
    let debounce = debounce();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    let (store, _effects) = runtime.block_on(async { store(&debounce) });
    let held = store.dispatch(Action::Load(11));
    runtime.shutdown_background();
    let late = store.dispatch(Action::Load(12));
    for completion in [held, late] {
        let failure = pollster::block_on(completion.into_future()).unwrap_err();
        assert_eq!(failure.kind(), FailureKind::Cancelled);
    }
    assert!(debounce.statuses().all_idle());
}

#[tokio::test(start_paused = true)]
async fn a_panic_of_the_chain_behind_ends_that_one_as_unknown_and_harms_no_other() {
    let debounce = Debounce::new("all", WINDOW, |_: &u32| Some(()));
    let store = Store::builder(0, |_: &u32, n: u32| if n == 0 { panic!("as the test says") } else { n })
        .middleware(debounce.clone())
        .build();
    let completion = store.dispatch(0);
    pass(WINDOW).await;
    assert_eq!(completion.await.unwrap_err().kind(), FailureKind::Unknown);
    assert!(debounce.statuses().all_idle());
    store.dispatch(1);
    pass(WINDOW).await;
    assert_eq!(*store.state(), 1);
}

#[tokio::test(start_paused = true)]
async fn one_that_is_dispatched_by_the_chain_behind_begins_a_burst_of_its_own() {
    let debounce = debounce();
    let again =
        |store: &dyn foregone::middleware::StoreApi<State, Action>, action, next: foregone::middleware::Next<_, _>| {
            if action == Action::Load(11) {
                store.dispatch(Action::Load(12));
            }
            next.run(action)
        };
    let store = Store::builder(State::new(), reduce).middleware(debounce).middleware_fn(again).build();
    store.dispatch(Action::Load(11));
    pass(WINDOW).await;
    assert_eq!(*store.state(), [Action::Load(11)]);
    pass(WINDOW).await;
    assert_eq!(*store.state(), [Action::Load(11), Action::Load(12)]);
}

#[tokio::test(start_paused = true)]
async fn two_that_decide_the_same_are_refused() {
    let twice = Store::builder(State::new(), reduce).middleware(debounce()).middleware(debounce()).try_build();
    let told = twice.unwrap_err().to_string();
    assert_eq!(told, r#""load": Debounce and Debounce decide the same: keep one of them"#);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_others_flush_and_cancel_and_timers_end_no_older_one_goes_on_after_a_newer_one() {
    let debounce = Debounce::new("all", Duration::ZERO, |_: &u32| Some(()));
    let applied = |all: &mut Vec<u32>, n| all.push(n);
    let store = Store::builder_in_place(Vec::new(), applied).middleware(debounce.clone()).build();
    let is_over = Arc::new(AtomicBool::new(false));
    let flushing = thread::spawn({
        let is_over = Arc::clone(&is_over);
        move || {
            while !is_over.load(Relaxed) {
                debounce.flush(&());
                debounce.cancel(&());
            }
        }
    });
    let completions: Vec<_> = (0..30_000).map(|n| (n, store.dispatch(n))).collect();
    let mut applied = Vec::new();
    for (n, completion) in completions {
        match completion.await {
            Ok(Outcome::Applied) => applied.push(n),
            Ok(outcome) => assert_eq!(outcome, Outcome::Superseded),
            Err(failure) => assert!(matches!(failure.downcast_ref(), Some(Dropped::Withdrawn))),
        }
    }
    is_over.store(true, Relaxed);
    flushing.join().unwrap();
    assert_eq!(*store.state(), applied, "in the order in which they were dispatched, and nothing else");
}
