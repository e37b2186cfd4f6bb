//! Cancel, flush, clear and shutdown.

mod server;

use foregone::middleware::{FailureKind, Outcome, Status, SyncError};
use server::{Action, Answer, ApiError, app, app_with, pass, settle, shown};
use std::time::Duration;

const KEY: u32 = 1;

#[tokio::test(start_paused = true)]
async fn cancelling_what_was_never_sent_takes_it_back_for_certain() {
    let (store, sync, server) = app();
    store.dispatch(Action::Set(KEY, 1));
    pass(50).await;
    let waiting = store.dispatch(Action::Set(KEY, 2));
    sync.cancel(&KEY);
    assert_eq!(waiting.await.unwrap_err().kind(), FailureKind::Cancelled);
    assert_eq!(shown(&store.state(), KEY), 0, "what the server was last known to hold");
    sync.flush().await;
    assert_eq!(server.sent(), [1]);
    assert_eq!((shown(&store.state(), KEY), server.holds(KEY)), (1, 1), "the request in flight cannot be called back");
}

#[tokio::test(start_paused = true)]
async fn cancelling_what_is_in_flight_is_unknown_until_its_answer_shows() {
    let (store, sync, server) = app();
    let sent = store.dispatch(Action::Set(KEY, 1));
    pass(50).await;
    sync.cancel(&KEY);
    let failure = sent.await.unwrap_err();
    assert_eq!(failure.kind(), FailureKind::Unknown);
    assert!(matches!(failure.downcast_ref::<SyncError<ApiError>>(), Some(SyncError::Cancelled)));
    sync.flush().await;
    assert_eq!((shown(&store.state(), KEY), server.holds(KEY)), (1, 1));
}

#[tokio::test(start_paused = true)]
async fn a_tap_after_a_cancel_waits_for_the_request_in_flight() {
    let (store, sync, server) = app();
    store.dispatch(Action::Set(KEY, 1));
    pass(50).await;
    sync.cancel(&KEY);
    assert_eq!(store.dispatch(Action::Set(KEY, 2)).await.unwrap(), Outcome::Confirmed);
    assert_eq!(server.sent(), [1, 2]);
    assert_eq!(server.most_in_flight_per_key(), 1);
}

#[tokio::test(start_paused = true)]
async fn cancelling_during_a_pause_ends_the_cycle_and_the_retries() {
    let (store, sync, server) = app_with(|b| {
        b.retry(foregone::middleware::ExponentialBuilder::default().with_min_delay(Duration::from_secs(1)))
    });
    server.script(100, Answer::Transient);
    let tap = store.dispatch(Action::Set(KEY, 1));
    pass(200).await;
    assert!(matches!(sync.status(&KEY), Status::Waiting { .. }));
    sync.cancel(&KEY);
    assert_eq!(tap.await.unwrap_err().kind(), FailureKind::Unknown, "the first attempt may have arrived");
    assert!(matches!(sync.status(&KEY), Status::Idle));
    pass(10_000).await;
    assert_eq!(server.sent(), [1]);
    let [finish] = &server.finished()[..] else { panic!("once") };
    assert_eq!(finish.error.as_deref(), Some("withdrawn by `cancel`"));
}

#[tokio::test(start_paused = true)]
async fn cancelling_a_key_at_rest_does_nothing() {
    let (store, sync, server) = app();
    sync.cancel(&KEY);
    store.dispatch(Action::Set(KEY, 1));
    sync.flush().await;
    store.dispatch(Action::Outside(KEY, 5));
    sync.cancel(&KEY);
    settle().await;
    assert_eq!(shown(&store.state(), KEY), 5);
    assert_eq!(server.finished().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn flush_ends_when_all_have_settled_hooks_included() {
    let (store, sync, server) = app();
    sync.flush().await;
    server.script(100, Answer::Accept).script(300, Answer::Accept);
    server.hook_returns(500, Action::Outside(9, 9));
    store.dispatch(Action::Set(1, 1));
    store.dispatch(Action::Set(2, 1));
    let start = tokio::time::Instant::now();
    sync.flush().await;
    assert_eq!(start.elapsed(), Duration::from_millis(600));
    assert_eq!(shown(&store.state(), 9), 9);
}

#[tokio::test(start_paused = true)]
async fn after_clear_nothing_of_the_old_session_writes_or_sends() {
    let (store, sync, server) = app();
    server.script(100, Answer::Say(77)).script(100, Answer::Accept);
    let old = store.dispatch(Action::Set(KEY, 1));
    pass(50).await;
    let waiting = store.dispatch(Action::Set(KEY, 2));
    sync.clear();
    store.dispatch(Action::Reset);
    assert_eq!(old.await.unwrap(), Outcome::Superseded);
    let failure = waiting.await.unwrap_err();
    assert_eq!(failure.kind(), FailureKind::Cancelled);
    assert!(matches!(failure.downcast_ref::<SyncError<ApiError>>(), Some(SyncError::Cleared)));
    settle().await;
    assert_eq!(server.in_flight(), 0, "the request was dropped");
    pass(1_000).await;
    assert_eq!(server.sent(), [1]);
    assert_eq!(shown(&store.state(), KEY), 0);
    assert!(server.finished().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_session_after_clear_starts_afresh_with_one_request_per_key() {
    let (store, sync, server) = app();
    store.dispatch(Action::Set(KEY, 1));
    pass(50).await;
    sync.clear();
    let new = store.dispatch(Action::Set(KEY, 3));
    settle().await;
    assert_eq!(new.await.unwrap(), Outcome::Confirmed);
    assert_eq!(server.sent(), [1, 3]);
    assert_eq!(server.most_in_flight_per_key(), 1);
}

#[tokio::test(start_paused = true)]
async fn clear_before_a_request_was_first_polled_means_it_is_never_made() {
    let (store, sync, server) = app();
    store.dispatch(Action::Set(KEY, 1));
    sync.clear();
    pass(1_000).await;
    assert!(server.sent().is_empty());
}

#[tokio::test(start_paused = true)]
async fn clear_drops_a_hook_that_is_still_running() {
    let (store, sync, server) = app();
    server.hook_returns(1_000, Action::Outside(KEY, 99));
    store.dispatch(Action::Set(KEY, 1)).await.unwrap();
    settle().await;
    sync.clear();
    sync.flush().await;
    pass(5_000).await;
    assert_eq!(shown(&store.state(), KEY), 1);
}

#[tokio::test(start_paused = true)]
async fn a_graceful_shutdown_sends_what_is_wanted_and_takes_nothing_new() {
    let (store, sync, server) = app();
    store.dispatch(Action::Set(KEY, 1));
    pass(50).await;
    store.dispatch(Action::Set(KEY, 2));
    let (ended, late) = tokio::join!(sync.shutdown(Duration::from_secs(5)), async {
        settle().await;
        let late = store.dispatch(Action::Set(KEY, 3));
        assert_eq!(shown(&store.state(), KEY), 2, "what will never be sent is not shown either");
        late.await
    });
    ended.unwrap();
    let failure = late.unwrap_err();
    assert_eq!(failure.kind(), FailureKind::Cancelled);
    assert!(matches!(failure.downcast_ref::<SyncError<ApiError>>(), Some(SyncError::ShutDown)));
    assert_eq!(server.sent(), [1, 2]);
}

#[tokio::test(start_paused = true)]
async fn a_shutdown_at_its_deadline_says_what_it_left_undone() {
    let (store, sync, server) = app();
    server.script(0, Answer::Never);
    let tap = store.dispatch(Action::Set(KEY, 1));
    settle().await;
    let unfinished = sync.shutdown(Duration::from_secs(1)).await.unwrap_err();
    assert_eq!(unfinished.keys, 1);
    assert_eq!(tap.await.unwrap_err().kind(), FailureKind::Unknown);
    settle().await;
    assert_eq!(server.in_flight(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_dropped_store_ends_its_requests_and_every_dispatch_hears_of_it() {
    let (store, sync, server) = app_with(|b| b.max_in_flight(1));
    let sent = store.dispatch(Action::Set(1, 1));
    let queued = store.dispatch(Action::Set(2, 1));
    settle().await;
    drop(store);
    assert_eq!(sent.await.unwrap_err().kind(), FailureKind::Unknown);
    assert_eq!(queued.await.unwrap_err().kind(), FailureKind::Cancelled);
    assert_eq!(server.in_flight(), 0);
    sync.flush().await;
}

#[tokio::test(start_paused = true)]
async fn a_shutdown_counts_every_key_that_has_not_settled() {
    let (store, sync, server) = app();
    server.script(0, Answer::Never).script(0, Answer::Never);
    store.dispatch(Action::Set(1, 1));
    store.dispatch(Action::Set(2, 1));
    settle().await;
    sync.cancel(&1);
    assert_eq!(sync.shutdown(Duration::from_secs(1)).await.unwrap_err().keys, 2);
}
