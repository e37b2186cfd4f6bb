//! What is running, by key: who may begin, and who has to end for that. Thunks and listeners have this in common.

use crate::panic::catch_async;
use parking_lot::Mutex;
use std::collections::{BTreeMap, HashMap};
use std::future::{Future, pending};
use std::hash::Hash;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tokio::sync::watch;

/// What becomes of others of the same key when one wants to begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Take {
    /// They run side by side.
    Every,
    /// They have to end.
    Latest,
    /// They have to end by themselves first: it may not begin.
    Leading,
}

/// Why something that runs has to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reason {
    Superseded,
    Cancelled,
    /// What it belongs to has ended by itself.
    Over,
}

/// Tells what runs that it has to end. Its receivers are held by what runs, until that is gone.
pub(super) type Stop = watch::Sender<Option<Reason>>;

pub(super) fn next_id() -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    NEXT.fetch_add(1, Ordering::Relaxed)
}

pub(super) struct Runs<K>(Mutex<Inner<K>>);

struct Inner<K> {
    closed: bool,
    /// By key and id. What was told to end stays until it has.
    running: HashMap<K, BTreeMap<u64, One>>,
}

struct One {
    stop: Arc<Stop>,
    has_begun: bool,
}

impl One {
    fn is_told(&self) -> bool {
        self.stop.borrow().is_some()
    }

    /// Whether it has begun, or a task of its own has: they have a receiver each.
    fn is_there(&self) -> bool {
        self.has_begun || self.stop.receiver_count() > 1
    }
}

impl<K: Clone + Eq + Hash> Runs<K> {
    pub(super) fn new() -> Arc<Self> {
        Arc::new(Self(Mutex::new(Inner { closed: false, running: HashMap::new() })))
    }

    /// None if it may not begin.
    pub(super) fn begin(self: &Arc<Self>, key: K, id: u64, take: Take) -> Option<Run<K>> {
        let (stop, told) = watch::channel(None);
        let stop = Arc::new(stop);
        let mut inner = self.0.lock();
        if inner.closed {
            return None;
        }
        let of_key = inner.running.entry(key.clone()).or_default();
        if take == Take::Leading && !of_key.values().all(One::is_told) {
            return None;
        }
        let mut superseded = Vec::new();
        if take == Take::Latest {
            // One that has not begun never will: nobody has to wait for it. So a burst costs each of its own the same.
            of_key.retain(|_, older| {
                superseded.push(Arc::clone(&older.stop));
                older.is_there()
            });
        }
        let older = if take == Take::Every { Vec::new() } else { stops(of_key) };
        of_key.insert(id, One { stop: Arc::clone(&stop), has_begun: false });
        drop(inner);
        tell(&superseded, Reason::Superseded);
        Some(Run { runs: Arc::clone(self), key, id, stop, told, older })
    }

    /// False if it was told to end before.
    fn start(&self, key: &K, id: u64) -> bool {
        let mut inner = self.0.lock();
        let one = inner.running.get_mut(key).and_then(|of_key| of_key.get_mut(&id)).filter(|one| !one.is_told());
        one.map(|one| one.has_begun = true).is_some()
    }

    /// Cancels what runs of this key. False if nothing does.
    pub(super) fn cancel(&self, key: &K) -> bool {
        let running = self.0.lock().running.get(key).map(stops);
        tell(&running.unwrap_or_default(), Reason::Cancelled)
    }

    /// Cancels the one of this id. False if it does not run.
    pub(super) fn cancel_one(&self, id: u64) -> bool {
        let found = self.0.lock().running.values().find_map(|of_key| of_key.get(&id).map(|one| Arc::clone(&one.stop)));
        tell(found.as_slice(), Reason::Cancelled)
    }

    /// Cancels what runs.
    pub(super) fn cancel_all(&self) {
        let running: Vec<_> = self.0.lock().running.values().flat_map(stops).collect();
        tell(&running, Reason::Cancelled);
    }

    /// None begins any more.
    pub(super) fn close(&self) {
        self.0.lock().closed = true;
    }

    /// Whether it was the last of its key.
    fn remove(&self, key: &K, id: u64) -> bool {
        let mut inner = self.0.lock();
        let Some(of_key) = inner.running.get_mut(key) else { return false };
        let was_last = of_key.remove(&id).is_some() && of_key.is_empty();
        if was_last {
            inner.running.remove(key);
        }
        if inner.running.is_empty() {
            inner.running.shrink_to(64);
        }
        was_last
    }
}

fn stops(of_key: &BTreeMap<u64, One>) -> Vec<Arc<Stop>> {
    of_key.values().map(|one| Arc::clone(&one.stop)).collect()
}

/// The first reason counts: gives whether this was it for any of them. Not to be called under a lock: it wakes them.
fn tell(running: &[Arc<Stop>], reason: Reason) -> bool {
    running.iter().fold(false, |any, stop| {
        let is_first = stop.send_if_modified(|told| {
            let is_first = told.is_none();
            *told = told.or(Some(reason));
            is_first
        });
        any || is_first
    })
}

/// One that has begun, until it is dropped.
pub(super) struct Run<K: Clone + Eq + Hash> {
    runs: Arc<Runs<K>>,
    key: K,
    id: u64,
    stop: Arc<Stop>,
    told: watch::Receiver<Option<Reason>>,
    /// Of the same key, and told to end.
    older: Vec<Arc<Stop>>,
}

/// How one ended that did not end by itself.
pub(super) enum Cut {
    Superseded,
    Cancelled { has_begun: bool },
    Panicked(String),
}

impl<K: Clone + Eq + Hash> Run<K> {
    /// What it is told to end by, for what belongs to it.
    pub(super) fn stop(&self) -> &Arc<Stop> {
        &self.stop
    }

    /// Runs the future that `begin` gives, once the older ones that were told to end are gone.
    pub(super) async fn drive<F: Future>(&mut self, begin: impl FnOnce() -> F) -> Result<F::Output, Cut> {
        let Self { runs, key, id, told, older, .. } = self;
        let mut has_begun = false;
        let ended = {
            let work = pin!(async {
                for stop in std::mem::take(older) {
                    stop.closed().await;
                }
                has_begun = runs.start(key, *id);
                // If not, it is about to be told so.
                if has_begun { begin().await } else { pending().await }
            });
            until_told(told, catch_async(work)).await
        };
        match ended {
            Ok(done) => done.map_err(Cut::Panicked),
            Err(Reason::Superseded) => Err(Cut::Superseded),
            Err(Reason::Cancelled | Reason::Over) => Err(Cut::Cancelled { has_begun }),
        }
    }

    /// It is over. Whether it was the last of its key.
    pub(super) fn leave(&self) -> bool {
        tell(std::slice::from_ref(&self.stop), Reason::Over);
        self.runs.remove(&self.key, self.id)
    }
}

impl<K: Clone + Eq + Hash> Drop for Run<K> {
    fn drop(&mut self) {
        self.leave();
    }
}

/// What the future gives, unless it is told to end before.
pub(super) async fn until_told<T>(
    told: &mut watch::Receiver<Option<Reason>>,
    future: impl Future<Output = T>,
) -> Result<T, Reason> {
    tokio::select! {
        biased;
        reason = reason(told) => Err(reason),
        done = future => Ok(done),
    }
}

async fn reason(told: &mut watch::Receiver<Option<Reason>>) -> Reason {
    let reason = told.wait_for(Option::is_some).await.ok().and_then(|reason| *reason);
    match reason {
        Some(reason) => reason,
        None => pending().await,
    }
}
