//! Everything that can be set, checked before it is used.

use super::device::DeviceId;
use super::lane::Record;
use super::outbox::{Outbox, Saves};
use super::{OptimisticSync, OptimisticSyncMiddleware};
use crate::pause::pause;
use crate::platform::{BoxFuture, MaybeSend, MaybeSync};
use backon::ExponentialBuilder;
use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

/// Default deadline of a request, in seconds.
const DEADLINE: u64 = 30;
/// Default limit of follow-ups without a new dispatch; the seed of this project names it.
const FOLLOW_UP_LIMIT: u32 = 10_000;

type Load<K, V, E> = Box<dyn LoadFn<K, V, E>>;

/// `Fn(K) -> BoxFuture<Result<V, E>>`, with the bounds of the platform.
pub(super) trait LoadFn<K, V, E>: MaybeSend + MaybeSync {
    fn load(&self, key: K) -> BoxFuture<Result<V, E>>;
}

impl<K, V, E, F, L> LoadFn<K, V, E> for F
where
    F: Fn(K) -> L + MaybeSend + MaybeSync,
    L: Future<Output = Result<V, E>> + MaybeSend + 'static,
{
    fn load(&self, key: K) -> BoxFuture<Result<V, E>> {
        Box::pin(self(key))
    }
}

/// What becomes of the screen when a request has failed for good.
pub(super) enum OnFailure<K, V, E> {
    Keep,
    RollBack,
    Reload(Load<K, V, E>),
}

pub(super) struct Config<K, V, E> {
    pub(super) kind: Option<&'static str>,
    pub(super) device: DeviceId,
    /// The user said which, so the server may have heard of it before.
    pub(super) is_device_known: bool,
    pub(super) deadline: Option<Duration>,
    pub(super) follow_up_limit: Option<u32>,
    pub(super) max_in_flight: Option<usize>,
    pub(super) retry: Option<ExponentialBuilder>,
    pub(super) on_failure: OnFailure<K, V, E>,
    pub(super) outbox: Option<Arc<dyn Saves<K, V>>>,
}

/// What an outbox had from an earlier run, and the highest number it gave out.
pub(super) type Restored<K, V> = (Vec<(K, Record<V>)>, u64);

impl<K, V, E> Config<K, V, E> {
    pub(super) fn new() -> Self {
        Self {
            kind: None,
            device: DeviceId::random(),
            is_device_known: false,
            deadline: Some(Duration::from_secs(DEADLINE)),
            follow_up_limit: Some(FOLLOW_UP_LIMIT),
            max_in_flight: None,
            retry: None,
            on_failure: OnFailure::Keep,
            outbox: None,
        }
    }

    /// The pause before the next attempt after `tries` failed ones; none if there is to be no other.
    pub(super) fn pause(&self, tries: u32) -> Option<Duration> {
        pause(self.retry, tries)
    }
}

/// Sets up an [`OptimisticSyncMiddleware`]; made by its [`builder`](OptimisticSyncMiddleware::builder).
///
/// ```
/// # use foregone_middleware::{OptimisticSync, Reply, Request};
/// # struct Volume;
/// # impl OptimisticSync<u8, u8> for Volume {
/// #     type Key = (); type Value = u8; type Error = std::io::Error;
/// #     fn key(&self, _: &u8) -> Option<()> { Some(()) }
/// #     fn value(&self, state: &u8, (): &()) -> u8 { *state }
/// #     fn set(&self, (): &(), value: u8) -> u8 { value }
/// #     async fn send(&self, _: Request<(), u8>) -> Result<Reply<u8>, std::io::Error> { Ok(Reply::accepted()) }
/// # }
/// use foregone_middleware::{ExponentialBuilder, OptimisticSyncMiddleware};
/// use std::time::Duration;
///
/// let sync = OptimisticSyncMiddleware::builder(Volume)
///     .deadline(Duration::from_secs(5))
///     .retry(ExponentialBuilder::default().with_jitter())
///     .roll_back_on_failure()
///     .build()?;
/// # Ok::<(), foregone_middleware::ConfigError>(())
/// ```
#[must_use = "a builder does nothing until `build` is called"]
pub struct OptimisticSyncBuilder<S, A, P: OptimisticSync<S, A>> {
    spec: P,
    config: Config<P::Key, P::Value, P::Error>,
    kept: Restored<P::Key, P::Value>,
}

impl<S: 'static, A: 'static, P: OptimisticSync<S, A>> OptimisticSyncBuilder<S, A, P> {
    pub(super) fn new(spec: P) -> Self {
        Self { spec, config: Config::new(), kept: Restored::default() }
    }

    /// The [kind](crate::Role) of the actions that the spec tags, by which a store refuses to be built with another
    /// middleware that cannot work on the same actions. None unless set: then nothing is refused.
    pub fn kind(mut self, kind: &'static str) -> Self {
        self.config.kind = Some(kind);
        self
    }

    /// How long one request may take, from 1 ns; 30 s unless set. At the deadline it is dropped and counts as
    /// failed, with an unknown outcome.
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.config.deadline = Some(deadline);
        self
    }

    /// Lets a request take for ever. One that never ends then holds its key until [`clear`] is called.
    ///
    /// [`clear`]: OptimisticSyncMiddleware::clear
    pub fn no_deadline(mut self) -> Self {
        self.config.deadline = None;
        self
    }

    /// How many follow-ups may be sent without a new dispatch, from 1; 10,000 unless set. Past it, the key is
    /// released and the cycle fails with [`SyncError::FollowUpLimit`](super::SyncError::FollowUpLimit).
    pub fn follow_up_limit(mut self, follow_ups: u32) -> Self {
        self.config.follow_up_limit = Some(follow_ups);
        self
    }

    /// Sends follow-ups for as long as they are called for.
    pub fn no_follow_up_limit(mut self) -> Self {
        self.config.follow_up_limit = None;
        self
    }

    /// How many requests may be in flight over all keys, from 1; no limit unless set. Keys that have to wait go on
    /// coalescing, and are served in the order in which they began to wait.
    pub fn max_in_flight(mut self, requests: usize) -> Self {
        self.config.max_in_flight = Some(requests);
        self
    }

    /// Sends a request again, with the newest value, when it failed with an error that is
    /// [transient](super::ErrorKind::Transient) or [unknown](super::ErrorKind::Unknown), or at its deadline. Not
    /// unless set. The back-off's number of times counts attempts after the first. A dispatch during a pause waits for
    /// its end, and starts the count anew.
    pub fn retry(mut self, backoff: ExponentialBuilder) -> Self {
        self.config.retry = Some(backoff);
        self
    }

    /// On failure, shows what the server last confirmed, exactly. Unless set, the optimistic value stays.
    ///
    /// After a failure whose outcome is unknown, the server may hold the newer value:
    /// [`reload_on_failure`](Self::reload_on_failure) finds out.
    pub fn roll_back_on_failure(mut self) -> Self {
        self.config.on_failure = OnFailure::RollBack;
        self
    }

    /// On failure, or when a key was cancelled for which requests had been made, asks the server and shows what it
    /// says, unless something newer was dispatched meanwhile. Until then the optimistic value stays. It has the
    /// deadline of a request. If it fails, the value stays, and the key's failure is still that of its request.
    pub fn reload_on_failure<F, L>(mut self, load: F) -> Self
    where
        F: Fn(P::Key) -> L + MaybeSend + MaybeSync + 'static,
        L: Future<Output = Result<P::Value, P::Error>> + MaybeSend + 'static,
    {
        self.config.on_failure = OnFailure::Reload(Box::new(load));
        self
    }

    /// Who sends the requests; random unless set. Numbers start anew with each run: where the server has seen higher ones
    /// of this device, they go on above those. Don't let two programs that run at the same time be one device.
    pub fn device(mut self, device: DeviceId) -> Self {
        self.config.device = device;
        self.config.is_device_known = true;
        self
    }

    /// Keeps what is wanted where it survives the program. Reads what an earlier run left: call
    /// [`resume`](OptimisticSyncMiddleware::resume) once the store is built. The device is the one that was kept.
    ///
    /// # Errors
    ///
    /// What [`Outbox::load`] fails with.
    pub async fn outbox<O: Outbox<P::Key, P::Value>>(mut self, outbox: O) -> Result<Self, O::Error> {
        let kept = outbox.load().await?;
        self.config.device = kept.device.unwrap_or(self.config.device);
        self.config.is_device_known = true;
        self.config.outbox = Some(Arc::new(outbox));
        self.kept = (kept.intents.into_iter().map(|(key, intent)| (key, intent.into())).collect(), kept.last_number);
        Ok(self)
    }

    /// The middleware, ready to be plugged into one store.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] if a deadline, the limit of follow-ups, or the number of requests in flight is zero.
    pub fn build(self) -> Result<OptimisticSyncMiddleware<S, A, P>, ConfigError> {
        if self.config.deadline.is_some_and(|deadline| deadline.is_zero()) {
            return Err(ConfigError::ZeroDeadline);
        }
        if self.config.follow_up_limit == Some(0) {
            return Err(ConfigError::ZeroFollowUpLimit);
        }
        if self.config.max_in_flight == Some(0) {
            return Err(ConfigError::ZeroMaxInFlight);
        }
        Ok(OptimisticSyncMiddleware::with_config(self.spec, self.config, self.kept))
    }
}

impl<S, A, P: OptimisticSync<S, A>> fmt::Debug for OptimisticSyncBuilder<S, A, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.config.fmt(f)
    }
}

impl<K, V, E> fmt::Debug for Config<K, V, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let on_failure = match self.on_failure {
            OnFailure::Keep => "keep",
            OnFailure::RollBack => "roll back",
            OnFailure::Reload(_) => "reload",
        };
        f.debug_struct("OptimisticSync")
            .field("device", &self.device)
            .field("deadline", &self.deadline)
            .field("follow_up_limit", &self.follow_up_limit)
            .field("max_in_flight", &self.max_in_flight)
            .field("retry", &self.retry)
            .field("on_failure", &on_failure)
            .finish_non_exhaustive()
    }
}

/// A setting of a builder that cannot work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// No request could be answered in time.
    #[error("the deadline is zero: give a request some time, or say `no_deadline`")]
    ZeroDeadline,
    /// No change could be followed up.
    #[error("the limit of follow-ups is zero: allow at least 1, or say `no_follow_up_limit`")]
    ZeroFollowUpLimit,
    /// No request could ever be sent.
    #[error("the number of requests in flight is zero: allow at least 1")]
    ZeroMaxInFlight,
}
