//! The handle that users hold.

use crate::builder::Builder;
use crate::core::Core;
use crate::inside::Inside;
use crate::reducer::{ByMut, ByRef, ByValue, InPlace, Reducer};
use crate::select::Selected;
use crate::subscribers::Callback;
use crate::subscription::{Subscription, Unsubscribe};
use foregone_middleware::{Completion, Instant, Latest, MaybeSend, MaybeSync, StoreApi};
use std::fmt;
use std::sync::{Arc, Weak};

/// An immutable state, and the only way to replace it: dispatching actions.
///
/// A cheap handle: clones share the state. Every method may be called from any thread. When the last handle is dropped,
/// the state is freed, effects are ended (requests in flight included) and streams end; subscriptions, streams, and what
/// effects and middleware hold, do not keep a store alive.
///
/// # Which constructor?
///
/// | your reducer | constructor | a panic in it leaves |
/// |---|---|---|
/// | `Fn(&S, A) -> S` | [`new`](Self::new), [`builder`](Self::builder) | the previous state |
/// | `Fn(S, A) -> S` | [`builder_by_value`](Self::builder_by_value) | the previous state |
/// | `Fn(&mut S, A)` | [`builder_by_mut`](Self::builder_by_mut) | the previous state |
/// | `Fn(&mut S, A)`, no clone if avoidable | [`builder_in_place`](Self::builder_in_place) | what it had done |
/// | a type | [`builder_with`](Self::builder_with) | the previous state |
///
/// # Which way to watch?
///
/// | | [`subscribe`](Self::subscribe) | [`subscribe_selected`](Self::subscribe_selected) | [`select`](Self::select) | [`snapshots`](Self::snapshots) |
/// |---|---|---|---|---|
/// | shape | callback | callback | stream | stream |
/// | gives | `&S` | `&T` | `T` | `Arc<S>` |
/// | starts with | the next change | the next change of `T` | the current `T` | the current state |
/// | called for | every dispatch that reached the reducer | distinct values | distinct values | every dispatch that reached the reducer |
/// | needs | - | `T: PartialEq` | `T: PartialEq + Clone` | - |
/// | runs on | the thread that dispatched, or is telling | the same | your task | your task |
///
/// All of them may miss states in between, always see the last, and never an older one after a newer one.
pub struct Store<S, A> {
    pub(crate) core: Arc<Core<S, A>>,
}

impl<S, A> Store<S, A>
where
    S: MaybeSend + MaybeSync + 'static,
    A: 'static,
{
    /// A store without middleware.
    ///
    /// ```
    /// use foregone::Store;
    ///
    /// let store = Store::new(1, |n, add: i32| n + add);
    /// store.dispatch(2);
    /// assert_eq!(*store.state(), 3);
    /// ```
    #[must_use]
    pub fn new(state: S, reducer: impl Fn(&S, A) -> S + MaybeSend + MaybeSync + 'static) -> Self {
        Self::builder(state, reducer).build()
    }

    /// For a reducer that makes a new state from a borrowed one. For `Fn(&mut S, A)` there is
    /// [`builder_by_mut`](Self::builder_by_mut).
    pub fn builder(state: S, reducer: impl Fn(&S, A) -> S + MaybeSend + MaybeSync + 'static) -> Builder<S, A> {
        Builder::new(state, ByRef(reducer))
    }

    /// For a reducer that takes the state and gives it back. It works on a clone.
    pub fn builder_by_value(state: S, reducer: impl Fn(S, A) -> S + MaybeSend + MaybeSync + 'static) -> Builder<S, A>
    where
        S: Clone,
    {
        Builder::new(state, ByValue(reducer))
    }

    /// For a reducer that changes the state. It works on a clone.
    ///
    /// ```
    /// use foregone::Store;
    ///
    /// let store = Store::builder_by_mut(Vec::new(), |list, item: &str| list.push(item)).build();
    /// store.dispatch("tea");
    /// assert_eq!(*store.state(), ["tea"]);
    /// ```
    pub fn builder_by_mut(state: S, reducer: impl Fn(&mut S, A) + MaybeSend + MaybeSync + 'static) -> Builder<S, A>
    where
        S: Clone,
    {
        Builder::new(state, ByMut(reducer))
    }

    /// As [`builder_by_mut`](Self::builder_by_mut), but while nobody holds a snapshot, the state is changed where it
    /// is, without a clone.
    ///
    /// Two prices: readers wait while the reducer runs, and a panic leaves whatever the reducer had done by then. A
    /// reducer that calls [`state`](Self::state) panics.
    pub fn builder_in_place(state: S, reducer: impl Fn(&mut S, A) + MaybeSend + MaybeSync + 'static) -> Builder<S, A>
    where
        S: Clone,
    {
        Builder::new(state, InPlace(reducer))
    }

    /// For a type that is a [`Reducer`].
    pub fn builder_with(state: S, reducer: impl Reducer<S, A> + MaybeSend + MaybeSync + 'static) -> Builder<S, A> {
        Builder::new(state, ByRef(reducer))
    }

    /// The current state: a snapshot that later dispatches do not change.
    #[must_use]
    pub fn state(&self) -> Arc<S> {
        self.core.state()
    }

    /// The clock that deadlines and pauses go by; [`Status::Waiting`](foregone_middleware::Status::Waiting) is to be
    /// compared with it.
    #[must_use]
    pub fn now(&self) -> Instant {
        self.core.now()
    }

    /// Sends an action through the middleware to the reducer. It has been applied when this returns, and the
    /// [`Completion`] may be ignored; awaiting it tells how what it set going has ended.
    ///
    /// One dispatch at a time is in its turn; others wait for it, never for an effect. The thread that tells the
    /// subscribers also tells them what others dispatch meanwhile, and returns when nobody has anything left to tell.
    ///
    /// A dispatch from within a turn (by a middleware) is nested and takes stack; a chain of dispatches from subscribers
    /// takes none. Into *another* store, dispatch from a subscriber or an effect: two stores whose middlewares dispatch
    /// into each other may wait for each other for ever.
    ///
    /// # Panics
    ///
    /// When called by a reducer. A panic of a reducer or a middleware comes through to here; the store stays usable,
    /// and what was changed by then is notified.
    pub fn dispatch(&self, action: A) -> Completion {
        self.core.dispatch(action)
    }

    /// Calls `callback` after each change, with the newest state, for as long as the [`Subscription`] is kept.
    ///
    /// One thread at a time calls, outside of the turn; the callback may dispatch, subscribe and unsubscribe. What it
    /// dispatches is applied at once, and told after all have been told of the change before. If it panics, the others
    /// are still told, and the panic is reported as a `tracing` error.
    pub fn subscribe(&self, mut callback: impl FnMut(&S) + MaybeSend + 'static) -> Subscription {
        self.subscription(Box::new(move |state: &Arc<S>| callback(state)))
    }

    /// Calls `callback` with what `selector` takes from the state, whenever that has come to differ.
    ///
    /// The selector runs once now, within a turn, and once per change.
    pub fn subscribe_selected<T>(
        &self,
        selector: impl Fn(&S) -> T + MaybeSend + 'static,
        mut callback: impl FnMut(&T) + MaybeSend + 'static,
    ) -> Subscription
    where
        T: PartialEq + MaybeSend + 'static,
    {
        self.core.in_turn(|_| {
            let now = selector(&self.state());
            self.subscribe(on_change(selector, now, move |value| callback(value)))
        })
    }

    /// What `selector` takes from the state, as a stream of distinct values that starts with the current one.
    ///
    /// The selector runs once now, within a turn, and once per change, however often the stream is polled.
    ///
    /// ```
    /// use foregone::Store;
    ///
    /// # pollster::block_on(async {
    /// let store = Store::new(1, |n: &i32, add: i32| n + add);
    /// let mut is_even = store.select(|n| n % 2 == 0);
    /// assert_eq!(is_even.next().await, Some(false));
    /// store.dispatch(2);
    /// store.dispatch(1);
    /// assert_eq!(is_even.next().await, Some(true));
    /// # });
    /// ```
    pub fn select<T>(&self, selector: impl Fn(&S) -> T + MaybeSend + 'static) -> Selected<T>
    where
        T: PartialEq + Clone + MaybeSend + 'static,
    {
        self.core.in_turn(|_| {
            let now = selector(&self.state());
            let (sender, latest) = Latest::channel();
            sender.send(now.clone());
            let changed = on_change(selector, now, move |value: &T| {
                sender.send(value.clone());
            });
            Selected { latest, _subscription: self.subscribe(changed) }
        })
    }

    /// The states as a stream that starts with the current one.
    pub fn snapshots(&self) -> Selected<Arc<S>> {
        self.core.in_turn(|_| {
            let (sender, latest) = Latest::channel();
            sender.send(self.state());
            let changed = move |state: &Arc<S>| {
                sender.send(Arc::clone(state));
            };
            Selected { latest, _subscription: self.subscription(Box::new(changed)) }
        })
    }

    fn subscription(&self, callback: Box<dyn Callback<S>>) -> Subscription {
        let store: Weak<Core<S, A>> = Arc::downgrade(&self.core);
        Subscription { id: self.core.subscribers.add(callback), store }
    }
}

/// Passes on what `selector` takes, where it is not what it took before.
fn on_change<S, T: PartialEq>(selector: impl Fn(&S) -> T, mut last: T, mut changed: impl FnMut(&T)) -> impl FnMut(&S) {
    move |state| {
        let value = selector(state);
        if value != last {
            last = value;
            changed(&last);
        }
    }
}

impl<S, A> Unsubscribe for Core<S, A>
where
    S: MaybeSend + MaybeSync + 'static,
    A: 'static,
{
    fn unsubscribe(&self, id: u64) {
        self.subscribers.remove(id, !Inside::is_here());
    }
}

impl<S, A> Clone for Store<S, A> {
    fn clone(&self) -> Self {
        Self { core: Arc::clone(&self.core) }
    }
}

impl<S: fmt::Debug, A> fmt::Debug for Store<S, A>
where
    S: MaybeSend + MaybeSync + 'static,
    A: 'static,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Store").field("state", &self.state()).finish_non_exhaustive()
    }
}
