//! A server that keeps marks and revisions, or one of both, reached over a network that the test scripts.
#![allow(dead_code, reason = "every test file compiles this and uses a part of it")]

use foregone::Store;
use foregone::middleware::{
    DeviceId, ErrorKind, Fence, Finish, Mark, OptimisticSync, OptimisticSyncBuilder, OptimisticSyncMiddleware, Reply,
    Request, Server,
};
use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// What becomes of one request. Times are in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Fate {
    /// Arrives after the first, is answered after the second.
    Arrives(u64, u64),
    /// The caller is told at once that the connection is lost; the request arrives after this long all the same.
    LateAfter(u64),
    /// Never arrives, and the caller is told so after this long, though not for sure.
    Lost(u64),
    /// Something before the server says no.
    Denied,
    /// The server refuses the value, and its mark says so.
    Rejected,
    /// The reply has nothing to say but that it is done.
    Bare,
}

#[derive(Debug, thiserror::Error)]
pub(crate) enum ApiError {
    #[error("denied")]
    Denied,
    #[error("connection lost")]
    Lost,
}

#[derive(Debug)]
pub(crate) struct Held {
    pub(crate) value: i32,
    pub(crate) revision: u64,
    marks: HashMap<DeviceId, Mark>,
    script: VecDeque<Fate>,
    pub(crate) sent: Vec<Request<(), i32>>,
    pub(crate) fences: Vec<Fence<()>>,
    /// Every value that was written, in order.
    pub(crate) written: Vec<i32>,
    pub(crate) finished: Vec<Option<String>>,
}

#[derive(Debug, Clone)]
pub(crate) struct Api {
    kind: Server,
    held: Arc<Mutex<Held>>,
}

enum Op {
    Set(i32),
    Fence,
}

impl Api {
    pub(crate) fn new(kind: Server) -> Self {
        let held = Held {
            value: 0,
            revision: 1,
            marks: HashMap::new(),
            script: VecDeque::new(),
            sent: Vec::new(),
            fences: Vec::new(),
            written: Vec::new(),
            finished: Vec::new(),
        };
        Self { kind, held: Arc::new(Mutex::new(held)) }
    }

    pub(crate) fn held(&self) -> std::sync::MutexGuard<'_, Held> {
        self.held.lock().unwrap()
    }

    pub(crate) fn script(&self, fate: Fate) -> &Self {
        self.held().script.push_back(fate);
        self
    }

    pub(crate) fn value(&self) -> i32 {
        self.held().value
    }

    /// The values of all requests so far.
    pub(crate) fn sent(&self) -> Vec<i32> {
        self.held().sent.iter().map(|request| request.value).collect()
    }

    pub(crate) fn fences(&self) -> Vec<Fence<()>> {
        self.held().fences.clone()
    }

    pub(crate) fn written(&self) -> Vec<i32> {
        self.held().written.clone()
    }

    /// Another device's write.
    pub(crate) fn another_writes(&self, value: i32) -> u64 {
        let mut held = self.held();
        held.value = value;
        held.revision += 1;
        held.revision
    }

    /// An earlier run of this device got as far as this.
    pub(crate) fn has_seen(&self, device: DeviceId, mark: Mark) {
        self.held().marks.insert(device, mark);
    }

    pub(crate) fn mark(&self, device: DeviceId) -> Mark {
        self.held().marks.get(&device).copied().unwrap_or(Mark::Fenced(0))
    }

    /// The rule for servers that keep marks; see `Server`.
    fn receive(&self, device: DeviceId, number: u64, revision: u64, op: &Op, rejects: bool) -> Reply<i32> {
        let mut held = self.held();
        if self.kind == Server::Compare && revision > 0 && revision != held.revision {
            return Reply::conflict(held.value, held.revision);
        }
        let seen = held.marks.get(&device).copied().unwrap_or(Mark::Fenced(0));
        if !self.kind.keeps_marks() || number > seen.number() {
            let mark = match op {
                Op::Fence => Mark::Fenced(number),
                Op::Set(_) if rejects => Mark::Rejected(number),
                Op::Set(value) => {
                    held.value = *value;
                    held.revision += 1;
                    held.written.push(*value);
                    Mark::Accepted(number)
                }
            };
            held.marks.insert(device, mark);
        }
        let mut reply = Reply::value(held.value);
        if self.kind.keeps_revisions() {
            reply = reply.revision(held.revision);
        }
        if self.kind.keeps_marks() {
            reply = reply.mark(held.marks[&device]);
        }
        reply
    }

    async fn travel(&self, device: DeviceId, number: u64, revision: u64, op: Op) -> Result<Reply<i32>, ApiError> {
        let fate = self.held().script.pop_front().unwrap_or(Fate::Arrives(50, 50));
        match fate {
            Fate::Arrives(there, back) => {
                // On its way it does not care whether anybody waits.
                let api = self.clone();
                let arriving = tokio::spawn(async move {
                    pause(there).await;
                    api.receive(device, number, revision, &op, false)
                });
                let reply = arriving.await.unwrap();
                pause(back).await;
                Ok(reply)
            }
            Fate::LateAfter(millis) => {
                let api = self.clone();
                tokio::spawn(async move {
                    pause(millis).await;
                    api.receive(device, number, revision, &op, false)
                });
                Err(ApiError::Lost)
            }
            Fate::Lost(millis) => {
                pause(millis).await;
                Err(ApiError::Lost)
            }
            Fate::Denied => Err(ApiError::Denied),
            Fate::Rejected => Ok(self.receive(device, number, revision, &op, true)),
            Fate::Bare => {
                let _ = self.receive(device, number, revision, &op, false);
                Ok(Reply::accepted())
            }
        }
    }
}

pub(crate) async fn pause(millis: u64) {
    tokio::time::sleep(Duration::from_millis(millis)).await;
}

impl OptimisticSync<i32, Action> for Api {
    type Key = ();
    type Value = i32;
    type Error = ApiError;

    fn key(&self, action: &Action) -> Option<()> {
        matches!(action, Action::Set(_)).then_some(())
    }

    fn value(&self, state: &i32, (): &()) -> i32 {
        *state
    }

    fn set(&self, (): &(), value: i32) -> Action {
        Action::Shown(value)
    }

    fn server(&self) -> Server {
        self.kind
    }

    async fn send(&self, request: Request<(), i32>) -> Result<Reply<i32>, ApiError> {
        self.held().sent.push(request.clone());
        self.travel(request.device, request.number, request.revision, Op::Set(request.value)).await
    }

    async fn fence(&self, fence: Fence<()>) -> Result<Reply<i32>, ApiError> {
        self.held().fences.push(fence.clone());
        self.travel(fence.device, fence.number, 0, Op::Fence).await
    }

    fn error_kind(&self, error: &ApiError) -> ErrorKind {
        match error {
            ApiError::Denied => ErrorKind::Refused,
            ApiError::Lost => ErrorKind::Unknown,
        }
    }

    async fn on_finish(&self, finish: Finish<(), i32, ApiError>) -> Option<Action> {
        self.held().finished.push(finish.error.map(|error| error.to_string()));
        None
    }
}

#[derive(Debug, Clone, Copy)]
pub(crate) enum Action {
    /// Tagged.
    Set(i32),
    Shown(i32),
    Outside(i32),
}

pub(crate) type Sync = OptimisticSyncMiddleware<i32, Action, Api>;
pub(crate) type App = (Store<i32, Action>, Sync, Api);

pub(crate) const US: u128 = 7;
pub(crate) const THEM: u128 = 8;

pub(crate) fn reduce(_state: &i32, action: Action) -> i32 {
    let (Action::Set(to) | Action::Shown(to) | Action::Outside(to)) = action;
    to
}

/// With a deadline of a second.
pub(crate) fn app(kind: Server) -> App {
    app_with(&Api::new(kind), |builder| builder)
}

/// A device of this server.
pub(crate) fn app_with(
    api: &Api,
    set_up: impl FnOnce(OptimisticSyncBuilder<i32, Action, Api>) -> OptimisticSyncBuilder<i32, Action, Api>,
) -> App {
    let builder = OptimisticSyncMiddleware::builder(api.clone())
        .device(DeviceId::from(US))
        .deadline(Duration::from_secs(1))
        .roll_back_on_failure();
    let sync = set_up(builder).build().unwrap();
    let store = Store::builder(0, reduce).middleware(sync.clone()).build();
    (store, sync, api.clone())
}

/// A server of this kind that always says the same; without a fence.
#[derive(Debug)]
pub(crate) struct Says(pub(crate) Server, pub(crate) Reply<i32>);

impl OptimisticSync<i32, Action> for Says {
    type Key = ();
    type Value = i32;
    type Error = ApiError;

    fn key(&self, action: &Action) -> Option<()> {
        matches!(action, Action::Set(_)).then_some(())
    }

    fn value(&self, state: &i32, (): &()) -> i32 {
        *state
    }

    fn set(&self, (): &(), value: i32) -> Action {
        Action::Shown(value)
    }

    fn server(&self) -> Server {
        self.0
    }

    async fn send(&self, _request: Request<(), i32>) -> Result<Reply<i32>, ApiError> {
        Ok(self.1.clone())
    }
}
