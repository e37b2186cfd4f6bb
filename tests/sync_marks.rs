//! With a server that keeps marks, every doubt ends in an answer.

mod marks;

use foregone::Store;
use foregone::middleware::{
    DeviceId, ExponentialBuilder, FailureKind, Mark, OptimisticSyncMiddleware, Outcome, Reply, ReplyError, Server,
    SyncError,
};
use marks::{Action, Api, ApiError, App, Fate, US, app, app_with, pause, reduce};

const MARKS: [Server; 2] = [Server::Marks, Server::MarksAndRevisions];

fn us() -> DeviceId {
    DeviceId::from(US)
}

/// Everything that was on its way has arrived.
async fn rest(app: &App) -> (i32, i32) {
    app.1.flush().await;
    pause(100_000).await;
    app.1.flush().await;
    (*app.0.state(), app.2.value())
}

#[tokio::test(start_paused = true)]
async fn a_request_that_arrives_after_its_deadline_never_overwrites_a_newer_one() {
    for kind in MARKS {
        let app = app(kind);
        app.2.script(Fate::Arrives(60_000, 0));
        let first = app.0.dispatch(Action::Set(1));
        pause(500).await;
        let second = app.0.dispatch(Action::Set(2));
        assert_eq!(second.await.unwrap(), Outcome::Confirmed);
        assert_eq!(first.await.unwrap(), Outcome::Superseded);
        assert_eq!(rest(&app).await, (2, 2));
        assert_eq!(app.2.written(), [2], "{kind:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn when_the_sync_gives_up_a_fence_keeps_the_late_request_off() {
    for kind in MARKS {
        let app = app(kind);
        app.2.script(Fate::LateAfter(60_000));
        let failure = app.0.dispatch(Action::Set(1)).await.unwrap_err();
        assert_eq!(failure.kind(), FailureKind::Unknown);
        assert!(failure.downcast_ref::<ApiError>().is_some());
        assert_eq!(rest(&app).await, (0, 0), "{kind:?}");
        assert!(app.1.status(&()).failure().is_some(), "it was not done");
        let (fences, sent) = (app.2.fences(), app.2.held().sent.clone());
        assert_eq!((fences.len(), fences[0].number), (1, sent[0].number));
    }
}

#[tokio::test(start_paused = true)]
async fn when_the_sync_gives_up_and_the_value_did_arrive_it_is_shown() {
    for kind in MARKS {
        let app = app(kind);
        app.2.script(Fate::LateAfter(0)).script(Fate::Arrives(10, 10));
        app.0.dispatch(Action::Set(1)).await.unwrap_err();
        assert_eq!(*app.0.state(), 0, "rolled back while nobody knows");
        assert!(app.1.status(&()).failure().is_some(), "while nobody knows");
        assert_eq!(rest(&app).await, (1, 1), "{kind:?}");
        assert!(app.1.status(&()).is_idle(), "what was done has not failed");
        assert_eq!(app.2.held().finished, [Some("connection lost".to_owned())], "once, when it gave up");
    }
}

#[tokio::test(start_paused = true)]
async fn a_value_that_is_to_stay_on_the_screen_stays_until_the_server_has_answered_the_fence() {
    let api = Api::new(Server::Marks);
    let sync = OptimisticSyncMiddleware::builder(api.clone()).build().unwrap();
    let store = Store::builder(0, reduce).middleware(sync.clone()).build();
    api.script(Fate::Lost(10)).script(Fate::Arrives(100, 100));
    store.dispatch(Action::Set(1)).await.unwrap_err();
    pause(100).await;
    assert_eq!(*store.state(), 1);
    sync.flush().await;
    assert_eq!((*store.state(), api.value()), (0, 0));
}

#[tokio::test(start_paused = true)]
async fn a_fence_is_sent_until_it_is_answered() {
    let app = app(Server::Marks);
    for _ in 0..20 {
        app.2.script(Fate::Lost(10));
    }
    app.0.dispatch(Action::Set(1)).await.unwrap_err();
    app.1.flush().await;
    let fences = app.2.fences();
    assert_eq!(fences.len(), 20);
    assert!(fences.windows(2).all(|pair| pair[0].attempt < pair[1].attempt && pair[0].number == pair[1].number));
    assert_eq!(app.2.mark(us()), Mark::Fenced(fences[0].number));
}

#[tokio::test(start_paused = true)]
async fn a_tap_takes_the_place_of_a_fence() {
    let app = app(Server::Marks);
    app.2.script(Fate::LateAfter(60_000)).script(Fate::Lost(10));
    app.0.dispatch(Action::Set(1)).await.unwrap_err();
    pause(100).await;
    assert_eq!(app.2.fences().len(), 1, "and one is due in a second");
    assert_eq!(app.0.dispatch(Action::Set(2)).await.unwrap(), Outcome::Confirmed);
    assert_eq!(rest(&app).await, (2, 2));
    assert_eq!((app.2.fences().len(), app.2.sent()), (1, vec![1, 2]), "the tap's number does the fence's work");
}

#[tokio::test(start_paused = true)]
async fn what_was_cancelled_in_time_is_not_in_effect() {
    for kind in MARKS {
        let app = app(kind);
        app.2.script(Fate::Lost(100));
        let tap = app.0.dispatch(Action::Set(1));
        pause(50).await;
        app.1.cancel(&());
        assert_eq!(*app.0.state(), 0, "shown at once");
        assert_eq!(tap.await.unwrap_err().kind(), FailureKind::Cancelled, "and not unknown: {kind:?}");
        assert_eq!(rest(&app).await, (0, 0));
        assert_eq!(app.2.fences().len(), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn a_cancel_that_came_too_late_is_told_that_it_was_confirmed() {
    for kind in MARKS {
        let app = app(kind);
        app.2.script(Fate::LateAfter(0));
        let tap = app.0.dispatch(Action::Set(1));
        app.1.cancel(&());
        assert_eq!(tap.await.unwrap(), Outcome::Confirmed, "{kind:?}");
        assert_eq!(rest(&app).await, (1, 1));
    }
}

#[tokio::test(start_paused = true)]
async fn a_cancel_of_what_was_never_sent_makes_no_request() {
    let app = app(Server::Marks);
    let first = app.0.dispatch(Action::Set(1));
    pause(10).await;
    let second = app.0.dispatch(Action::Set(2));
    app.1.cancel(&());
    assert_eq!(second.await.unwrap_err().kind(), FailureKind::Cancelled);
    assert_eq!(first.await.unwrap(), Outcome::Superseded);
    assert_eq!(rest(&app).await, (1, 1), "the one in flight cannot be called back");
    assert_eq!((app.2.sent(), app.2.fences().len()), (vec![1], 0));
}

#[tokio::test(start_paused = true)]
async fn clearing_ends_a_fence() {
    let app = app(Server::Marks);
    for _ in 0..20 {
        app.2.script(Fate::Lost(10));
    }
    app.0.dispatch(Action::Set(1)).await.unwrap_err();
    pause(100).await;
    app.1.clear();
    let fences = app.2.fences().len();
    app.1.flush().await;
    pause(1_000_000).await;
    assert_eq!(app.2.fences().len(), fences);
}

#[tokio::test(start_paused = true)]
async fn a_fence_that_is_denied_leaves_the_doubt_and_releases_the_key() {
    let app = app(Server::Marks);
    app.2.script(Fate::Lost(10)).script(Fate::Denied);
    app.0.dispatch(Action::Set(1)).await.unwrap_err();
    app.1.flush().await;
    pause(1_000_000).await;
    assert_eq!(app.2.fences().len(), 1, "a deterministic failure is not tried for ever");
    assert_eq!(app.0.dispatch(Action::Set(2)).await.unwrap(), Outcome::Confirmed);
}

#[tokio::test(start_paused = true)]
async fn a_fence_that_is_denied_says_nothing_of_the_value_it_was_for() {
    let app = app(Server::Marks);
    app.2.script(Fate::LateAfter(100)).script(Fate::Denied);
    let tap = app.0.dispatch(Action::Set(1));
    app.1.cancel(&());
    assert_eq!(tap.await.unwrap_err().kind(), FailureKind::Unknown);
    pause(200).await;
    assert_eq!(app.2.written(), [1], "it has taken effect after all");
}

#[tokio::test(start_paused = true)]
async fn a_refusal_by_the_mark_is_a_rejection() {
    for kind in MARKS {
        let app = app(kind);
        app.2.script(Fate::Rejected);
        let failure = app.0.dispatch(Action::Set(1)).await.unwrap_err();
        assert_eq!(failure.kind(), FailureKind::Rejected);
        assert!(matches!(failure.downcast_ref::<SyncError<ApiError>>(), Some(SyncError::Rejected)));
        assert_eq!(rest(&app).await, (0, 0));
        assert_eq!(app.2.held().finished, [Some("the server refused it".to_owned())], "{kind:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_denial_while_an_older_request_may_still_arrive_is_followed_by_a_fence() {
    let app = app(Server::Marks);
    app.2.script(Fate::LateAfter(60_000)).script(Fate::Denied);
    let first = app.0.dispatch(Action::Set(1));
    let failure = app.0.dispatch(Action::Set(2)).await.unwrap_err();
    assert_eq!(failure.kind(), FailureKind::Rejected, "of that one, it is certain");
    assert_eq!(first.await.unwrap(), Outcome::Superseded);
    assert_eq!(rest(&app).await, (0, 0));
    assert_eq!(app.2.fences().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_retry_is_answered_with_what_became_of_the_first_attempt() {
    let app = app_with(&Api::new(Server::Marks), |builder| builder.retry(ExponentialBuilder::default()));
    app.2.script(Fate::LateAfter(0));
    assert_eq!(app.0.dispatch(Action::Set(1)).await.unwrap(), Outcome::Confirmed);
    assert_eq!((app.2.sent(), app.2.written()), (vec![1, 1], vec![1]), "written once");
}

#[tokio::test(start_paused = true)]
async fn a_newer_tap_is_sent_though_it_comes_back_to_the_same_value() {
    let app = app(Server::MarksAndRevisions);
    app.0.dispatch(Action::Set(1));
    pause(10).await;
    app.0.dispatch(Action::Set(0));
    let last = app.0.dispatch(Action::Set(1));
    pause(60).await;
    app.2.another_writes(5);
    assert_eq!(last.await.unwrap(), Outcome::Confirmed);
    assert_eq!(app.2.sent(), [1, 1], "or the other device's value would be in effect");
    assert_eq!(rest(&app).await, (1, 1));
}

/// The pitfall: device id stable, numbers not, and the new tap counts as a duplicate and is swallowed with success.
#[tokio::test(start_paused = true)]
async fn a_device_that_forgot_its_numbers_is_not_taken_for_a_duplicate() {
    for kind in MARKS {
        let api = Api::new(kind);
        api.has_seen(us(), Mark::Accepted(1 << 40));
        let app = app_with(&api, |builder| builder);
        assert_eq!(app.0.dispatch(Action::Set(1)).await.unwrap(), Outcome::Confirmed);
        assert_eq!((api.written(), api.sent()), (vec![1], vec![1, 1]), "{kind:?}");
        assert!(api.held().sent[1].number > 1 << 40);
        assert_eq!(app.0.dispatch(Action::Set(2)).await.unwrap(), Outcome::Confirmed);
        assert_eq!(api.sent(), [1, 1, 2], "and from then on it remembers");
    }
}

#[tokio::test(start_paused = true)]
async fn two_runs_of_one_device_do_not_give_out_the_same_numbers() {
    let api = Api::new(Server::Marks);
    let mut numbers = std::collections::HashSet::new();
    for run in 0..3 {
        let app = app_with(&api, |builder| builder);
        app.0.dispatch(Action::Set(run)).await.unwrap();
    }
    let sent = api.held().sent.clone();
    assert!(sent.iter().all(|request| numbers.insert(request.number)), "{sent:?}");
}

#[tokio::test(start_paused = true)]
async fn six_overlaps_end_in_agreement() {
    let fine = Fate::Arrives(50, 50);
    let cases = [
        ("A fails, B succeeds", Fate::Lost(100), fine, 2),
        ("A succeeds, B fails", fine, Fate::Rejected, 1),
        ("A fails, B fails", Fate::Lost(100), Fate::Rejected, 0),
        ("B answered first, A late", Fate::Arrives(1_500, 0), fine, 2),
        ("B fails, then A fails", Fate::Lost(100), Fate::Lost(100), 0),
        ("B fails, then A would succeed", Fate::Arrives(1_500, 0), Fate::Rejected, 0),
    ];
    for kind in MARKS {
        for (case, a, b, end) in cases {
            let app = app(kind);
            app.2.script(a).script(b);
            app.0.dispatch(Action::Set(1));
            pause(50).await;
            app.0.dispatch(Action::Set(2));
            assert_eq!(*app.0.state(), 2);
            assert_eq!(rest(&app).await, (end, end), "{case}, {kind:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_reply_that_does_not_fit_the_server_is_a_named_error() {
    for (kind, named) in [(Server::Marks, ReplyError::NoMark), (Server::Compare, ReplyError::NoRevision)] {
        let app = app(kind);
        app.2.script(Fate::Bare);
        let failure = app.0.dispatch(Action::Set(1)).await.unwrap_err();
        let error = failure.downcast_ref::<SyncError<ApiError>>();
        assert!(matches!(error, Some(SyncError::Reply(found)) if *found == named), "{error:?}");
        assert_eq!(failure.kind(), FailureKind::Unknown);
        if kind == Server::Marks {
            assert_eq!(rest(&app).await, (1, 1), "the fence found out that it was written");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn each_way_a_reply_can_be_wrong_has_its_name() {
    use Server::{Compare, Marks, MarksAndRevisions, Plain};
    let mark = Mark::Accepted(u64::MAX);
    let cases = [
        (Plain, Reply::value(1).revision(1), ReplyError::UnexpectedRevision),
        (Plain, Reply::value(1).mark(Mark::Accepted(1)), ReplyError::UnexpectedMark(Mark::Accepted(1))),
        (Plain, Reply::conflict(1, 1), ReplyError::UnexpectedConflict),
        (Compare, Reply::value(1).revision(0), ReplyError::ZeroRevision),
        (Marks, Reply::value(1).mark(mark), ReplyError::MarkTooHigh(mark)),
        (Marks, Reply::accepted().mark(Mark::Rejected(1)), ReplyError::NoValue),
        (Marks, Reply::value(1), ReplyError::NoMark),
        (MarksAndRevisions, Reply::value(1).mark(Mark::Accepted(1)), ReplyError::NoRevision),
    ];
    for (kind, reply, named) in cases {
        let sync = OptimisticSyncMiddleware::builder(marks::Says(kind, reply)).build().unwrap();
        let store = Store::builder(0, reduce).middleware(sync).build();
        let failure = store.dispatch(Action::Set(1)).await.unwrap_err();
        assert_eq!(failure.downcast_ref::<ReplyError>(), Some(&named), "{kind:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_spec_without_a_fence_is_told_that_it_needs_one() {
    let sync = OptimisticSyncMiddleware::builder(marks::Says(Server::Marks, Reply::accepted())).build().unwrap();
    let store = Store::builder(0, reduce).middleware(sync.clone()).build();
    let tap = store.dispatch(Action::Set(1));
    sync.cancel(&());
    let failure = tap.await.unwrap_err();
    assert_eq!(failure.kind(), FailureKind::Unknown);
    assert_eq!(failure.downcast_ref::<ReplyError>(), Some(&ReplyError::NoFence));
    sync.flush().await;
}
