//! A server that fails in every way it can, and checks what reaches it.

use crate::random::Random;
use crate::world::{Action, State, shown};
use foregone::middleware::{ErrorKind, Finish, OptimisticSync, Reply, Request};
use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

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

#[derive(Debug, Default)]
pub(crate) struct Held {
    pub(crate) value: u64,
    /// The number of the intent that was applied last.
    pub(crate) number: u64,
    /// Everything it ever held.
    pub(crate) ever: Vec<u64>,
    /// Everything it was ever asked to hold.
    pub(crate) asked: Vec<u64>,
}

#[derive(Debug, Default)]
pub(crate) struct Inner {
    pub(crate) held: HashMap<u8, Held>,
    in_flight: HashMap<u8, u32>,
    values: HashMap<u64, u64>,
    pub(crate) healthy: bool,
    pub(crate) requests: u64,
    pub(crate) losses: u64,
    pub(crate) refusals: u64,
    pub(crate) panics: u64,
    pub(crate) dropped: u64,
    pub(crate) cycles: u64,
    pub(crate) trace: Vec<u64>,
}

#[derive(Debug, Clone)]
pub(crate) struct Server {
    pub(crate) inner: Arc<Mutex<Inner>>,
    random: Random,
}

impl Server {
    pub(crate) fn new(random: Random) -> Self {
        Self { inner: Arc::default(), random }
    }

    pub(crate) fn holds(&self, key: u8) -> u64 {
        self.inner.lock().unwrap().held.get(&key).map_or(0, |held| held.value)
    }

    pub(crate) async fn delay(&self, most: u64) {
        let millis = if self.inner.lock().unwrap().healthy { 10 } else { self.random.below(most) };
        tokio::time::sleep(Duration::from_millis(millis)).await;
    }

    fn apply(&self, request: &Request<u8, u64>) {
        let held = &mut self.inner.lock().unwrap().held;
        let held = held.entry(request.key).or_default();
        assert!(held.number <= request.number, "D: an older intent takes effect after a newer one");
        held.number = request.number;
        held.value = request.value;
        held.ever.push(request.value);
    }

    /// What a reload or a poll sees.
    pub(crate) async fn load(self, key: u8) -> Result<u64, ApiError> {
        self.delay(300).await;
        let held = self.holds(key);
        let healthy = self.inner.lock().unwrap().healthy;
        self.delay(300).await;
        if !healthy && self.random.percent(30) { Err(ApiError::Lost) } else { Ok(held) }
    }
}

/// A request that is under way, however it ends.
struct InFlight<'a> {
    server: &'a Server,
    key: u8,
    answered: bool,
}

impl<'a> InFlight<'a> {
    fn begin(server: &'a Server, request: &Request<u8, u64>) -> Self {
        let inner = &mut *server.inner.lock().unwrap();
        let in_flight = inner.in_flight.entry(request.key).or_default();
        *in_flight += 1;
        assert_eq!(*in_flight, 1, "A: two requests in flight for key {}", request.key);
        let value = *inner.values.entry(request.number).or_insert(request.value);
        assert_eq!(value, request.value, "C: a request carries another value than its intent's");
        inner.held.entry(request.key).or_default().asked.push(request.value);
        inner.requests += 1;
        inner.trace.extend([1, u64::from(request.key), request.value, u64::from(request.attempt)]);
        Self { server, key: request.key, answered: false }
    }
}

impl Drop for InFlight<'_> {
    fn drop(&mut self) {
        let inner = &mut *self.server.inner.lock().unwrap();
        *inner.in_flight.get_mut(&self.key).unwrap() -= 1;
        inner.dropped += u64::from(!self.answered);
    }
}

impl OptimisticSync<State, Action> for Server {
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
        let mut flight = InFlight::begin(self, &request);
        let fate = if self.inner.lock().unwrap().healthy { 0 } else { self.random.below(100) };
        if fate == 99 {
            self.inner.lock().unwrap().panics += 1;
            std::panic::panic_any(ON_PURPOSE);
        }
        // Now and then longer than the deadline, before or after it was applied.
        self.delay(if fate % 20 == 7 { 8_000 } else { 400 }).await;
        if (40..50).contains(&fate) && self.holds(request.key) != request.value {
            self.inner.lock().unwrap().refusals += 1;
            flight.answered = true;
            return Err(ApiError::Refused);
        }
        let arrives = !(50..60).contains(&fate);
        if arrives {
            self.apply(&request);
        }
        self.delay(if fate % 20 == 8 { 8_000 } else { 200 }).await;
        flight.answered = true;
        match fate {
            60..70 => Err(ApiError::Busy),
            50..60 | 70..80 => {
                self.inner.lock().unwrap().losses += 1;
                Err(ApiError::Lost)
            }
            98 => {
                self.inner.lock().unwrap().panics += 1;
                std::panic::panic_any(ON_PURPOSE)
            }
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
            let mut inner = self.inner.lock().unwrap();
            inner.cycles += 1;
            inner.trace.extend([2, u64::from(finish.key), finish.last, u64::from(finish.error.is_some())]);
        }
        self.delay(50).await;
        if self.random.percent(2) && !self.inner.lock().unwrap().healthy {
            std::panic::panic_any(ON_PURPOSE);
        }
        None
    }
}
