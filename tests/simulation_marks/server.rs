//! A server that keeps marks and revisions, and tells all devices of every write, over a network that is not to be
//! trusted.

use crate::counts::Counts;
use crate::random::Random;
use foregone::middleware::{DeviceId, Mark, Reply};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;
use tokio::sync::mpsc::UnboundedSender;

/// What a request asks for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Write {
    pub(crate) key: u8,
    pub(crate) device: DeviceId,
    pub(crate) number: u64,
    /// None for a fence.
    pub(crate) value: Option<u64>,
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct Push {
    pub(crate) key: u8,
    pub(crate) value: u64,
    pub(crate) revision: u64,
    pub(crate) origin: Option<(DeviceId, u64)>,
}

#[derive(Debug)]
struct Row {
    /// What is said of it to all.
    now: Push,
    marks: HashMap<DeviceId, Mark>,
    /// Everything it ever held, and everything it was ever asked to hold.
    ever: HashSet<u64>,
    asked: HashSet<u64>,
}

#[derive(Debug, Default)]
pub(crate) struct Inner {
    rows: BTreeMap<u8, Row>,
    pub(crate) listeners: Vec<UnboundedSender<Push>>,
    /// Whatever is sent from now on arrives, once and soon.
    healthy: bool,
    pub(crate) counts: Counts,
    pub(crate) trace: Vec<u64>,
}

#[derive(Debug, Clone)]
pub(crate) struct Server {
    inner: Arc<Mutex<Inner>>,
    pub(crate) random: Random,
}

impl Server {
    pub(crate) fn new(random: Random, keys: u8) -> Self {
        let row = |key| Row {
            now: Push { key, value: 0, revision: 1, origin: None },
            marks: HashMap::new(),
            ever: HashSet::new(),
            asked: HashSet::new(),
        };
        let inner = Inner { rows: (0..keys).map(|key| (key, row(key))).collect(), ..Inner::default() };
        Self { inner: Arc::new(Mutex::new(inner)), random }
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap()
    }

    pub(crate) fn count(&self, what: &'static str, times: u64) {
        self.lock().counts.count(what, times);
    }

    pub(crate) fn holds(&self, key: u8) -> u64 {
        self.lock().rows[&key].now.value
    }

    pub(crate) fn has_held(&self, key: u8, value: u64) -> bool {
        self.lock().rows[&key].ever.contains(&value)
    }

    pub(crate) fn was_asked(&self, key: u8, value: u64) -> bool {
        self.lock().rows[&key].asked.contains(&value)
    }

    /// Whether it does, and if so, counts it under that name.
    pub(crate) fn goes_wrong(&self, percent: u64, what: &'static str) -> bool {
        let wrong = !self.lock().healthy && self.random.percent(percent);
        self.count(what, u64::from(wrong));
        wrong
    }

    pub(crate) fn delay(&self, most: u64) -> Duration {
        let millis = if self.lock().healthy { 10 } else { self.random.below(most) };
        Duration::from_millis(millis)
    }

    /// A request has been made.
    pub(crate) fn is_asked(&self, write: &Write, attempt: u32) {
        let inner = &mut *self.lock();
        let Write { key, value, .. } = *write;
        inner.rows.get_mut(&key).unwrap().asked.extend(value);
        inner.counts.count(if value.is_some() { "requests" } else { "fences" }, 1);
        // Not the number: a part of it is random.
        inner.trace.extend([1, u64::from(key), value.unwrap_or(u64::MAX), u64::from(attempt)]);
    }

    /// A request has arrived: the rule for servers that keep marks.
    pub(crate) fn receive(&self, write: &Write) -> Reply<u64> {
        let rejects = write.value.is_some() && self.goes_wrong(8, "not to its liking");
        let mut guard = self.lock();
        let inner = &mut *guard;
        let Write { key, device, number, value } = *write;
        let row = inner.rows.get_mut(&key).unwrap();
        let mark = row.marks.entry(device).or_insert(Mark::Fenced(0));
        let mut written = None;
        let what = if number <= mark.number() {
            "nothing done"
        } else if let Some(value) = value.filter(|_| !rejects) {
            *mark = Mark::Accepted(number);
            row.now = Push { key, value, revision: row.now.revision + 1, origin: Some((device, number)) };
            row.ever.insert(value);
            written = Some(row.now);
            "writes"
        } else if value.is_some() {
            *mark = Mark::Rejected(number);
            "refusals"
        } else {
            *mark = Mark::Fenced(number);
            "fenced"
        };
        let reply = Reply::value(row.now.value).revision(row.now.revision).mark(*mark);
        inner.counts.count(what, 1);
        inner.trace.extend([2, u64::from(key), row.now.revision, row.now.value]);
        drop(guard);
        if let Some(push) = written {
            self.push(push);
        }
        reply
    }

    fn push(&self, push: Push) {
        let listeners = self.lock().listeners.clone();
        for listener in listeners {
            self.count("pushes", 1);
            if self.goes_wrong(20, "lost pushes") {
                continue;
            }
            for _ in 0..=u64::from(self.goes_wrong(10, "doubled pushes")) {
                let (delay, listener) = (self.delay(3_000), listener.clone());
                tokio::spawn(async move {
                    tokio::time::sleep(delay).await;
                    let _ = listener.send(push);
                });
            }
        }
    }

    /// All devices connect again, and are told what it holds.
    pub(crate) fn heals(&self) {
        self.lock().healthy = true;
        let rows: Vec<_> = self.lock().rows.values().map(|row| row.now).collect();
        for row in rows {
            self.push(row);
        }
    }
}
