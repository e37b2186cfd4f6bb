//! Of a burst, the last one, once it is over.

use super::dropped::Dropped;
use super::held::Held;
use super::windows::{OpensWindows, Windows, after};
use crate::completion::Completion;
use crate::home::Home;
use crate::key::{Key, Tag};
use crate::middleware::{Middleware, Next};
use crate::outcome::Failure;
use crate::platform::{Instant, MaybeSend, MaybeSync};
use crate::role::{Role, Stage};
use crate::status::Statuses;
use crate::store_api::{StoreApi, WeakStore};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// Holds an action back until no other of the same kind and key has come for a while: a search that begins when the user
/// stops typing, a draft that is saved then.
///
/// ```text
///  dispatch   s     se    sea
///  window     └─────└─────└──────────┐
///  applied                           sea
///  effect                            └──────────────┐
///  outcome          │     │                         └ sea: what the chain behind says
///                   │     └ se: superseded
///                   └ s: superseded
/// ```
///
/// One that is held has not been applied: what the reducer makes of it shows when it goes on. So what the user types into
/// a field should be an action of its own. It goes on from here, in a turn of its own: the middlewares further out have
/// seen it already, when it was dispatched.
///
/// When another one of its key takes its place, it ends as [`Superseded`](crate::Outcome::Superseded). It is only the last
/// one that goes on, so that each has to say all: "search for this", and not "append this letter". Without pauses it is
/// held for ever, unless [`max_wait`](Self::max_wait) says otherwise.
///
/// What has gone on is no business of this any more: it may still be under way when the next one goes on.
///
/// When the store is dropped, what is held ends as [`Cancelled`](crate::FailureKind::Cancelled), with
/// [`Abandoned`](crate::Abandoned) as the error: call [`flush_all`](Self::flush_all) before a program ends. A burst takes one
/// timer for each key, and when that has ended, nothing is left of the key.
///
/// # With others of the same kind
///
/// It is the outermost, so that the others see only what counts. [`Throttle`](crate::Throttle) decides the same, and takes
/// its place. A [`Timeout`](crate::Timeout) further out counts the time for which an action is held. The table is that of
/// [`Role`].
///
/// This is a cheap handle for [one store](crate::Dropped::PluggedTwice): set it up, clone it, plug it in, and call
/// [`flush`](Self::flush) on the clone.
///
/// ```
/// use foregone_middleware::Debounce;
/// use std::time::Duration;
///
/// struct State { results: Vec<String> }
/// enum Action { Search(String), Found(Vec<String>) }
///
/// let search = Debounce::<State, Action, ()>::new("search", Duration::from_millis(300), |action| match action {
///     Action::Search(_) => Some(()),
///     Action::Found(_) => None,
/// })
/// .max_wait(Duration::from_secs(2));
/// ```
#[must_use = "it does nothing until it is plugged into a store"]
pub struct Debounce<S: 'static, A: 'static, K: Key> {
    inner: Arc<Inner<S, A, K>>,
    window: Duration,
    max_wait: Option<Duration>,
}

struct Inner<S: 'static, A: 'static, K: Key> {
    kind: &'static str,
    tag: Box<dyn Tag<A, K>>,
    home: Home,
    windows: Windows<S, A, K>,
}

impl<S: 'static, A: MaybeSend + 'static, K: Key> Debounce<S, A, K> {
    /// For the actions that `tag` gives a key, which are of this [kind](Role): each is held until no other of its key has
    /// come for `window`. With zero, it goes on as soon as the store's executor gets to it: of what is dispatched in one go,
    /// the last one.
    pub fn new(
        kind: &'static str,
        window: Duration,
        tag: impl Fn(&A) -> Option<K> + MaybeSend + MaybeSync + 'static,
    ) -> Self {
        let inner = Inner { kind, tag: Box::new(tag), home: Home::default(), windows: Windows::new() };
        Self { inner: Arc::new(inner), window, max_wait: None }
    }

    /// How long a burst may hold a key up, from its first action on; without end, unless set. After that, the newest one
    /// goes on, and the next begins a burst of its own.
    pub fn max_wait(mut self, max_wait: Duration) -> Self {
        self.max_wait = Some(max_wait);
        self
    }

    /// What is held for this key goes on now; it has been applied when this returns. Gives false if nothing is held.
    pub fn flush(&self, key: &K) -> bool {
        self.flush_key(key)
    }

    /// As [`flush`](Self::flush), for every key, in the order in which their bursts began. For the end of a program, where
    /// whoever dispatched them has the completions to wait for.
    pub fn flush_all(&self) {
        self.flush_keys();
    }

    /// What is held for this key is left out: it ends as [`Cancelled`](crate::FailureKind::Cancelled), with
    /// [`Dropped::Withdrawn`](crate::Dropped::Withdrawn). Gives false if nothing is held.
    pub fn cancel(&self, key: &K) -> bool {
        self.withdraw(key, Windows::close)
    }

    /// What is held, by key: [waiting](crate::Status::Waiting) until it goes on.
    #[must_use]
    pub fn statuses(&self) -> &Statuses<K, Failure> {
        &self.inner.windows.statuses
    }

    /// When what comes now is to go on.
    fn until(&self, key: &K, now: Instant) -> Instant {
        let quiet = after(now, self.window);
        let Some(max_wait) = self.max_wait else { return quiet };
        let began = self.inner.windows.span(key).map_or(now, |span| span.opened);
        quiet.min(after(began, max_wait))
    }
}

impl<S: 'static, A: MaybeSend + 'static, K: Key> Middleware<S, A> for Debounce<S, A, K> {
    fn handle(&self, store: &dyn StoreApi<S, A>, action: A, next: Next<'_, S, A>) -> Completion {
        let Some(key) = self.inner.tag.key(&action) else { return next.run(action) };
        if !self.inner.home.is(store) {
            return Dropped::PluggedTwice.completion();
        }
        let (held, completion) = Held::new(action, &next);
        self.hold(store, &key, self.until(&key, store.now()), held);
        completion
    }

    fn attach(&self, store: WeakStore<S, A>) {
        self.inner.home.plug(store);
    }

    fn role(&self) -> Option<Role> {
        Some(Role::new("Debounce", self.inner.kind, Stage::Shape))
    }
}

impl<S: 'static, A: MaybeSend + 'static, K: Key> OpensWindows<S, A, K> for Debounce<S, A, K> {
    fn windows(&self) -> &Windows<S, A, K> {
        &self.inner.windows
    }

    fn go_on(&self, store: &dyn StoreApi<S, A>, _: &K, held: Held<S, A>) {
        if let Some((completion, resolver)) = held.go_on() {
            resolver.follow(completion, store);
        }
    }
}

impl<S: 'static, A: 'static, K: Key> Clone for Debounce<S, A, K> {
    fn clone(&self) -> Self {
        Self { inner: Arc::clone(&self.inner), ..*self }
    }
}

impl<S: 'static, A: 'static, K: Key> fmt::Debug for Debounce<S, A, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Debounce")
            .field("kind", &self.inner.kind)
            .field("window", &self.window)
            .field("max_wait", &self.max_wait)
            .finish_non_exhaustive()
    }
}
