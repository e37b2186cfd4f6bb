//! Reducers in the shapes that exist.

use crate::snapshot::Snapshot;
use foregone_middleware::{MaybeSend, MaybeSync};
use std::sync::Arc;

/// Makes the next state out of the current one and an action. Every `Fn(&S, A) -> S` is one.
///
/// Implement it for a type that carries something, and pass that to
/// [`Store::builder_with`](crate::Store::builder_with).
///
/// ```
/// use foregone::{Reducer, Store};
///
/// struct Clamp { max: u32 }
///
/// impl Reducer<u32, u32> for Clamp {
///     fn reduce(&self, state: &u32, add: u32) -> u32 {
///         (state + add).min(self.max)
///     }
/// }
///
/// let store = Store::builder_with(0, Clamp { max: 10 }).build();
/// store.dispatch(25);
/// assert_eq!(*store.state(), 10);
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a reducer of state `{S}` and action `{A}`",
    note = "a reducer is `Fn(&{S}, {A}) -> {S}`; for `Fn({S}, {A}) -> {S}` and `Fn(&mut {S}, {A})` see `Store::builder_by_value` and `Store::builder_by_mut`"
)]
pub trait Reducer<S, A> {
    /// The state after `action`. It must not dispatch: the store panics if it does.
    fn reduce(&self, state: &S, action: A) -> S;
}

impl<S, A, F: Fn(&S, A) -> S> Reducer<S, A> for F {
    fn reduce(&self, state: &S, action: A) -> S {
        self(state, action)
    }
}

/// Runs a reducer on a part of the state, so that existing reducers compose.
///
/// ```
/// use foregone::{Store, slice};
///
/// fn count(n: &i32, by: i32) -> i32 { n + by }
/// fn visits(n: &u32, (): ()) -> u32 { n + 1 }
///
/// #[derive(Clone, Default)]
/// struct State { count: i32, visits: u32 }
/// enum Action { Count(i32), Visit }
///
/// let store = Store::builder_by_mut(State::default(), |state, action| match action {
///     Action::Count(by) => slice(&mut state.count, &count, by),
///     Action::Visit => slice(&mut state.visits, &visits, ()),
/// })
/// .build();
/// store.dispatch(Action::Count(2));
/// store.dispatch(Action::Visit);
/// assert_eq!((store.state().count, store.state().visits), (2, 1));
/// ```
pub fn slice<P, A>(part: &mut P, reducer: &impl Reducer<P, A>, action: A) {
    *part = reducer.reduce(part, action);
}

/// How a store changes its state: a reducer of any shape.
pub(crate) trait Update<S, A>: MaybeSend + MaybeSync {
    /// Gives the state that was replaced, for the caller to drop.
    fn update(&self, snapshot: &Snapshot<S>, action: A) -> Option<Arc<S>>;

    /// Whether a panic may leave a state half changed.
    fn is_in_place(&self) -> bool {
        false
    }
}

/// `Fn(&S, A) -> S`
pub(crate) struct ByRef<R>(pub(crate) R);

impl<S, A, R: Reducer<S, A> + MaybeSend + MaybeSync> Update<S, A> for ByRef<R> {
    fn update(&self, snapshot: &Snapshot<S>, action: A) -> Option<Arc<S>> {
        Some(snapshot.replace(|state| self.0.reduce(state, action)))
    }
}

/// `Fn(S, A) -> S`
pub(crate) struct ByValue<F>(pub(crate) F);

impl<S: Clone, A, F: Fn(S, A) -> S + MaybeSend + MaybeSync> Update<S, A> for ByValue<F> {
    fn update(&self, snapshot: &Snapshot<S>, action: A) -> Option<Arc<S>> {
        Some(snapshot.replace(|state| (self.0)(state.clone(), action)))
    }
}

/// `Fn(&mut S, A)`, on a clone.
pub(crate) struct ByMut<F>(pub(crate) F);

impl<S: Clone, A, F: Fn(&mut S, A) + MaybeSend + MaybeSync> Update<S, A> for ByMut<F> {
    fn update(&self, snapshot: &Snapshot<S>, action: A) -> Option<Arc<S>> {
        Some(snapshot.replace(|state| {
            let mut state = state.clone();
            (self.0)(&mut state, action);
            state
        }))
    }
}

/// `Fn(&mut S, A)`, on the state itself where nobody holds a snapshot.
pub(crate) struct InPlace<F>(pub(crate) F);

impl<S: Clone, A, F: Fn(&mut S, A) + MaybeSend + MaybeSync> Update<S, A> for InPlace<F> {
    fn update(&self, snapshot: &Snapshot<S>, action: A) -> Option<Arc<S>> {
        snapshot.edit(|state| (self.0)(state, action))
    }

    fn is_in_place(&self) -> bool {
        true
    }
}
