//! When it is saved, and by whom: one at a time, the newest state, off the executor.

use super::error::PersistError;
use super::file::File;
use crate::platform::{Instant, MaybeSend, MaybeSync};
use crate::status::{Phase, Statuses};
use crate::store_api::{StoreApi, WeakStore};
use parking_lot::Mutex;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::fmt;
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use tokio::sync::{OwnedMutexGuard, oneshot};
use tracing::{debug, error};

pub(super) type Saved = Result<(), Arc<PersistError>>;

/// `Fn(&S) -> T`, with the bounds of the platform.
pub(super) trait Select<S, T>: MaybeSend + MaybeSync {
    fn select(&self, state: &S) -> T;
}

impl<S, T, F: Fn(&S) -> T + MaybeSend + MaybeSync> Select<S, T> for F {
    fn select(&self, state: &S) -> T {
        self(state)
    }
}

pub(super) struct Inner<S, A, T> {
    pub(super) file: File,
    pub(super) select: Box<dyn Select<S, T>>,
    pub(super) debounce: Duration,
    pub(super) max_wait: Duration,
    pub(super) store: OnceLock<WeakStore<S, A>>,
    pub(super) unsaved: Mutex<Unsaved>,
    /// What the file holds, as far as it was looked at. Whoever has it is the one who reads and writes the file: it goes
    /// with the work, so that two never write at once, also when nobody waits for the first any more.
    pub(super) saved: Arc<tokio::sync::Mutex<Option<T>>>,
    pub(super) statuses: Statuses<(), Arc<PersistError>>,
}

/// What was dispatched since the state was last taken to be saved.
#[derive(Default)]
pub(super) struct Unsaved {
    /// The first and the last time.
    dispatched: Option<(Instant, Instant)>,
    /// Whether an effect is there to see to it.
    is_watched: bool,
}

impl<S, A, T> Inner<S, A, T>
where
    S: MaybeSend + MaybeSync + 'static,
    A: 'static,
    T: PartialEq + Serialize + DeserializeOwned + MaybeSend + 'static,
{
    /// Something is being dispatched.
    pub(super) fn note(self: &Arc<Self>, store: &dyn StoreApi<S, A>) {
        let now = store.now();
        let mut unsaved = self.unsaved.lock();
        unsaved.dispatched = Some((unsaved.dispatched.map_or(now, |(first, _)| first), now));
        if std::mem::replace(&mut unsaved.is_watched, true) {
            return;
        }
        drop(unsaved);
        store.spawn(Box::pin(Arc::clone(self).watch(store.weak())));
    }

    async fn watch(self: Arc<Self>, store: WeakStore<S, A>) {
        while let Some(pause) = store.now().and_then(|now| self.pause(now)) {
            if pause.is_zero() {
                // Whether it was is told by the status.
                let _ = self.save(&store).await;
            } else if let Some(sleep) = store.turn(|store| store.sleep(pause)) {
                sleep.await;
            }
        }
    }

    /// How long until a save begins. If there is none to come, the effect that asks has done its work.
    fn pause(&self, now: Instant) -> Option<Duration> {
        let mut unsaved = self.unsaved.lock();
        let Some((first, last)) = unsaved.dispatched else {
            unsaved.is_watched = false;
            return None;
        };
        let left = |wait: Duration, since| wait.saturating_sub(now.saturating_duration_since(since));
        Some(left(self.debounce, last).min(left(self.max_wait, first)))
    }

    /// Saves what the state is once nobody else is saving.
    pub(super) async fn save(self: &Arc<Self>, store: &WeakStore<S, A>) -> Saved {
        let path = || self.file.path.clone();
        let saved = Arc::clone(&self.saved).lock_owned().await;
        let (ended, end) = oneshot::channel();
        let begun = store.turn(|store| {
            // In one turn with the state: what is dispatched from here on is for the next save.
            self.unsaved.lock().dispatched = None;
            let (this, state, clock) = (Arc::clone(self), store.state(), store.weak());
            store.spawn_blocking(Box::new(move || {
                let outcome = this.write(saved, state, &clock);
                // Whoever began it may have gone.
                let _ = ended.send(outcome);
            }));
        });
        if begun.is_none() {
            return Err(Arc::new(PersistError::NoStore { path: path() }));
        }
        end.await.unwrap_or_else(|_| Err(Arc::new(PersistError::Interrupted { path: path() })))
    }

    /// Runs where blocking is allowed.
    fn write(&self, mut saved: OwnedMutexGuard<Option<T>>, state: Arc<S>, clock: &WeakStore<S, A>) -> Saved {
        let interrupted = PersistError::Interrupted { path: self.file.path.clone() };
        let mut attempt = Attempt { inner: self, clock, outcome: Err(Arc::new(interrupted)) };
        let value = self.select.select(&state);
        drop(state);
        attempt.outcome = self.write_value(&mut saved, value, clock).map_err(Arc::new);
        attempt.outcome.clone()
    }

    fn write_value(&self, saved: &mut Option<T>, value: T, clock: &WeakStore<S, A>) -> Result<(), PersistError> {
        if saved.is_none() {
            // A file that this program cannot read is somebody's: it is not overwritten.
            *saved = self.file.load()?;
        }
        if saved.as_ref() != Some(&value) {
            if let Some(now) = clock.now() {
                self.statuses.set(&(), Phase::Running { attempt: 1 }, now);
            }
            self.file.save(&value)?;
            *saved = Some(value);
            debug!(target: "foregone", path = %self.file.path.display(), "saved");
        }
        Ok(())
    }
}

impl<S, A, T> Inner<S, A, T> {
    pub(super) fn fmt_as(&self, name: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct(name)
            .field("path", &self.file.path)
            .field("version", &self.file.version)
            .field("debounce", &self.debounce)
            .field("max_wait", &self.max_wait)
            .finish_non_exhaustive()
    }
}

/// Tells how a save ended, also if it is by a panic.
struct Attempt<'a, S, A, T> {
    inner: &'a Inner<S, A, T>,
    clock: &'a WeakStore<S, A>,
    outcome: Saved,
}

impl<S, A, T> Drop for Attempt<'_, S, A, T> {
    fn drop(&mut self) {
        let statuses = &self.inner.statuses;
        let phase = match &self.outcome {
            Ok(()) if statuses.all_idle() => return,
            Ok(()) => Phase::Idle,
            Err(error) => {
                error!(target: "foregone", %error, "not saved");
                Phase::Failed(Arc::clone(error))
            }
        };
        match self.clock.now() {
            Some(now) => statuses.set(&(), phase, now),
            None => statuses.clear(),
        }
    }
}
