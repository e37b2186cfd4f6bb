//! How a device talks to the server, and everything that can go wrong on the way.

use crate::device::{Action, State, shown};
use crate::server::{Server, Write};
use foregone::middleware::{ErrorKind, Fence, Finish, OptimisticSync, Reply, Request, Server as Kind, SyncError};
use tokio::sync::mpsc;
use tokio::time::sleep;

#[derive(Debug, thiserror::Error)]
pub(crate) enum ApiError {
    #[error("refused")]
    Refused,
    #[error("busy")]
    Busy,
    #[error("lost")]
    Lost,
}

#[derive(Debug, Clone)]
pub(crate) struct Client {
    pub(crate) server: Server,
}

impl Client {
    async fn travel(&self, write: Write, attempt: u32) -> Result<Reply<u64>, ApiError> {
        let server = &self.server;
        server.is_asked(&write, attempt);
        // A fence is not denied: what is in doubt would stay so.
        if write.value.is_some() && server.goes_wrong(4, "denials") {
            sleep(server.delay(400)).await;
            return Err(ApiError::Refused);
        }
        let (answers, mut answer) = mpsc::unbounded_channel();
        let copies = if server.goes_wrong(8, "lost requests") {
            0
        } else {
            1 + u64::from(server.goes_wrong(10, "doubled requests"))
        };
        for _ in 0..copies {
            // Now and then longer than the deadline. On its way, a request does not care whether anybody waits.
            let there = server.delay(if server.goes_wrong(15, "slow requests") { 20_000 } else { 400 });
            let back = server.delay(if server.goes_wrong(10, "slow answers") { 8_000 } else { 200 });
            let is_lost = server.goes_wrong(10, "lost answers");
            let (server, answers) = (server.clone(), answers.clone());
            tokio::spawn(async move {
                sleep(there).await;
                server.count("late arrivals", u64::from(answers.is_closed()));
                let reply = server.receive(&write);
                if !is_lost {
                    sleep(back).await;
                    let _ = answers.send(reply);
                }
            });
        }
        drop(answers);
        if !server.goes_wrong(5, "hung up")
            && let Some(reply) = answer.recv().await
        {
            return Ok(reply);
        }
        sleep(server.delay(400)).await;
        Err(if server.goes_wrong(30, "busy") { ApiError::Busy } else { ApiError::Lost })
    }
}

impl OptimisticSync<State, Action> for Client {
    type Key = u8;
    type Value = u64;
    type Error = ApiError;

    fn key(&self, action: &Action) -> Option<u8> {
        if let Action::Tap(key, _) = action { Some(*key) } else { None }
    }

    fn value(&self, state: &State, key: &u8) -> u64 {
        shown(state, *key)
    }

    fn set(&self, key: &u8, value: u64) -> Action {
        Action::Shown(*key, value)
    }

    fn server(&self) -> Kind {
        Kind::MarksAndRevisions
    }

    async fn send(&self, request: Request<u8, u64>) -> Result<Reply<u64>, ApiError> {
        let Request { key, device, number, value, attempt, .. } = request;
        self.travel(Write { key, device, number, value: Some(value) }, attempt).await
    }

    async fn fence(&self, fence: Fence<u8>) -> Result<Reply<u64>, ApiError> {
        let Fence { key, device, number, attempt, .. } = fence;
        self.travel(Write { key, device, number, value: None }, attempt).await
    }

    fn error_kind(&self, error: &ApiError) -> ErrorKind {
        match error {
            ApiError::Refused => ErrorKind::Refused,
            ApiError::Busy => ErrorKind::Transient,
            ApiError::Lost => ErrorKind::Unknown,
        }
    }

    async fn on_finish(&self, finish: Finish<u8, u64, ApiError>) -> Option<Action> {
        let timed_out = matches!(finish.error.as_deref(), Some(SyncError::TimedOut(_)));
        let mut inner = self.server.lock();
        inner.counts.count("time-outs", u64::from(timed_out));
        inner.trace.extend([3, u64::from(finish.key), finish.last, u64::from(finish.error.is_some())]);
        None
    }
}
