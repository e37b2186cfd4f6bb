//! Effects that follow an action, or a change of a selected value.

mod awaited;
mod effect_api;
mod fork;
mod listening;
mod reaction;
mod watchers;

pub use awaited::Awaited;
pub use effect_api::EffectApi;
pub use fork::{Fork, ForkError};
pub use listening::Listening;

use super::runs::Take;
use crate::completion::Completion;
use crate::middleware::{Middleware, Next};
use crate::panic::catch;
use crate::platform::{MaybeSend, MaybeSync};
use crate::store_api::{StoreApi, WeakStore};
use parking_lot::Mutex;
use reaction::{OnAction, OnChange, Reaction};
use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tracing::error;
use watchers::{Then, Watchers};

/// Runs an effect whenever an action matches, or a selected value has changed: for what follows from an action, without
/// whoever dispatched it having to know.
///
/// ```text
///  dispatch   query "r"       query "ru"                    (take latest)
///  reducer    applied         applied
///  effect     └── sleep ──✗   └── sleep ── dispatch(search)
/// ```
///
/// Listeners may be added and removed at any time. Their effects get an [`EffectApi`]: state, dispatch, waiting for the
/// next action or for a condition, tasks of their own.
///
/// # Thunk, listener, or a middleware of one's own?
///
/// | | [`Thunk`](crate::Thunk) | listener | [`Middleware`] |
/// |---|---|---|---|
/// | starts | because it was dispatched | after a matching action, or a change | at every action |
/// | the action | does not reach the reducer | has been applied | passed on, changed, or withheld |
/// | ends the dispatch | yes, with its outcome | no | as you say |
/// | who dispatches | knows of it | does not | does not |
/// | runs | where effects run | where effects run | in the turn: must not block or await |
/// | ended by | its key, its id, the store | its [`Listening`], the store | - |
/// | for | load this, submit that | when logged in, load; when the cart changes, save | rules for all actions |
///
/// # What is promised
///
/// - An effect begins after its action was applied, in the order of adding, also if another is dispatched meanwhile; an
///   action that a middleware further in withholds, failing its dispatch, starts none.
/// - What you write before the `async` block runs within the turn of the action, the block itself where effects run.
///   A [`take`](EffectApi::take) that is made before it misses nothing dispatched after the action.
/// - A panic of a matcher, a selector, a predicate or an effect harms nobody else, and is reported as a `tracing` error
///   of the target `foregone`.
/// - An action that nobody listens to costs nothing but the look at it. With no listeners, that is one load.
///
/// # What is not
///
/// - A listener sees what comes by where it is plugged in: plug it in last to see what reaches the reducer, first to see
///   what is dispatched, thunks included. What a middleware further in delays or takes for itself has not been applied
///   when the effect begins.
/// - Effects do not hold up the dispatch, and its completion does not wait for them: for that, use a thunk.
/// - Every listener looks at every action: work per dispatch grows with their number.
/// - One store each: in a second one, they hear nothing and say so, as a `tracing` error.
/// - The state before an action is kept for as long as its effect is: a long one of a large state that is not persistent
///   costs memory.
///
/// A cheap handle: clone it before you plug it in. It has no [`Role`](crate::Role) and goes with every middleware. All
/// of it ends with the store, listeners included; it does not keep the store alive.
///
/// ```
/// use foregone_middleware::{Listeners, Listening};
/// use std::time::Duration;
///
/// enum Action { Query(String), Search(String) }
///
/// /// Searches half a second after the last change of the query.
/// fn search_as_you_type(listeners: &Listeners<String, Action>) -> Listening {
///     listeners.take_latest().on(
///         |action| if let Action::Query(query) = action { Some(query.clone()) } else { None },
///         |query, api| async move {
///             api.sleep(Duration::from_millis(500)).await;
///             api.dispatch(Action::Search(query));
///         },
///     )
/// }
/// ```
pub struct Listeners<S: 'static, A: 'static> {
    watchers: Arc<Watchers<S, A>>,
    take: Take,
    /// Whether this is the one in the chain, which goes with the store.
    is_plugged: AtomicBool,
}

impl<S, A> Listeners<S, A>
where
    S: MaybeSend + MaybeSync + 'static,
    A: 'static,
{
    /// No listeners.
    #[must_use]
    pub fn new() -> Self {
        Self { watchers: Arc::new(Watchers::new()), take: Take::Every, is_plugged: AtomicBool::new(false) }
    }

    /// The same listeners; those added by this handle end their effect that is running when they begin a new one, which
    /// waits until the old one is gone.
    #[must_use]
    pub fn take_latest(&self) -> Self {
        self.with(Take::Latest)
    }

    /// The same listeners; those added by this handle begin no effect while one of theirs is running.
    #[must_use]
    pub fn take_leading(&self) -> Self {
        self.with(Take::Leading)
    }

    /// Runs `effect` after each action of which `matches` gives something, with what it gives. What the effect ends with is
    /// dropped.
    pub fn on<T, F>(
        &self,
        matches: impl Fn(&A) -> Option<T> + MaybeSend + MaybeSync + 'static,
        effect: impl Fn(T, EffectApi<S, A>) -> F + MaybeSend + MaybeSync + 'static,
    ) -> Listening
    where
        T: 'static,
        F: Future + MaybeSend + 'static,
    {
        let reaction = Reaction::new(self, effect);
        let (place, listening) = (reaction.place().clone(), reaction.listening());
        self.watchers.add(&place, Arc::new(OnAction { matches, reaction }));
        listening
    }

    /// Runs `effect` after each action that changed what `selector` takes from the state, with the value before and the
    /// value after.
    ///
    /// The selector runs once per action. For [`original_state`](EffectApi::original_state), each dispatch holds the
    /// state before it: a store that edits in place clones then.
    pub fn on_change<T, F>(
        &self,
        selector: impl Fn(&S) -> T + MaybeSend + MaybeSync + 'static,
        effect: impl Fn(T, T, EffectApi<S, A>) -> F + MaybeSend + MaybeSync + 'static,
    ) -> Listening
    where
        T: PartialEq + Clone + MaybeSend + 'static,
        F: Future + MaybeSend + 'static,
    {
        let reaction = Reaction::new(self, move |(old, new), api| effect(old, new, api));
        let (place, listening) = (reaction.place().clone(), reaction.listening());
        self.watchers.add(&place, Arc::new(OnChange { selector, last: Mutex::new(None), reaction }));
        listening
    }
}

impl<S, A> Middleware<S, A> for Listeners<S, A>
where
    S: MaybeSend + MaybeSync + 'static,
    A: 'static,
{
    fn handle(&self, store: &dyn StoreApi<S, A>, action: A, next: Next<'_, S, A>) -> Completion {
        let watchers = if self.is_plugged.load(Ordering::Relaxed) { self.watchers.all() } else { None };
        let Some(watchers) = watchers else { return next.run(action) };
        let then: Vec<Then<'_, S, A>> =
            watchers.iter().filter_map(|(_, watch)| harmless(|| watch.see(store, &action)).flatten()).collect();
        let completion = next.run(action);
        let is_applied = completion.failure().is_none();
        for then in then {
            harmless(|| then(store, is_applied));
        }
        completion
    }

    fn attach(&self, _store: WeakStore<S, A>) {
        if self.watchers.plug() {
            self.is_plugged.store(true, Ordering::Relaxed);
        } else {
            error!(target: "foregone", "listeners are plugged in already: make one for each store");
        }
    }
}

fn harmless<R>(body: impl FnOnce() -> R) -> Option<R> {
    catch(body).inspect_err(|panic| error!(target: "foregone", panic, "a listener panicked")).ok()
}

impl<S, A> Default for Listeners<S, A>
where
    S: MaybeSend + MaybeSync + 'static,
    A: 'static,
{
    fn default() -> Self {
        Self::new()
    }
}

impl<S, A> Listeners<S, A> {
    fn with(&self, take: Take) -> Self {
        Self { watchers: Arc::clone(&self.watchers), take, is_plugged: AtomicBool::new(false) }
    }
}

impl<S, A> Clone for Listeners<S, A> {
    fn clone(&self) -> Self {
        self.with(self.take)
    }
}

impl<S, A> Drop for Listeners<S, A> {
    fn drop(&mut self) {
        if *self.is_plugged.get_mut() {
            self.watchers.clear();
        }
    }
}

impl<S, A> fmt::Debug for Listeners<S, A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Listeners").field("take", &self.take).finish_non_exhaustive()
    }
}
