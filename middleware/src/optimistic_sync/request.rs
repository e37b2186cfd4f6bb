//! The only asynchronous part: one request, from its start to its answer, its deadline, or its end by other means.

use super::drive::Driver;
use super::error::SyncError;
use super::finish::Tail;
use super::lane::{Op, Send};
use super::lanes::Outgoing;
use super::reply::Reply;
use super::spec::{Fence, OptimisticSync, Request};
use crate::epochs::Epochs;
use crate::platform::{BoxFuture, MaybeSend};
use crate::store_api::StoreApi;
use crate::within::{CutOff, within};
use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use tracing::{Instrument, debug, debug_span};

/// Starts a request in the background.
pub(super) fn start<S: 'static, A: 'static, P: OptimisticSync<S, A>>(
    driver: &Arc<Driver<S, A, P>>,
    store: &dyn StoreApi<S, A>,
    Outgoing { key, attempt, send, .. }: Outgoing<P::Key, P::Value>,
) {
    let Send { number, op, revision, try_number } = send;
    let device = driver.config.device;
    let span = debug_span!(target: "foregone", "request", ?key, number, attempt = try_number);
    let ask = match op {
        Op::Set(value) => Ask::Send(Request { key: key.clone(), value, number, device, attempt: try_number, revision }),
        Op::Fence => Ask::Fence(Fence { key: key.clone(), number, device, attempt: try_number }),
    };
    let mut flight = Flight { driver: Arc::clone(driver), key, attempt, landed: false };
    let ended = driver.epochs.ended();
    let effect = async move {
        Epochs::are_gone(ended).await;
        debug!(target: "foregone", "sending");
        let asked = async {
            match ask {
                Ask::Send(request) => flight.driver.spec.send(request).await,
                // Rare: boxed, so that no request keeps room for it.
                Ask::Fence(fence) => Box::pin(flight.driver.spec.fence(fence)).await,
            }
        };
        let result = flight.driver.within(pin!(asked)).await;
        let result = result.and_then(|reply| reply.map_err(SyncError::Send));
        if let Some(tail) = flight.land(result) {
            // Boxed, so that a request in flight keeps no room for it.
            Box::pin(tail.run()).await;
        }
    };
    store.spawn(driver.this_epoch(effect.instrument(span)));
}

enum Ask<K, V> {
    Send(Request<K, V>),
    Fence(Fence<K>),
}

/// Starts the pause before the next attempt.
pub(super) fn wait<S: 'static, A: 'static, P: OptimisticSync<S, A>>(
    driver: &Arc<Driver<S, A, P>>,
    store: &dyn StoreApi<S, A>,
    key: P::Key,
    attempt: u64,
    pause: Duration,
) {
    let sleep = store.sleep(pause);
    let pause = Pause { driver: Arc::clone(driver), key, attempt };
    store.spawn(driver.this_epoch(async move {
        sleep.await;
        drop(pause);
    }));
}

/// A request under way. However it ends, also when the executor drops it, its lane hears of it exactly once.
struct Flight<S: 'static, A: 'static, P: OptimisticSync<S, A>> {
    driver: Arc<Driver<S, A, P>>,
    key: P::Key,
    attempt: u64,
    landed: bool,
}

impl<S: 'static, A: 'static, P: OptimisticSync<S, A>> Flight<S, A, P> {
    fn land(&mut self, result: Result<Reply<P::Value>, SyncError<P::Error>>) -> Option<Tail<S, A, P>> {
        self.landed = true;
        let driver = &self.driver;
        let Some(settled) = driver.turn(|store| driver.settle(store, &self.key, self.attempt, result)) else {
            driver.store_is_gone();
            return None;
        };
        settled?.tell()
    }
}

impl<S: 'static, A: 'static, P: OptimisticSync<S, A>> Drop for Flight<S, A, P> {
    fn drop(&mut self) {
        if !self.landed
            && let Some(tail) = self.land(Err(SyncError::Stopped))
        {
            tail.spawn();
        }
    }
}

/// The pause before an attempt. Its end, however it comes, is the timer's event.
struct Pause<S: 'static, A: 'static, P: OptimisticSync<S, A>> {
    driver: Arc<Driver<S, A, P>>,
    key: P::Key,
    attempt: u64,
}

impl<S: 'static, A: 'static, P: OptimisticSync<S, A>> Drop for Pause<S, A, P> {
    fn drop(&mut self) {
        let driver = &self.driver;
        let told = driver.turn(|store| {
            driver.lanes.lock().timer(&self.key, self.attempt);
            driver.send_ready(store);
            driver.post_if_queued(store, &self.key);
        });
        if told.is_none() {
            driver.store_is_gone();
        }
    }
}

impl<S: 'static, A: 'static, P: OptimisticSync<S, A>> Driver<S, A, P> {
    /// What the future gives, unless it panics or the deadline comes first.
    pub(super) async fn within<T>(&self, future: impl Future<Output = T>) -> Result<T, SyncError<P::Error>> {
        within(self.store.get(), self.config.deadline, future).await.map_err(|cut_off| match cut_off {
            CutOff::Panicked(message) => SyncError::Panicked(message),
            CutOff::TimedOut(deadline) => SyncError::TimedOut(deadline),
        })
    }

    /// The effect, for as long as nobody clears.
    pub(super) fn this_epoch(&self, effect: impl Future<Output = ()> + MaybeSend + 'static) -> BoxFuture<()> {
        self.epochs.limit(effect)
    }
}
