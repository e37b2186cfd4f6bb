//! Cancel, flush, clear and shutdown.

mod commands;

use commands::{ADD, Answer, ApiError, Hook, State, add, app, app_with, names, pass, settle};
use foregone::middleware::{CommandError, ExponentialBuilder, FailureKind, Outcome, Status};
use std::time::Duration;

fn withdrawn(failure: &foregone::middleware::Failure) -> bool {
    matches!(failure.downcast_ref(), Some(CommandError::<ApiError>::Cancelled))
}

#[tokio::test(start_paused = true)]
async fn cancelling_what_was_not_yet_sent_means_it_never_is() {
    let (store, commands, server) = app();
    let added = store.dispatch(add("tea"));
    commands.cancel(&ADD);
    let failure = added.await.unwrap_err();
    assert_eq!(failure.kind(), FailureKind::Cancelled);
    assert!(withdrawn(&failure));
    assert!(store.state().is_empty());
    store.dispatch(add("rum")).await.unwrap();
    commands.flush().await;
    assert_eq!(server.asked_to_add(), ["rum"]);
}

#[tokio::test(start_paused = true)]
async fn cancelling_what_is_in_flight_is_unknown_at_once_and_its_end_is_still_heeded() {
    for (answer, shown) in [(Answer::Accept, vec!["tea"]), (Answer::Refuse, vec![]), (Answer::DoneThenLost, vec![])] {
        let (store, commands, server) = app_with(|b| b.retry(ExponentialBuilder::default()));
        server.script(100, answer);
        let added = store.dispatch(add("tea"));
        pass(50).await;
        commands.cancel(&ADD);
        let failure = added.await.unwrap_err();
        assert_eq!(failure.kind(), FailureKind::Unknown);
        assert!(withdrawn(&failure));
        assert_eq!(names(&store.state()), ["tea"], "it cannot be called back");
        assert_eq!(store.dispatch(add("rum")).await.unwrap_err().kind(), FailureKind::Cancelled, "the key is busy");
        commands.flush().await;
        assert_eq!(names(&store.state()), shown);
        assert_eq!(server.asked_to_add(), ["tea"], "it is not tried again");
        assert_eq!(server.finished().len(), 1);
        assert!(commands.statuses().all_idle(), "nobody wants to hear of it");
    }
}

#[tokio::test(start_paused = true)]
async fn cancelling_during_a_pause_takes_it_back_and_ends_the_retries() {
    let (store, commands, server) = app_with(|b| b.retry(ExponentialBuilder::default()));
    server.script(100, Answer::Transient);
    let added = store.dispatch(add("tea"));
    pass(200).await;
    assert!(matches!(commands.status(&ADD), Status::Waiting { .. }));
    commands.cancel(&ADD);
    assert_eq!(added.await.unwrap_err().kind(), FailureKind::Unknown, "the first attempt may have worked");
    assert!(store.state().is_empty());
    assert!(commands.statuses().all_idle());
    pass(60_000).await;
    assert_eq!(server.asked_to_add(), ["tea"]);
    assert_eq!(server.reloaded(), [ADD], "what the server made of it can be asked");
}

#[tokio::test(start_paused = true)]
async fn cancelling_a_key_at_rest_forgets_its_failure_and_does_nothing_else() {
    let (store, commands, server) = app();
    commands.cancel(&ADD);
    server.script(100, Answer::Refuse);
    store.dispatch(add("tea")).await.unwrap_err();
    commands.flush().await;
    commands.cancel(&ADD);
    assert!(commands.statuses().all_idle());
    assert_eq!(server.finished().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn flush_ends_when_all_have_ended_hooks_and_reloads_included() {
    let (store, commands, server) = app();
    commands.flush().await;
    server.script(100, Answer::Lost);
    server.hook(Hook::Gives(500, commands::Action::Put(9, "rum")));
    server.reload_gives(700, Ok(None));
    store.dispatch(add("tea"));
    let start = tokio::time::Instant::now();
    commands.flush().await;
    assert_eq!(start.elapsed(), Duration::from_millis(800));
    assert_eq!(names(&store.state()), ["rum"]);
}

#[tokio::test(start_paused = true)]
async fn after_clear_nothing_of_the_old_session_writes_or_sends() {
    let (store, commands, server) = app_with(|b| b.queued());
    let sent = store.dispatch(add("tea"));
    pass(50).await;
    let waiting = store.dispatch(add("rum"));
    commands.clear();
    store.dispatch(commands::Action::Show(State::new()));
    for (dispatch, kind) in [(sent, FailureKind::Unknown), (waiting, FailureKind::Cancelled)] {
        let failure = dispatch.await.unwrap_err();
        assert_eq!(failure.kind(), kind);
        assert!(matches!(failure.downcast_ref(), Some(CommandError::<ApiError>::Cleared)));
    }
    settle().await;
    assert_eq!(server.in_flight(), 0, "the attempt was dropped");
    pass(60_000).await;
    assert_eq!(server.asked_to_add(), ["tea"]);
    assert!(store.state().is_empty());
    assert_eq!(server.finished(), [], "no hook");
    assert!(commands.statuses().all_idle());
}

#[tokio::test(start_paused = true)]
async fn clear_drops_hooks_reloads_and_pauses() {
    let (store, commands, server) = app_with(|b| b.retry(ExponentialBuilder::default().with_max_times(1)));
    server.script(100, Answer::Lost).script(100, Answer::Lost);
    server.hook(Hook::Gives(1_000, commands::Action::Put(9, "hook")));
    server.reload_gives(1_000, Ok(Some(commands::Action::Put(9, "reload"))));
    store.dispatch(add("tea")).await.unwrap_err();
    settle().await;
    server.script(100, Answer::Lost);
    store.dispatch(add("rum"));
    pass(200).await;
    commands.clear();
    commands.flush().await;
    let left = store.state();
    pass(60_000).await;
    assert!(std::sync::Arc::ptr_eq(&left, &store.state()));
    assert_eq!(server.requests().len(), 3);
}

#[tokio::test(start_paused = true)]
async fn a_session_after_clear_starts_afresh_with_one_attempt_per_key() {
    let (store, commands, server) = app();
    store.dispatch(add("tea"));
    pass(50).await;
    commands.clear();
    assert_eq!(store.dispatch(add("rum")).await.unwrap(), Outcome::Confirmed);
    assert_eq!(server.most_in_flight(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_graceful_shutdown_ends_what_is_under_way_and_takes_nothing_new() {
    let (store, commands, server) = app_with(|b| b.queued());
    store.dispatch(add("tea"));
    store.dispatch(add("rum"));
    let (ended, late) = tokio::join!(commands.shutdown(Duration::from_secs(5)), async {
        settle().await;
        store.dispatch(add("gin")).await
    });
    ended.unwrap();
    let failure = late.unwrap_err();
    assert_eq!(failure.kind(), FailureKind::Cancelled);
    assert!(matches!(failure.downcast_ref(), Some(CommandError::<ApiError>::ShutDown)));
    assert_eq!(names(&server.holds()), ["tea", "rum"]);
    assert_eq!(*store.state(), server.holds(), "what will never be sent is not shown either");
}

#[tokio::test(start_paused = true)]
async fn a_shutdown_at_its_deadline_says_what_it_left_undone() {
    let (store, commands, server) = app();
    server.script(0, Answer::Never).script(0, Answer::Never);
    let added = store.dispatch(add("tea"));
    store.dispatch(commands::Action::Remove(1));
    settle().await;
    assert_eq!(commands.shutdown(Duration::from_secs(1)).await.unwrap_err().keys, 2);
    assert_eq!(added.await.unwrap_err().kind(), FailureKind::Unknown);
    settle().await;
    assert_eq!(server.in_flight(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_dropped_store_ends_its_commands_and_every_dispatch_hears_of_it() {
    let (store, commands, server) = app_with(|b| b.queued());
    let sent = store.dispatch(add("tea"));
    let queued = store.dispatch(add("rum"));
    settle().await;
    drop(store);
    for (dispatch, kind) in [(sent, FailureKind::Unknown), (queued, FailureKind::Cancelled)] {
        let failure = dispatch.await.unwrap_err();
        assert_eq!(failure.kind(), kind);
        assert!(matches!(failure.downcast_ref(), Some(CommandError::<ApiError>::Stopped)));
    }
    assert_eq!(server.in_flight(), 0);
    commands.flush().await;
}
