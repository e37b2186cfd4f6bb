//! What a key is doing, for the screen.

mod server;
mod watchdog;

use foregone::middleware::{ExponentialBuilder, Status, SyncError};
use futures_util::task::{ArcWake, waker};
use futures_util::{FutureExt, StreamExt, task::Context};
use server::{Action, Answer, ApiError, Sync, app, app_with, pass, settle};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

const KEY: u32 = 1;

#[tokio::test(start_paused = true)]
async fn a_key_is_idle_then_sending_then_idle_again() {
    let (store, sync, _server) = app();
    assert!(matches!(sync.status(&KEY), Status::Idle));
    store.dispatch(Action::Set(KEY, 1));
    assert!(matches!(sync.status(&KEY), Status::Running { attempt: 1, .. }));
    assert!(sync.status(&KEY).is_waiting());
    sync.flush().await;
    assert!(matches!(sync.status(&KEY), Status::Idle));
    assert!(sync.statuses().all_idle(), "nothing is kept of a key at rest");
}

#[tokio::test(start_paused = true)]
async fn a_key_that_waits_for_a_retry_says_until_when() {
    let backoff = ExponentialBuilder::default().with_min_delay(Duration::from_secs(2));
    let (store, sync, server) = app_with(|b| b.retry(backoff));
    server.script(100, Answer::Transient);
    store.dispatch(Action::Set(KEY, 1));
    pass(100).await;
    let Status::Waiting { until, .. } = sync.status(&KEY) else { panic!("waiting") };
    let now = store.now();
    let left = until - now;
    assert!(left > Duration::from_millis(1_900) && left <= Duration::from_secs(2), "{left:?}");
    pass(2_000).await;
    assert!(matches!(sync.status(&KEY), Status::Running { attempt: 2, .. }));
}

#[tokio::test(start_paused = true)]
async fn a_failed_key_says_with_what_until_it_is_tapped_again() {
    let (store, sync, server) = app();
    server.script(100, Answer::Refuse);
    store.dispatch(Action::Set(KEY, 1));
    sync.flush().await;
    let Status::Failed { error, .. } = sync.status(&KEY) else { panic!("failed") };
    assert!(matches!(*error, SyncError::Send(ApiError::Refused)));
    store.dispatch(Action::Set(KEY, 2));
    assert!(matches!(sync.status(&KEY), Status::Running { .. }));
}

#[tokio::test(start_paused = true)]
async fn at_the_cap_keys_are_queued_and_go_on_coalescing() {
    let (store, sync, server) = app_with(|b| b.max_in_flight(2));
    for key in 0..5 {
        store.dispatch(Action::Set(key, 1));
    }
    assert_eq!(sync.statuses().snapshot().values().filter(|status| matches!(status, Status::Queued { .. })).count(), 3);
    store.dispatch(Action::Set(4, 2));
    store.dispatch(Action::Set(4, 3));
    sync.flush().await;
    assert_eq!(server.most_in_flight(), 2);
    assert_eq!(server.sent(), [1, 1, 1, 1, 3]);
    assert!(sync.statuses().all_idle());
}

#[tokio::test(start_paused = true)]
async fn a_busy_key_takes_its_turn_behind_those_that_wait() {
    let (store, sync, server) = app_with(|b| b.max_in_flight(1));
    store.dispatch(Action::Set(1, 1));
    settle().await;
    store.dispatch(Action::Set(1, 2));
    store.dispatch(Action::Set(2, 5));
    sync.flush().await;
    assert_eq!(server.sent(), [1, 5, 2]);
}

#[tokio::test(start_paused = true)]
async fn the_statuses_are_a_stream_that_ends_with_the_middleware() {
    let (store, sync, _server) = app();
    let mut statuses = sync.statuses().watch();
    assert!(statuses.next().await.unwrap().is_empty());
    store.dispatch(Action::Set(KEY, 1));
    assert!(matches!(statuses.next().await.unwrap().get(&KEY), Some(Status::Running { .. })));
    sync.flush().await;
    assert!(statuses.next().await.unwrap().is_empty());
    drop((store, sync));
    settle().await;
    assert!(statuses.next().await.is_none());
}

#[tokio::test(start_paused = true)]
async fn a_snapshot_of_the_statuses_does_not_change_afterwards() {
    let (store, sync, _server) = app();
    store.dispatch(Action::Set(KEY, 1));
    let before = sync.statuses().snapshot();
    sync.flush().await;
    assert!(before.contains_key(&KEY));
}

#[tokio::test(start_paused = true)]
async fn a_key_whose_pause_is_over_says_that_it_is_queued() {
    let backoff = ExponentialBuilder::default().with_min_delay(Duration::from_secs(1));
    let (store, sync, server) = app_with(|b| b.retry(backoff).max_in_flight(1));
    server.script(100, Answer::Transient).script(10_000, Answer::Accept);
    store.dispatch(Action::Set(KEY, 1));
    pass(200).await;
    store.dispatch(Action::Set(2, 1));
    pass(5_000).await;
    assert!(matches!(sync.status(&KEY), Status::Queued { .. }), "{:?}", sync.status(&KEY));
    sync.flush().await;
}

/// Seed 26775 of the simulation. The place in the queue is given up only when its turn comes.
#[tokio::test(start_paused = true)]
async fn a_key_cancelled_while_it_is_queued_stays_idle_when_an_earlier_pause_ends() {
    let backoff = ExponentialBuilder::default().with_min_delay(Duration::from_secs(1));
    let (store, sync, server) = app_with(|b| b.retry(backoff).max_in_flight(1));
    server.script(100, Answer::Transient).script(10_000, Answer::Accept);
    store.dispatch(Action::Set(KEY, 1));
    pass(200).await;
    store.dispatch(Action::Set(2, 1));
    sync.cancel(&KEY);
    store.dispatch(Action::Set(KEY, 2));
    sync.cancel(&KEY);
    assert!(sync.status(&KEY).is_idle());
    pass(5_000).await;
    assert!(sync.status(&KEY).is_idle(), "{:?}", sync.status(&KEY));
    sync.flush().await;
    assert!(sync.statuses().all_idle());
}

#[tokio::test(start_paused = true)]
async fn a_key_is_not_at_rest_in_a_pause_but_when_it_is_confirmed_or_has_failed() {
    let backoff = ExponentialBuilder::default().with_min_delay(Duration::from_secs(2));
    for last in [Answer::Accept, Answer::Refuse] {
        let (store, sync, server) = app_with(|b| b.retry(backoff));
        server.script(100, Answer::Transient).script(100, last);
        store.dispatch(Action::Set(KEY, 1));
        let mut at_rest = pin!(sync.statuses().at_rest(&KEY));
        for milliseconds in [0, 150, 1_900] {
            pass(milliseconds).await;
            assert!(at_rest.as_mut().now_or_never().is_none(), "{:?}", sync.status(&KEY));
        }
        pass(200).await;
        assert!(at_rest.now_or_never().is_some(), "{:?}", sync.status(&KEY));
    }
}

#[tokio::test(start_paused = true)]
async fn every_key_is_at_rest_when_the_sync_is_cleared_or_its_store_is_gone() {
    for is_cleared in [true, false] {
        let (store, sync, server) = app();
        server.script(100, Answer::Never);
        store.dispatch(Action::Set(KEY, 1));
        settle().await;
        let mut at_rest = pin!(sync.statuses().at_rest(&KEY));
        assert!(at_rest.as_mut().now_or_never().is_none());
        if is_cleared {
            sync.clear();
        } else {
            drop(store);
        }
        settle().await;
        assert!(at_rest.now_or_never().is_some());
    }
}

struct AsksWhenWoken(Sync);

impl ArcWake for AsksWhenWoken {
    fn wake_by_ref(this: &Arc<Self>) {
        drop(this.0.status(&KEY));
    }
}

#[test]
fn whoever_is_woken_by_a_status_may_ask_for_one_there_and_then() {
    watchdog::must_end(|| {
        let (store, sync, _server) = app();
        let waker = waker(Arc::new(AsksWhenWoken(sync.clone())));
        let mut context = Context::from_waker(&waker);
        let mut statuses = sync.statuses().watch();
        assert!(statuses.poll_next_unpin(&mut context).is_ready());
        assert!(statuses.poll_next_unpin(&mut context).is_pending());
        store.dispatch(Action::Set(KEY, 1));
        assert!(statuses.poll_next_unpin(&mut context).is_ready());
    });
}
