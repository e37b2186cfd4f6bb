//! What a server with revisions says unasked is put in order, and never taken for the user's wish.

mod marks;

use foregone::Store;
use foregone::middleware::{DeviceId, FailureKind, OptimisticSyncMiddleware, Outcome, PushError, Server};
use marks::{Action, Api, App, Fate, THEM, US, app, app_with, pause, reduce};

/// An echo of the last request.
fn echo(app: &App) -> bool {
    let (revision, value, number) = {
        let held = app.2.held();
        (held.revision, held.value, held.sent.last().unwrap().number)
    };
    app.1.push(&(), value, revision, Some((DeviceId::from(US), number))).unwrap()
}

fn push(app: &App, revision: u64, value: i32) -> bool {
    app.1.push(&(), value, revision, Some((DeviceId::from(THEM), 1))).unwrap()
}

fn another_writes_and_pushes(app: &App, value: i32) -> bool {
    let revision = app.2.another_writes(value);
    push(app, revision, value)
}

#[tokio::test(start_paused = true)]
async fn another_devices_change_is_shown_and_not_sent() {
    let app = app(Server::MarksAndRevisions);
    assert!(another_writes_and_pushes(&app, 5));
    assert_eq!(*app.0.state(), 5);
    app.1.flush().await;
    assert!(app.2.sent().is_empty());
}

#[tokio::test(start_paused = true)]
async fn pushes_that_arrive_out_of_order_or_twice_change_nothing() {
    let app = app(Server::MarksAndRevisions);
    assert!(push(&app, 9, 5));
    assert!(!push(&app, 8, 4), "older");
    assert!(!push(&app, 9, 5), "again");
    assert_eq!(*app.0.state(), 5);
    app.0.dispatch(Action::Outside(7));
    assert!(!push(&app, 9, 5));
    assert_eq!(*app.0.state(), 7, "what is no news is not shown again");
}

#[tokio::test(start_paused = true)]
async fn a_push_never_overwrites_the_users_wish_and_is_never_sent_as_ours() {
    let app = app(Server::MarksAndRevisions);
    let tap = app.0.dispatch(Action::Set(1));
    pause(10).await;
    assert!(another_writes_and_pushes(&app, 5));
    assert_eq!(*app.0.state(), 1);
    assert_eq!(tap.await.unwrap(), Outcome::Confirmed);
    assert_eq!((*app.0.state(), app.2.value(), app.2.sent()), (1, 1, vec![1]));
}

#[tokio::test(start_paused = true)]
async fn a_newer_push_is_not_undone_by_the_answer_to_an_older_request() {
    let app = app(Server::MarksAndRevisions);
    let tap = app.0.dispatch(Action::Set(1));
    pause(60).await;
    assert_eq!(app.2.written(), [1], "and its answer is on the way");
    another_writes_and_pushes(&app, 5);
    assert_eq!(*app.0.state(), 1, "still wanted");
    assert_eq!(tap.await.unwrap(), Outcome::Confirmed);
    app.1.flush().await;
    assert_eq!((*app.0.state(), app.2.value(), app.2.sent()), (5, 5, vec![1]));
}

#[tokio::test(start_paused = true)]
async fn a_rollback_goes_to_what_was_pushed_meanwhile() {
    let app = app(Server::MarksAndRevisions);
    app.2.script(Fate::Lost(100));
    let tap = app.0.dispatch(Action::Set(1));
    pause(10).await;
    another_writes_and_pushes(&app, 5);
    assert_eq!(tap.await.unwrap_err().kind(), FailureKind::Unknown);
    app.1.flush().await;
    assert_eq!((*app.0.state(), app.2.value()), (5, 5));
}

#[tokio::test(start_paused = true)]
async fn an_echo_counts_as_the_answer_that_got_lost() {
    let app = app(Server::MarksAndRevisions);
    app.2.script(Fate::Arrives(10, 1_000_000));
    let tap = app.0.dispatch(Action::Set(1));
    pause(20).await;
    assert!(echo(&app));
    assert_eq!(tap.await.unwrap(), Outcome::Confirmed, "before the deadline");
    app.1.flush().await;
    assert_eq!((*app.0.state(), app.2.sent(), app.2.fences().len()), (1, vec![1], 0), "and nobody asks again");
    assert_eq!(app.2.held().finished, [None]);
}

#[tokio::test(start_paused = true)]
async fn an_echo_ends_the_pause_before_a_retry() {
    let app = app_with(&Api::new(Server::MarksAndRevisions), |builder| {
        builder.retry(foregone::middleware::ExponentialBuilder::default())
    });
    app.2.script(Fate::LateAfter(0));
    let tap = app.0.dispatch(Action::Set(1));
    pause(10).await;
    echo(&app);
    assert_eq!(tap.await.unwrap(), Outcome::Confirmed);
    app.1.flush().await;
    pause(100_000).await;
    assert_eq!(app.2.sent(), [1]);
}

#[tokio::test(start_paused = true)]
async fn an_echo_of_an_older_tap_does_not_confirm_the_newest() {
    let app = app(Server::MarksAndRevisions);
    app.0.dispatch(Action::Set(1));
    pause(60).await;
    let newest = app.0.dispatch(Action::Set(2));
    echo(&app);
    assert_eq!(*app.0.state(), 2);
    assert_eq!(newest.await.unwrap(), Outcome::Confirmed);
    assert_eq!((app.2.sent(), app.2.value()), (vec![1, 2], 2));
}

#[tokio::test(start_paused = true)]
async fn what_was_changed_by_hand_before_a_push_came_is_the_users_wish() {
    let app = app(Server::MarksAndRevisions);
    app.0.dispatch(Action::Set(1));
    pause(10).await;
    app.0.dispatch(Action::Outside(2));
    another_writes_and_pushes(&app, 5);
    assert_eq!(*app.0.state(), 2);
    app.1.flush().await;
    assert_eq!((*app.0.state(), app.2.value()), (2, 2));
}

#[tokio::test(start_paused = true)]
async fn a_refresh_that_began_before_a_push_comes_too_late() {
    let app = app(Server::MarksAndRevisions);
    let refresh = app.1.refresh();
    another_writes_and_pushes(&app, 5);
    assert!(!refresh.put(&(), 0));
    assert_eq!(*app.0.state(), 5);
    assert!(app.1.refresh().put(&(), 6), "one that began after it does not");
}

#[tokio::test(start_paused = true)]
async fn clearing_forgets_the_revisions() {
    let app = app(Server::MarksAndRevisions);
    push(&app, 9, 5);
    app.1.clear();
    app.0.dispatch(Action::Shown(0));
    assert!(push(&app, 1, 3), "another account counts from 1");
    assert_eq!(*app.0.state(), 3);
}

#[tokio::test(start_paused = true)]
async fn a_push_that_cannot_be_put_in_order_is_refused_by_name() {
    for kind in [Server::Plain, Server::Marks] {
        let app = app(kind);
        assert_eq!(app.1.push(&(), 5, 1, None), Err(PushError::NoRevisions(kind)));
        assert_eq!(*app.0.state(), 0);
    }
    let app = app(Server::MarksAndRevisions);
    assert_eq!(app.1.push(&(), 5, 0, None), Err(PushError::ZeroRevision));
    let origin = Some((DeviceId::from(US), u64::MAX));
    assert_eq!(app.1.push(&(), 5, 1, origin), Err(PushError::NumberTooHigh(u64::MAX)));
    let unplugged = OptimisticSyncMiddleware::builder(Api::new(Server::Compare)).build().unwrap();
    assert_eq!(unplugged.push(&(), 5, 1, None), Err(PushError::NoStore));
    drop(Store::builder(0, reduce).middleware(unplugged.clone()).build());
    assert_eq!(unplugged.push(&(), 5, 1, None), Err(PushError::NoStore));
}

/// Two devices of one server, whose pushes arrive in any order.
#[tokio::test(start_paused = true)]
async fn two_devices_end_up_agreeing() {
    let api = Api::new(Server::MarksAndRevisions);
    let ours = app_with(&api, |builder| builder);
    let theirs = app_with(&api, |builder| builder.device(DeviceId::from(THEM)));
    let (mine, yours) = (ours.0.dispatch(Action::Set(1)), theirs.0.dispatch(Action::Set(2)));
    assert_eq!((mine.await.unwrap(), yours.await.unwrap()), (Outcome::Confirmed, Outcome::Confirmed));
    let sent = api.held().sent.clone();
    for app in [&ours, &theirs] {
        for (revision, request) in [(3, &sent[1]), (2, &sent[0])] {
            app.1.push(&(), request.value, revision, Some((request.device, request.number))).unwrap();
        }
    }
    assert_eq!((*ours.0.state(), *theirs.0.state(), api.value()), (2, 2, 2));
}

fn compared() -> App {
    let app = app(Server::Compare);
    push(&app, 1, 0);
    app
}

#[tokio::test(start_paused = true)]
async fn compared_to_another_revision_the_wish_is_sent_again_with_that_one() {
    let app = compared();
    app.2.another_writes(5);
    assert_eq!(app.0.dispatch(Action::Set(1)).await.unwrap(), Outcome::Confirmed);
    let revisions: Vec<u64> = app.2.held().sent.iter().map(|request| request.revision).collect();
    assert_eq!((revisions, app.2.value(), *app.0.state()), (vec![1, 2], 1, 1));
}

#[tokio::test(start_paused = true)]
async fn compared_a_request_that_arrives_late_is_not_taken() {
    let app = compared();
    app.2.script(Fate::Arrives(60_000, 0));
    app.0.dispatch(Action::Set(1));
    pause(500).await;
    assert_eq!(app.0.dispatch(Action::Set(2)).await.unwrap(), Outcome::Confirmed);
    pause(100_000).await;
    assert_eq!((app.2.written(), *app.0.state()), (vec![2], 2));
}

#[tokio::test(start_paused = true)]
async fn compared_giving_up_writes_what_is_there_so_that_nothing_late_is_taken() {
    let app = compared();
    app.2.script(Fate::LateAfter(60_000));
    assert_eq!(app.0.dispatch(Action::Set(1)).await.unwrap_err().kind(), FailureKind::Unknown);
    app.1.flush().await;
    pause(100_000).await;
    assert_eq!((app.2.sent(), app.2.written(), *app.0.state()), (vec![1, 0], vec![0], 0));
}
