//! Code of the user that calls the sync from wherever it is called.

mod log;

use foregone::Store;
use foregone::middleware::{
    ErrorKind, FailureKind, Finish, FollowUp, OptimisticSync, OptimisticSyncMiddleware, Outcome, Reply, Request, Status,
};
use foregone::{im, tracing::Level};
use log::Log;
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

type State = im::HashMap<u32, i64>;
type Sync = OptimisticSyncMiddleware<State, Action, Meddler>;
type Call = Mutex<Option<Box<dyn FnOnce() + Send>>>;

#[derive(Debug, Clone, Copy, PartialEq)]
enum Action {
    Tap(u32, i64),
    Shown(u32, i64),
}

fn reduce(state: &State, action: Action) -> State {
    let (Action::Tap(key, value) | Action::Shown(key, value)) = action;
    state.update(key, value)
}

/// Runs a closure of the test once from within each of its functions.
#[derive(Default)]
struct Inner {
    another: Call,
    kind: Call,
    fails: Mutex<u32>,
    says: Mutex<Option<i64>>,
    sent: Mutex<Vec<i64>>,
    finished: Mutex<u32>,
}

#[derive(Clone, Default)]
struct Meddler(Arc<Inner>);

fn call(what: &Call) {
    let run = what.lock().unwrap().take();
    if let Some(run) = run {
        run();
    }
}

#[derive(Debug, thiserror::Error)]
#[error("no")]
struct No;

impl OptimisticSync<State, Action> for Meddler {
    type Key = u32;
    type Value = i64;
    type Error = No;

    fn key(&self, action: &Action) -> Option<u32> {
        if let Action::Tap(key, _) = action { Some(*key) } else { None }
    }
    fn value(&self, state: &State, key: &u32) -> i64 {
        state.get(key).copied().unwrap_or(0)
    }
    fn set(&self, key: &u32, value: i64) -> Action {
        Action::Shown(*key, value)
    }
    async fn send(&self, request: Request<u32, i64>) -> Result<Reply<i64>, No> {
        self.0.sent.lock().unwrap().push(request.value);
        tokio::time::sleep(Duration::from_millis(100)).await;
        let mut fails = self.0.fails.lock().unwrap();
        if *fails > 0 {
            *fails -= 1;
            return Err(No);
        }
        Ok(self.0.says.lock().unwrap().take().map_or_else(Reply::accepted, Reply::value))
    }
    fn error_kind(&self, _: &No) -> ErrorKind {
        call(&self.0.kind);
        ErrorKind::Unknown
    }
    fn should_send_another(&self, follow_up: &FollowUp<i64>) -> bool {
        call(&self.0.another);
        follow_up.is_newer && follow_up.wanted != follow_up.sent
    }
    async fn on_finish(&self, _: Finish<u32, i64, No>) -> Option<Action> {
        *self.0.finished.lock().unwrap() += 1;
        None
    }
}

fn app() -> (Store<State, Action>, Sync, Meddler) {
    let spec = Meddler::default();
    let sync = OptimisticSyncMiddleware::builder(spec.clone()).max_in_flight(2).build().unwrap();
    let store = Store::builder(State::new(), reduce).middleware(sync.clone()).build();
    (store, sync, spec)
}

fn sent(spec: &Meddler) -> Vec<i64> {
    spec.0.sent.lock().unwrap().clone()
}

#[tokio::test(start_paused = true)]
async fn a_log_out_from_within_should_send_another_leaves_the_sync_usable() {
    let (log, _guard) = Log::listen(Level::ERROR);
    let (store, sync, spec) = app();
    let clearing = sync.clone();
    *spec.0.another.lock().unwrap() = Some(Box::new(move || clearing.clear()));
    let tap = store.dispatch(Action::Tap(1, 1));
    let failure = tap.await.unwrap_err();
    assert_eq!(failure.kind(), FailureKind::Unknown);
    assert_eq!(store.dispatch(Action::Tap(1, 2)).await.unwrap(), Outcome::Confirmed);
    sync.flush().await;
    assert_eq!(sent(&spec), [1, 2]);
    assert!(sync.statuses().all_idle());
    assert!(log.lines().is_empty(), "no effect panicked: {:?}", log.lines());
}

#[tokio::test(start_paused = true)]
async fn a_log_out_from_within_error_kind_leaves_the_sync_usable() {
    let (log, _guard) = Log::listen(Level::ERROR);
    let (store, sync, spec) = app();
    let clearing = sync.clone();
    *spec.0.kind.lock().unwrap() = Some(Box::new(move || clearing.clear()));
    *spec.0.fails.lock().unwrap() = 1;
    store.dispatch(Action::Tap(1, 1)).await.unwrap_err();
    assert!(matches!(sync.status(&1), Status::Idle));
    assert_eq!(store.dispatch(Action::Tap(1, 2)).await.unwrap(), Outcome::Confirmed);
    sync.flush().await;
    assert_eq!(sent(&spec), [1, 2]);
    assert!(log.lines().is_empty(), "no effect panicked: {:?}", log.lines());
}

#[tokio::test(start_paused = true)]
async fn a_tap_from_within_should_send_another_is_sent() {
    let (store, sync, spec) = app();
    let second = Arc::new(OnceLock::new());
    *spec.0.another.lock().unwrap() = Some(Box::new({
        let (store, second) = (store.clone(), Arc::clone(&second));
        move || drop(second.set(Mutex::new(Some(store.dispatch(Action::Tap(1, 2))))))
    }));
    let tap = store.dispatch(Action::Tap(1, 1));
    sync.flush().await;
    assert_eq!(sent(&spec), [1, 2]);
    tap.await.unwrap();
    let second = second.get().unwrap().lock().unwrap().take().unwrap();
    assert_eq!(second.await.unwrap(), Outcome::Confirmed);
}

#[tokio::test(start_paused = true)]
async fn a_log_out_while_the_answer_is_written_runs_no_hook_and_posts_no_status() {
    let spec = Meddler::default();
    let sync = OptimisticSyncMiddleware::new(spec.clone());
    let clearing = sync.clone();
    let store = Store::builder(State::new(), reduce)
        .middleware(sync.clone())
        .middleware_fn(move |_, action, next| {
            if matches!(action, Action::Shown(..)) {
                clearing.clear();
            }
            next.run(action)
        })
        .build();
    store.dispatch(Action::Tap(1, 1));
    tokio::time::sleep(Duration::from_millis(50)).await;
    sync.cancel(&1);
    tokio::time::sleep(Duration::from_millis(500)).await;
    *spec.0.says.lock().unwrap() = Some(9);
    store.dispatch(Action::Tap(2, 1));
    sync.flush().await;
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert_eq!(*spec.0.finished.lock().unwrap(), 0);
    assert!(sync.statuses().all_idle());
}

#[tokio::test(start_paused = true)]
async fn a_tap_during_which_the_key_was_cancelled_rests_on_what_the_server_holds() {
    let spec = Meddler::default();
    let sync = OptimisticSyncMiddleware::builder(spec.clone()).roll_back_on_failure().max_in_flight(1).build().unwrap();
    let cancelling = sync.clone();
    let store = Store::builder(State::new(), reduce)
        .middleware(sync.clone())
        .middleware_fn(move |_, action, next| {
            if action == Action::Tap(1, 2) {
                cancelling.cancel(&1);
            }
            next.run(action)
        })
        .build();
    store.dispatch(Action::Tap(9, 1)); // takes the only slot
    store.dispatch(Action::Tap(1, 1)); // queued
    store.dispatch(Action::Tap(1, 2));
    tokio::time::sleep(Duration::from_millis(50)).await;
    *spec.0.fails.lock().unwrap() = 2;
    sync.flush().await;
    assert_eq!(store.state().get(&1), Some(&0), "2 failed, and 0 is what the server holds");
}
