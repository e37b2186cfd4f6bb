//! What cannot work gets a clear error or a defined outcome: never a hang, never a loop, never a lost dispatch.

mod server;

use foregone::Store;
use foregone::middleware::{
    ConfigError, FailureKind, FollowUp, NonReentrant, OptimisticSync, OptimisticSyncMiddleware, Outcome, Reply,
    Request, RoleError, Status, SyncError,
};
use server::{Action, Answer, ApiError, Server, Spec, State, app, app_with, app_with_predicate, pass, reduce, shown};
use std::sync::{Arc, Mutex};
use std::time::Duration;

const KEY: u32 = 1;

#[test]
fn settings_that_cannot_work_are_refused_by_name() {
    let builder = || {
        let another: fn(&FollowUp<i64>) -> bool = |_| false;
        OptimisticSyncMiddleware::<State, Action, _>::builder(Spec { server: Server::default(), another })
    };
    assert_eq!(builder().deadline(Duration::ZERO).build().unwrap_err(), ConfigError::ZeroDeadline);
    assert_eq!(builder().follow_up_limit(0).build().unwrap_err(), ConfigError::ZeroFollowUpLimit);
    assert_eq!(builder().max_in_flight(0).build().unwrap_err(), ConfigError::ZeroMaxInFlight);
    assert!(builder().no_deadline().no_follow_up_limit().build().is_ok());
}

#[tokio::test(start_paused = true)]
async fn a_send_that_never_ends_fails_at_its_deadline_and_frees_the_key() {
    let (store, _sync, server) = app();
    server.script(0, Answer::Never);
    let start = tokio::time::Instant::now();
    let failure = store.dispatch(Action::Set(KEY, 1)).await.unwrap_err();
    assert_eq!(start.elapsed(), Duration::from_secs(30));
    assert_eq!(failure.kind(), FailureKind::Unknown);
    assert!(matches!(failure.downcast_ref(), Some(SyncError::<ApiError>::TimedOut(_))));
    assert_eq!(store.dispatch(Action::Set(KEY, 2)).await.unwrap(), Outcome::Confirmed);
}

#[tokio::test(start_paused = true)]
async fn without_a_deadline_a_send_that_never_ends_is_ended_by_clear() {
    let (store, sync, server) = app_with(|b| b.no_deadline());
    server.script(0, Answer::Never);
    let stuck = store.dispatch(Action::Set(KEY, 1));
    pass(100_000_000).await;
    sync.clear();
    assert_eq!(stuck.await.unwrap_err().kind(), FailureKind::Unknown);
    assert_eq!(store.dispatch(Action::Set(KEY, 2)).await.unwrap(), Outcome::Confirmed);
}

#[tokio::test(start_paused = true)]
async fn a_predicate_that_always_asks_for_another_stops_at_the_limit() {
    let (store, sync, server) = app_with_predicate(|b| b.follow_up_limit(5), |_| true);
    let tap = store.dispatch(Action::Set(KEY, 1));
    sync.flush().await;
    assert_eq!(server.sent().len(), 6, "the request and five follow-ups");
    assert_eq!(tap.await.unwrap(), Outcome::Confirmed, "the server did accept it");
    assert_eq!(server.finished()[0].error.as_deref().unwrap().split(' ').next(), Some("5"));
    let Status::Failed { error, .. } = sync.status(&KEY) else { panic!("failed") };
    assert!(matches!(*error, SyncError::FollowUpLimit(5)));
    assert_eq!(store.dispatch(Action::Set(KEY, 2)).await.unwrap(), Outcome::Confirmed, "the key is free again");
}

#[tokio::test(start_paused = true)]
async fn a_long_busy_healthy_key_never_meets_the_limit() {
    let (store, sync, server) = app_with(|b| b.follow_up_limit(2));
    for value in 1..=200 {
        store.dispatch(Action::Set(KEY, value));
        pass(60).await;
    }
    sync.flush().await;
    assert_eq!(server.holds(KEY), 200);
    assert!(server.finished().iter().all(|finish| finish.error.is_none()));
}

#[tokio::test(start_paused = true)]
async fn a_predicate_may_say_that_none_is_needed() {
    let (store, sync, server) = app_with_predicate(|b| b, |_| false);
    store.dispatch(Action::Set(KEY, 1));
    pass(50).await;
    let unsent = store.dispatch(Action::Set(KEY, 2));
    sync.flush().await;
    assert_eq!(server.sent(), [1]);
    assert_eq!(shown(&store.state(), KEY), 1, "the screen shows what the server holds");
    let failure = unsent.await.unwrap_err();
    assert_eq!(failure.kind(), FailureKind::Cancelled, "the server was never told");
    assert!(matches!(failure.downcast_ref(), Some(SyncError::<ApiError>::Cancelled)));
}

#[tokio::test(start_paused = true)]
async fn a_hook_that_panics_or_never_ends_changes_no_outcome_and_blocks_nothing() {
    for how in [Answer::PanicAfterAwait, Answer::Never] {
        let (store, sync, server) = app();
        server.hook_fails(how);
        assert_eq!(store.dispatch(Action::Set(KEY, 1)).await.unwrap(), Outcome::Confirmed);
        pass(0).await;
        assert!(matches!(sync.status(&KEY), Status::Idle), "a saved value is no failed one");
        assert_eq!(store.dispatch(Action::Set(KEY, 2)).await.unwrap(), Outcome::Confirmed);
        sync.flush().await;
        assert_eq!(server.finished().len(), 2, "the hook runs once per cycle");
        assert!(matches!(sync.status(&KEY), Status::Idle), "a saved value is no failed one");
    }
}

#[tokio::test(start_paused = true)]
async fn one_middleware_in_two_stores_is_refused_where_the_caller_can_see_it() {
    let (first, sync, server) = app();
    let second = Store::builder(State::new(), reduce).middleware(sync.clone()).build();
    let failure = second.dispatch(Action::Set(KEY, 1)).await.unwrap_err();
    assert!(matches!(failure.downcast_ref(), Some(SyncError::<ApiError>::PluggedTwice)));
    assert_eq!(shown(&second.state(), KEY), 0);
    assert_eq!(first.dispatch(Action::Set(KEY, 2)).await.unwrap(), Outcome::Confirmed);
    assert_eq!(server.sent(), [2]);
}

#[tokio::test(start_paused = true)]
async fn one_middleware_twice_in_a_store_is_refused_rather_than_told_wrong_outcomes() {
    let spec = Spec { server: Server::default(), another: |_| false };
    let sync = OptimisticSyncMiddleware::new(spec);
    let store = Store::builder(State::new(), reduce).middleware(sync.clone()).middleware(sync.clone()).build();
    let failure = store.dispatch(Action::Set(KEY, 1)).await.unwrap_err();
    assert!(matches!(failure.downcast_ref(), Some(SyncError::<ApiError>::PluggedTwice)));
    assert_eq!(shown(&store.state(), KEY), 0);
}

#[tokio::test(start_paused = true)]
async fn two_stores_with_a_middleware_each_do_not_know_of_each_other() {
    let ((first, _a, one), (second, _b, two)) = (app(), app());
    let both = tokio::join!(
        first.dispatch(Action::Set(KEY, 1)).into_future(),
        second.dispatch(Action::Set(KEY, 2)).into_future()
    );
    assert_eq!((both.0.unwrap(), both.1.unwrap()), (Outcome::Confirmed, Outcome::Confirmed));
    assert_eq!((one.holds(KEY), two.holds(KEY)), (1, 2));
}

/// A volume of `f64` whose `set` may be broken.
struct Volume {
    sent: Arc<Mutex<Vec<f64>>>,
    answer: Option<f64>,
    set_works: bool,
}

#[derive(Clone, Copy)]
enum Turn {
    To(f64),
    Shown(f64),
    Nothing,
}

impl OptimisticSync<f64, Turn> for Volume {
    type Key = ();
    type Value = f64;
    type Error = std::convert::Infallible;

    fn key(&self, action: &Turn) -> Option<()> {
        matches!(action, Turn::To(_)).then_some(())
    }

    fn value(&self, state: &f64, (): &()) -> f64 {
        *state
    }

    fn set(&self, (): &(), value: f64) -> Turn {
        if self.set_works { Turn::Shown(value) } else { Turn::Nothing }
    }

    async fn send(&self, request: Request<(), f64>) -> Result<Reply<f64>, Self::Error> {
        self.sent.lock().unwrap().push(request.value);
        tokio::time::sleep(Duration::from_millis(100)).await;
        Ok(self.answer.map_or_else(Reply::accepted, Reply::value))
    }
}

fn turn(state: &f64, action: Turn) -> f64 {
    match action {
        Turn::To(value) | Turn::Shown(value) => value,
        Turn::Nothing => *state,
    }
}

#[tokio::test(start_paused = true)]
async fn a_value_not_equal_to_itself_does_not_loop() {
    let sent = Arc::default();
    let spec = Volume { sent: Arc::clone(&sent), answer: None, set_works: true };
    let store = Store::builder(0.0, turn).middleware(OptimisticSyncMiddleware::new(spec)).build();
    assert_eq!(store.dispatch(Turn::To(f64::NAN)).await.unwrap(), Outcome::Confirmed);
    assert_eq!(sent.lock().unwrap().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_set_that_does_not_make_it_so_is_said_and_does_not_loop() {
    let sent = Arc::default();
    let spec = Volume { sent: Arc::clone(&sent), answer: Some(9.0), set_works: false };
    let sync = OptimisticSyncMiddleware::new(spec);
    let store = Store::builder(0.0, turn).middleware(sync.clone()).build();
    assert_eq!(store.dispatch(Turn::To(1.0)).await.unwrap(), Outcome::Confirmed, "the server did accept it");
    let Status::Failed { error, .. } = sync.status(&()) else { panic!("failed") };
    assert!(matches!(*error, SyncError::SetIgnored));
    assert_eq!(*sent.lock().unwrap(), [1.0]);
}

#[test]
fn a_sync_that_names_its_kind_is_refused_beside_what_holds_back_or_leaves_out() {
    let server = Server::default();
    let spec = Spec { server, another: |_| false };
    let sync = OptimisticSyncMiddleware::builder(spec).kind("like").build().unwrap();
    let alone = |kind| NonReentrant::new(kind, |_: &Action| Some(()));
    let refused = Store::builder(State::new(), reduce).middleware(alone("like")).middleware(sync.clone()).try_build();
    assert!(matches!(refused.unwrap_err(), RoleError::Alone { kind: "like", .. }));
    assert!(Store::builder(State::new(), reduce).middleware(alone("load")).middleware(sync).try_build().is_ok());
}
