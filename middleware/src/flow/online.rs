//! What needs a connection waits for one.

use super::dropped::Dropped;
use super::gate::{Gate, Left};
use super::held::Held;
use super::keeper::Keeper;
use super::queue::Queue;
use crate::completion::Completion;
use crate::home::Home;
use crate::key::{Key, Tag};
use crate::middleware::{Middleware, Next};
use crate::outcome::Failure;
use crate::platform::{MaybeSend, MaybeSync};
use crate::role::{Role, Stage};
use crate::status::{Phase, Statuses};
use crate::store_api::{StoreApi, WeakStore};
use parking_lot::Mutex;
use std::fmt;
use std::sync::Arc;
use tokio::sync::watch;

/// Holds actions back while there is no connection, and lets them go on, in order, when it is back; or drops them, or
/// fails them: [`WhileOffline`].
///
/// ```text
///  dispatch   send 1       send 2   send 3
///  online     ────────┐                       ┌──────────────
///  applied    send 1                          send 2, send 3
///  outcome                                    ···
/// ```
///
/// You say whether there is a connection, by [`set_online`](Self::set_online): it looks at nothing itself. There is one
/// until you say otherwise. What is under way when the connection goes goes on, and fails as it may.
///
/// What is held back has not been applied, and is not seen further in. All keys stand in one line: when the connection is
/// back, each goes on in a turn of its own, in the order of their dispatch, without waiting for what the one before set
/// going ([`Sequential`](crate::Sequential) inside of this does). Whoever is dispatched meanwhile stands behind them. If the
/// connection goes again, those who are left stay in line.
///
/// The line is in memory: with the store, those who wait end as cancelled. Any number may wait, for any time, unless the
/// [`Queue`] says otherwise.
///
/// # With others of the same kind
///
/// It stands inside of a [`Debounce`](crate::Debounce) and a [`Throttle`](crate::Throttle), and outside of
/// [`Fresh`](crate::Fresh), [`NonReentrant`](crate::NonReentrant), [`Sequential`](crate::Sequential) and
/// [`Retry`](crate::Retry): those decide when an action goes on, and not when it was held back. The attempts of a `Retry`
/// are not held back. The table is that of [`Role`].
///
/// This is a cheap handle for [one store](crate::Dropped::PluggedTwice): set it up, clone it, plug it in, and call
/// [`set_online`](Self::set_online) on the clone.
///
/// ```
/// use foregone_middleware::{Online, Queue, WhileOffline};
///
/// enum Action { Send { chat: u32, text: String }, Sent(u32) }
///
/// let online = Online::new("send", |action: &Action| match action {
///     Action::Send { chat, .. } => Some(*chat),
///     Action::Sent(_) => None,
/// })
/// .while_offline(WhileOffline::Hold(Queue::DropNewest(1000)));
/// online.set_online(false);
/// assert!(!online.is_online());
/// ```
#[must_use = "it does nothing until it is plugged into a store"]
pub struct Online<A, K: Key> {
    inner: Arc<Inner<A, K>>,
    while_offline: WhileOffline,
}

/// What [`Online`] does with an action while there is no connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum WhileOffline {
    /// Holds it back until the connection is there again. The numbers of the [`Queue`] are over all keys.
    Hold(Queue),
    /// Leaves it out: it fails as [`Cancelled`](crate::FailureKind::Cancelled), with [`Dropped::Offline`], which nobody
    /// but its caller is told. For what nobody asked for, as a refresh in the background.
    Drop,
    /// As [`Drop`](Self::Drop), and its key [has failed](Online::statuses) until it is dismissed, or one of its key gets
    /// through: for what the user has to be told.
    Fail,
}

impl Default for WhileOffline {
    /// Holds everything, however much.
    fn default() -> Self {
        Self::Hold(Queue::default())
    }
}

pub(super) struct Inner<A, K: Key> {
    kind: &'static str,
    tag: Box<dyn Tag<A, K>>,
    home: Home,
    pub(super) is_online: watch::Sender<bool>,
    pub(super) gate: Mutex<Gate<K>>,
    pub(super) statuses: Statuses<K, Failure>,
}

impl<A: 'static, K: Key> Online<A, K> {
    /// For the actions that `tag` gives a key, which are of this [kind](Role).
    pub fn new(kind: &'static str, tag: impl Fn(&A) -> Option<K> + MaybeSend + MaybeSync + 'static) -> Self {
        let (is_online, gate) = (watch::Sender::new(true), Mutex::new(Gate::new()));
        let inner =
            Inner { kind, tag: Box::new(tag), home: Home::default(), is_online, gate, statuses: Statuses::new() };
        Self { inner: Arc::new(inner), while_offline: WhileOffline::default() }
    }
}

impl<A, K: Key> Online<A, K> {
    /// What is done while there is no connection; all are held back, unless set.
    pub fn while_offline(mut self, while_offline: WhileOffline) -> Self {
        self.while_offline = while_offline;
        self
    }

    /// Says whether there is a connection. Those who wait for it go on soon after this has returned, in the background.
    ///
    /// Who was away knows nothing of what others did meanwhile, and what a [`Fresh`](crate::Fresh) has from before is still
    /// fresh. So that what waited is asked anew:
    ///
    /// ```
    /// use foregone_middleware::{Fresh, Online};
    ///
    /// fn connection_is_back<A>(online: &Online<A, u32>, fresh: &Fresh<A, u32>) {
    ///     fresh.invalidate_all(); // before those who wait go on
    ///     online.set_online(true);
    /// }
    /// ```
    pub fn set_online(&self, is_online: bool) {
        self.inner.is_online.send_replace(is_online);
    }

    /// Whether there is a connection, by what was said last.
    #[must_use]
    pub fn is_online(&self) -> bool {
        *self.inner.is_online.borrow()
    }

    /// What waits for a connection or has failed for want of one, by key. What went on is not told here, but by those
    /// further in.
    #[must_use]
    pub fn statuses(&self) -> &Statuses<K, Failure> {
        &self.inner.statuses
    }
}

impl<S: 'static, A: MaybeSend + 'static, K: Key> Middleware<S, A> for Online<A, K> {
    fn handle(&self, store: &dyn StoreApi<S, A>, action: A, next: Next<'_, S, A>) -> Completion {
        let inner = &self.inner;
        let Some(key) = inner.tag.key(&action) else { return next.run(action) };
        if !inner.home.is(store) {
            return Dropped::PluggedTwice.completion();
        }
        if self.is_online() && inner.gate.lock().is_empty() {
            inner.post_if_failed(&key, store);
            return next.run(action);
        }
        match self.while_offline {
            WhileOffline::Hold(queue) => inner.hold(store, key, action, &next, queue),
            WhileOffline::Drop => Dropped::Offline.completion(),
            WhileOffline::Fail => {
                let failure = Dropped::Offline.failure();
                inner.statuses.set(&key, Phase::Failed(failure.clone()), store.now());
                Completion::failed(failure)
            }
        }
    }

    fn attach(&self, store: WeakStore<S, A>) {
        self.inner.home.plug(store);
    }

    fn role(&self) -> Option<Role> {
        Some(Role::new("Online", self.inner.kind, Stage::Connect))
    }
}

/// All that posts runs in a turn of the store.
impl<A: 'static, K: Key> Inner<A, K> {
    fn hold<S: 'static>(
        self: &Arc<Self>,
        store: &dyn StoreApi<S, A>,
        key: K,
        action: A,
        next: &Next<'_, S, A>,
        queue: Queue,
    ) -> Completion
    where
        A: MaybeSend,
    {
        let mut gate = self.gate.lock();
        let left = match gate.make_room(&key, queue) {
            Ok(left) => left,
            Err(dropped) => return dropped.completion(),
        };
        let (held, completion) = Held::new(action, next);
        gate.push(key.clone(), Box::new(held));
        let is_kept = std::mem::replace(&mut gate.is_kept, true);
        drop(gate);
        self.statuses.set(&key, Phase::Queued, store.now());
        if let Some((left, outcome)) = left {
            if left.one.key != key {
                self.post_if_last(&left, store);
            }
            left.one.parked.end(outcome);
        }
        if !is_kept {
            store.spawn(Box::pin(Keeper::new(self, store.weak()).keep()));
        }
        completion
    }

    pub(super) fn post_if_last<S>(&self, left: &Left<K>, store: &dyn StoreApi<S, A>) {
        if left.was_last {
            self.statuses.set(&left.one.key, Phase::Idle, store.now());
        }
    }

    fn post_if_failed<S>(&self, key: &K, store: &dyn StoreApi<S, A>) {
        if self.statuses.of(key).failure().is_some() {
            self.statuses.set(key, Phase::Idle, store.now());
        }
    }
}

impl<A, K: Key> Clone for Online<A, K> {
    fn clone(&self) -> Self {
        Self { inner: Arc::clone(&self.inner), ..*self }
    }
}

impl<A, K: Key> fmt::Debug for Online<A, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Online")
            .field("kind", &self.inner.kind)
            .field("while_offline", &self.while_offline)
            .field("is_online", &self.is_online())
            .finish_non_exhaustive()
    }
}
