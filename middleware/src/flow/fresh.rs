//! What was done a short while ago is not done again.

use super::dropped::Dropped;
use super::freshness::{Asked, Call, Freshness};
use super::predicate::Predicate;
use crate::completion::Completion;
use crate::home::Home;
use crate::key::{Key, Tag};
use crate::middleware::{Middleware, Next};
use crate::outcome::{Failure, Outcome};
use crate::platform::{MaybeSend, MaybeSync};
use crate::role::{Role, Stage};
use crate::status::{Phase, Statuses};
use crate::store_api::{StoreApi, WeakStore};
use parking_lot::Mutex;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// Leaves out an action if another of the same kind and key has gone well a short while ago: a page that is loaded each
/// time it is shown.
///
/// ```text
///  dispatch   load     load            load              load
///  effect     └────────────────┘       │                 └────────
///  fresh               │       ├────── duration ──────┤
///  outcome             │       └ 1: confirmed
///                      └──────── 2: skipped
///                                      └ 3: skipped
/// ```
///
/// A key is fresh for a while after a success: an action whose [`Completion`] ended well, other than as
/// [`Superseded`](Outcome::Superseded), and which nothing has [invalidated](Self::invalidate) since it was dispatched. What
/// is left out has not been applied, and ends as [`Skipped`](Outcome::Skipped).
///
/// While one is under way, another of its key joins it: it is left out as well, and ends when that one does, as skipped
/// if that went well, else with the failure of that one. So whoever waits for a skipped dispatch finds done what they
/// asked for.
///
/// A failure leaves everything as if its dispatch had never been: the next one goes through, an earlier success counts for
/// as long as it would have, and one that is still under way is joined again. A call that ends after a newer one went well,
/// or while a newer one is under way, changes nothing: there are two at a time if one was [forced](Self::forced), or the
/// key was invalidated.
///
/// Freshness is in memory, and ends with the store. Nothing is kept of a key that is no longer fresh, for longer than
/// twice the duration; that takes one timer for all keys, and none while no key is fresh.
///
/// # With others of the same kind
///
/// It stands inside of a [`Debounce`](crate::Debounce), a [`Throttle`](crate::Throttle) and [`Online`](crate::Online),
/// and outside of [`NonReentrant`](crate::NonReentrant), [`Sequential`](crate::Sequential) and [`Retry`](crate::Retry): a
/// call is under way until the last attempt has ended. Inside of it, `NonReentrant` only ever sees a second one of a key
/// that was forced or invalidated, and leaves that out. What was fresh before the connection went still is when it is
/// back: if others may have changed something meanwhile, call [`invalidate_all`](Self::invalidate_all), and then
/// [`set_online(true)`](crate::Online::set_online), which shows it. The table is that of [`Role`].
///
/// This is a cheap handle for [one store](crate::Dropped::PluggedTwice): set it up, clone it, plug it in, and call
/// [`invalidate`](Self::invalidate) on the clone.
///
/// ```
/// use foregone_middleware::Fresh;
/// use std::time::Duration;
///
/// enum Action { Load { page: u32, again: bool }, Loaded(u32, String) }
///
/// let fresh_pages = Fresh::new("load", Duration::from_secs(30), |action: &Action| match action {
///     Action::Load { page, .. } => Some(*page),
///     Action::Loaded(..) => None,
/// })
/// .forced(|action| matches!(action, Action::Load { again: true, .. })); // pulled down by the user
/// ```
#[must_use = "it does nothing until it is plugged into a store"]
pub struct Fresh<A, K: Key> {
    inner: Arc<Inner<A, K>>,
    forced: Option<Arc<dyn Predicate<A>>>,
}

struct Inner<A, K: Key> {
    kind: &'static str,
    duration: Duration,
    tag: Box<dyn Tag<A, K>>,
    home: Home,
    freshness: Mutex<Freshness<K>>,
    statuses: Statuses<K, Failure>,
}

impl<A: 'static, K: Key> Fresh<A, K> {
    /// For the actions that `tag` gives a key, which are of this [kind](Role). A success makes its key fresh for
    /// `duration`: with zero, only those are left out that join one under way; with [`Duration::MAX`], each key is done
    /// once.
    pub fn new(
        kind: &'static str,
        duration: Duration,
        tag: impl Fn(&A) -> Option<K> + MaybeSend + MaybeSync + 'static,
    ) -> Self {
        let (freshness, statuses) = (Mutex::new(Freshness::new()), Statuses::new());
        Self {
            inner: Arc::new(Inner { kind, duration, tag: Box::new(tag), home: Home::default(), freshness, statuses }),
            forced: None,
        }
    }

    /// Lets those actions through for which `forced` holds, fresh or not, also while one is under way. None, unless set.
    ///
    /// If it fails, an earlier success still counts.
    pub fn forced(mut self, forced: impl Fn(&A) -> bool + MaybeSend + MaybeSync + 'static) -> Self {
        self.forced = Some(Arc::new(forced));
        self
    }
}

impl<A, K: Key> Fresh<A, K> {
    /// The key is not fresh any more: the next action goes through. If one is under way, nobody joins it any more, and
    /// that it goes well will not make the key fresh, since it may have begun before what made this necessary.
    pub fn invalidate(&self, key: &K) {
        self.inner.freshness.lock().invalidate(key);
    }

    /// As [`invalidate`](Self::invalidate), for every key.
    pub fn invalidate_all(&self) {
        self.inner.freshness.lock().invalidate_all();
    }

    /// What is under way or has failed, by key.
    #[must_use]
    pub fn statuses(&self) -> &Statuses<K, Failure> {
        &self.inner.statuses
    }
}

impl<S: 'static, A: 'static, K: Key> Middleware<S, A> for Fresh<A, K> {
    fn handle(&self, store: &dyn StoreApi<S, A>, action: A, next: Next<'_, S, A>) -> Completion {
        let inner = &self.inner;
        let Some(key) = inner.tag.key(&action) else { return next.run(action) };
        if !inner.home.is(store) {
            return Dropped::PluggedTwice.completion();
        }
        let is_forced = self.forced.as_ref().is_some_and(|forced| forced.holds(&action));
        let now = store.now();
        let asked = inner.freshness.lock().ask(&key, now, inner.duration, is_forced);
        let call = match asked {
            Asked::Fresh => return Completion::ended(Ok(Outcome::Skipped)),
            Asked::Joined(completion) => return completion,
            Asked::Begin(call) => call,
        };
        inner.statuses.set(&key, Phase::Running { attempt: 1 }, now);
        let under_way = UnderWay { inner: Arc::clone(inner), key, call };
        let store_then = store.weak();
        next.run(action).inspect(store, move |outcome| under_way.end(outcome, &store_then))
    }

    fn attach(&self, store: WeakStore<S, A>) {
        self.inner.home.plug(store);
    }

    fn role(&self) -> Option<Role> {
        Some(Role::new("Fresh", self.inner.kind, Stage::Skip))
    }
}

/// A call that is under way until this is dropped, however it ends.
struct UnderWay<A, K: Key> {
    inner: Arc<Inner<A, K>>,
    key: K,
    call: Arc<Call>,
}

impl<A: 'static, K: Key> UnderWay<A, K> {
    fn end<S: 'static>(self, outcome: &Result<Outcome, Failure>, store: &WeakStore<S, A>) {
        let Self { inner, key, call } = &self;
        let succeeded = outcome.as_ref().is_ok_and(|outcome| *outcome != Outcome::Superseded);
        // In a turn, so that no other one of this key begins in between.
        store.turn(|store| {
            let now = store.now();
            let (is_at_rest, needs_sweeper) = {
                let mut freshness = inner.freshness.lock();
                (freshness.end(key, call, succeeded.then_some(now)), freshness.needs_sweeper())
            };
            if is_at_rest {
                inner.statuses.end(key, outcome, now);
            }
            if needs_sweeper {
                let sweeper = Sweeper { inner: Arc::clone(inner), is_done: false };
                store.spawn(Box::pin(sweeper.sweep(store.weak())));
            }
        });
        let joined = if succeeded { Ok(Outcome::Skipped) } else { outcome.clone() };
        for resolver in call.take_joined() {
            resolver.resolve(joined.clone());
        }
    }
}

impl<A, K: Key> Drop for UnderWay<A, K> {
    fn drop(&mut self) {
        let is_at_rest = self.inner.freshness.lock().end(&self.key, &self.call, None);
        if is_at_rest {
            self.inner.statuses.abandon(&self.key);
        }
    }
}

/// Forgets what is no longer fresh, for as long as something is. When it is dropped with the store, all of it.
struct Sweeper<A, K: Key> {
    inner: Arc<Inner<A, K>>,
    is_done: bool,
}

impl<A: 'static, K: Key> Sweeper<A, K> {
    async fn sweep<S: 'static>(mut self, store: WeakStore<S, A>) {
        let duration = self.inner.duration;
        while let Some(sleep) = store.turn(|store| store.sleep(duration)) {
            sleep.await;
            let Some(now) = store.now() else { return };
            if !self.inner.freshness.lock().sweep(now, duration) {
                self.is_done = true;
                return;
            }
        }
    }
}

impl<A, K: Key> Drop for Sweeper<A, K> {
    fn drop(&mut self) {
        if !self.is_done {
            self.inner.freshness.lock().sweeper_is_gone();
        }
    }
}

impl<A, K: Key> Clone for Fresh<A, K> {
    fn clone(&self) -> Self {
        Self { inner: Arc::clone(&self.inner), forced: self.forced.clone() }
    }
}

impl<A, K: Key> fmt::Debug for Fresh<A, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Fresh")
            .field("kind", &self.inner.kind)
            .field("duration", &self.inner.duration)
            .field("forced", &self.forced.is_some())
            .finish_non_exhaustive()
    }
}
