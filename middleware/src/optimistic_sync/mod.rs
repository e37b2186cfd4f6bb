//! `OptimisticSyncMiddleware`: what the user does shows at once, and the server catches up with as few requests as
//! possible.

mod builder;
mod control;
mod device;
mod drive;
mod error;
mod finish;
mod lane;
mod lanes;
mod outbox;
mod push;
mod refresh;
mod reply;
mod request;
mod settled;
mod spec;

pub use builder::{ConfigError, OptimisticSyncBuilder};
pub use device::DeviceId;
pub use error::SyncError;
pub use lane::{Mark, Server};
pub use outbox::{Outbox, OutboxChange, OutboxContents, SavedIntent};
pub use push::PushError;
pub use refresh::Refresh;
pub use reply::{Reply, ReplyError};
pub use spec::{ErrorKind, Fence, Finish, FollowUp, OptimisticSync, Request};

use crate::completion::Completion;
use crate::middleware::{Middleware, Next};
use crate::role::{Role, Stage};
use crate::status::{Status, Statuses};
use crate::store_api::{StoreApi, WeakStore};
use crate::{epochs, panic};
use builder::{Config, Restored};
use drive::Driver;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// Keeps the values that a [spec](OptimisticSync) names in step with a server, without ever making the user wait.
///
/// ```text
///  tap     like         unlike        like
///  screen  ♥            ♡             ♥
///  request └─ set(true) ──────────────────── ok ┐
///                                               └ sent true, wants true: done. Three taps, one request.
/// ```
///
/// For every key:
/// - each dispatch of a tagged action is applied at once by your reducer, also while a request is in flight;
/// - at most one request is in flight. When it ends and the state has come to want something else, a follow-up is
///   sent with the newest value; if it came back to what was sent, none is;
/// - the server's answer is shown once nothing newer is wanted;
/// - every dispatch gets exactly one outcome: [`Confirmed`](crate::Outcome::Confirmed),
///   [`Superseded`](crate::Outcome::Superseded), or a [`Failure`](crate::Failure);
/// - keys are independent of each other, and a key at rest costs nothing.
///
/// What changes the value while its request is in flight, other than a tagged action, is taken for the user's wish and
/// sent: the state is the truth. Data that comes *from* the server enters through a [`Refresh`] or a
/// [`push`](Self::push), which never count as a wish and never overwrite one.
///
/// This is a cheap handle: clone it before you plug it in, and call status, `flush`, `cancel` and the rest on the
/// clone. It does not keep the store alive. Make one for each store: in a second one, every tagged dispatch is
/// withheld and fails with [`SyncError::PluggedTwice`].
///
/// What is still to be sent when the program ends is lost, unless there is an [`Outbox`].
///
/// # What it tells `tracing`
///
/// Target `foregone`. Each request has a span `request{key, number, attempt}` of level `DEBUG`; within it:
///
/// | level | event | fields |
/// |---|---|---|
/// | `DEBUG` | `sending` | |
/// | `WARN` | `will try again` | key, error, pause |
/// | `DEBUG` | `dispatch ended` (but for those that a newer one superseded) | key, outcome |
/// | `DEBUG` | `at rest` | key, taps, requests, coalesced |
/// | `WARN` | `at rest after a failure` | the same, and the error |
/// | `WARN` | `the server knows this device by higher numbers` | key, seen |
/// | `ERROR` | what is wrong with a spec, or with how the middleware is used | key, error |
///
/// # What a plain server cannot give
///
/// A request that arrives at the server after its deadline may overwrite a newer one: no client can repair that. Each
/// [`Request`] carries a number and a device, by which a server can refuse it. [`Server`] says what each kind of server
/// makes possible.
pub struct OptimisticSyncMiddleware<S, A, P: OptimisticSync<S, A>> {
    driver: Arc<Driver<S, A, P>>,
}

impl<S: 'static, A: 'static, P: OptimisticSync<S, A>> OptimisticSyncMiddleware<S, A, P> {
    /// With the defaults: a deadline of 30 s, no retry, at most 10,000 follow-ups without a new dispatch, no limit of
    /// requests in flight, and on failure the optimistic value stays.
    pub fn new(spec: P) -> Self {
        Self::with_config(spec, Config::new(), Restored::default())
    }

    /// To set it up differently.
    pub fn builder(spec: P) -> OptimisticSyncBuilder<S, A, P> {
        OptimisticSyncBuilder::new(spec)
    }

    fn with_config(spec: P, config: Config<P::Key, P::Value, P::Error>, kept: Restored<P::Key, P::Value>) -> Self {
        Self { driver: Arc::new(Driver::new(spec, config, kept)) }
    }

    /// What this key is doing.
    #[must_use]
    pub fn status(&self, key: &P::Key) -> Status<Arc<SyncError<P::Error>>> {
        self.driver.statuses.of(key)
    }

    /// What every key is doing that is not idle.
    #[must_use]
    pub fn statuses(&self) -> &Statuses<P::Key, Arc<SyncError<P::Error>>> {
        &self.driver.statuses
    }

    /// Withdraws what is still wanted for this key and shows what the server was last known to have; so, too, for a
    /// value that was left on the screen by a failure. A [failed](Status::Failed) key is idle again.
    ///
    /// The dispatch that wanted it ends as [`Cancelled`](crate::FailureKind::Cancelled) if it was never sent, else as
    /// [`Unknown`](crate::FailureKind::Unknown). A request in flight cannot be called back: it goes on, and its answer
    /// is shown, so the screen may change twice.
    ///
    /// With a server that keeps marks, the dispatch ends when it is certain what became of it: as cancelled when the
    /// server has taken a [fence](OptimisticSync::fence), or as confirmed, if the cancel came too late. One that compares
    /// is sent what it is known to hold, and the dispatch ends as unknown then.
    ///
    /// # Panics
    ///
    /// If `value` of the spec panics.
    pub fn cancel(&self, key: &P::Key) {
        self.driver.cancel(key);
    }

    /// Waits until every key is at rest and no finish hook or reload is running. New dispatches prolong it. In `send`,
    /// `on_finish` or a reload it would wait for itself, until their deadline.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future changes nothing.
    pub async fn flush(&self) {
        self.driver.flush().await;
    }

    /// For a log-out: drops everything under way. Nothing that was started before may write to the state or send
    /// afterwards; requests in flight are dropped, hooks and reloads too. Dispatches end as
    /// [`cancel`](Self::cancel) says, with [`SyncError::Cleared`]. A request made after it waits until those before it
    /// have been dropped. The state is left as it is: reset it by an action of your own. What an [`Outbox`] has of it is
    /// removed.
    pub fn clear(&self) {
        self.driver.clear_for_good(|| SyncError::Cleared);
    }

    /// For the end of a program: takes no new dispatches, [flushes](Self::flush), and after `deadline` drops what is
    /// left as [`clear`](Self::clear) does, but for what an [`Outbox`] has: that is for the next run. Once the future is polled, a tagged action is withheld and fails with
    /// [`SyncError::ShutDown`].
    ///
    /// # Errors
    ///
    /// [`Unfinished`] if the deadline passed.
    ///
    /// # Cancel safety
    ///
    /// If the future is dropped, the middleware stays shut and what is under way goes on.
    pub async fn shutdown(&self, deadline: Duration) -> Result<(), Unfinished> {
        self.driver.shutdown(deadline).await
    }

    /// The server said, unasked, that it holds `value` at `revision`: another device's change, or the echo of one of ours.
    /// For servers that keep [revisions](Server::keeps_revisions), also to tell them when values are loaded.
    ///
    /// A newer revision than is known here is shown, unless the user wants something: it is never taken for the user's
    /// wish, and never put over one. `origin` is the device and the number of the request that wrote it, if the server
    /// says so: with our own, it counts as an answer to that request, which may have got lost. Gives whether the value
    /// was news.
    ///
    /// ```
    /// # use foregone_middleware::{DeviceId, OptimisticSync, OptimisticSyncMiddleware, PushError};
    /// # struct Pushed<K, V> { key: K, value: V, revision: u64, by: DeviceId, number: u64 }
    /// fn pushed<S: 'static, A: 'static, P: OptimisticSync<S, A>>(
    ///     sync: &OptimisticSyncMiddleware<S, A, P>,
    ///     message: Pushed<P::Key, P::Value>,
    /// ) -> Result<(), PushError> {
    ///     sync.push(&message.key, message.value, message.revision, Some((message.by, message.number)))?;
    ///     Ok(())
    /// }
    /// ```
    ///
    /// A key whose revision is known is remembered at rest: about as much memory as two values and a hundred bytes,
    /// until [`clear`](Self::clear).
    ///
    /// # Errors
    ///
    /// [`PushError`]: nothing is done.
    ///
    /// # Panics
    ///
    /// If `value` of the spec panics.
    pub fn push(
        &self,
        key: &P::Key,
        value: P::Value,
        revision: u64,
        origin: Option<(DeviceId, u64)>,
    ) -> Result<bool, PushError> {
        self.driver.push(key, (value, revision), origin)
    }

    /// With an [`Outbox`]: shows what an earlier run left, and sends it. Call it once the store is built.
    ///
    /// # Panics
    ///
    /// If `value` of the spec panics.
    pub fn resume(&self) {
        self.driver.resume();
    }

    /// Begins to ask the server for values: call it *before* the request goes out, and hand what came back to
    /// [`Refresh::put`].
    #[must_use]
    pub fn refresh(&self) -> Refresh<S, A, P> {
        Refresh::begin(&self.driver)
    }
}

/// [`shutdown`](OptimisticSyncMiddleware::shutdown) reached its deadline.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("at the deadline, keys had not settled: {keys}")]
#[non_exhaustive]
pub struct Unfinished {
    /// How many keys had not settled.
    pub keys: usize,
}

impl<S: 'static, A: 'static, P: OptimisticSync<S, A>> Middleware<S, A> for OptimisticSyncMiddleware<S, A, P> {
    fn handle(&self, store: &dyn StoreApi<S, A>, action: A, next: Next<'_, S, A>) -> Completion {
        match self.driver.spec.key(&action) {
            Some(key) => self.driver.tap(store, key, action, next),
            None => next.run(action),
        }
    }

    fn attach(&self, store: WeakStore<S, A>) {
        self.driver.plug(store);
    }

    fn role(&self) -> Option<Role> {
        self.driver.config.kind.map(|kind| Role::new("OptimisticSyncMiddleware", kind, Stage::Apply))
    }
}

impl<S, A, P: OptimisticSync<S, A>> Clone for OptimisticSyncMiddleware<S, A, P> {
    fn clone(&self) -> Self {
        Self { driver: Arc::clone(&self.driver) }
    }
}

impl<S, A, P: OptimisticSync<S, A>> fmt::Debug for OptimisticSyncMiddleware<S, A, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.driver.config.fmt(f)
    }
}
