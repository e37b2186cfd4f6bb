//! A scripted server, and the app that every test of the commands uses: items by id, which are added and removed.
#![allow(dead_code, reason = "every test file compiles this and uses a part of it")]

use foregone::middleware::{
    CommandCall, CommandEnd, ErrorKind, FailureKind, IdempotencyKey, OptimisticCommand, OptimisticCommandBuilder,
    OptimisticCommandMiddleware,
};
use foregone::{Store, im};
use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// Names by id. Ids below zero are temporary.
pub(crate) type State = im::OrdMap<i64, &'static str>;
pub(crate) type Commands = OptimisticCommandMiddleware<State, Action, Spec>;
pub(crate) type Key = (Kind, i64);

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Kind {
    Add,
    Remove,
}

/// The key of everything that is added.
pub(crate) const ADD: Key = (Kind::Add, 0);

/// `Add` and `Remove` are tagged, the others are not.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Action {
    /// The spec sets the id.
    Add(i64, &'static str),
    Remove(i64),
    Put(i64, &'static str),
    Take(i64),
    HasId(i64, i64),
    Show(State),
    Nothing,
}

pub(crate) fn add(name: &'static str) -> Action {
    Action::Add(0, name)
}

/// The reducer panics at an answer with this id.
pub(crate) const REDUCER_PANICS: i64 = 666;
/// `apply` panics at an answer with this id.
pub(crate) const APPLY_PANICS: i64 = 667;

pub(crate) fn reduce(state: &State, action: Action) -> State {
    match action {
        Action::Add(id, name) | Action::Put(id, name) => state.update(id, name),
        Action::Remove(id) | Action::Take(id) => state.without(&id),
        Action::HasId(_, REDUCER_PANICS) => panic!("the reducer panics"),
        Action::HasId(temporary, id) => match state.get(&temporary) {
            Some(name) => state.without(&temporary).update(id, *name),
            None => state.clone(),
        },
        Action::Show(state) => state,
        Action::Nothing => state.clone(),
    }
}

/// What the server does with one attempt.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Answer {
    Accept,
    /// Accepts, and gives what was added this id.
    AcceptAs(i64),
    Refuse,
    Transient,
    /// Fails, without doing what it was asked.
    Lost,
    /// Does what it was asked, and fails to say so.
    DoneThenLost,
    PanicBeforeAwait,
    PanicAfterAwait,
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

/// An attempt as the server saw it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Request {
    pub(crate) key: Key,
    pub(crate) command: Record,
    pub(crate) idempotency_key: IdempotencyKey,
    pub(crate) attempt: u32,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Record {
    Add { temporary: i64, name: &'static str },
    Remove { id: i64, was: Option<&'static str> },
}

/// What `on_finish` was told.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Finished {
    pub(crate) command: Record,
    pub(crate) failed: Option<FailureKind>,
    pub(crate) error: Option<String>,
    pub(crate) attempts: u32,
}

#[derive(Debug, Clone)]
pub(crate) enum Hook {
    Gives(u64, Action),
    Panics,
    Never,
}

#[derive(Debug)]
struct Inner {
    held: State,
    /// The answers given, by idempotency key: what comes again is answered again.
    done: HashMap<IdempotencyKey, i64>,
    next_id: i64,
    next_temporary: i64,
    script: VecDeque<(u64, Answer)>,
    reloads: VecDeque<(u64, Result<Option<Action>, ApiError>)>,
    reloaded: Vec<Key>,
    hook: Option<Hook>,
    requests: Vec<Request>,
    finished: Vec<Finished>,
    in_flight: u32,
    most_in_flight: u32,
}

/// Takes 100 ms for each attempt and accepts it, unless the script says otherwise.
#[derive(Debug, Clone)]
pub(crate) struct Server(Arc<Mutex<Inner>>);

impl Server {
    fn new() -> Self {
        Self(Arc::new(Mutex::new(Inner {
            held: State::new(),
            done: HashMap::new(),
            next_id: 1,
            next_temporary: -1,
            script: VecDeque::new(),
            reloads: VecDeque::new(),
            reloaded: Vec::new(),
            hook: None,
            requests: Vec::new(),
            finished: Vec::new(),
            in_flight: 0,
            most_in_flight: 0,
        })))
    }

    /// The next attempt not scripted yet takes `millis` and gets this answer.
    pub(crate) fn script(&self, millis: u64, answer: Answer) -> &Self {
        self.0.lock().unwrap().script.push_back((millis, answer));
        self
    }

    /// The next reload takes `millis` and gives this.
    pub(crate) fn reload_gives(&self, millis: u64, result: Result<Option<Action>, ApiError>) {
        self.0.lock().unwrap().reloads.push_back((millis, result));
    }

    pub(crate) fn hook(&self, hook: Hook) {
        self.0.lock().unwrap().hook = Some(hook);
    }

    pub(crate) fn holds(&self) -> State {
        self.0.lock().unwrap().held.clone()
    }

    pub(crate) fn requests(&self) -> Vec<Request> {
        self.0.lock().unwrap().requests.clone()
    }

    /// The names of what was to be added, for every attempt.
    pub(crate) fn asked_to_add(&self) -> Vec<&'static str> {
        let names = self.requests().into_iter();
        names
            .filter_map(|request| if let Record::Add { name, .. } = request.command { Some(name) } else { None })
            .collect()
    }

    pub(crate) fn finished(&self) -> Vec<Finished> {
        self.0.lock().unwrap().finished.clone()
    }

    pub(crate) fn reloaded(&self) -> Vec<Key> {
        self.0.lock().unwrap().reloaded.clone()
    }

    pub(crate) fn in_flight(&self) -> u32 {
        self.0.lock().unwrap().in_flight
    }

    pub(crate) fn most_in_flight(&self) -> u32 {
        self.0.lock().unwrap().most_in_flight
    }

    fn execute(&self, command: &Record, idempotency_key: IdempotencyKey, id: Option<i64>) -> i64 {
        let mut inner = self.0.lock().unwrap();
        if let Some(done) = inner.done.get(&idempotency_key) {
            return *done;
        }
        let id = match command {
            Record::Add { name, .. } => {
                let id = id.unwrap_or(inner.next_id);
                inner.next_id += 1;
                inner.held.insert(id, name);
                id
            }
            Record::Remove { id, .. } => {
                inner.held.remove(id);
                *id
            }
        };
        inner.done.insert(idempotency_key, id);
        id
    }
}

/// Counts an attempt as in flight until it ends or is dropped.
struct InFlight(Server);

impl InFlight {
    fn begin(server: &Server) -> Self {
        let mut inner = server.0.lock().unwrap();
        inner.in_flight += 1;
        inner.most_in_flight = inner.most_in_flight.max(inner.in_flight);
        Self(server.clone())
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        self.0.0.lock().unwrap().in_flight -= 1;
    }
}

pub(crate) struct Spec {
    pub(crate) server: Server,
}

impl OptimisticCommand<State, Action> for Spec {
    type Key = Key;
    type Command = Record;
    type Output = i64;
    type Error = ApiError;

    fn key(&self, action: &Action) -> Option<Key> {
        match action {
            Action::Add(..) => Some(ADD),
            Action::Remove(id) => Some((Kind::Remove, *id)),
            _ => None,
        }
    }

    fn command(&self, state: &State, _: &Key, action: &mut Action) -> Option<Record> {
        match action {
            Action::Add(id, name) => {
                let mut inner = self.server.0.lock().unwrap();
                *id = inner.next_temporary;
                inner.next_temporary -= 1;
                Some(Record::Add { temporary: *id, name })
            }
            Action::Remove(id) => Some(Record::Remove { id: *id, was: state.get(id).copied() }),
            _ => None,
        }
    }

    async fn run(&self, call: CommandCall<'_, Key, Record>) -> Result<i64, ApiError> {
        let (millis, answer) = {
            let mut inner = self.server.0.lock().unwrap();
            inner.requests.push(Request {
                key: *call.key,
                command: call.command.clone(),
                idempotency_key: call.idempotency_key,
                attempt: call.attempt,
            });
            inner.script.pop_front().unwrap_or((100, Answer::Accept))
        };
        let _in_flight = InFlight::begin(&self.server);
        assert!(answer != Answer::PanicBeforeAwait, "scripted panic before the first await");
        tokio::time::sleep(Duration::from_millis(millis)).await;
        let done = |id| self.server.execute(call.command, call.idempotency_key, id);
        match answer {
            Answer::Accept => Ok(done(None)),
            Answer::AcceptAs(id) => Ok(done(Some(id))),
            Answer::Refuse => Err(ApiError::Refused),
            Answer::Transient => Err(ApiError::Transient),
            Answer::Lost => Err(ApiError::Lost),
            Answer::DoneThenLost => {
                done(None);
                Err(ApiError::Lost)
            }
            Answer::PanicBeforeAwait | Answer::PanicAfterAwait => panic!("scripted panic"),
            Answer::Never => std::future::pending().await,
        }
    }

    fn undo(&self, state: &State, command: &Record) -> Option<Action> {
        match *command {
            Record::Add { temporary, .. } => state.contains_key(&temporary).then_some(Action::Take(temporary)),
            Record::Remove { id, was } => was.filter(|_| !state.contains_key(&id)).map(|name| Action::Put(id, name)),
        }
    }

    fn apply(&self, command: &Record, id: i64) -> Option<Action> {
        assert!(id != APPLY_PANICS, "apply panics");
        if let Record::Add { temporary, .. } = command { Some(Action::HasId(*temporary, id)) } else { None }
    }

    fn error_kind(&self, error: &ApiError) -> ErrorKind {
        match error {
            ApiError::Refused => ErrorKind::Refused,
            ApiError::Transient => ErrorKind::Transient,
            ApiError::Lost => ErrorKind::Unknown,
        }
    }

    async fn reload(&self, key: &Key) -> Result<Option<Action>, ApiError> {
        let (millis, result) = {
            let mut inner = self.server.0.lock().unwrap();
            inner.reloaded.push(*key);
            inner.reloads.pop_front().unwrap_or((0, Ok(None)))
        };
        tokio::time::sleep(Duration::from_millis(millis)).await;
        result
    }

    async fn on_finish(&self, end: &CommandEnd<Key, Record, ApiError>) -> Option<Action> {
        let hook = {
            let mut inner = self.server.0.lock().unwrap();
            inner.finished.push(Finished {
                command: Record::clone(&end.command),
                failed: end.failed,
                error: end.error.as_ref().map(ToString::to_string),
                attempts: end.attempts,
            });
            inner.hook.take()?
        };
        match hook {
            Hook::Gives(millis, action) => {
                tokio::time::sleep(Duration::from_millis(millis)).await;
                Some(action)
            }
            Hook::Panics => panic!("the hook panics"),
            Hook::Never => std::future::pending().await,
        }
    }
}

/// The app with the default settings.
pub(crate) fn app() -> (Store<State, Action>, Commands, Server) {
    app_with(|builder| builder)
}

/// The app, set up differently. Nothing is retried unless that is set up.
pub(crate) fn app_with(
    set_up: impl FnOnce(OptimisticCommandBuilder<Spec>) -> OptimisticCommandBuilder<Spec>,
) -> (Store<State, Action>, Commands, Server) {
    let server = Server::new();
    let commands = commands(&server, set_up);
    let store = Store::builder(State::new(), reduce).middleware(commands.clone()).build();
    (store, commands, server)
}

pub(crate) fn commands(
    server: &Server,
    set_up: impl FnOnce(OptimisticCommandBuilder<Spec>) -> OptimisticCommandBuilder<Spec>,
) -> Commands {
    set_up(OptimisticCommandMiddleware::builder(Spec { server: server.clone() })).build().unwrap()
}

pub(crate) fn server() -> Server {
    Server::new()
}

pub(crate) fn names(state: &State) -> Vec<&'static str> {
    state.values().copied().collect()
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
