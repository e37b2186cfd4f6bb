//! What is polled, and the loop of each key.

use super::windows::after;
use crate::completion::Completion;
use crate::key::Key;
use crate::outcome::{Failure, Outcome};
use crate::platform::{BoxFuture, MaybeSend, MaybeSync};
use crate::status::{Phase, Statuses};
use crate::store_api::{StoreApi, WeakStore};
use parking_lot::Mutex;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::oneshot;

/// `Fn(&K) -> A`, with the bounds of the platform.
pub(super) trait Tick<A, K>: MaybeSend + MaybeSync {
    fn action(&self, key: &K) -> A;
}

impl<A, K, F: Fn(&K) -> A + MaybeSend + MaybeSync> Tick<A, K> for F {
    fn action(&self, key: &K) -> A {
        self(key)
    }
}

/// The polls of all keys. They change in turns of the store, but for one whose loop was dropped.
pub(super) struct Polls<A, K: Key> {
    pub(super) interval: Duration,
    tick: Box<dyn Tick<A, K>>,
    polled: Mutex<HashMap<K, Polled>>,
    pub(super) statuses: Statuses<K, Failure>,
}

struct Polled {
    token: Token,
    is_wanted: bool,
    /// Begins the next tick at once; dropping it does so as well. None while one is under way.
    pause: Option<oneshot::Sender<()>>,
}

/// Tells one loop from every other.
type Token = Arc<()>;

impl<A: 'static, K: Key> Polls<A, K> {
    pub(super) fn new(interval: Duration, tick: impl Tick<A, K> + 'static) -> Self {
        Self { interval, tick: Box::new(tick), polled: Mutex::new(HashMap::new()), statuses: Statuses::new() }
    }

    pub(super) fn start<S: 'static>(self: &Arc<Self>, store: &dyn StoreApi<S, A>, key: K) {
        let token = {
            let mut polled = self.polled.lock();
            if let Some(polled) = polled.get_mut(&key) {
                polled.is_wanted = true;
                return;
            }
            let token = Token::default();
            polled.insert(key.clone(), Polled { token: Arc::clone(&token), is_wanted: true, pause: None });
            token
        };
        self.statuses.set(&key, Phase::Queued, store.now());
        let own = Loop { polls: Arc::clone(self), store: store.weak(), key, token };
        store.spawn(Box::pin(own.run()));
    }

    pub(super) fn stop<S: 'static>(&self, store: &dyn StoreApi<S, A>, key: &K) {
        let ended = {
            let mut polled = self.polled.lock();
            match polled.get_mut(key) {
                Some(Polled { is_wanted, pause: None, .. }) => {
                    *is_wanted = false;
                    None
                }
                _ => polled.remove(key),
            }
        };
        if ended.is_some() {
            self.statuses.set(key, Phase::Idle, store.now());
        }
    }

    pub(super) fn stop_all<S: 'static>(&self, store: &dyn StoreApi<S, A>) {
        let keys: Vec<K> = self.polled.lock().keys().cloned().collect();
        for key in keys {
            self.stop(store, &key);
        }
    }

    pub(super) fn run_now(&self, key: &K) {
        let pause = self.polled.lock().get_mut(key).and_then(|polled| polled.pause.take());
        drop(pause);
    }
}

/// The loop of one key. If it is dropped, with the store, the poll has ended.
struct Loop<S, A, K: Key> {
    polls: Arc<Polls<A, K>>,
    store: WeakStore<S, A>,
    key: K,
    token: Token,
}

impl<S: 'static, A: 'static, K: Key> Loop<S, A, K> {
    async fn run(self) {
        while let Some(tick) = self.store.turn(|store| self.tick(store)).flatten() {
            let outcome = tick.await;
            let rest = self.store.turn(|store| self.rest(store, &outcome)).flatten();
            let Some((sleep, woken)) = rest else { return };
            tokio::select! {
                biased;
                _ = woken => {}
                () = sleep => {}
            }
        }
    }

    fn tick(&self, store: &dyn StoreApi<S, A>) -> Option<Completion> {
        if !self.goes_on(None) {
            return None;
        }
        self.polls.statuses.set(&self.key, Phase::Running { attempt: 1 }, store.now());
        Some(store.dispatch(self.polls.tick.action(&self.key)))
    }

    fn rest(
        &self,
        store: &dyn StoreApi<S, A>,
        outcome: &Result<Outcome, Failure>,
    ) -> Option<(BoxFuture<()>, oneshot::Receiver<()>)> {
        let (pause, woken) = oneshot::channel();
        if !self.goes_on(Some(pause)) {
            return None;
        }
        let (now, interval) = (store.now(), self.polls.interval);
        self.polls.statuses.end_or(&self.key, outcome, Phase::Waiting { until: after(now, interval) }, now);
        Some((store.sleep(interval), woken))
    }

    /// Whether it is still this poll that is wanted. If not, it has ended. Called in a turn, so that nobody wants it again
    /// in between.
    fn goes_on(&self, pause: Option<oneshot::Sender<()>>) -> bool {
        if let Some(own) = self.polls.polled.lock().get_mut(&self.key)
            && Arc::ptr_eq(&own.token, &self.token)
            && own.is_wanted
        {
            own.pause = pause;
            return true;
        }
        self.forget();
        false
    }
}

impl<S, A, K: Key> Loop<S, A, K> {
    fn forget(&self) {
        {
            let mut polled = self.polls.polled.lock();
            if !polled.get(&self.key).is_some_and(|own| Arc::ptr_eq(&own.token, &self.token)) {
                return;
            }
            polled.remove(&self.key);
        }
        self.polls.statuses.abandon(&self.key);
    }
}

impl<S, A, K: Key> Drop for Loop<S, A, K> {
    fn drop(&mut self) {
        self.forget();
    }
}
