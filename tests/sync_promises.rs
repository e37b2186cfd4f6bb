//! What the document that started the project promises, sentence by sentence.

mod server;

use foregone::middleware::Outcome;
use server::{Action, Answer, app, pass, settle, shown};

const POST: u32 = 7;

#[tokio::test(start_paused = true)]
async fn a_tap_shows_at_once() {
    let (store, _sync, _server) = app();
    let _ignored = store.dispatch(Action::Set(POST, 1));
    assert_eq!(shown(&store.state(), POST), 1);
}

#[tokio::test(start_paused = true)]
async fn three_taps_that_come_back_to_what_was_sent_make_one_request() {
    let (store, sync, server) = app();
    let first = store.dispatch(Action::Set(POST, 1));
    settle().await;
    let second = store.dispatch(Action::Set(POST, 0));
    assert_eq!(shown(&store.state(), POST), 0);
    let third = store.dispatch(Action::Set(POST, 1));
    assert_eq!(shown(&store.state(), POST), 1);
    sync.flush().await;
    assert_eq!(server.sent(), [1]);
    assert_eq!(server.holds(POST), 1);
    assert_eq!(first.await.unwrap(), Outcome::Superseded);
    assert_eq!(second.await.unwrap(), Outcome::Superseded);
    assert_eq!(third.await.unwrap(), Outcome::Confirmed);
}

#[tokio::test(start_paused = true)]
async fn a_change_during_the_request_is_followed_up_with_the_newest_value() {
    let (store, _sync, server) = app();
    store.dispatch(Action::Set(POST, 1));
    pass(50).await;
    store.dispatch(Action::Set(POST, 2));
    let last = store.dispatch(Action::Set(POST, 3));
    pass(49).await;
    assert_eq!(server.sent(), [1], "one request in flight per key");
    assert_eq!(last.await.unwrap(), Outcome::Confirmed);
    assert_eq!(server.sent(), [1, 3]);
    assert_eq!(server.holds(POST), 3);
    assert_eq!(server.most_in_flight_per_key(), 1);
}

#[tokio::test(start_paused = true)]
async fn the_servers_answer_is_shown_only_once_the_value_is_stable() {
    let (store, sync, server) = app();
    server.script(100, Answer::Say(10)).script(100, Answer::Say(20));
    store.dispatch(Action::Set(POST, 1));
    pass(50).await;
    store.dispatch(Action::Set(POST, 2));
    pass(60).await;
    assert_eq!(shown(&store.state(), POST), 2, "the first answer is not shown over a newer tap");
    sync.flush().await;
    assert_eq!(shown(&store.state(), POST), 20);
}
