//! What failed is tried again.

use super::attempts::{Attempt, Attempts, Pausing, Verdict};
use super::dropped::Dropped;
use super::predicate::Predicate;
use crate::completion::Completion;
use crate::deferred::Deferred;
use crate::effects::ThunkError;
use crate::home::Home;
use crate::key::{Key, Tag};
use crate::middleware::{Middleware, Next};
use crate::outcome::{Failure, FailureKind, Outcome};
use crate::platform::{MaybeSend, MaybeSync};
use crate::role::{Role, Stage};
use crate::status::{Phase, Statuses};
use crate::store_api::{StoreApi, WeakStore};
use backon::{BackoffBuilder, ExponentialBuilder};
use std::fmt;
use std::sync::Arc;

/// Sends an action through the rest of the chain again if what it set going failed, after a pause that grows: a page that
/// is loaded over a bad connection.
///
/// ```text
///  dispatch   load
///  attempt    └── 1 ─┐       └── 2 ─┐           └── 3 ─┐
///  pause             └─ 1 s ─┘      └─── 2 s ───┘      │
///  outcome                                             └ confirmed
/// ```
///
/// # Which actions?
///
/// Those of a type that is `Clone`.
///
/// It repeats the *action*, and so the reducer sees it once per attempt. That is right for one that only says that
/// something begins (`Load`, `Save`: the effect does the rest), or that an effect takes before it gets to the reducer. It
/// is wrong for one that changes the state each time: a toggle that is tried twice is back where it was, a counter has
/// counted twice. For those, use [`OptimisticSyncMiddleware`](crate::OptimisticSyncMiddleware), which repeats the request;
/// a store refuses to be built with both for one kind. And what is tried again may have reached the server, so that it must
/// not matter whether it is done once or twice.
///
/// # Which failures?
///
/// Those that are [`Unknown`](FailureKind::Unknown), unless [`when`](Self::when) says otherwise: no answer, or one that
/// does not say. What was rejected would be rejected again, and what was cancelled is not wanted any more, a
/// [`Thunk`](crate::Thunk) that had begun ([`ThunkError::Cancelled`]) included. The dispatch ends with the first success,
/// or with the last failure. With the store, a pause ends as unknown.
///
/// An error that a thunk returns as it is counts as unknown, a refusal too, and is tried again. Where you know better, say
/// so in the thunk: an [`ErrorKind`](crate::ErrorKind) turns into the kind of its failure.
///
/// ```
/// # use foregone_middleware::{BoxError, ErrorKind, Failure, FailureKind};
/// # #[derive(Debug, thiserror::Error)]
/// # #[error("status {status}")]
/// # struct ApiError { status: u16 }
/// fn failure(error: ApiError) -> Failure {
///     let kind = if error.status == 403 { ErrorKind::Refused } else { ErrorKind::Unknown };
///     Failure::new(kind.into(), error) // and `fetch(page).await.map_err(failure)?` in the thunk
/// }
/// # assert_eq!(failure(ApiError { status: 403 }).kind(), FailureKind::Rejected);
/// ```
///
/// # Two of one key
///
/// The newer one takes over: an older one is not tried again, since it must not take effect after the newer one. If it is
/// in a pause, it ends at once, and if it is under way and would be tried again, it ends then, both as
/// [`Superseded`](Outcome::Superseded); its last attempt says itself how it ended. One that is withheld further in takes over from nobody. What must each get through
/// needs a key of its own, or [`Sequential`](crate::Sequential) around it.
///
/// # With others of the same kind
///
/// It is the innermost, but for a time-out for each attempt; so for all the others, it is under way until the last attempt
/// has ended, pauses included. [`Online`](crate::Online) around it holds back what is dispatched, and not its attempts. The
/// table is that of [`Role`].
///
/// This is a cheap handle for [one store](crate::Dropped::PluggedTwice): set it up, clone it, plug it in, and call
/// [`retry_now`](Self::retry_now) on the clone.
///
/// ```
/// use foregone_middleware::{ExponentialBuilder, Retry};
/// use std::time::Duration;
///
/// #[derive(Clone)]
/// enum Action { Load(u32), Loaded(u32, String) }
///
/// let backoff = ExponentialBuilder::new() // doubles from 1 s up to 1 minute, 3 times after the first
///     .with_jitter()
///     .with_max_delay(Duration::from_secs(60)); // or `.without_max_times()`
/// let persistent = Retry::new("load", backoff, |action: &Action| match action {
///     Action::Load(page) => Some(*page),
///     Action::Loaded(..) => None,
/// });
/// ```
#[must_use = "it does nothing until it is plugged into a store"]
pub struct Retry<A, K: Key> {
    inner: Arc<Inner<A, K>>,
    when: Option<Arc<dyn Predicate<Failure>>>,
}

struct Inner<A, K: Key> {
    kind: &'static str,
    backoff: ExponentialBuilder,
    tag: Box<dyn Tag<A, K>>,
    home: Home,
    attempts: Arc<Attempts<K>>,
}

impl<A: 'static, K: Key> Retry<A, K> {
    /// For the actions that `tag` gives a key, which are of this [kind](Role). The back-off's number of times counts
    /// attempts after the first.
    pub fn new(
        kind: &'static str,
        backoff: ExponentialBuilder,
        tag: impl Fn(&A) -> Option<K> + MaybeSend + MaybeSync + 'static,
    ) -> Self {
        let inner =
            Inner { kind, backoff, tag: Box::new(tag), home: Home::default(), attempts: Arc::new(Attempts::new()) };
        Self { inner: Arc::new(inner), when: None }
    }

    /// Tries again after those failures for which `when` holds, in place of those that are
    /// [`Unknown`](FailureKind::Unknown).
    pub fn when(mut self, when: impl Fn(&Failure) -> bool + MaybeSend + MaybeSync + 'static) -> Self {
        self.when = Some(Arc::new(when));
        self
    }
}

impl<A, K: Key> Retry<A, K> {
    /// Ends the pause of this key: the next attempt begins. Gives false if it is in none.
    pub fn retry_now(&self, key: &K) -> bool {
        self.inner.attempts.wake(key)
    }

    /// There will be no other attempt for what is going on now of this key: a pause ends, and the dispatch with the last
    /// failure; an attempt that is under way is the last. Gives false if nothing is going on.
    pub fn cancel(&self, key: &K) -> bool {
        self.inner.attempts.cancel(key)
    }

    /// Which attempt is under way, until when it pauses, and what has failed in the end, by key: of the newest dispatch.
    #[must_use]
    pub fn statuses(&self) -> &Statuses<K, Failure> {
        &self.inner.attempts.statuses
    }

    fn wants_again(&self, failure: &Failure) -> bool {
        match &self.when {
            Some(when) => when.holds(failure),
            None => failure.kind() == FailureKind::Unknown && failure.downcast_ref() != Some(&ThunkError::Cancelled),
        }
    }
}

impl<S: 'static, A: Clone + MaybeSend + 'static, K: Key> Middleware<S, A> for Retry<A, K> {
    fn handle(&self, store: &dyn StoreApi<S, A>, action: A, next: Next<'_, S, A>) -> Completion {
        let Some(key) = self.inner.tag.key(&action) else { return next.run(action) };
        if !self.inner.home.is(store) {
            return Dropped::PluggedTwice.completion();
        }
        let rest = next.defer();
        let first = next.run(action.clone());
        let attempts = &self.inner.attempts;
        if let Some(failure) = first.failure().filter(|failure| !self.wants_again(failure)) {
            attempts.failed_at_once(&key, failure, store.now());
            return first;
        }
        let attempt = attempts.begin(key, Pausing::default(), store.now());
        if first.is_applied() {
            return first;
        }
        let (resolver, completion) = Completion::pending();
        let retry = self.clone();
        store.spawn(Box::pin(async move {
            let outcome = retry.go_on(attempt, first, action, rest).await;
            resolver.resolve(outcome);
        }));
        completion
    }

    fn attach(&self, store: WeakStore<S, A>) {
        self.inner.home.plug(store);
    }

    fn role(&self) -> Option<Role> {
        Some(Role::new("Retry", self.inner.kind, Stage::Retry))
    }
}

impl<A: Clone + 'static, K: Key> Retry<A, K> {
    /// From the first attempt to the last.
    async fn go_on<S: 'static>(
        self,
        attempt: Attempt<K>,
        first: Completion,
        action: A,
        rest: Deferred<S, A>,
    ) -> Result<Outcome, Failure> {
        let store = rest.store();
        let mut number = 1_u32;
        let mut outcome = first.await;
        for pause in self.inner.backoff.build() {
            if !outcome.as_ref().is_err_and(|failure| self.wants_again(failure)) {
                break;
            }
            attempt.pause(store, pause).await;
            number = number.saturating_add(1);
            // In a turn, so that no newer one begins in between.
            let again = store.turn(|store| match attempt.verdict() {
                Verdict::Again => {
                    attempt.post(Phase::Running { attempt: number }, store.now());
                    Ok(rest.run(action.clone()))
                }
                verdict => Err(verdict),
            });
            match again {
                Some(Ok(completion)) => outcome = completion.await,
                Some(Err(Verdict::Superseded)) => return Ok(Outcome::Superseded),
                Some(Err(_)) | None => break,
            }
        }
        attempt.end(&outcome, store);
        outcome
    }
}

impl<A, K: Key> Clone for Retry<A, K> {
    fn clone(&self) -> Self {
        Self { inner: Arc::clone(&self.inner), when: self.when.clone() }
    }
}

impl<A, K: Key> fmt::Debug for Retry<A, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Retry")
            .field("kind", &self.inner.kind)
            .field("backoff", &self.inner.backoff)
            .field("when", &self.when.is_some())
            .finish_non_exhaustive()
    }
}
