//! Statuses by key, kept for readers: never locked for longer than a clone of a persistent map.

use super::Status;
use crate::effects::ThunkError;
use crate::latest::{Latest, Put};
use crate::outcome::{Failure, FailureKind, Outcome};
use crate::platform::Instant;
use crate::watchers::Watchers;
use parking_lot::Mutex;
use std::fmt;
use std::hash::Hash;
use std::sync::Arc;

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
        Self(Arc::new(Mutex::new(Inner { statuses: Map::new(), watchers: Watchers::default() })))
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
        let Inner { statuses, watchers } = &mut *self.0.lock();
        watchers.add(statuses.clone())
    }

    /// Marks a failure as seen by the user. It stays until something is begun for this key. Gives false if the key has
    /// not failed.
    pub fn dismiss(&self, key: &K) -> bool {
        self.update(|statuses| match statuses.get_mut(key) {
            Some(Status::Failed { dismissed, .. }) => {
                *dismissed = true;
                true
            }
            _ => false,
        })
    }

    pub(crate) fn set(&self, key: &K, phase: Phase<E>, now: Instant) {
        drop(self.update(|statuses| {
            let since = statuses.get(key).filter(|before| before.is_waiting()).and_then(Status::since).unwrap_or(now);
            let status = match phase {
                Phase::Idle => return statuses.remove(key),
                Phase::Queued => Status::Queued { since },
                Phase::Running { attempt } => Status::Running { attempt, since },
                Phase::Waiting { until } => Status::Waiting { until, since },
                Phase::Failed(error) => Status::Failed { error, since: now, dismissed: false },
            };
            statuses.insert(key.clone(), status)
        }));
    }

    /// What was under way has ended without a word.
    pub(crate) fn abandon(&self, key: &K) {
        drop(self.update(
            |statuses| {
                if statuses.get(key).is_some_and(Status::is_waiting) { statuses.remove(key) } else { None }
            },
        ));
    }

    pub(crate) fn clear(&self) {
        drop(self.update(std::mem::take));
    }

    /// Gives what `change` gives, to be dropped where an error may do as it likes.
    fn update<R>(&self, change: impl FnOnce(&mut Map<K, E>) -> R) -> R {
        let mut inner = self.0.lock();
        let Inner { statuses, watchers } = &mut *inner;
        let changed = change(statuses);
        let told = watchers.put(statuses);
        drop(inner);
        told.into_iter().for_each(Put::tell);
        changed
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
