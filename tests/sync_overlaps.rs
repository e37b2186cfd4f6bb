//! Six overlaps every library should get right: one key, start 0; A = 1, then B = 2 while A is in flight.

mod server;

use server::{Action, Answer, app_with, pass, shown};

/// Gives what the screen and the server end with.
async fn overlap(a: Answer, b: Answer) -> (i64, i64) {
    let (store, sync, server) = app_with(|builder| builder.roll_back_on_failure());
    server.script(100, a).script(100, b);
    store.dispatch(Action::Set(1, 1));
    pass(50).await;
    store.dispatch(Action::Set(1, 2));
    assert_eq!(shown(&store.state(), 1), 2, "the newest intent shows while it is pending");
    sync.flush().await;
    assert_eq!(server.sent(), [1, 2], "never in flight together");
    (shown(&store.state(), 1), server.holds(1))
}

#[tokio::test(start_paused = true)]
async fn a_fails_and_b_succeeds() {
    assert_eq!(overlap(Answer::Fail, Answer::Accept).await, (2, 2));
}

#[tokio::test(start_paused = true)]
async fn a_succeeds_and_b_fails() {
    assert_eq!(overlap(Answer::Accept, Answer::Fail).await, (1, 1));
}

#[tokio::test(start_paused = true)]
async fn both_fail() {
    assert_eq!(overlap(Answer::Fail, Answer::Fail).await, (0, 0));
}

/// A's time-out is the only way for B to be answered first: then A's request is dropped, and its answer with it.
async fn with_a_overtaken(b: Answer) -> (i64, i64) {
    let (store, sync, server) =
        app_with(|builder| builder.roll_back_on_failure().deadline(std::time::Duration::from_millis(200)));
    server.script(300, Answer::Accept).script(50, b);
    store.dispatch(Action::Set(1, 1));
    pass(150).await;
    store.dispatch(Action::Set(1, 2));
    pass(100).await;
    assert_eq!(server.sent(), [1, 2], "B goes out at A's deadline, and not only when A is answered");
    pass(500).await;
    sync.flush().await;
    (shown(&store.state(), 1), server.holds(1))
}

#[tokio::test(start_paused = true)]
async fn b_is_answered_first_and_a_late() {
    assert_eq!(with_a_overtaken(Answer::Accept).await, (2, 2));
}

#[tokio::test(start_paused = true)]
async fn b_fails_and_a_is_too_late_to_matter() {
    assert_eq!(with_a_overtaken(Answer::Fail).await, (0, 0));
}

/// "B fails, then A succeeds": here B is sent only after A was answered, so B's failure always comes second.
#[tokio::test(start_paused = true)]
async fn b_fails_though_a_succeeded_with_a_value_of_the_servers_own() {
    assert_eq!(overlap(Answer::Say(1), Answer::Refuse).await, (1, 1));
}
