//! What the document that started the project promises, sentence by sentence.

mod server;

use foregone::middleware::{DeviceId, Outcome};
use server::{Action, Answer, app, app_with, pass, settle, shown};

const POST: u32 = 7;

#[tokio::test(start_paused = true)]
async fn a_tap_shows_at_once() {
    let (store, _sync, server) = app();
    server.script(0, Answer::Never);
    store.dispatch(Action::Set(POST, 1));
    assert_eq!((shown(&store.state(), POST), server.sent()), (1, vec![]), "before the server is asked");
    settle().await;
    store.dispatch(Action::Set(POST, 2));
    assert_eq!((shown(&store.state(), POST), server.in_flight()), (2, 1), "while a request is in flight");
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

#[tokio::test(start_paused = true)]
async fn five_quick_taps_make_one_request_and_one_follow_up() {
    let (store, sync, server) = app();
    for _ in 0..5 {
        store.dispatch(Action::Add(POST, 1));
        settle().await;
    }
    assert_eq!(shown(&store.state(), POST), 5);
    sync.flush().await;
    assert_eq!(server.sent(), [1, 5]);
    assert_eq!(server.holds(POST), 5);
}

#[tokio::test(start_paused = true)]
async fn the_value_sent_is_the_one_of_the_tap_and_not_a_later_one() {
    let (store, sync, server) = app();
    store.dispatch(Action::Set(POST, 1));
    store.dispatch(Action::Set(POST, 2));
    sync.flush().await;
    assert_eq!(server.sent(), [1, 2], "the first tap's request was made in its own turn");
}

#[tokio::test(start_paused = true)]
async fn without_an_answer_of_its_own_the_server_is_taken_to_hold_what_was_sent() {
    let (store, _sync, server) = app();
    assert_eq!(store.dispatch(Action::Set(POST, 1)).await.unwrap(), Outcome::Confirmed);
    assert_eq!((shown(&store.state(), POST), server.holds(POST)), (1, 1));
}

#[tokio::test(start_paused = true)]
async fn the_finish_hook_runs_once_when_the_value_is_stable() {
    let (store, sync, server) = app();
    store.dispatch(Action::Set(POST, 1));
    pass(50).await;
    store.dispatch(Action::Set(POST, 2));
    pass(60).await;
    assert_eq!(server.finished(), [], "a follow-up is under way");
    sync.flush().await;
    let [finish] = &server.finished()[..] else { panic!("once") };
    assert_eq!((finish.key, finish.first, finish.last, finish.confirmed), (POST, 1, 2, 2));
    assert_eq!((finish.error.as_deref(), finish.taps, finish.requests), (None, 2, 2));
}

#[tokio::test(start_paused = true)]
async fn the_finish_hook_runs_at_once_after_a_failure() {
    let (store, _sync, server) = app();
    server.script(100, Answer::Fail);
    store.dispatch(Action::Set(POST, 1));
    pass(99).await;
    assert!(server.finished().is_empty());
    pass(1).await;
    let [finish] = &server.finished()[..] else { panic!("once") };
    assert_eq!((finish.first, finish.last, finish.confirmed), (1, 1, 0));
    assert_eq!(finish.error.as_deref(), Some("connection lost"));
}

#[tokio::test(start_paused = true)]
async fn the_key_is_released_before_the_finish_hook_runs_and_its_action_is_applied() {
    let (store, sync, server) = app();
    server.script(100, Answer::Fail).hook_returns(0, Action::Set(POST, 9));
    store.dispatch(Action::Set(POST, 1));
    sync.flush().await;
    assert_eq!(shown(&store.state(), POST), 9);
    assert_eq!(server.sent(), [1, 9], "a tagged action from the hook finds the key free");
    assert_eq!(server.holds(POST), 9);
}

#[tokio::test(start_paused = true)]
async fn a_finish_hook_may_reload_after_an_error() {
    let (store, sync, server) = app();
    server.script(100, Answer::Fail).hook_returns(0, Action::Shown(POST, 0));
    store.dispatch(Action::Set(POST, 1));
    sync.flush().await;
    assert_eq!(shown(&store.state(), POST), 0);
    assert_eq!(server.sent(), [1]);
}

#[tokio::test(start_paused = true)]
async fn keys_are_sent_side_by_side() {
    let (store, sync, server) = app();
    for key in 0..50 {
        store.dispatch(Action::Set(key, 1));
    }
    settle().await;
    assert_eq!(server.in_flight(), 50);
    sync.flush().await;
    assert_eq!(server.sent().len(), 50);
}

#[tokio::test(start_paused = true)]
async fn a_change_by_anything_else_during_the_request_is_sent_too() {
    let (store, sync, server) = app();
    store.dispatch(Action::Set(POST, 1));
    pass(50).await;
    store.dispatch(Action::Outside(POST, 5));
    sync.flush().await;
    assert_eq!(server.sent(), [1, 5]);
    assert_eq!((shown(&store.state(), POST), server.holds(POST)), (5, 5));
}

#[tokio::test(start_paused = true)]
async fn untagged_actions_are_none_of_its_business() {
    let (store, sync, server) = app();
    assert_eq!(store.dispatch(Action::Outside(POST, 5)).await.unwrap(), Outcome::Applied);
    sync.flush().await;
    assert!(server.sent().is_empty());
}

#[tokio::test(start_paused = true)]
async fn two_kinds_of_action_share_a_key() {
    let (store, sync, server) = app();
    store.dispatch(Action::Add(POST, 3));
    store.dispatch(Action::Set(POST, 7));
    sync.flush().await;
    assert_eq!(server.sent(), [3, 7]);
    assert_eq!(server.most_in_flight_per_key(), 1);
}

#[tokio::test(start_paused = true)]
async fn every_request_carries_the_device_and_a_number_that_grows() {
    let (store, sync, server) = app();
    for value in 1..4 {
        store.dispatch(Action::Set(POST, value));
        sync.flush().await;
    }
    let requests = server.requests();
    assert!(requests.windows(2).all(|pair| pair[0].number < pair[1].number));
    assert!(requests.iter().all(|request| request.device == requests[0].device));
    let (store, _sync, another) = app();
    store.dispatch(Action::Set(POST, 1)).await.unwrap();
    assert_ne!(another.requests()[0].device, requests[0].device, "or its numbers would be taken for old ones");
    let (store, _sync, known) = app_with(|b| b.device(DeviceId::from(7)));
    store.dispatch(Action::Set(POST, 1)).await.unwrap();
    assert_eq!(known.requests()[0].device, DeviceId::from(7));
}
