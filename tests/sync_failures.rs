//! What the screen shows after a failure, and what the finish hook is told.

mod server;

use foregone::middleware::{Failure, FailureKind, Outcome, Status, SyncError};
use server::{Action, Answer, ApiError, app, app_with, pass, shown};

const KEY: u32 = 1;

fn kind(result: Result<Outcome, Failure>) -> FailureKind {
    result.unwrap_err().kind()
}

#[tokio::test(start_paused = true)]
async fn by_default_the_optimistic_value_stays() {
    let (store, sync, server) = app();
    server.script(100, Answer::Fail);
    let tap = store.dispatch(Action::Set(KEY, 1));
    let failure = tap.await.unwrap_err();
    assert_eq!(failure.kind(), FailureKind::Unknown);
    assert_eq!(failure.downcast_ref::<ApiError>(), Some(&ApiError::Lost));
    assert_eq!(shown(&store.state(), KEY), 1);
    assert!(matches!(sync.status(&KEY), Status::Failed { .. }));
}

#[tokio::test(start_paused = true)]
async fn a_definite_no_is_told_as_rejected() {
    let (store, _sync, server) = app();
    server.script(100, Answer::Refuse);
    assert_eq!(kind(store.dispatch(Action::Set(KEY, 1)).await), FailureKind::Rejected);
}

#[tokio::test(start_paused = true)]
async fn a_rollback_goes_to_what_the_server_confirmed_last() {
    let (store, _sync, server) = app_with(|b| b.roll_back_on_failure());
    server.script(100, Answer::Say(5)).script(100, Answer::Fail);
    store.dispatch(Action::Set(KEY, 1));
    pass(50).await;
    let second = store.dispatch(Action::Set(KEY, 2));
    assert_eq!(kind(second.await), FailureKind::Unknown);
    assert_eq!(shown(&store.state(), KEY), 5, "not 1, which was shown before, nor 0");
}

#[tokio::test(start_paused = true)]
async fn two_writes_that_fail_leave_nothing_of_either() {
    let (store, sync, server) = app_with(|b| b.roll_back_on_failure());
    server.script(100, Answer::Fail).script(100, Answer::Fail);
    store.dispatch(Action::Set(KEY, 1));
    pass(50).await;
    store.dispatch(Action::Set(KEY, 2));
    sync.flush().await;
    assert_eq!(shown(&store.state(), KEY), 0);
}

#[tokio::test(start_paused = true)]
async fn a_kept_failure_does_not_count_as_confirmed_by_the_next_rollback() {
    let (store, sync, server) = app();
    server.script(100, Answer::Fail).script(100, Answer::Fail);
    store.dispatch(Action::Set(KEY, 1));
    sync.flush().await;
    store.dispatch(Action::Set(KEY, 2));
    sync.flush().await;
    assert_eq!(server.finished()[1].confirmed, 0);
    sync.cancel(&KEY);
    assert_eq!(shown(&store.state(), KEY), 0);
    assert!(matches!(sync.status(&KEY), Status::Idle));
}

#[tokio::test(start_paused = true)]
async fn what_somebody_else_put_over_a_kept_failure_is_the_new_ground() {
    let (store, sync, server) = app();
    server.script(100, Answer::Fail).script(100, Answer::Fail);
    store.dispatch(Action::Set(KEY, 1));
    sync.flush().await;
    store.dispatch(Action::Outside(KEY, 4));
    store.dispatch(Action::Set(KEY, 2));
    sync.flush().await;
    assert_eq!(server.finished()[1].confirmed, 4);
}

#[tokio::test(start_paused = true)]
async fn a_newer_intent_that_waits_behind_a_failing_request_is_sent() {
    let (store, sync, server) = app();
    server.script(100, Answer::Refuse);
    let first = store.dispatch(Action::Set(KEY, 1));
    pass(50).await;
    let second = store.dispatch(Action::Set(KEY, 2));
    assert_eq!(second.await.unwrap(), Outcome::Confirmed);
    assert_eq!(first.await.unwrap(), Outcome::Superseded);
    assert_eq!(server.holds(KEY), 2);
    sync.flush().await;
    assert_eq!(server.finished().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_newer_intent_for_the_same_value_is_sent_again_if_the_request_failed() {
    let (store, sync, server) = app();
    server.script(100, Answer::Fail);
    store.dispatch(Action::Set(KEY, 1));
    pass(50).await;
    store.dispatch(Action::Set(KEY, 0));
    store.dispatch(Action::Set(KEY, 1));
    sync.flush().await;
    assert_eq!(server.sent(), [1, 1]);
    assert_eq!(server.holds(KEY), 1);
}

#[tokio::test(start_paused = true)]
async fn the_hook_is_told_the_first_the_failing_and_the_confirmed_value() {
    let (store, sync, server) = app();
    server.script(100, Answer::Accept).script(100, Answer::Fail);
    store.dispatch(Action::Set(KEY, 1));
    pass(50).await;
    store.dispatch(Action::Set(KEY, 2));
    sync.flush().await;
    let [finish] = &server.finished()[..] else { panic!("once") };
    assert_eq!((finish.first, finish.last, finish.confirmed), (1, 2, 1));
}

#[tokio::test(start_paused = true)]
async fn what_a_hook_returns_does_not_bury_a_newer_intent() {
    let (store, sync, server) = app();
    server.script(100, Answer::Fail).hook_returns(100, Action::Shown(KEY, 0));
    store.dispatch(Action::Set(KEY, 1));
    pass(150).await;
    store.dispatch(Action::Set(KEY, 7));
    let seen = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
    let _watching = store.subscribe({
        let seen = std::sync::Arc::clone(&seen);
        move |state| seen.lock().unwrap().push(shown(state, KEY))
    });
    sync.flush().await;
    assert_eq!(*seen.lock().unwrap(), [7], "no subscriber sees the hook's value in between");
    assert_eq!(server.sent(), [1, 7]);
    assert_eq!((shown(&store.state(), KEY), server.holds(KEY)), (7, 7));
}

#[tokio::test(start_paused = true)]
async fn a_reload_shows_what_the_server_says() {
    let (store, sync, server) = app_with(|b| b.reload_on_failure(async |_key| Ok::<_, ApiError>(42)));
    server.script(100, Answer::Fail);
    store.dispatch(Action::Set(KEY, 1));
    sync.flush().await;
    assert_eq!(shown(&store.state(), KEY), 42);
    assert_eq!(server.sent(), [1], "a reload is no wish of the user");
}

#[tokio::test(start_paused = true)]
async fn a_reload_never_overwrites_a_newer_tap() {
    let (store, sync, server) = app_with(|b| {
        b.reload_on_failure(async |_key| {
            tokio::time::sleep(std::time::Duration::from_millis(100)).await;
            Ok::<_, ApiError>(42)
        })
    });
    server.script(100, Answer::Fail).script(20, Answer::Accept);
    store.dispatch(Action::Set(KEY, 1));
    pass(150).await;
    store.dispatch(Action::Set(KEY, 2));
    sync.flush().await;
    assert_eq!((shown(&store.state(), KEY), server.holds(KEY)), (2, 2));
}

#[tokio::test(start_paused = true)]
async fn a_reload_that_fails_does_not_hide_why() {
    let (store, sync, server) = app_with(|b| b.reload_on_failure(async |_key| Err(ApiError::Transient)));
    server.script(100, Answer::Refuse);
    let failure = store.dispatch(Action::Set(KEY, 1)).await.unwrap_err();
    sync.flush().await;
    assert_eq!(failure.downcast_ref::<ApiError>(), Some(&ApiError::Refused));
    let Status::Failed { error, .. } = sync.status(&KEY) else { panic!("failed") };
    assert!(matches!(*error, SyncError::Send(ApiError::Refused)));
    assert_eq!(shown(&store.state(), KEY), 1);
}

#[tokio::test(start_paused = true)]
async fn a_panic_before_or_after_the_first_await_fails_that_dispatch_and_nothing_else() {
    for answer in [Answer::PanicBeforeAwait, Answer::PanicAfterAwait] {
        let (store, sync, server) = app();
        server.script(100, answer);
        let bad = store.dispatch(Action::Set(KEY, 1));
        let good = store.dispatch(Action::Set(2, 1));
        let failure = bad.await.unwrap_err();
        assert_eq!(failure.kind(), FailureKind::Unknown);
        let error = failure.downcast_ref::<SyncError<ApiError>>().unwrap();
        assert!(matches!(error, SyncError::Panicked(message) if message.starts_with("scripted panic")));
        assert_eq!(good.await.unwrap(), Outcome::Confirmed);
        assert_eq!(store.dispatch(Action::Set(KEY, 3)).await.unwrap(), Outcome::Confirmed, "the key is free again");
        sync.flush().await;
    }
}

#[tokio::test(start_paused = true)]
async fn what_was_never_sent_is_not_reloaded_when_it_is_cancelled() {
    let (store, sync, server) = app_with(|b| b.max_in_flight(1).reload_on_failure(async |_key| Ok::<_, ApiError>(42)));
    store.dispatch(Action::Set(2, 1));
    store.dispatch(Action::Set(KEY, 1));
    sync.cancel(&KEY);
    sync.flush().await;
    assert_eq!(server.finished()[0].error.as_deref(), Some("withdrawn by `cancel`"));
    assert_eq!(shown(&store.state(), KEY), 0, "the server cannot have heard of it");
}

#[tokio::test(start_paused = true)]
async fn what_somebody_else_put_after_a_rollback_is_the_new_ground_though_it_is_what_failed() {
    let (store, sync, server) = app_with(|b| b.roll_back_on_failure());
    server.script(100, Answer::Fail).script(100, Answer::Fail);
    store.dispatch(Action::Set(KEY, 1)).await.unwrap_err();
    store.dispatch(Action::Outside(KEY, 1));
    store.dispatch(Action::Set(KEY, 2)).await.unwrap_err();
    sync.flush().await;
    assert_eq!(shown(&store.state(), KEY), 1);
}

#[tokio::test(start_paused = true)]
async fn cancelling_dismisses_a_failure_that_was_rolled_back() {
    let (store, sync, server) = app_with(|b| b.roll_back_on_failure());
    server.script(100, Answer::Refuse);
    store.dispatch(Action::Set(KEY, 1)).await.unwrap_err();
    assert!(matches!(sync.status(&KEY), Status::Failed { .. }));
    sync.cancel(&KEY);
    assert!(sync.status(&KEY).is_idle());
    assert_eq!(shown(&store.state(), KEY), 0);
}
