//! Asking the server what it holds after a failure, and never over what is newer.

mod commands;

use commands::{ADD, Action, Answer, ApiError, State, add, app, app_with, names, pass, settle};
use foregone::middleware::{FailureKind, Status};

fn held(names: &[&'static str]) -> Action {
    Action::Show((1..).zip(names.iter().copied()).collect())
}

#[tokio::test(start_paused = true)]
async fn an_error_reloads_and_a_success_does_not() {
    let (store, commands, server) = app();
    store.dispatch(add("tea")).await.unwrap();
    commands.flush().await;
    assert_eq!(server.reloaded(), []);
    server.script(100, Answer::DoneThenLost);
    server.reload_gives(100, Ok(Some(held(&["tea", "rum"]))));
    let failure = store.dispatch(add("rum")).await.unwrap_err();
    assert_eq!(failure.kind(), FailureKind::Unknown);
    assert_eq!(names(&store.state()), ["tea"], "until the server has said");
    commands.flush().await;
    assert_eq!(server.reloaded(), [ADD]);
    assert_eq!(*store.state(), server.holds());
    assert!(commands.status(&ADD).failure().is_some(), "that it failed is still told");
}

#[tokio::test(start_paused = true)]
async fn what_was_asked_before_a_newer_command_began_is_not_shown() {
    let (store, commands, server) = app();
    server.script(100, Answer::Lost);
    server.reload_gives(500, Ok(Some(held(&["old"]))));
    store.dispatch(add("tea")).await.unwrap_err();
    settle().await;
    store.dispatch(add("rum")).await.unwrap();
    commands.flush().await;
    assert_eq!(*store.state(), State::unit(1, "rum"), "also when the newer one has ended by then");
    assert_eq!(*store.state(), server.holds());
}

#[tokio::test(start_paused = true)]
async fn a_command_of_another_key_outdates_nothing() {
    let (store, commands, server) = app();
    server.script(100, Answer::Lost);
    server.reload_gives(500, Ok(Some(held(&["tea"]))));
    store.dispatch(add("tea")).await.unwrap_err();
    settle().await;
    store.dispatch(Action::Remove(99)).await.unwrap();
    commands.flush().await;
    assert_eq!(names(&store.state()), ["tea"]);
}

#[tokio::test(start_paused = true)]
async fn with_a_queue_the_server_is_asked_once_when_the_last_has_ended() {
    let (store, commands, server) = app_with(|b| b.queued());
    server.script(100, Answer::DoneThenLost).script(100, Answer::Accept);
    server.reload_gives(100, Ok(Some(held(&["tea", "rum"]))));
    store.dispatch(add("tea"));
    let rum = store.dispatch(add("rum"));
    pass(150).await;
    assert_eq!(server.reloaded(), [], "it would be read before rum");
    rum.await.unwrap();
    commands.flush().await;
    assert_eq!(server.reloaded(), [ADD]);
    assert_eq!(*store.state(), server.holds());
}

#[tokio::test(start_paused = true)]
async fn a_reload_that_fails_hides_nothing() {
    for reload in [Err(ApiError::Lost), Ok(Some(Action::HasId(0, commands::REDUCER_PANICS)))] {
        let (store, commands, server) = app();
        server.script(100, Answer::Refuse);
        server.reload_gives(100, reload);
        let failure = store.dispatch(add("tea")).await.unwrap_err();
        assert_eq!((failure.kind(), failure.downcast_ref()), (FailureKind::Rejected, Some(&ApiError::Refused)));
        commands.flush().await;
        let Status::Failed { error, .. } = commands.status(&ADD) else { panic!("failed") };
        assert_eq!(error.to_string(), "refused");
    }
}

#[tokio::test(start_paused = true)]
async fn what_was_never_sent_needs_no_reload() {
    let (store, commands, server) = app();
    store.dispatch(add("tea"));
    commands.cancel(&ADD);
    commands.flush().await;
    assert_eq!(server.reloaded(), []);
}
