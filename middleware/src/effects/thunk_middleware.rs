//! Runs thunks, and says how they ended.

use super::runs::{Cut, Run, Runs};
use super::thunk::{Thunk, ThunkId};
use super::thunk_error::ThunkError;
use crate::completion::{Completion, Resolver};
use crate::flow::Dropped;
use crate::home::Home;
use crate::key::Key;
use crate::middleware::{Middleware, Next};
use crate::outcome::{Failure, FailureKind, Outcome};
use crate::platform::{BoxError, MaybeSend, MaybeSync};
use crate::status::{Phase, Statuses};
use crate::store_api::{StoreApi, WeakStore};
use std::fmt;
use std::sync::Arc;
use tokio::sync::watch;

/// Runs each [`Thunk`] that is dispatched, and ends its dispatch when the thunk has ended.
///
/// ```text
///  dispatch     search "r"       search "ru"        (take latest, one key)
///  thunk        └── request ──✗  └── request ── dispatch(found) ┐
///  outcome                    └ superseded                      └ confirmed
/// ```
///
/// You say which action is a thunk, or stands for one: the function given to [`new`](Self::new) takes those out before
/// they reach the reducer, and gives the others back. What a thunk dispatches goes through the whole chain.
///
/// Limits:
/// - A thunk is cancelled, or superseded, at its next `.await`: its future is dropped there. What it did before is done,
///   and one that never awaits is never cancelled.
/// - It ends with the store, whoever waits for it; it does not keep the store alive.
/// - Two of a key do not know of each other in two middlewares: one of these is enough for a store.
///
/// Middlewares that decide whether and when go in front, with a tag for the action that is mapped to a thunk:
/// [`NonReentrant`](crate::NonReentrant) below. One that gives up waiting does not cancel the thunk: use
/// [`cancel`](Self::cancel). One that runs an action again needs an action that is `Clone`, which one that carries its
/// thunk is not: map it. It has no [`Role`](crate::Role) and goes with all of them.
///
/// Whether this, a listener or a middleware of your own is what you need: see the table of
/// [`Listeners`](crate::Listeners).
///
/// This is a cheap handle for [one store](crate::Dropped::PluggedTwice): clone it before you plug it in.
///
/// ```
/// use foregone_middleware::{NonReentrant, Thunk, ThunkMiddleware};
/// # async fn fetch(_page: u32) -> Result<String, std::io::Error> { Ok(String::new()) }
///
/// enum Action { Load(u32), Loaded(u32, String) }
///
/// let one_at_a_time = NonReentrant::new("load", |action: &Action| match action {
///     Action::Load(page) => Some(*page),
///     Action::Loaded(..) => None,
/// });
/// let thunks = ThunkMiddleware::<Vec<String>, Action, u32>::new(|action| match action {
///     Action::Load(page) => Ok(Thunk::new(move |store| async move {
///         store.dispatch(Action::Loaded(page, fetch(page).await?));
///         Ok(())
///     })
///     .key(page)),
///     other => Err(other),
/// });
/// // Store::builder(..).middleware(one_at_a_time).middleware(thunks.clone()).build()
/// ```
pub struct ThunkMiddleware<S, A, K = ()>(Arc<Inner<S, A, K>>);

struct Inner<S, A, K> {
    take_out: Box<dyn TakeOut<S, A, K>>,
    home: Home,
    /// Those without a key are all under `None`.
    runs: Arc<Runs<Option<K>>>,
    statuses: Statuses<K, Failure>,
    /// Each thunk holds a receiver, until it is gone and its dispatch has been told.
    under_way: watch::Sender<()>,
}

impl<S: 'static, A: 'static, K: Key> ThunkMiddleware<S, A, K> {
    /// `take_out` gives the thunk that an action carries or stands for, or gives the action back, which then goes on.
    pub fn new(take_out: impl Fn(A) -> Result<Thunk<S, A, K>, A> + MaybeSend + MaybeSync + 'static) -> Self {
        Self(Arc::new(Inner {
            take_out: Box::new(take_out),
            home: Home::default(),
            runs: Runs::new(),
            statuses: Statuses::new(),
            under_way: watch::Sender::new(()),
        }))
    }

    /// Cancels what is under way for this key. Gives false if nothing is.
    ///
    /// One that had not begun fails as [`Cancelled`](FailureKind::Cancelled), with [`Dropped::Withdrawn`]: nothing of it
    /// was done. One that had, as [`Unknown`](FailureKind::Unknown), with [`ThunkError::Cancelled`].
    pub fn cancel(&self, key: &K) -> bool {
        self.0.runs.cancel(&Some(key.clone()))
    }

    /// As [`cancel`](Self::cancel), for one thunk.
    #[expect(clippy::must_use_candidate, reason = "it is called for what it does")]
    pub fn cancel_one(&self, id: ThunkId) -> bool {
        self.0.runs.cancel_one(id.0)
    }

    /// As [`cancel`](Self::cancel), for all of them.
    pub fn cancel_all(&self) {
        self.0.runs.cancel_all();
    }

    /// Waits until no thunk is running or about to, with a key or without. One that is dispatched meanwhile, by a thunk too,
    /// prolongs it. In a thunk it would wait for itself, for ever. What a middleware in front still holds back, or will try
    /// again after a pause, is not waited for: see [`Statuses::at_rest`] of that one.
    ///
    /// ```
    /// use foregone_middleware::ThunkMiddleware;
    ///
    /// /// For the end of a program, or of a test.
    /// async fn quit<S: 'static, A: 'static>(thunks: &ThunkMiddleware<S, A>) {
    ///     thunks.flush().await;
    /// }
    /// ```
    ///
    /// # Cancel safety
    ///
    /// Dropping the future changes nothing.
    pub async fn flush(&self) {
        self.0.under_way.closed().await;
    }

    /// What is under way or has failed, by key. Where several of a key are, the key is so until the last of them has
    /// ended, and then says how that one did.
    #[must_use]
    pub fn statuses(&self) -> &Statuses<K, Failure> {
        &self.0.statuses
    }
}

impl<S: 'static, A: 'static, K: Key> Middleware<S, A> for ThunkMiddleware<S, A, K> {
    fn handle(&self, store: &dyn StoreApi<S, A>, action: A, next: Next<'_, S, A>) -> Completion {
        let Thunk { id, key, take, body } = match self.0.take_out.take_out(action) {
            Ok(thunk) => thunk,
            Err(action) => return next.run(action),
        };
        if !self.0.home.is(store) {
            return Dropped::PluggedTwice.completion();
        }
        let Some(run) = self.0.runs.begin(key.clone(), id.0, take) else {
            return Dropped::Busy.completion();
        };
        if let Some(key) = &key {
            self.0.statuses.set(key, Phase::Running { attempt: 1 }, store.now());
        }
        let (resolver, completion) = Completion::pending();
        let under_way = self.0.under_way.subscribe();
        let mut flight = Flight { statuses: self.0.statuses.clone(), store: store.weak(), key, run, under_way };
        store.spawn(Box::pin(async move {
            let store = flight.store.clone();
            let ended = flight.run.drive(|| body.begin(store)).await;
            flight.land(ended, resolver);
        }));
        completion
    }

    fn attach(&self, store: WeakStore<S, A>) {
        self.0.home.plug(store);
    }
}

/// A thunk under way. However it ends, its key hears of it.
struct Flight<S: 'static, A: 'static, K: Key> {
    statuses: Statuses<K, Failure>,
    store: WeakStore<S, A>,
    key: Option<K>,
    run: Run<Option<K>>,
    under_way: watch::Receiver<()>,
}

impl<S: 'static, A: 'static, K: Key> Flight<S, A, K> {
    fn land(self, ended: Result<Result<(), BoxError>, Cut>, resolver: Resolver) {
        let _until_it_is_told = self.under_way.clone();
        let was_asked_for = matches!(ended, Err(Cut::Cancelled { .. }));
        let outcome = match ended {
            Ok(Ok(())) => Ok(Outcome::Confirmed),
            Ok(Err(error)) => Err(failure(error)),
            Err(Cut::Superseded) => Ok(Outcome::Superseded),
            Err(Cut::Cancelled { has_begun: false }) => Err(Dropped::Withdrawn.failure()),
            Err(Cut::Cancelled { has_begun: true }) => Err(Failure::new(FailureKind::Unknown, ThunkError::Cancelled)),
            Err(Cut::Panicked(message)) => Err(Failure::new(FailureKind::Unknown, ThunkError::Panicked(message))),
        };
        // In a turn: between leaving and saying so, another could begin.
        self.store.turn(|store| {
            if was_asked_for {
                self.abandon();
            } else if self.run.leave()
                && let Some(key) = &self.key
            {
                self.statuses.end(key, &outcome, store.now());
            }
        });
        drop(self);
        resolver.resolve(outcome);
    }

    /// It was cancelled, or dropped by its executor, or with the store.
    fn abandon(&self) {
        if self.run.leave()
            && let Some(key) = &self.key
        {
            self.statuses.abandon(key);
        }
    }
}

impl<S: 'static, A: 'static, K: Key> Drop for Flight<S, A, K> {
    fn drop(&mut self) {
        if self.store.turn(|_| self.abandon()).is_none() {
            self.abandon();
        }
    }
}

fn failure(error: BoxError) -> Failure {
    match error.downcast::<Failure>() {
        Ok(failure) => *failure,
        Err(error) => Failure::shared(FailureKind::Unknown, error.into()),
    }
}

/// `Fn(A) -> Result<Thunk<S, A, K>, A>`, with the bounds of the platform.
trait TakeOut<S, A, K>: MaybeSend + MaybeSync {
    fn take_out(&self, action: A) -> Result<Thunk<S, A, K>, A>;
}

impl<S, A, K, F: Fn(A) -> Result<Thunk<S, A, K>, A> + MaybeSend + MaybeSync> TakeOut<S, A, K> for F {
    fn take_out(&self, action: A) -> Result<Thunk<S, A, K>, A> {
        self(action)
    }
}

impl<S, A, K> Clone for ThunkMiddleware<S, A, K> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<S, A, K> fmt::Debug for ThunkMiddleware<S, A, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ThunkMiddleware").finish_non_exhaustive()
    }
}
