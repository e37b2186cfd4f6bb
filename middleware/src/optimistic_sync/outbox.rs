//! Where intents are kept, so that they survive the program.

use super::device::DeviceId;
use super::drive::Driver;
use super::error::SyncError;
use super::lane::{Op, Record, Save};
use super::panic::{catch, catch_async};
use super::settled::Settled;
use super::spec::OptimisticSync;
use crate::outcome::Outcome;
use crate::platform::{BoxError, BoxFuture, MaybeSend, MaybeSync};
use crate::store_api::StoreApi;
use std::collections::HashMap;
use std::error::Error;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;
use tracing::error;

/// Before something that could not be written is written again.
const PAUSE: Duration = Duration::from_secs(1);

/// Keeps what is wanted where it survives the program: a file, a database.
///
/// With one, an intent is written before it is sent, so that each tap costs a write; and its end before it is
/// forgotten. After a crash, what was wanted is sent under its old number, and the server's answer decides. With a
/// server that keeps [marks](super::Server) nothing takes effect twice, nor after something newer.
///
/// ```text
///  tap   dispatch ─▶ screen
///                 └▶ save ─▶ send ─▶ answer ─▶ save (remove)
///  crash                │       └▶ after a restart: sent again, and the server says what became of it
///                       └▶ after a restart: as if it had not been tapped, or as above
/// ```
///
/// Limits: a refusal that was told just before a crash is remembered only by a server that keeps marks; with others it
/// may be asked again. Two programs must not use one outbox at the same time.
///
/// [`save`](Self::save) is called again for a key only when it has ended for that key. It must be atomic: after a crash,
/// all of a [`OutboxChange`] is there, or nothing of it.
///
/// ```
/// use foregone_middleware::{OutboxChange, OutboxContents, Outbox};
/// use std::{collections::HashMap, convert::Infallible, sync::Mutex};
///
/// /// Survives the store, but not the program.
/// #[derive(Default)]
/// struct InMemory(Mutex<OutboxContents<u32, bool>>);
///
/// impl Outbox<u32, bool> for InMemory {
///     type Error = Infallible;
///
///     async fn load(&self) -> Result<OutboxContents<u32, bool>, Infallible> {
///         Ok(self.0.lock().unwrap().clone())
///     }
///
///     async fn save(&self, change: OutboxChange<u32, bool>) -> Result<(), Infallible> {
///         let mut kept = self.0.lock().unwrap();
///         kept.device = Some(change.device);
///         kept.last_number = kept.last_number.max(change.last_number);
///         match change.intent {
///             Some(intent) => kept.intents.insert(change.key, intent),
///             None => kept.intents.remove(&change.key),
///         };
///         Ok(())
///     }
/// }
/// ```
pub trait Outbox<K, V>: MaybeSend + MaybeSync + 'static {
    /// What reading and writing fail with.
    type Error: Error + MaybeSend + MaybeSync + 'static;

    /// What an earlier run left; [`OutboxContents::default`] the first time.
    fn load(&self) -> impl Future<Output = Result<OutboxContents<K, V>, Self::Error>> + MaybeSend;

    /// Writes it, durably. If that fails, a new value is not sent, and its dispatch fails with
    /// [`SyncError::NotSaved`](super::SyncError::NotSaved); anything else is tried again after a second.
    fn save(&self, change: OutboxChange<K, V>) -> impl Future<Output = Result<(), Self::Error>> + MaybeSend;
}

/// All that an [`Outbox`] has.
#[derive(Debug, Clone)]
pub struct OutboxContents<K, V> {
    /// Who sends the requests: the same over all runs. None the first time.
    pub device: Option<DeviceId>,
    /// The highest number that was given out.
    pub last_number: u64,
    /// The newest of each key.
    pub intents: HashMap<K, SavedIntent<V>>,
}

impl<K, V> Default for OutboxContents<K, V> {
    fn default() -> Self {
        Self { device: None, last_number: 0, intents: HashMap::new() }
    }
}

/// What is wanted of one key.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct SavedIntent<V> {
    /// Its number.
    pub number: u64,
    /// What the server is to hold; none for a [fence](super::Fence).
    pub value: Option<V>,
    /// What the server was known to hold.
    pub base: V,
    /// Of `base`; 0 if none was known.
    pub revision: u64,
}

/// What an [`Outbox`] is to write.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct OutboxChange<K, V> {
    /// Who sends the requests.
    pub device: DeviceId,
    /// The highest number that was given out. Changes of several keys may come in any order: keep the highest.
    pub last_number: u64,
    /// Whose value.
    pub key: K,
    /// What is wanted now, in the place of what was; none to remove it.
    pub intent: Option<SavedIntent<V>>,
}

/// [`Outbox`], without its type.
pub(super) trait Saves<K, V>: MaybeSend + MaybeSync {
    fn save(self: Arc<Self>, change: OutboxChange<K, V>) -> BoxFuture<Result<(), BoxError>>;
}

impl<K: MaybeSend + 'static, V: MaybeSend + 'static, O: Outbox<K, V>> Saves<K, V> for O {
    fn save(self: Arc<Self>, change: OutboxChange<K, V>) -> BoxFuture<Result<(), BoxError>> {
        Box::pin(async move { Outbox::save(&*self, change).await.map_err(|error| Box::new(error) as BoxError) })
    }
}

impl<V> From<SavedIntent<V>> for Record<V> {
    fn from(SavedIntent { number, value, base, revision }: SavedIntent<V>) -> Self {
        Self { number, op: value.map_or(Op::Fence, Op::Set), base, revision }
    }
}

impl<V> From<Record<V>> for SavedIntent<V> {
    fn from(Record { number, op, base, revision }: Record<V>) -> Self {
        let value = if let Op::Set(value) = op { Some(value) } else { None };
        Self { number, value, base, revision }
    }
}

impl<S: 'static, A: 'static, P: OptimisticSync<S, A>> Driver<S, A, P> {
    /// Begins to write what is to be written.
    pub(super) fn save_all(self: &Arc<Self>, store: &dyn StoreApi<S, A>) {
        let Some(outbox) = &self.config.outbox else { return };
        loop {
            let next = self.lanes.lock().next_save();
            let Some((key, save, last_number)) = next else { return };
            let intent = if let Save::Put(record) = save { Some(SavedIntent::from(record)) } else { None };
            let change = OutboxChange { device: self.config.device, last_number, key: key.clone(), intent };
            let writing = Saves::save(Arc::clone(outbox), change);
            let mut write = Write { driver: Arc::clone(self), key, ended: false };
            // Not of an epoch: what was begun is written to its end, or a later write could be overtaken by it.
            store.spawn(Box::pin(async move {
                let written = catch_async(writing).await;
                write.end(written.map_err(SyncError::Panicked).and_then(|done| done.map_err(SyncError::NotSaved)));
            }));
        }
    }

    /// What an earlier run left is shown and sent.
    pub(super) fn resume(self: &Arc<Self>) {
        self.turn(|store| {
            let restored = self.lanes.lock().restored();
            for (key, view) in restored {
                if super::lane::differ(&self.spec.value(&store.state(), &key), &view) {
                    // What goes wrong here is logged there.
                    let _ = self.show(store, &key, view);
                }
            }
            self.send_ready(store);
        });
    }
}

/// Something that is being written. However it ends, its lane hears of it.
struct Write<S: 'static, A: 'static, P: OptimisticSync<S, A>> {
    driver: Arc<Driver<S, A, P>>,
    key: P::Key,
    ended: bool,
}

impl<S: 'static, A: 'static, P: OptimisticSync<S, A>> Write<S, A, P> {
    fn end(&mut self, written: Result<(), SyncError<P::Error>>) {
        self.ended = true;
        let (driver, key) = (&self.driver, &self.key);
        let settled = driver.turn(|store| {
            let mut settled = Settled { waiters: Vec::new(), finish: None };
            let shown = catch(|| driver.spec.value(&store.state(), key)).ok();
            if let Some(shown) = &shown
                && let Some((_, waiter)) = driver.lanes.lock().look(key, shown)
            {
                settled.waiters.push((waiter, Ok(Outcome::Superseded)));
            }
            let settlement = driver.lanes.lock().saved(key, written.is_ok())?;
            let error = written.err().map(Arc::new);
            if let Some(error) = &error {
                error!(target: "foregone", ?key, %error, "not written to the outbox");
            }
            if driver.lanes.lock().pauses_saving(key) && !matches!(error.as_deref(), Some(SyncError::Stopped)) {
                let (sleep, driver, key) = (store.sleep(PAUSE), Arc::clone(driver), key.clone());
                store.spawn(Box::pin(async move {
                    sleep.await;
                    driver.turn(|store| {
                        driver.lanes.lock().may_save_again(&key);
                        driver.send_ready(store);
                    });
                }));
            }
            driver.perform(store, key, shown.as_ref(), settlement, error, &mut settled);
            Some(settled)
        });
        let Some(settled) = settled else {
            driver.store_is_gone();
            return;
        };
        if let Some(tail) = settled.and_then(Settled::tell) {
            tail.spawn();
        }
    }
}

impl<S: 'static, A: 'static, P: OptimisticSync<S, A>> Drop for Write<S, A, P> {
    fn drop(&mut self) {
        if !self.ended {
            self.end(Err(SyncError::Stopped));
        }
    }
}
