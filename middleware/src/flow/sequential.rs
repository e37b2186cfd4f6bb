//! One after the other of each key; the others wait for their turn.

use super::dropped::Dropped;
use super::held::Held;
use super::lines::{Call, Entry, Lines, Waiter};
use super::queue::Queue;
use crate::completion::Completion;
use crate::home::Home;
use crate::key::{Key, Tag};
use crate::middleware::{Middleware, Next};
use crate::outcome::Failure;
use crate::platform::{BoxFuture, MaybeSend, MaybeSync};
use crate::role::{Role, Stage};
use crate::status::Statuses;
use crate::store_api::{StoreApi, WeakStore};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// Holds an action back while another of the same kind and key is under way, and lets it go on when that has ended: saves
/// of one document, messages of one chat.
///
/// ```text
///  dispatch   save 1   save 2   save 3
///  waiting             ├──── 2 ─────┤
///                               ├───────── 3 ────────┤
///  effect     ├───────── 1 ─────────┤├────── 2 ──────┤├──── 3 ────
///  outcome                          └ 1: confirmed   └ 2: confirmed
/// ```
///
/// An action is under way until its [`Completion`] has ended: until the effect that a middleware further in started for
/// it is over. How it ends does not matter to the next. An effect that never ends holds up its key for ever; put a
/// time-out inside.
///
/// One that waits has not been applied: what the reducer makes of it shows when its turn has come. For a change that is
/// to show at once, use [`OptimisticSyncMiddleware`](crate::OptimisticSyncMiddleware). It goes on from here, in a turn of
/// its own: the middlewares further out have seen it once, when it was dispatched. With the store, those who wait end as
/// cancelled.
///
/// Any number may wait, for any time, unless [`queue`](Self::queue) and [`wait_at_most`](Self::wait_at_most) say
/// otherwise. One that has waited too long ends then, and not only when its turn comes.
///
/// # With others of the same kind
///
/// It stands inside of a [`Debounce`](crate::Debounce), a [`Throttle`](crate::Throttle), [`Online`](crate::Online) and
/// [`Fresh`](crate::Fresh), and outside of [`Retry`](crate::Retry), whose pauses then hold up those who wait.
/// [`NonReentrant`](crate::NonReentrant) decides the same and takes its place. The table is that of [`Role`].
///
/// This is a cheap handle for [one store](crate::Dropped::PluggedTwice): set it up, clone it, plug it in, and read its
/// [`statuses`](Self::statuses) on the clone.
///
/// ```
/// use foregone_middleware::{Queue, Sequential};
/// use std::time::Duration;
///
/// enum Action { Save(u32), Saved(u32) }
///
/// let saves = Sequential::new("save", |action: &Action| match action {
///     Action::Save(document) => Some(*document),
///     Action::Saved(_) => None,
/// })
/// .queue(Queue::LatestWins)
/// .wait_at_most(Duration::from_secs(60));
/// ```
#[must_use = "it does nothing until it is plugged into a store"]
pub struct Sequential<A, K: Key> {
    inner: Arc<Inner<A, K>>,
    queue: Queue,
    patience: Option<Duration>,
}

struct Inner<A, K: Key> {
    kind: &'static str,
    tag: Box<dyn Tag<A, K>>,
    home: Home,
    lines: Arc<Lines<K>>,
}

impl<A: 'static, K: Key> Sequential<A, K> {
    /// For the actions that `tag` gives a key, which are of this [kind](Role).
    pub fn new(kind: &'static str, tag: impl Fn(&A) -> Option<K> + MaybeSend + MaybeSync + 'static) -> Self {
        let inner = Inner { kind, tag: Box::new(tag), home: Home::default(), lines: Arc::new(Lines::new()) };
        Self { inner: Arc::new(inner), queue: Queue::default(), patience: None }
    }
}

impl<A, K: Key> Sequential<A, K> {
    /// Who may wait, of each key; all, unless set. The one under way does not count.
    pub fn queue(mut self, queue: Queue) -> Self {
        self.queue = queue;
        self
    }

    /// How long one may wait for its turn; for ever, unless set. After that it is left out, with
    /// [`Dropped::TimedOut`](crate::Dropped::TimedOut). What it does once its turn has come may take any time.
    pub fn wait_at_most(mut self, patience: Duration) -> Self {
        self.patience = Some(patience);
        self
    }

    /// What is under way or has failed, by key. A key is running for as long as somebody has the turn, and failed if the
    /// last one did.
    #[must_use]
    pub fn statuses(&self) -> &Statuses<K, Failure> {
        self.inner.lines.statuses()
    }
}

impl<S: 'static, A: MaybeSend + 'static, K: Key> Middleware<S, A> for Sequential<A, K> {
    fn handle(&self, store: &dyn StoreApi<S, A>, action: A, next: Next<'_, S, A>) -> Completion {
        let Some(key) = self.inner.tag.key(&action) else { return next.run(action) };
        if !self.inner.home.is(store) {
            return Dropped::PluggedTwice.completion();
        }
        match self.inner.lines.enter(key, self.queue) {
            Entry::Place(place) => {
                place.begin(store.now());
                let clock = store.weak();
                next.run(action).inspect(store, move |outcome| place.end(outcome, clock.now()))
            }
            Entry::Line(waiter) => {
                let (held, completion) = Held::new(action, &next);
                let patience = self.patience.map(|patience| (patience, store.sleep(patience)));
                store.spawn(Box::pin(wait(waiter, held, patience)));
                completion
            }
            Entry::Full(dropped) => dropped.completion(),
        }
    }

    fn attach(&self, store: WeakStore<S, A>) {
        self.inner.home.plug(store);
    }

    fn role(&self) -> Option<Role> {
        Some(Role::new("Sequential", self.inner.kind, Stage::Admit))
    }
}

/// One that is held back, until it has ended.
async fn wait<S: 'static, A: 'static, K: Key>(
    waiter: Waiter<K>,
    held: Held<S, A>,
    patience: Option<(Duration, BoxFuture<()>)>,
) {
    let place = match waiter.called(patience).await {
        Some(Call::Go(place)) => place,
        Some(Call::Leave(outcome)) => return held.end(outcome),
        None => return,
    };
    let store = held.rest().store().clone();
    if let Some(now) = store.now() {
        place.begin(now);
    }
    let Some((completion, resolver)) = held.go_on() else { return };
    let outcome = completion.await;
    place.end(&outcome, store.now());
    resolver.resolve(outcome);
}

impl<A, K: Key> Clone for Sequential<A, K> {
    fn clone(&self) -> Self {
        Self { inner: Arc::clone(&self.inner), ..*self }
    }
}

impl<A, K: Key> fmt::Debug for Sequential<A, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sequential")
            .field("kind", &self.inner.kind)
            .field("queue", &self.queue)
            .field("wait_at_most", &self.patience)
            .finish_non_exhaustive()
    }
}
