//! One at once, and then none for a while.

use super::dropped::Dropped;
use super::held::Held;
use super::windows::{OpensWindows, Token, Windows, after};
use crate::completion::Completion;
use crate::home::Home;
use crate::key::{Key, Tag};
use crate::middleware::{Middleware, Next};
use crate::outcome::Failure;
use crate::platform::{MaybeSend, MaybeSync};
use crate::role::{Role, Stage};
use crate::status::Statuses;
use crate::store_api::{StoreApi, WeakStore};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// Lets an action through at once, and leaves out the others of the same kind and key for a while: a button that may be
/// pressed once a second, a position that is reported as it changes.
///
/// ```text
///  dispatch   1      2      3                    4
///  window     ├──────── window ─────────┤        ├──────── window ────
///  applied    1      │      │                    4
///  outcome           │      └ 3: dropped: throttled
///                    └ 2: dropped: throttled
///
///  trailing
///  dispatch   1      2      3
///  window     ├──────── window ─────────├──────── window ─────────┤
///  applied    1      │                  3
///  outcome           └ 2: superseded
/// ```
///
/// What is left out has not been applied, and its dispatch says so: it fails as
/// [`Cancelled`](crate::FailureKind::Cancelled), with [`Dropped::Throttled`]. So the last one of a burst may be among those
/// that are left out; where the last one counts, say [`trailing`](Self::trailing).
///
/// It counts when actions begin, and not whether they have ended: one may still be under way when the next goes through.
/// A window lasts as long whatever becomes of the action that opened it, unless [`release_on_error`](Self::release_on_error)
/// says otherwise.
///
/// When the store is dropped, what is held ends as cancelled, with [`Abandoned`](crate::Abandoned) as the error: call
/// [`flush_all`](Self::flush_all) before a program ends. A window takes one timer, and when that has ended, nothing is left
/// of the key.
///
/// # With others of the same kind
///
/// It is the outermost, so that the others see only what counts. [`Debounce`](crate::Debounce) decides the same, and takes
/// its place. A [`Timeout`](crate::Timeout) further out counts the time for which an action is held. The table is that of
/// [`Role`].
///
/// This is a cheap handle for [one store](crate::Dropped::PluggedTwice): set it up, clone it, plug it in, and call
/// [`flush`](Self::flush) on the clone.
///
/// ```
/// use foregone_middleware::Throttle;
/// use std::time::Duration;
///
/// struct Cursor(u32, u32);
/// enum Action { Moved(u32, u32), Clicked }
///
/// let positions = Throttle::<Cursor, Action, ()>::new("move", Duration::from_millis(50), |action| match action {
///     Action::Moved(..) => Some(()),
///     Action::Clicked => None,
/// })
/// .trailing(); // where it came to rest counts
/// ```
#[must_use = "it does nothing until it is plugged into a store"]
pub struct Throttle<S: 'static, A: 'static, K: Key> {
    inner: Arc<Inner<S, A, K>>,
    window: Duration,
    trailing: bool,
    release_on_error: bool,
}

struct Inner<S: 'static, A: 'static, K: Key> {
    kind: &'static str,
    tag: Box<dyn Tag<A, K>>,
    home: Home,
    windows: Windows<S, A, K>,
}

impl<S: 'static, A: MaybeSend + 'static, K: Key> Throttle<S, A, K> {
    /// For the actions that `tag` gives a key, which are of this [kind](Role): one goes through for each key and `window`.
    /// With zero, all do.
    pub fn new(
        kind: &'static str,
        window: Duration,
        tag: impl Fn(&A) -> Option<K> + MaybeSend + MaybeSync + 'static,
    ) -> Self {
        let inner = Inner { kind, tag: Box::new(tag), home: Home::default(), windows: Windows::new() };
        Self { inner: Arc::new(inner), window, trailing: false, release_on_error: false }
    }

    /// Holds the newest of those that come within a window. It goes on at the window's end, which opens another; one whose
    /// place it took ends as [`Superseded`](crate::Outcome::Superseded). Unless set, all of them are left out.
    ///
    /// It goes on from here, in a turn of its own: the middlewares further out have seen it already.
    pub fn trailing(mut self) -> Self {
        self.trailing = true;
        self
    }

    /// Ends a window early if the dispatch of the action that opened it fails, of whichever kind the failure is: the next one,
    /// or the one that is held, does not have to wait. One that fails when its window is over ends no other; one that
    /// panics has not failed, and its window stays.
    pub fn release_on_error(mut self) -> Self {
        self.release_on_error = true;
        self
    }

    /// What is held for this key goes on now, which opens a window; it has been applied when this returns. Gives false if
    /// nothing is held.
    pub fn flush(&self, key: &K) -> bool {
        self.flush_key(key)
    }

    /// As [`flush`](Self::flush), for every key, in the order in which their windows opened. For the end of a program, where
    /// whoever dispatched them has the completions to wait for.
    pub fn flush_all(&self) {
        self.flush_keys();
    }

    /// What is held for this key is left out: it ends as [`Cancelled`](crate::FailureKind::Cancelled), with
    /// [`Dropped::Withdrawn`]. The window stays. Gives false if nothing is held.
    pub fn cancel(&self, key: &K) -> bool {
        self.withdraw(key, Windows::empty)
    }

    /// What is held, by key: [waiting](crate::Status::Waiting) until it goes on.
    #[must_use]
    pub fn statuses(&self) -> &Statuses<K, Failure> {
        &self.inner.windows.statuses
    }

    fn open_window(&self, store: &dyn StoreApi<S, A>, key: &K) -> Token {
        self.open(store, key, after(store.now(), self.window), None)
    }

    /// If what opened a window fails, the window ends, where that is wanted.
    fn watch(&self, store: &dyn StoreApi<S, A>, key: K, opened: Token, completion: Completion) -> Completion {
        if !self.release_on_error {
            return completion;
        }
        let (throttle, weak) = (self.clone(), store.weak());
        completion.inspect(store, move |outcome| {
            if outcome.is_err() {
                weak.turn(|store| throttle.end(store, &key, opened));
            }
        })
    }
}

impl<S: 'static, A: MaybeSend + 'static, K: Key> Middleware<S, A> for Throttle<S, A, K> {
    fn handle(&self, store: &dyn StoreApi<S, A>, action: A, next: Next<'_, S, A>) -> Completion {
        let Some(key) = self.inner.tag.key(&action) else { return next.run(action) };
        if !self.inner.home.is(store) {
            return Dropped::PluggedTwice.completion();
        }
        // A timer may be late.
        let span = self.inner.windows.span(&key).filter(|span| store.now() < span.until);
        let Some(span) = span else {
            let opened = self.open_window(store, &key);
            let completion = next.run(action);
            return self.watch(store, key, opened, completion);
        };
        if !self.trailing {
            return Dropped::Throttled.completion();
        }
        let (held, completion) = Held::new(action, &next);
        self.hold(store, &key, span.until, held);
        completion
    }

    fn attach(&self, store: WeakStore<S, A>) {
        self.inner.home.plug(store);
    }

    fn role(&self) -> Option<Role> {
        Some(Role::new("Throttle", self.inner.kind, Stage::Shape))
    }
}

impl<S: 'static, A: MaybeSend + 'static, K: Key> OpensWindows<S, A, K> for Throttle<S, A, K> {
    fn windows(&self) -> &Windows<S, A, K> {
        &self.inner.windows
    }

    fn go_on(&self, store: &dyn StoreApi<S, A>, key: &K, held: Held<S, A>) {
        let opened = self.open_window(store, key);
        if let Some((completion, resolver)) = held.go_on() {
            resolver.follow(self.watch(store, key.clone(), opened, completion), store);
        }
    }
}

impl<S: 'static, A: 'static, K: Key> Clone for Throttle<S, A, K> {
    fn clone(&self) -> Self {
        Self { inner: Arc::clone(&self.inner), ..*self }
    }
}

impl<S: 'static, A: 'static, K: Key> fmt::Debug for Throttle<S, A, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Throttle")
            .field("kind", &self.inner.kind)
            .field("window", &self.window)
            .field("trailing", &self.trailing)
            .field("release_on_error", &self.release_on_error)
            .finish_non_exhaustive()
    }
}
