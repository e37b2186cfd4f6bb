//! A limit to how long a dispatch may take.

use super::dropped::Dropped;
use super::newest::Newest;
use super::zero_duration::ZeroDuration;
use crate::completion::Completion;
use crate::home::Home;
use crate::key::{Key, Tag};
use crate::middleware::{Middleware, Next};
use crate::outcome::{Failure, FailureKind};
use crate::platform::{MaybeSend, MaybeSync};
use crate::role::{Role, Stage};
use crate::status::Statuses;
use crate::store_api::{StoreApi, WeakStore};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// Ends a dispatch that takes too long: whoever waits for its [`Completion`] is told, and does not wait for ever.
///
/// ```text
///  dispatch   load
///  effect     └────────────────────────────────┐ goes on, and may yet dispatch what it found
///  limit      ├────────── limit ──────────┤    │
///  outcome                                └ unknown: not over after 5000 ms
/// ```
///
/// **The effect behind is not stopped.** It does not hear of the limit: it goes on, and whatever it dispatches at its end
/// is applied. So the failure is [`Unknown`](FailureKind::Unknown), with [`Elapsed`] as the error: it may have taken effect,
/// or still do so. Where an effect holds something, a connection say, give the request itself a deadline as well.
///
/// The action has been applied when `dispatch` returns, as it would be without a limit. One that sets nothing going has
/// ended by then.
///
/// # With others of the same kind
///
/// It may stand anywhere, and more than once. Outside of [`Debounce`](crate::Debounce), [`Throttle`](crate::Throttle) and
/// whatever else holds an action back, it counts the time for which it was held, and an action that has been given up may yet
/// go on; inside, only what comes after. Inside of [`NonReentrant`](crate::NonReentrant), it frees the key at the limit.
/// Outside of a retry, the limit is for all attempts and the pauses between, inside for each. The table is that of [`Role`].
///
/// This is a cheap handle for [one store](crate::Dropped::PluggedTwice): clone it before you plug it in, and read its
/// [`statuses`](Self::statuses) on the clone.
///
/// ```
/// use foregone_middleware::{Timeout, ZeroDuration};
/// use std::time::Duration;
///
/// enum Action { Load(u32), Loaded(u32, String) }
///
/// let five_seconds = Timeout::new("load", Duration::from_secs(5), |action: &Action| match action {
///     Action::Load(page) => Some(*page),
///     Action::Loaded(..) => None,
/// })?;
/// # Ok::<(), ZeroDuration>(())
/// ```
#[must_use = "it does nothing until it is plugged into a store"]
pub struct Timeout<A, K: Key>(Arc<Inner<A, K>>);

struct Inner<A, K: Key> {
    kind: &'static str,
    limit: Duration,
    tag: Box<dyn Tag<A, K>>,
    home: Home,
    newest: Arc<Newest<K>>,
}

impl<A: 'static, K: Key> Timeout<A, K> {
    /// For the actions that `tag` gives a key, which are of this [kind](Role).
    ///
    /// # Errors
    ///
    /// [`ZeroDuration::Limit`] if the limit is zero.
    pub fn new(
        kind: &'static str,
        limit: Duration,
        tag: impl Fn(&A) -> Option<K> + MaybeSend + MaybeSync + 'static,
    ) -> Result<Self, ZeroDuration> {
        if limit.is_zero() {
            return Err(ZeroDuration::Limit);
        }
        Ok(Self(Arc::new(Inner {
            kind,
            limit,
            tag: Box::new(tag),
            home: Home::default(),
            newest: Arc::new(Newest::new()),
        })))
    }
}

impl<A, K: Key> Timeout<A, K> {
    /// What is under way or has failed, by key: the newest dispatch of each, but for one that is withheld further in while
    /// another goes on. One that has reached its limit is not under way any more.
    #[must_use]
    pub fn statuses(&self) -> &Statuses<K, Failure> {
        &self.0.newest.statuses
    }
}

impl<S: 'static, A: 'static, K: Key> Middleware<S, A> for Timeout<A, K> {
    fn handle(&self, store: &dyn StoreApi<S, A>, action: A, next: Next<'_, S, A>) -> Completion {
        let Some(key) = self.0.tag.key(&action) else { return next.run(action) };
        if !self.0.home.is(store) {
            return Dropped::PluggedTwice.completion();
        }
        let completion = next.run(action);
        if let Some(failure) = completion.failure().filter(|_| !completion.is_pending()) {
            self.0.newest.failed_at_once(&key, failure, store.now());
            return completion;
        }
        let (call, weak) = (self.0.newest.begin(key, (), store.now()), store.weak());
        let end = move |outcome: &_| call.end(outcome, &weak);
        if !completion.is_pending() {
            return completion.inspect(store, end);
        }
        let (resolver, limited) = Completion::pending();
        let (limit, sleep) = (self.0.limit, store.sleep(self.0.limit));
        store.spawn(Box::pin(async move {
            let outcome = tokio::select! {
                biased;
                outcome = completion.into_future() => outcome,
                () = sleep => Err(Failure::new(FailureKind::Unknown, Elapsed(limit))),
            };
            end(&outcome);
            resolver.resolve(outcome);
        }));
        limited
    }

    fn attach(&self, store: WeakStore<S, A>) {
        self.0.home.plug(store);
    }

    fn role(&self) -> Option<Role> {
        Some(Role::new("Timeout", self.0.kind, Stage::Limit))
    }
}

impl<A, K: Key> Clone for Timeout<A, K> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<A, K: Key> fmt::Debug for Timeout<A, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Timeout").field("kind", &self.0.kind).field("limit", &self.0.limit).finish_non_exhaustive()
    }
}

/// A dispatch was not over within its limit, whatever becomes of it later. The error of a [`Failure`] that is
/// [`Unknown`](FailureKind::Unknown).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not over after {} ms", .0.as_millis())]
pub struct Elapsed(pub Duration);
