//! A command is tried again with its optimistic value in place.

mod commands;

use commands::{ADD, Action, Answer, Record, State, add, app_with, names, pass, settle};
use foregone::middleware::{ExponentialBuilder, FailureKind, Outcome, Status};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// Pauses of 1, 2, 4 s.
fn back_off() -> ExponentialBuilder {
    ExponentialBuilder::default().with_min_delay(Duration::from_secs(1)).with_max_times(3)
}

#[tokio::test(start_paused = true)]
async fn between_attempts_neither_state_nor_subscribers_see_any_change() {
    let (store, commands, server) = app_with(|b| b.retry(back_off()));
    server.script(100, Answer::Transient).script(100, Answer::Lost).script(100, Answer::Accept);
    let seen = Arc::new(Mutex::new(Vec::new()));
    let watching = Arc::clone(&seen);
    let _watching = store.subscribe(move |state| watching.lock().unwrap().push(state.clone()));
    let added = store.dispatch(add("tea"));
    let shown = store.state();
    pass(3_250).await;
    assert!(Arc::ptr_eq(&shown, &store.state()), "after two failed attempts, and during the third");
    assert_eq!(added.await.unwrap(), Outcome::Confirmed);
    commands.flush().await;
    assert_eq!(*seen.lock().unwrap(), [State::unit(-1, "tea"), State::unit(1, "tea")]);
}

#[tokio::test(start_paused = true)]
async fn every_attempt_carries_the_same_command_and_the_same_idempotency_key() {
    let (store, _commands, server) = app_with(|b| b.retry(back_off()));
    server.script(100, Answer::DoneThenLost).script(100, Answer::Transient).script(100, Answer::Accept);
    store.dispatch(add("tea")).await.unwrap();
    let requests = server.requests();
    assert_eq!(requests.iter().map(|request| request.attempt).collect::<Vec<_>>(), [1, 2, 3]);
    for request in &requests {
        assert_eq!(request.command, Record::Add { temporary: -1, name: "tea" });
        assert_eq!(request.idempotency_key, requests[0].idempotency_key);
    }
    assert_eq!(names(&server.holds()), ["tea"], "done once");
    assert_eq!(*store.state(), server.holds());
}

#[tokio::test(start_paused = true)]
async fn a_definite_no_or_a_panic_is_not_tried_again() {
    for answer in [Answer::Refuse, Answer::PanicAfterAwait] {
        let (store, _commands, server) = app_with(|b| b.retry(back_off()));
        server.script(100, answer);
        store.dispatch(add("tea")).await.unwrap_err();
        pass(60_000).await;
        assert_eq!(server.requests().len(), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn a_no_after_an_attempt_that_may_have_worked_is_unknown() {
    let (store, _commands, server) = app_with(|b| b.retry(back_off()));
    server.script(100, Answer::Lost).script(100, Answer::Refuse);
    let failure = store.dispatch(add("tea")).await.unwrap_err();
    assert_eq!(failure.kind(), FailureKind::Unknown);
    assert!(store.state().is_empty());
}

#[tokio::test(start_paused = true)]
async fn when_the_attempts_are_used_up_it_is_taken_back_and_unknown() {
    let (store, commands, server) = app_with(|b| b.retry(back_off()).deadline(Duration::from_secs(1)));
    server.script(0, Answer::Never).script(0, Answer::Transient).script(0, Answer::Lost).script(0, Answer::Never);
    let start = tokio::time::Instant::now();
    let failure = store.dispatch(add("tea")).await.unwrap_err();
    assert_eq!(failure.kind(), FailureKind::Unknown);
    assert_eq!(server.requests().len(), 4);
    assert_eq!(start.elapsed(), Duration::from_secs(1 + 1 + 2 + 4 + 1));
    assert!(store.state().is_empty());
    commands.flush().await;
    assert_eq!(server.finished()[0].attempts, 4);
}

#[tokio::test(start_paused = true)]
async fn the_status_tells_of_attempts_and_pauses_and_since_when() {
    let (store, commands, server) = app_with(|b| b.retry(back_off()));
    server.script(100, Answer::Transient).script(100, Answer::Accept);
    let began = store.now();
    store.dispatch(add("tea"));
    assert!(matches!(commands.status(&ADD), Status::Running { attempt: 1, since } if since == began));
    pass(200).await;
    let Status::Waiting { until, since } = commands.status(&ADD) else { panic!("it waits") };
    assert_eq!((until - began, since), (Duration::from_millis(1_100), began));
    pass(950).await;
    assert!(matches!(commands.status(&ADD), Status::Running { attempt: 2, since } if since == began));
    commands.flush().await;
    assert!(commands.statuses().all_idle());
}

#[tokio::test(start_paused = true)]
async fn a_pause_of_any_length_overflows_no_clock() {
    let for_ever = back_off().with_min_delay(Duration::MAX).with_max_delay(Duration::MAX);
    let (store, commands, server) = app_with(|b| b.retry(for_ever));
    server.script(100, Answer::Lost);
    let added = store.dispatch(add("tea"));
    pass(200).await;
    assert!(matches!(commands.status(&ADD), Status::Waiting { .. }));
    commands.cancel(&ADD);
    assert_eq!(added.await.unwrap_err().kind(), FailureKind::Unknown, "the first attempt may have worked");
}

#[tokio::test(start_paused = true)]
async fn what_others_do_between_attempts_stays() {
    let (store, commands, server) = app_with(|b| b.retry(back_off()));
    server.script(100, Answer::Transient).script(100, Answer::Refuse);
    store.dispatch(add("tea"));
    settle().await;
    pass(500).await;
    store.dispatch(Action::Put(9, "rum"));
    commands.flush().await;
    assert_eq!(names(&store.state()), ["rum"]);
}
