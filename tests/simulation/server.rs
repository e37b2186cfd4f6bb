//! A server that all devices share, and that checks what reaches it.

use crate::counts::Counts;
use crate::random::Random;
use foregone::middleware::{DeviceId, Request};
use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;
use tokio::time::Instant;

pub(crate) const DEADLINE: Duration = Duration::from_secs(5);

/// Of one key.
#[derive(Debug, Default)]
struct Held {
    value: u64,
    /// Counts what was written.
    version: u64,
    written: HashMap<DeviceId, Written>,
    last_writer: Option<DeviceId>,
    /// Everything it ever held, and everything it was ever asked to hold.
    ever: HashSet<u64>,
    asked: HashSet<u64>,
}

/// What a device has written last.
#[derive(Debug, Default)]
struct Written {
    number: u64,
    version: u64,
}

#[derive(Debug, Default)]
pub(crate) struct Inner {
    held: HashMap<u8, Held>,
    in_flight: HashMap<(DeviceId, u8), u32>,
    values: HashMap<(DeviceId, u64), u64>,
    /// No failure any more, and answers come soon.
    pub(crate) healthy: bool,
    /// A device is losing its runtime at this moment.
    pub(crate) drops_tasks: bool,
    pub(crate) counts: Counts,
    pub(crate) trace: Vec<u64>,
}

#[derive(Debug, Clone)]
pub(crate) struct Server {
    inner: Arc<Mutex<Inner>>,
    pub(crate) random: Random,
}

impl Server {
    pub(crate) fn new(random: Random) -> Self {
        Self { inner: Arc::default(), random }
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap()
    }

    pub(crate) fn count(&self, what: &'static str, times: u64) {
        self.lock().counts.count(what, times);
    }

    pub(crate) fn holds(&self, key: u8) -> u64 {
        self.lock().held.get(&key).map_or(0, |held| held.value)
    }

    pub(crate) fn has_held(&self, key: u8, value: u64) -> bool {
        value == 0 || self.lock().held.get(&key).is_some_and(|held| held.ever.contains(&value))
    }

    pub(crate) fn was_asked(&self, key: u8, value: u64) -> bool {
        self.lock().held.get(&key).is_some_and(|held| held.asked.contains(&value))
    }

    /// Whether nobody else has written since this device did, or nobody at all.
    pub(crate) fn is_last_writer(&self, device: DeviceId, key: u8) -> bool {
        self.lock().held.get(&key).and_then(|held| held.last_writer).is_none_or(|last| last == device)
    }

    /// Whether the device has written since this version.
    pub(crate) fn has_written_since(&self, device: DeviceId, key: u8, version: u64) -> bool {
        let inner = self.lock();
        let written = inner.held.get(&key).and_then(|held| held.written.get(&device));
        written.is_some_and(|written| written.version > version)
    }

    pub(crate) fn is_in_flight(&self, device: DeviceId) -> bool {
        self.lock().in_flight.iter().any(|((sender, _), requests)| *sender == device && *requests > 0)
    }

    pub(crate) async fn delay(&self, most: u64) {
        let millis = if self.lock().healthy { 10 } else { self.random.below(most) };
        tokio::time::sleep(Duration::from_millis(millis)).await;
    }

    /// What a look at the server sees, and how old that is when it comes.
    pub(crate) async fn load(&self, key: u8) -> (u64, u64) {
        self.delay(300).await;
        let seen = self.lock().held.get(&key).map_or((0, 0), |held| (held.value, held.version));
        self.delay(300).await;
        seen
    }

    pub(crate) fn apply(&self, request: &Request<u8, u64>) {
        let mut inner = self.lock();
        let held = inner.held.entry(request.key).or_default();
        held.version += 1;
        let written = held.written.entry(request.device).or_default();
        assert!(written.number <= request.number, "D: an older intent takes effect after a newer one");
        *written = Written { number: request.number, version: held.version };
        held.last_writer = Some(request.device);
        held.value = request.value;
        held.ever.insert(request.value);
    }
}

/// A request that is under way, however it ends.
pub(crate) struct InFlight<'a> {
    server: &'a Server,
    from: (DeviceId, u8),
    began: Instant,
    pub(crate) answered: bool,
}

impl<'a> InFlight<'a> {
    pub(crate) fn begin(server: &'a Server, device: u64, request: &Request<u8, u64>) -> Self {
        let inner = &mut *server.lock();
        let from = (request.device, request.key);
        let in_flight = inner.in_flight.entry(from).or_default();
        *in_flight += 1;
        assert_eq!(*in_flight, 1, "A: two requests in flight for key {}", request.key);
        let value = *inner.values.entry((request.device, request.number)).or_insert(request.value);
        assert_eq!(value, request.value, "C: a request carries another value than its intent's");
        inner.held.entry(request.key).or_default().asked.insert(request.value);
        inner.counts.count("requests", 1);
        inner.trace.extend([1, device, u64::from(request.key), request.value, u64::from(request.attempt)]);
        Self { server, from, began: Instant::now(), answered: false }
    }
}

impl Drop for InFlight<'_> {
    fn drop(&mut self) {
        let inner = &mut *self.server.lock();
        *inner.in_flight.get_mut(&self.from).unwrap() -= 1;
        if self.answered {
            return;
        }
        // Without a runtime there is no clock to ask.
        let why = if inner.drops_tasks {
            "task drops"
        } else if self.began.elapsed() >= DEADLINE {
            "time-outs"
        } else {
            "given up"
        };
        inner.counts.count(why, 1);
    }
}
