//! An action that is dispatched again and again.

use super::dropped::Dropped;
use super::polls::Polls;
use super::zero_duration::ZeroDuration;
use crate::completion::Completion;
use crate::home::Home;
use crate::key::Key;
use crate::middleware::{Middleware, Next};
use crate::outcome::Failure;
use crate::platform::{MaybeSend, MaybeSync};
use crate::role::{Role, Stage};
use crate::status::Statuses;
use crate::store_api::{StoreApi, WeakStore};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// Dispatches an action for a key again and again: a feed that is kept up to date while it is on the screen.
///
/// ```text
///  dispatch   start                                run now                        stop
///  tick       └──────┐             └────────┐      └──────┐             └────┐
///  rest              ├─ interval ──┤        ├──────┤      ├─ interval ──┤    ├────┤
/// ```
///
/// Your actions say what is polled: `control` tells which of them [start](PollControl::Start) and
/// [stop](PollControl::Stop) the poll of a key, or make it [run now](PollControl::RunNow), and `tick` makes the action that
/// is dispatched, through the whole chain. The first one is dispatched as soon as the store's executor gets to it after the
/// start, and each other when `interval` has passed since the [`Completion`] of the one before *ended*. So there are never
/// two of one key, and the time between two beginnings is longer than the interval by what the first one took. One that
/// never ends holds up its poll for ever: put a [`Timeout`](crate::Timeout) inside.
///
/// A failure does not end a poll: it is in the [`statuses`](Self::statuses) until the next tick begins. A panic of your
/// reducer, or of a middleware, while a tick is dispatched does end it, and starting it again is possible. All polls end with
/// the store.
///
/// What starts or stops a poll is an ordinary action, which goes on to the reducer first. Its own completion does not wait
/// for ticks.
///
/// # With others of the same kind
///
/// Its kind is that of its ticks. It goes with each but an optimistic middleware, and may stand anywhere, since ticks come
/// by all of them: [`NonReentrant`](crate::NonReentrant) leaves out a tick while the user loads the same, and a retry is over
/// before the interval begins. A [`Debounce`](crate::Debounce) holds each tick for its window. The table is that of [`Role`].
///
/// This is a cheap handle for [one store](crate::Dropped::PluggedTwice): clone it before you plug it in, and read its
/// [`statuses`](Self::statuses) on the clone.
///
/// ```
/// use foregone_middleware::{Poll, PollControl, ZeroDuration};
/// use std::time::Duration;
///
/// enum Action { Opened(u32), Closed(u32), PulledDown(u32), Load(u32), LoggedOut }
///
/// let feeds = Poll::new(
///     "load",
///     Duration::from_secs(30),
///     |action: &Action| match action {
///         Action::Opened(feed) => Some(PollControl::Start(*feed)),
///         Action::Closed(feed) => Some(PollControl::Stop(*feed)),
///         Action::PulledDown(feed) => Some(PollControl::RunNow(*feed)),
///         Action::LoggedOut => Some(PollControl::StopAll),
///         Action::Load(_) => None,
///     },
///     |feed| Action::Load(*feed),
/// )?;
/// # Ok::<(), ZeroDuration>(())
/// ```
#[must_use = "it does nothing until it is plugged into a store"]
pub struct Poll<A, K: Key>(Arc<Inner<A, K>>);

struct Inner<A, K: Key> {
    kind: &'static str,
    control: Box<dyn Control<A, K>>,
    home: Home,
    polls: Arc<Polls<A, K>>,
}

/// What an action says to a [`Poll`].
///
/// ```
/// use foregone_middleware::PollControl;
///
/// /// While a chat is open, it is polled.
/// fn control((chat, is_open): &(u32, bool)) -> Option<PollControl<u32>> {
///     Some(if *is_open { PollControl::Start(*chat) } else { PollControl::Stop(*chat) })
/// }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum PollControl<K> {
    /// Polls this key, from now on. One that is polled already is left as it is.
    Start(K),
    /// No other tick of this key begins. One that is under way goes on; if the poll is started again meanwhile, that one
    /// counts as its first.
    Stop(K),
    /// Ticks at once, and the interval begins anew when that has ended. One that is under way counts as that. Nothing, if
    /// this key is not polled: your own action can load what is to be loaded once.
    RunNow(K),
    /// Stops the poll of every key.
    StopAll,
}

/// `Fn(&A) -> Option<PollControl<K>>`, with the bounds of the platform.
trait Control<A, K>: MaybeSend + MaybeSync {
    fn of(&self, action: &A) -> Option<PollControl<K>>;
}

impl<A, K, F: Fn(&A) -> Option<PollControl<K>> + MaybeSend + MaybeSync> Control<A, K> for F {
    fn of(&self, action: &A) -> Option<PollControl<K>> {
        self(action)
    }
}

impl<A: 'static, K: Key> Poll<A, K> {
    /// For what `tick` makes of a key, which is of this [kind](Role), under the control of the actions that `control` takes
    /// for that.
    ///
    /// # Errors
    ///
    /// [`ZeroDuration::Interval`] if the interval is zero.
    pub fn new(
        kind: &'static str,
        interval: Duration,
        control: impl Fn(&A) -> Option<PollControl<K>> + MaybeSend + MaybeSync + 'static,
        tick: impl Fn(&K) -> A + MaybeSend + MaybeSync + 'static,
    ) -> Result<Self, ZeroDuration> {
        if interval.is_zero() {
            return Err(ZeroDuration::Interval);
        }
        let polls = Arc::new(Polls::new(interval, tick));
        Ok(Self(Arc::new(Inner { kind, control: Box::new(control), home: Home::default(), polls })))
    }
}

impl<A, K: Key> Poll<A, K> {
    /// What is polled, by key: [running](crate::Status::Running) while a tick is under way (what a spinner shows),
    /// [waiting](crate::Status::Waiting) for the next one, or [failed](crate::Status::Failed) until the next one begins.
    #[must_use]
    pub fn statuses(&self) -> &Statuses<K, Failure> {
        &self.0.polls.statuses
    }
}

impl<S: 'static, A: 'static, K: Key> Middleware<S, A> for Poll<A, K> {
    fn handle(&self, store: &dyn StoreApi<S, A>, action: A, next: Next<'_, S, A>) -> Completion {
        let control = self.0.control.of(&action);
        if control.is_some() && !self.0.home.is(store) {
            return Dropped::PluggedTwice.completion();
        }
        let completion = next.run(action);
        let polls = &self.0.polls;
        match control {
            Some(PollControl::Start(key)) => polls.start(store, key),
            Some(PollControl::Stop(key)) => polls.stop(store, &key),
            Some(PollControl::RunNow(key)) => polls.run_now(&key),
            Some(PollControl::StopAll) => polls.stop_all(store),
            None => {}
        }
        completion
    }

    fn attach(&self, store: WeakStore<S, A>) {
        self.0.home.plug(store);
    }

    fn role(&self) -> Option<Role> {
        Some(Role::new("Poll", self.0.kind, Stage::Repeat))
    }
}

impl<A, K: Key> Clone for Poll<A, K> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<A, K: Key> fmt::Debug for Poll<A, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Poll")
            .field("kind", &self.0.kind)
            .field("interval", &self.0.polls.interval)
            .finish_non_exhaustive()
    }
}
