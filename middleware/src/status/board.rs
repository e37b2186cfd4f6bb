//! Statuses by key, kept for readers: never locked for longer than a clone of a persistent map.

use super::Status;
use crate::effects::ThunkError;
use crate::latest::{Latest, Put};
use crate::outcome::{Failure, FailureKind, Outcome};
use crate::platform::Instant;
use crate::watchers::Watchers;
use parking_lot::Mutex;
use std::collections::HashMap;
use std::fmt;
use std::hash::Hash;
use std::mem;
use std::sync::Arc;
use tokio::sync::watch;

type Map<K, E> = im::HashMap<K, Status<E>>;

/// What a middleware is doing, for every key that is not idle.
///
/// Every middleware of this crate that does something by key has one, and they are all read alike. A cheap handle.
///
/// Where several look after one kind of action, show the one that is busy longest: [`Retry`](crate::Retry)'s is from the
/// first attempt to the last, while a thunk's has failed in each pause between; [`Debounce`](crate::Debounce)'s is
/// waiting before either begins.
///
/// ```
/// use foregone_middleware::{OptimisticSync, OptimisticSyncMiddleware};
///
/// async fn spin<S: 'static, A: 'static, P: OptimisticSync<S, A>>(sync: &OptimisticSyncMiddleware<S, A, P>) {
///     let mut saving = sync.statuses().watch().distinct(|statuses| statuses.values().any(|status| status.is_waiting()));
///     while let Some(saving) = saving.next().await {
///         println!("{}", if saving { "saving…" } else { "saved" });
///     }
/// }
/// ```
pub struct Statuses<K, E>(Arc<Mutex<Inner<K, E>>>);

struct Inner<K, E> {
    /// Holds no entry for a key that is idle.
    statuses: Map<K, E>,
    watchers: Watchers<Map<K, E>>,
    /// Those who wait for a key to be at rest are woken when this is dropped. Holds none for a key that is.
    until_at_rest: HashMap<K, watch::Sender<()>>,
}

/// What a middleware says of a key; when it began is kept here.
pub(crate) enum Phase<E> {
    Idle,
    Queued,
    Running { attempt: u32 },
    Waiting { until: Instant },
    Failed(E),
}

impl<K: Clone + Eq + Hash, E: Clone> Statuses<K, E> {
    pub(crate) fn new() -> Self {
        let (statuses, watchers, until_at_rest) = (Map::new(), Watchers::default(), HashMap::new());
        Self(Arc::new(Mutex::new(Inner { statuses, watchers, until_at_rest })))
    }

    /// What this key is doing.
    #[must_use]
    pub fn of(&self, key: &K) -> Status<E> {
        self.0.lock().statuses.get(key).cloned().unwrap_or(Status::Idle)
    }

    /// What every key is doing that is not idle, as a persistent map: it costs one reference count.
    #[must_use]
    pub fn snapshot(&self) -> im::HashMap<K, Status<E>> {
        self.0.lock().statuses.clone()
    }

    /// Whether every key is idle: nothing is going on, nothing has failed.
    #[must_use]
    pub fn all_idle(&self) -> bool {
        self.0.lock().statuses.is_empty()
    }

    /// Whether something has yet to end, for any key.
    #[must_use]
    pub fn any_waiting(&self) -> bool {
        self.snapshot().values().any(Status::is_waiting)
    }

    /// [`snapshot`](Self::snapshot) as a stream: now, and whenever it changes. For a part of it, use
    /// [`Latest::distinct`]. It ends with the middleware and the last clone of this.
    #[must_use]
    pub fn watch(&self) -> Latest<im::HashMap<K, Status<E>>> {
        let Inner { statuses, watchers, .. } = &mut *self.0.lock();
        watchers.add(statuses.clone())
    }

    /// Waits until nothing is under way for this key: it is idle, or has failed. Ends at once if that is so now, else the
    /// first time that it is, also if something was begun for the key right after.
    ///
    /// What is under way ends with its store, and so does this. In what the key waits for, it would wait for itself.
    ///
    /// ```
    /// use foregone_middleware::{Key, Statuses};
    ///
    /// async fn told<K: Key, E: Clone>(statuses: &Statuses<K, E>, key: &K) -> &'static str {
    ///     statuses.at_rest(key).await;
    ///     if statuses.of(key).is_idle() { "saved" } else { "not saved" }
    /// }
    /// ```
    ///
    /// # Cancel safety
    ///
    /// Dropping the future changes nothing.
    pub async fn at_rest(&self, key: &K) {
        let mut at_rest = {
            let mut inner = self.0.lock();
            if !inner.is_waiting(key) {
                return;
            }
            inner.until_at_rest.entry(key.clone()).or_default().subscribe()
        };
        // Nothing is ever sent: it ends when the sender is dropped.
        let _dropped = at_rest.changed().await;
    }

    /// Marks a failure as seen by the user. It stays until something is begun for this key. Gives false if the key has
    /// not failed.
    pub fn dismiss(&self, key: &K) -> bool {
        self.update(|Inner { statuses, .. }| match statuses.get_mut(key) {
            Some(Status::Failed { dismissed, .. }) => {
                *dismissed = true;
                true
            }
            _ => false,
        })
    }

    /// As [`dismiss`](Self::dismiss), for every key.
    ///
    /// ```
    /// use foregone_middleware::{OptimisticCommand, OptimisticCommandMiddleware, OptimisticSync, OptimisticSyncMiddleware};
    ///
    /// /// The user has closed the bar that says what went wrong.
    /// fn close_bar<S: 'static, A: 'static, P: OptimisticSync<S, A>, C: OptimisticCommand<S, A>>(
    ///     likes: &OptimisticSyncMiddleware<S, A, P>,
    ///     comments: &OptimisticCommandMiddleware<S, A, C>,
    /// ) {
    ///     likes.statuses().dismiss_all();
    ///     comments.statuses().dismiss_all();
    /// }
    /// ```
    pub fn dismiss_all(&self) {
        self.update(|Inner { statuses, .. }| {
            for (_, status) in statuses.iter_mut() {
                if let Status::Failed { dismissed, .. } = status {
                    *dismissed = true;
                }
            }
        });
    }

    pub(crate) fn set(&self, key: &K, phase: Phase<E>, now: Instant) {
        drop(self.update(|inner| {
            let statuses = &mut inner.statuses;
            let since = statuses.get(key).filter(|before| before.is_waiting()).and_then(Status::since).unwrap_or(now);
            let status = match phase {
                Phase::Idle => return (statuses.remove(key), inner.rested(key)),
                Phase::Queued => Status::Queued { since },
                Phase::Running { attempt } => Status::Running { attempt, since },
                Phase::Waiting { until } => Status::Waiting { until, since },
                Phase::Failed(error) => Status::Failed { error, since: now, dismissed: false },
            };
            (statuses.insert(key.clone(), status), inner.rested(key))
        }));
    }

    /// What was under way has ended without a word.
    pub(crate) fn abandon(&self, key: &K) {
        drop(self.update(|inner| {
            let ended = if inner.is_waiting(key) { inner.statuses.remove(key) } else { None };
            (ended, inner.rested(key))
        }));
    }

    pub(crate) fn clear(&self) {
        drop(self.update(|inner| (mem::take(&mut inner.statuses), mem::take(&mut inner.until_at_rest))));
    }

    /// Gives what `change` gives, to be dropped where an error may do as it likes.
    fn update<R>(&self, change: impl FnOnce(&mut Inner<K, E>) -> R) -> R {
        let mut inner = self.0.lock();
        let changed = change(&mut inner);
        let Inner { statuses, watchers, .. } = &mut *inner;
        let told = watchers.put(statuses);
        drop(inner);
        told.into_iter().for_each(Put::tell);
        changed
    }
}

impl<K: Clone + Eq + Hash, E: Clone> Inner<K, E> {
    fn is_waiting(&self, key: &K) -> bool {
        self.statuses.get(key).is_some_and(Status::is_waiting)
    }

    /// If the key is at rest, those who wait for that, to be dropped once the lock is released.
    fn rested(&mut self, key: &K) -> Option<watch::Sender<()>> {
        let rested = if self.is_waiting(key) { None } else { self.until_at_rest.remove(key) };
        if self.until_at_rest.is_empty() {
            self.until_at_rest.shrink_to(64);
        }
        rested
    }
}

impl<K: Clone + Eq + Hash> Statuses<K, Failure> {
    pub(crate) fn end(&self, key: &K, outcome: &Result<Outcome, Failure>, now: Instant) {
        self.end_or(key, outcome, Phase::Idle, now);
    }

    /// It has failed, or else `goes_on` in some way.
    pub(crate) fn end_or(&self, key: &K, outcome: &Result<Outcome, Failure>, goes_on: Phase<Failure>, now: Instant) {
        let asked_for = |failure: &&Failure| {
            failure.kind() == FailureKind::Cancelled
                || matches!(failure.downcast_ref::<ThunkError>(), Some(ThunkError::Cancelled))
        };
        let failure = outcome.as_ref().err().filter(|failure| !asked_for(failure));
        self.set(key, failure.cloned().map_or(goes_on, Phase::Failed), now);
    }
}

impl<K, E> Clone for Statuses<K, E> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<K, E> fmt::Debug for Statuses<K, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Statuses").finish_non_exhaustive()
    }
}
