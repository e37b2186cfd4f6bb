//! One at a time of each key; the others are left out. The smallest of the flow controls, and the one to copy.

use super::dropped::Dropped;
use super::newest::Newest;
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

/// Leaves out an action while another of the same kind and key is under way: a form that is submitted twice, a page that
/// is loaded already.
///
/// ```text
///  dispatch   load        load          load
///  effect     └─────────────────┘       └──────────
///  outcome                └ dropped: busy
/// ```
///
/// An action is under way until its [`Completion`] has ended: until the effect that a middleware further in started for
/// it is over. An effect that never ends keeps its key for ever; put a time-out inside.
///
/// What was left out has not been applied, and its dispatch says so: it fails as
/// [`Cancelled`](crate::FailureKind::Cancelled), with [`Dropped::Busy`].
///
/// # With others of the same kind
///
/// It stands inside of a [`Debounce`](crate::Debounce), a [`Throttle`](crate::Throttle), [`Online`](crate::Online) and
/// [`Fresh`](crate::Fresh), and outside of [`Retry`](crate::Retry): a key is busy until the last attempt has ended.
/// [`Sequential`](crate::Sequential) decides the same and takes its place. The table is that of [`Role`].
///
/// This is a cheap handle for [one store](crate::Dropped::PluggedTwice): clone it before you plug it in, and read its
/// [`statuses`](Self::statuses) on the clone.
///
/// ```
/// use foregone_middleware::NonReentrant;
///
/// enum Action { Load(u32), Loaded(u32, String) }
///
/// let one_load_per_page = NonReentrant::new("load", |action: &Action| match action {
///     Action::Load(page) => Some(*page),
///     Action::Loaded(..) => None,
/// });
/// ```
#[must_use = "it does nothing until it is plugged into a store"]
pub struct NonReentrant<A, K: Key>(Arc<Inner<A, K>>);

struct Inner<A, K: Key> {
    kind: &'static str,
    tag: Box<dyn Tag<A, K>>,
    home: Home,
    under_way: Arc<Newest<K>>,
}

impl<A: 'static, K: Key> NonReentrant<A, K> {
    /// For the actions that `tag` gives a key, which are of this [kind](Role).
    pub fn new(kind: &'static str, tag: impl Fn(&A) -> Option<K> + MaybeSend + MaybeSync + 'static) -> Self {
        Self(Arc::new(Inner { kind, tag: Box::new(tag), home: Home::default(), under_way: Arc::new(Newest::new()) }))
    }
}

impl<A, K: Key> NonReentrant<A, K> {
    /// What is under way or has failed, by key.
    #[must_use]
    pub fn statuses(&self) -> &Statuses<K, Failure> {
        &self.0.under_way.statuses
    }
}

impl<S: 'static, A: 'static, K: Key> Middleware<S, A> for NonReentrant<A, K> {
    fn handle(&self, store: &dyn StoreApi<S, A>, action: A, next: Next<'_, S, A>) -> Completion {
        let Some(key) = self.0.tag.key(&action) else { return next.run(action) };
        if !self.0.home.is(store) {
            return Dropped::PluggedTwice.completion();
        }
        if self.0.under_way.is_under_way(&key) {
            return Dropped::Busy.completion();
        }
        let (call, weak) = (self.0.under_way.begin(key, (), store.now()), store.weak());
        next.run(action).inspect(store, move |outcome| call.end(outcome, &weak))
    }

    fn attach(&self, store: WeakStore<S, A>) {
        self.0.home.plug(store);
    }

    fn role(&self) -> Option<Role> {
        Some(Role::new("NonReentrant", self.0.kind, Stage::Admit))
    }
}

impl<A, K: Key> Clone for NonReentrant<A, K> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<A, K: Key> fmt::Debug for NonReentrant<A, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NonReentrant").field("kind", &self.0.kind).finish_non_exhaustive()
    }
}
