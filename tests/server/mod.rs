//! A scripted server, and the app that every test of the sync uses: some values by key.
#![allow(dead_code, reason = "every test file compiles this and uses a part of it")]

use foregone::middleware::{
    ErrorKind, Finish, FollowUp, OptimisticSync, OptimisticSyncBuilder, OptimisticSyncMiddleware, Reply, Request,
};
use foregone::{Store, im};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

pub(crate) type Key = u32;
pub(crate) type Value = i64;
pub(crate) type State = im::HashMap<Key, Value>;
pub(crate) type Sync = OptimisticSyncMiddleware<State, Action, Spec>;

/// `Set` and `Add` are tagged, `Shown` and `Outside` are not.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Action {
    Set(Key, Value),
    Add(Key, Value),
    Shown(Key, Value),
    Outside(Key, Value),
    Reset,
}

pub(crate) fn reduce(state: &State, action: Action) -> State {
    match action {
        Action::Set(key, value) | Action::Shown(key, value) | Action::Outside(key, value) => state.update(key, value),
        Action::Add(key, by) => state.update(key, shown(state, key) + by),
        Action::Reset => State::new(),
    }
}

pub(crate) fn shown(state: &State, key: Key) -> Value {
    state.get(&key).copied().unwrap_or(0)
}

/// What the server does with one request.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Answer {
    Accept,
    /// Accepts, and says that it holds this instead.
    Say(Value),
    Refuse,
    Transient,
    /// Fails, without doing what it was asked.
    Fail,
    /// Does what it was asked, and fails to say so.
    ApplyThenFail,
    PanicAfterAwait,
    PanicBeforeAwait,
    Never,
}

#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub(crate) enum ApiError {
    #[error("refused")]
    Refused,
    #[error("busy")]
    Transient,
    #[error("connection lost")]
    Lost,
}

/// What `on_finish` was told.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Finished {
    pub(crate) key: Key,
    pub(crate) first: Value,
    pub(crate) last: Value,
    pub(crate) confirmed: Value,
    pub(crate) error: Option<String>,
    pub(crate) taps: u32,
    pub(crate) requests: u32,
    pub(crate) retries: u32,
}

#[derive(Debug, Default)]
struct Inner {
    held: std::collections::HashMap<Key, Value>,
    script: VecDeque<(u64, Answer)>,
    requests: Vec<Request<Key, Value>>,
    in_flight: std::collections::HashMap<Key, u32>,
    most_in_flight_per_key: u32,
    most_in_flight: u32,
    finished: Vec<Finished>,
    hook: Option<(u64, Answer, Action)>,
}

/// Takes 100 ms for each request and accepts it, unless the script says otherwise.
#[derive(Debug, Clone, Default)]
pub(crate) struct Server(Arc<Mutex<Inner>>);

impl Server {
    /// The next request not scripted yet takes `millis` and gets this answer.
    pub(crate) fn script(&self, millis: u64, answer: Answer) -> &Self {
        self.0.lock().unwrap().script.push_back((millis, answer));
        self
    }

    pub(crate) fn holds(&self, key: Key) -> Value {
        self.0.lock().unwrap().held.get(&key).copied().unwrap_or(0)
    }

    /// The values of all requests so far, in order.
    pub(crate) fn sent(&self) -> Vec<Value> {
        self.0.lock().unwrap().requests.iter().map(|request| request.value).collect()
    }

    pub(crate) fn requests(&self) -> Vec<Request<Key, Value>> {
        self.0.lock().unwrap().requests.clone()
    }

    pub(crate) fn finished(&self) -> Vec<Finished> {
        self.0.lock().unwrap().finished.clone()
    }

    /// The next finish hook takes `millis` and returns this action.
    pub(crate) fn hook_returns(&self, millis: u64, action: Action) {
        self.0.lock().unwrap().hook = Some((millis, Answer::Accept, action));
    }

    /// The next finish hook panics, or never ends.
    pub(crate) fn hook_fails(&self, how: Answer) {
        self.0.lock().unwrap().hook = Some((0, how, Action::Reset));
    }

    pub(crate) fn most_in_flight_per_key(&self) -> u32 {
        self.0.lock().unwrap().most_in_flight_per_key
    }

    pub(crate) fn most_in_flight(&self) -> u32 {
        self.0.lock().unwrap().most_in_flight
    }

    pub(crate) fn in_flight(&self) -> u32 {
        self.0.lock().unwrap().in_flight.values().sum()
    }
}

/// Counts a request as in flight until it ends or is dropped.
struct InFlight(Server, Key);

impl InFlight {
    fn begin(server: &Server, key: Key) -> Self {
        let mut inner = server.0.lock().unwrap();
        let count = inner.in_flight.entry(key).or_default();
        *count += 1;
        let count = *count;
        inner.most_in_flight_per_key = inner.most_in_flight_per_key.max(count);
        let all = inner.in_flight.values().sum();
        inner.most_in_flight = inner.most_in_flight.max(all);
        Self(server.clone(), key)
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        *self.0.0.lock().unwrap().in_flight.get_mut(&self.1).unwrap() -= 1;
    }
}

pub(crate) struct Spec {
    pub(crate) server: Server,
    pub(crate) another: fn(&FollowUp<Value>) -> bool,
}

impl OptimisticSync<State, Action> for Spec {
    type Key = Key;
    type Value = Value;
    type Error = ApiError;

    fn key(&self, action: &Action) -> Option<Key> {
        match action {
            Action::Set(key, _) | Action::Add(key, _) => Some(*key),
            _ => None,
        }
    }

    fn value(&self, state: &State, key: &Key) -> Value {
        shown(state, *key)
    }

    fn set(&self, key: &Key, value: Value) -> Action {
        Action::Shown(*key, value)
    }

    async fn send(&self, request: Request<Key, Value>) -> Result<Reply<Value>, ApiError> {
        let (key, value) = (request.key, request.value);
        let (millis, answer) = {
            let mut inner = self.server.0.lock().unwrap();
            inner.requests.push(request);
            inner.script.pop_front().unwrap_or((100, Answer::Accept))
        };
        let _in_flight = InFlight::begin(&self.server, key);
        assert!(answer != Answer::PanicBeforeAwait, "scripted panic before the first await");
        tokio::time::sleep(Duration::from_millis(millis)).await;
        let hold = |value| {
            self.server.0.lock().unwrap().held.insert(key, value);
        };
        match answer {
            Answer::Accept => hold(value),
            Answer::Say(said) => {
                hold(said);
                return Ok(Reply::value(said));
            }
            Answer::Refuse => return Err(ApiError::Refused),
            Answer::Transient => return Err(ApiError::Transient),
            Answer::Fail => return Err(ApiError::Lost),
            Answer::ApplyThenFail => {
                hold(value);
                return Err(ApiError::Lost);
            }
            Answer::PanicBeforeAwait | Answer::PanicAfterAwait => panic!("scripted panic"),
            Answer::Never => std::future::pending().await,
        }
        Ok(Reply::accepted())
    }

    fn error_kind(&self, error: &ApiError) -> ErrorKind {
        match error {
            ApiError::Refused => ErrorKind::Refused,
            ApiError::Transient => ErrorKind::Transient,
            ApiError::Lost => ErrorKind::Unknown,
        }
    }

    fn should_send_another(&self, follow_up: &FollowUp<Value>) -> bool {
        (self.another)(follow_up)
    }

    async fn on_finish(&self, finish: Finish<Key, Value, ApiError>) -> Option<Action> {
        let finished = Finished {
            key: finish.key,
            first: finish.first,
            last: finish.last,
            confirmed: finish.confirmed,
            error: finish.error.map(|error| error.to_string()),
            taps: finish.taps,
            requests: finish.requests,
            retries: finish.retries,
        };
        let (millis, how, action) = {
            let mut inner = self.server.0.lock().unwrap();
            inner.finished.push(finished);
            inner.hook.take()?
        };
        tokio::time::sleep(Duration::from_millis(millis)).await;
        match how {
            Answer::Never => std::future::pending().await,
            Answer::PanicAfterAwait => panic!("scripted panic in the hook"),
            _ => Some(action),
        }
    }
}

/// The app with the default settings.
pub(crate) fn app() -> (Store<State, Action>, Sync, Server) {
    app_with(|builder| builder)
}

/// The app, set up differently.
pub(crate) fn app_with(
    set_up: impl FnOnce(OptimisticSyncBuilder<State, Action, Spec>) -> OptimisticSyncBuilder<State, Action, Spec>,
) -> (Store<State, Action>, Sync, Server) {
    app_with_predicate(set_up, |follow_up| follow_up.is_newer && follow_up.wanted != follow_up.sent)
}

pub(crate) fn app_with_predicate(
    set_up: impl FnOnce(OptimisticSyncBuilder<State, Action, Spec>) -> OptimisticSyncBuilder<State, Action, Spec>,
    another: fn(&FollowUp<Value>) -> bool,
) -> (Store<State, Action>, Sync, Server) {
    let server = Server::default();
    let spec = Spec { server: server.clone(), another };
    let sync = set_up(OptimisticSyncMiddleware::builder(spec)).build().unwrap();
    let store = Store::builder(State::new(), reduce).middleware(sync.clone()).build();
    (store, sync, server)
}

/// Lets `millis` pass on the paused clock, and everything run that is due by then.
pub(crate) async fn pass(millis: u64) {
    tokio::time::sleep(Duration::from_millis(millis)).await;
    settle().await;
}

/// Lets everything run that is due now.
pub(crate) async fn settle() {
    for _ in 0..20 {
        tokio::task::yield_now().await;
    }
}
