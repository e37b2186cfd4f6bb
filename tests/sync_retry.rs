//! Deadline, back-off and what is retried: the request, with the newest value; never the action.

mod server;

use foregone::middleware::{ExponentialBuilder, FailureKind, Outcome, Status};
use server::{Action, Answer, app, app_with, pass, shown};
use std::time::Duration;

const KEY: u32 = 1;

/// Pauses of 1 s, 2 s and 4 s.
fn backoff() -> ExponentialBuilder {
    ExponentialBuilder::default().with_min_delay(Duration::from_secs(1)).with_factor(2.0).with_max_times(3)
}

#[tokio::test(start_paused = true)]
async fn nothing_is_retried_unless_it_is_asked_for() {
    let (store, sync, server) = app();
    server.script(100, Answer::Transient);
    store.dispatch(Action::Set(KEY, 1)).await.unwrap_err();
    sync.flush().await;
    assert_eq!(server.sent(), [1]);
}

#[tokio::test(start_paused = true)]
async fn transient_and_unknown_errors_are_retried_after_growing_pauses() {
    let (store, _sync, server) = app_with(|b| b.retry(backoff()));
    server.script(100, Answer::Transient).script(100, Answer::Fail);
    let start = tokio::time::Instant::now();
    assert_eq!(store.dispatch(Action::Set(KEY, 1)).await.unwrap(), Outcome::Confirmed);
    assert_eq!(start.elapsed(), Duration::from_millis(100 + 1_000 + 100 + 2_000 + 100));
    assert_eq!(server.requests().iter().map(|request| request.attempt).collect::<Vec<_>>(), [1, 2, 3]);
    assert_eq!(server.requests()[0].number, server.requests()[2].number, "the same intent keeps its number");
}

#[tokio::test(start_paused = true)]
async fn a_toggle_is_not_flipped_again_by_a_retry() {
    let (store, _sync, server) = app_with(|b| b.retry(backoff()));
    server.script(100, Answer::Transient);
    store.dispatch(Action::Add(KEY, 1)).await.unwrap();
    assert_eq!((shown(&store.state(), KEY), server.holds(KEY)), (1, 1));
}

#[tokio::test(start_paused = true)]
async fn a_retry_sends_the_newest_value() {
    let (store, sync, server) = app_with(|b| b.retry(backoff()));
    server.script(100, Answer::Transient);
    store.dispatch(Action::Set(KEY, 1));
    pass(500).await;
    store.dispatch(Action::Set(KEY, 2));
    sync.flush().await;
    assert_eq!(server.sent(), [1, 2]);
    assert_eq!(server.requests()[1].attempt, 1, "a new intent has attempts of its own");
    assert_eq!(server.finished()[0].retries, 1, "it is a retry all the same");
}

#[tokio::test(start_paused = true)]
async fn a_definite_no_and_a_panic_are_never_retried() {
    for answer in [Answer::Refuse, Answer::PanicAfterAwait] {
        let (store, sync, server) = app_with(|b| b.retry(backoff()));
        server.script(100, answer);
        store.dispatch(Action::Set(KEY, 1)).await.unwrap_err();
        sync.flush().await;
        assert_eq!(server.sent(), [1]);
    }
}

#[tokio::test(start_paused = true)]
async fn when_the_attempts_are_used_up_the_outcome_is_unknown() {
    let (store, sync, server) = app_with(|b| b.retry(backoff()).roll_back_on_failure());
    for _ in 0..4 {
        server.script(100, Answer::Transient);
    }
    let failure = store.dispatch(Action::Set(KEY, 1)).await.unwrap_err();
    assert_eq!(failure.kind(), FailureKind::Unknown);
    sync.flush().await;
    assert_eq!(server.sent(), [1, 1, 1, 1]);
    assert_eq!(shown(&store.state(), KEY), 0);
    assert_eq!(server.finished().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn the_deadline_is_for_each_attempt_and_a_late_attempt_is_dropped() {
    let (store, _sync, server) = app_with(|b| b.deadline(Duration::from_secs(5)).retry(backoff()));
    server.script(0, Answer::Never).script(100, Answer::Accept);
    let start = tokio::time::Instant::now();
    assert_eq!(store.dispatch(Action::Set(KEY, 1)).await.unwrap(), Outcome::Confirmed);
    assert_eq!(start.elapsed(), Duration::from_millis(5_000 + 1_000 + 100));
    assert_eq!(server.most_in_flight_per_key(), 1);
}

#[tokio::test(start_paused = true)]
async fn an_error_after_the_server_applied_it_ends_with_screen_and_server_agreeing() {
    let (store, _sync, server) = app_with(|b| b.retry(backoff()));
    server.script(100, Answer::ApplyThenFail);
    store.dispatch(Action::Set(KEY, 1)).await.unwrap();
    assert_eq!((shown(&store.state(), KEY), server.holds(KEY)), (1, 1));
}

#[tokio::test(start_paused = true)]
async fn a_no_to_a_retry_is_no_proof_that_the_first_attempt_did_not_arrive() {
    let (store, _sync, server) = app_with(|b| b.retry(backoff()));
    server.script(100, Answer::ApplyThenFail).script(100, Answer::Refuse);
    let failure = store.dispatch(Action::Set(KEY, 1)).await.unwrap_err();
    assert_eq!((failure.kind(), server.holds(KEY)), (FailureKind::Unknown, 1));
}

#[tokio::test(start_paused = true)]
async fn jitter_stays_within_the_backoffs_own_bounds() {
    let (store, _sync, server) = app_with(|b| b.retry(backoff().with_jitter()));
    server.script(100, Answer::Transient);
    let start = tokio::time::Instant::now();
    store.dispatch(Action::Set(KEY, 1)).await.unwrap();
    let elapsed = start.elapsed();
    assert!(elapsed >= Duration::from_millis(1_200) && elapsed <= Duration::from_millis(2_200), "{elapsed:?}");
}

#[tokio::test(start_paused = true)]
async fn a_newer_intent_behind_a_transient_failure_waits_for_the_pause_too() {
    let (store, sync, server) = app_with(|b| b.retry(backoff()));
    server.script(100, Answer::Transient);
    store.dispatch(Action::Set(KEY, 1));
    pass(50).await;
    store.dispatch(Action::Set(KEY, 2));
    pass(500).await;
    assert_eq!(server.sent(), [1]);
    sync.flush().await;
    assert_eq!(server.sent(), [1, 2]);
}

#[tokio::test(start_paused = true)]
async fn a_pause_beyond_the_end_of_time_does_not_lock_the_key() {
    let backoff = ExponentialBuilder::default().with_min_delay(Duration::MAX).with_max_delay(Duration::MAX);
    let (store, sync, server) = app_with(|b| b.retry(backoff));
    server.script(100, Answer::Transient);
    store.dispatch(Action::Set(KEY, 1));
    pass(200).await;
    assert!(matches!(sync.status(&KEY), Status::Waiting { .. }));
    sync.cancel(&KEY);
    assert_eq!(store.dispatch(Action::Set(KEY, 2)).await.unwrap(), Outcome::Confirmed);
}

#[tokio::test(start_paused = true)]
async fn a_pause_that_a_cancel_ended_does_not_cut_the_next_one_short() {
    let (store, sync, server) = app_with(|b| b.retry(backoff()));
    server.script(100, Answer::Transient).script(100, Answer::Transient);
    store.dispatch(Action::Set(KEY, 1));
    pass(600).await;
    sync.cancel(&KEY);
    store.dispatch(Action::Set(KEY, 2));
    pass(900).await;
    assert_eq!(server.sent(), [1, 2], "the first pause would have ended by now, the second has not");
    sync.flush().await;
    assert_eq!(server.sent(), [1, 2, 2]);
}
