//! What is read alike of every middleware: when a key is at rest, and what the user has put away.

mod effects;

use effects::{Action, Effects, State, failure, load, reduce, settle};
use foregone::Store;
use foregone::middleware::{
    Debounce, ExponentialBuilder, Failure, FailureKind, Fresh, Middleware, NonReentrant, Online, Outcome, Retry,
    Sequential, Status, Statuses, Thunk, ThunkMiddleware, Timeout,
};
use futures_util::FutureExt;
use std::future::pending;
use std::pin::pin;
use std::time::{Duration, Instant};
use tokio::time::timeout;

const SECOND: Duration = Duration::from_secs(1);

fn app() -> (Store<State, Action>, Statuses<u32, Failure>, Effects) {
    let one = NonReentrant::new("load", load);
    let (store, effects) = store_with(one.clone());
    (store, one.statuses().clone(), effects)
}

fn store_with(middleware: impl Middleware<State, Action>) -> (Store<State, Action>, Effects) {
    let effects = Effects::default();
    (Store::builder(State::new(), reduce).middleware(middleware).middleware(effects.clone()).build(), effects)
}

#[tokio::test(start_paused = true)]
async fn waiting_for_a_key_to_be_at_rest_ends_at_once_if_it_is() {
    let (store, statuses, effects) = app();
    assert!(statuses.at_rest(&1).now_or_never().is_some());
    store.dispatch(Action::Load(1));
    assert!(statuses.at_rest(&1).now_or_never().is_none());
    assert!(statuses.at_rest(&2).now_or_never().is_some(), "another key");
    effects.end(1, Err(failure(FailureKind::Unknown)));
    settle().await;
    assert!(statuses.at_rest(&1).now_or_never().is_some(), "a key that has failed is at rest");
}

#[tokio::test(start_paused = true)]
async fn all_who_wait_for_a_key_to_be_at_rest_are_woken_by_its_end_and_by_no_other() {
    let (store, statuses, effects) = app();
    for outcome in [Ok(Outcome::Confirmed), Err(failure(FailureKind::Rejected))] {
        store.dispatch(Action::Load(1));
        store.dispatch(Action::Load(2));
        let waiting: Vec<_> = (0..2)
            .map(|_| {
                let statuses = statuses.clone();
                tokio::spawn(async move { statuses.at_rest(&1).await })
            })
            .collect();
        settle().await;
        effects.end(2, outcome.clone());
        settle().await;
        assert!(waiting.iter().all(|task| !task.is_finished()));
        effects.end(1, outcome);
        settle().await;
        assert!(waiting.iter().all(tokio::task::JoinHandle::is_finished));
    }
}

#[tokio::test(start_paused = true)]
async fn a_rest_is_not_missed_though_the_key_is_busy_again_before_anybody_looks() {
    let (store, statuses, effects) = app();
    store.dispatch(Action::Load(1));
    let mut at_rest = pin!(statuses.at_rest(&1));
    assert!(at_rest.as_mut().now_or_never().is_none());
    effects.end(1, Ok(Outcome::Confirmed));
    settle().await;
    store.dispatch(Action::Load(1));
    assert!(statuses.of(&1).is_waiting());
    assert!(at_rest.now_or_never().is_some());
}

#[tokio::test(start_paused = true)]
async fn giving_up_to_wait_for_a_rest_changes_nothing_for_others() {
    let (store, statuses, effects) = app();
    store.dispatch(Action::Load(1));
    let mut at_rest = pin!(statuses.at_rest(&1));
    for _ in 0..3 {
        assert!(timeout(SECOND, statuses.at_rest(&1)).await.is_err());
        assert!(at_rest.as_mut().now_or_never().is_none());
    }
    effects.end(1, Ok(Outcome::Confirmed));
    settle().await;
    assert!(at_rest.now_or_never().is_some());
}

/// Whoever waits for a key, which `dispatches` make busy, is told when the store is dropped.
async fn is_told_that_the_store_is_gone(
    middleware: impl Middleware<State, Action>,
    statuses: &Statuses<u32, Failure>,
    dispatches: u32,
) {
    let (store, _never_end) = store_with(middleware);
    for _ in 0..dispatches {
        drop(store.dispatch(Action::Load(1)));
    }
    settle().await;
    let mut at_rest = pin!(statuses.at_rest(&1));
    assert!(at_rest.as_mut().now_or_never().is_none());
    drop(store);
    timeout(SECOND, at_rest).await.expect("it is told");
    assert!(statuses.of(&1).is_idle());
}

#[tokio::test(start_paused = true)]
async fn every_key_is_at_rest_when_the_store_is_gone() {
    let thunks = ThunkMiddleware::new(|action| match action {
        Action::Load(key) => Ok(Thunk::new(|_| pending()).key(key)),
        other @ Action::Note(_) => Err(other),
    });
    is_told_that_the_store_is_gone(thunks.clone(), thunks.statuses(), 1).await;
    let one = NonReentrant::new("load", load);
    is_told_that_the_store_is_gone(one.clone(), one.statuses(), 1).await;
    let sequential = Sequential::new("load", load);
    is_told_that_the_store_is_gone(sequential.clone(), sequential.statuses(), 2).await;
    let debounce = Debounce::new("load", SECOND, load);
    is_told_that_the_store_is_gone(debounce.clone(), debounce.statuses(), 1).await;
    let fresh = Fresh::new("load", SECOND, load);
    is_told_that_the_store_is_gone(fresh.clone(), fresh.statuses(), 1).await;
    let retry = Retry::new("load", ExponentialBuilder::new(), load);
    is_told_that_the_store_is_gone(retry.clone(), retry.statuses(), 1).await;
    let timeout = Timeout::new("load", SECOND, load).unwrap();
    is_told_that_the_store_is_gone(timeout.clone(), timeout.statuses(), 1).await;
    let online = Online::new("load", load);
    online.set_online(false);
    is_told_that_the_store_is_gone(online.clone(), online.statuses(), 1).await;
}

#[tokio::test(start_paused = true)]
async fn failures_are_put_away_all_at_once_and_what_is_under_way_is_left_alone() {
    let (store, statuses, effects) = app();
    for key in [1, 2, 3] {
        store.dispatch(Action::Load(key));
    }
    for key in [1, 2] {
        effects.end(key, Err(failure(FailureKind::Unknown)));
    }
    settle().await;
    let mut watch = statuses.watch();
    let before = watch.next().await.unwrap();
    statuses.dismiss_all();
    let after = watch.next().await.expect("who watches is told");
    for key in [1, 2] {
        assert!(matches!(before[&key], Status::Failed { dismissed: false, .. }), "a snapshot does not change");
        assert!(matches!(after[&key], Status::Failed { dismissed: true, .. }));
    }
    assert!(matches!(after[&3], Status::Running { .. }));
}

#[tokio::test(start_paused = true)]
async fn of_two_statuses_the_first_counts_unless_it_is_idle() {
    let (store, statuses, effects) = app();
    store.dispatch(Action::Load(1));
    store.dispatch(Action::Load(2));
    effects.end(2, Err(failure(FailureKind::Unknown)));
    settle().await;
    let (running, failed, idle) = (statuses.of(&1), statuses.of(&2), statuses.of(&3));
    assert!(running.clone().or(failed.clone()).is_waiting());
    assert!(failed.clone().or(running.clone()).failure().is_some());
    assert!(idle.clone().or(running).is_waiting());
    assert!(failed.or(idle.clone()).failure().is_some());
    assert!(idle.clone().or(idle).is_idle());
}

#[tokio::test(start_paused = true)]
async fn only_the_error_of_a_status_is_mapped() {
    let (since, until) = (Instant::now(), Instant::now() + SECOND);
    for status in [
        Status::Idle,
        Status::Queued { since },
        Status::Running { attempt: 2, since },
        Status::Waiting { until, since },
        Status::Failed { error: 404, since, dismissed: true },
    ] {
        let mapped = status.clone().map_err(|error: u32| format!("status {error}"));
        assert_eq!(mapped.failure().map(String::as_str), status.failure().map(|_| "status 404"));
        assert_eq!(format!("{mapped:?}").replace("\"status 404\"", "404"), format!("{status:?}"));
    }
}
