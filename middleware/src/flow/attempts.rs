//! The newest call of each key that may be tried again, and its pause.

use crate::key::Key;
use crate::outcome::{Failure, Outcome};
use crate::platform::{Instant, LONGEST_PAUSE};
use crate::status::{Phase, Statuses};
use crate::store_api::WeakStore;
use parking_lot::Mutex;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::oneshot;

pub(super) struct Attempts<K: Key> {
    newest: Mutex<HashMap<K, Newest>>,
    pub(super) statuses: Statuses<K, Failure>,
}

struct Newest {
    token: Token,
    /// Wakes it out of its pause; dropping it does so as well.
    pause: Option<oneshot::Sender<()>>,
    is_last: bool,
}

impl Newest {
    fn is(&self, token: &Token) -> bool {
        Arc::ptr_eq(&self.token, token)
    }
}

/// Tells one call from every other.
type Token = Arc<()>;

/// Whether there is to be another attempt.
pub(super) enum Verdict {
    Again,
    /// It was cancelled.
    Last,
    /// A newer call of its key came.
    Superseded,
}

impl<K: Key> Attempts<K> {
    pub(super) fn new() -> Self {
        Self { newest: Mutex::new(HashMap::new()), statuses: Statuses::new() }
    }

    /// A call of this key takes over from the one before.
    pub(super) fn begin(self: &Arc<Self>, key: K, now: Instant) -> Attempt<K> {
        let token = Token::default();
        let newest = Newest { token: Arc::clone(&token), pause: None, is_last: false };
        let before = self.newest.lock().insert(key.clone(), newest);
        // Only now, since it wakes the one before.
        drop(before);
        self.statuses.set(&key, Phase::Running { attempt: 1 }, now);
        Attempt { attempts: Arc::clone(self), key, token }
    }

    /// It has never begun: if another of its key is going on, that goes on.
    pub(super) fn failed_at_once(&self, key: &K, failure: &Failure, now: Instant) {
        let is_going_on = self.newest.lock().contains_key(key);
        if !is_going_on {
            self.statuses.end(key, &Err(failure.clone()), now);
        }
    }

    pub(super) fn wake(&self, key: &K) -> bool {
        let pause = self.newest.lock().get_mut(key).and_then(|newest| newest.pause.take());
        pause.is_some_and(|pause| pause.send(()).is_ok())
    }

    pub(super) fn cancel(&self, key: &K) -> bool {
        let pause = match self.newest.lock().get_mut(key) {
            Some(newest) => {
                newest.is_last = true;
                newest.pause.take()
            }
            None => return false,
        };
        drop(pause);
        true
    }
}

/// One call, over all of its attempts, until this is dropped, however it ends.
pub(super) struct Attempt<K: Key> {
    attempts: Arc<Attempts<K>>,
    key: K,
    token: Token,
}

impl<K: Key> Attempt<K> {
    pub(super) fn verdict(&self) -> Verdict {
        match self.attempts.newest.lock().get(&self.key).filter(|newest| newest.is(&self.token)) {
            Some(newest) if newest.is_last => Verdict::Last,
            Some(_) => Verdict::Again,
            None => Verdict::Superseded,
        }
    }

    pub(super) fn post(&self, phase: Phase<Failure>, now: Instant) {
        self.attempts.statuses.set(&self.key, phase, now);
    }

    /// Ends after `pause`, or when it is woken; at once if there is not to be another attempt.
    pub(super) async fn pause<S, A>(&self, store: &WeakStore<S, A>, pause: Duration) {
        let pause = pause.min(LONGEST_PAUSE);
        let paused = store.turn(|store| {
            let (now, woken) = (store.now(), self.wait()?);
            self.post(Phase::Waiting { until: now + pause }, now);
            Some((store.sleep(pause), woken))
        });
        if let Some((sleep, woken)) = paused.flatten() {
            tokio::select! {
                biased;
                _ = woken => {}
                () = sleep => {}
            }
        }
    }

    fn wait(&self) -> Option<oneshot::Receiver<()>> {
        let mut newest = self.attempts.newest.lock();
        let newest = newest.get_mut(&self.key).filter(|newest| newest.is(&self.token) && !newest.is_last)?;
        let (wake, woken) = oneshot::channel();
        newest.pause = Some(wake);
        Some(woken)
    }

    pub(super) fn end(self, outcome: &Result<Outcome, Failure>, now: Instant) {
        if self.forget() {
            self.attempts.statuses.end(&self.key, outcome, now);
        }
    }

    /// Gives whether it was the newest.
    fn forget(&self) -> bool {
        let mut newest = self.attempts.newest.lock();
        if !newest.get(&self.key).is_some_and(|newest| newest.is(&self.token)) {
            return false;
        }
        newest.remove(&self.key);
        if newest.is_empty() {
            newest.shrink_to(64);
        }
        true
    }
}

impl<K: Key> Drop for Attempt<K> {
    fn drop(&mut self) {
        if self.forget() {
            self.attempts.statuses.abandon(&self.key);
        }
    }
}
