//! How a device talks to the server, and everything that can go wrong on the way.

use crate::device::{Action, State, shown};
use crate::server::{InFlight, Server};
use foregone::middleware::{ErrorKind, Finish, OptimisticSync, Reply, Request};

pub(crate) const ON_PURPOSE: &str = "on purpose";

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
    /// Which device, in the trace.
    pub(crate) device: u64,
}

impl Client {
    fn panic(&self) -> ! {
        self.server.count("panics", 1);
        std::panic::panic_any(ON_PURPOSE)
    }

    fn below(&self, end: u64) -> u64 {
        if self.server.lock().healthy { 0 } else { self.server.random.below(end) }
    }

    pub(crate) async fn load(self, key: u8) -> Result<u64, ApiError> {
        let (value, _) = self.server.load(key).await;
        if self.below(100) > 70 { Err(ApiError::Lost) } else { Ok(value) }
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

    async fn send(&self, request: Request<u8, u64>) -> Result<Reply<u64>, ApiError> {
        let server = &self.server;
        let mut flight = InFlight::begin(server, self.device, &request);
        let fate = self.below(100);
        if fate == 99 {
            self.panic();
        }
        // Now and then longer than the deadline, before or after it was applied.
        server.delay(if fate % 20 == 7 { 8_000 } else { 400 }).await;
        if (40..50).contains(&fate) && server.holds(request.key) != request.value {
            server.count("refusals", 1);
            flight.answered = true;
            return Err(ApiError::Refused);
        }
        let arrives = !(50..60).contains(&fate);
        if arrives {
            server.apply(&request);
        }
        server.delay(if fate % 20 == 8 { 8_000 } else { 200 }).await;
        flight.answered = true;
        match fate {
            60..70 => Err(ApiError::Busy),
            50..60 | 70..80 => {
                server.count("losses", 1);
                Err(ApiError::Lost)
            }
            98 => self.panic(),
            80..90 => Ok(Reply::value(request.value)),
            _ => Ok(Reply::accepted()),
        }
    }

    fn error_kind(&self, error: &ApiError) -> ErrorKind {
        match error {
            ApiError::Refused => ErrorKind::Refused,
            ApiError::Busy => ErrorKind::Transient,
            ApiError::Lost => ErrorKind::Unknown,
        }
    }

    async fn on_finish(&self, finish: Finish<u8, u64, ApiError>) -> Option<Action> {
        {
            let mut inner = self.server.lock();
            inner.counts.count("cycles", 1);
            let failed = u64::from(finish.error.is_some());
            inner.trace.extend([2, self.device, u64::from(finish.key), finish.last, failed]);
        }
        self.server.delay(50).await;
        if self.below(100) > 97 {
            std::panic::panic_any(ON_PURPOSE);
        }
        None
    }
}
