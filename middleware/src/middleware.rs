//! The contract: what sits between a dispatch and the reducer.

use crate::completion::Completion;
use crate::deferred::Deferred;
use crate::platform::{MaybeSend, MaybeSync};
use crate::role::Role;
use crate::store_api::{StoreApi, WeakStore};
use std::fmt;

/// Sees every action on its way to the reducer.
///
/// It may look at the state before and after, pass the action on (changed or not) with [`Next::run`] or withhold it,
/// dispatch others, and start effects. All of it happens in one turn of the store: no other thread's dispatch comes
/// between, so "read the state, then act" loses no update.
///
/// Don't block in [`handle`](Self::handle), since every other dispatch waits: what takes time belongs in a future
/// given to [`StoreApi::spawn`], which holds a [`WeakStore`].
///
/// A closure of the same shape is a middleware too: `Builder::middleware_fn` of the store takes it un-annotated.
///
/// ```
/// use foregone_middleware::{Completion, Middleware, Next, StoreApi};
/// use std::sync::atomic::{AtomicUsize, Ordering};
///
/// #[derive(Default)]
/// struct Count(AtomicUsize);
///
/// impl<S: 'static, A: 'static> Middleware<S, A> for Count {
///     fn handle(&self, _store: &dyn StoreApi<S, A>, action: A, next: Next<'_, S, A>) -> Completion {
///         self.0.fetch_add(1, Ordering::Relaxed);
///         next.run(action)
///     }
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a middleware for state `{S}` and action `{A}`",
    note = "a type implements `Middleware<{S}, {A}>`; a closure `|store, action, next| next.run(action)` goes into `middleware_fn`",
    note = "a spec goes into `OptimisticSyncMiddleware::new(spec)` or `OptimisticCommandMiddleware::new(spec)`; their builders need `.build()?`",
    note = "`Logger` needs a state that is `PartialEq` and an action that is `Debug`; `Retry` an action that is `Clone`"
)]
pub trait Middleware<S, A>: MaybeSend + MaybeSync + 'static {
    /// Takes one action, in the store's turn. Return what `next.run(..)` returned, [joined](Completion::join) with
    /// what this middleware set going; [`Completion::failed`] if it withheld the action.
    fn handle(&self, store: &dyn StoreApi<S, A>, action: A, next: Next<'_, S, A>) -> Completion;

    /// Called once, when the store is built, with a handle that effects may keep.
    fn attach(&self, store: WeakStore<S, A>) {
        let _ = store;
    }

    /// What it does to which kind of action, so that a store can refuse a chain that cannot work. None for a middleware
    /// that goes with every other.
    fn role(&self) -> Option<Role> {
        None
    }
}

impl<S, A, F> Middleware<S, A> for F
where
    F: Fn(&dyn StoreApi<S, A>, A, Next<'_, S, A>) -> Completion + MaybeSend + MaybeSync + 'static,
{
    fn handle(&self, store: &dyn StoreApi<S, A>, action: A, next: Next<'_, S, A>) -> Completion {
        self(store, action, next)
    }
}

/// The rest of the chain behind a middleware, down to the reducer.
pub struct Next<'a, S, A> {
    chain: &'a [Box<dyn Middleware<S, A>>],
    store: &'a dyn StoreApi<S, A>,
    reduce: &'a dyn Fn(A),
}

impl<'a, S: 'static, A: 'static> Next<'a, S, A> {
    /// A chain that ends in `reduce`. Stores call this, and tests of a middleware without a store.
    #[must_use]
    pub fn new(chain: &'a [Box<dyn Middleware<S, A>>], store: &'a dyn StoreApi<S, A>, reduce: &'a dyn Fn(A)) -> Self {
        Self { chain, store, reduce }
    }

    /// Runs the rest of the chain: when it returns, the reducer has seen the action (unless one further in withheld
    /// it) and [`StoreApi::state`] gives the new state.
    pub fn run(self, action: A) -> Completion {
        if let Some((first, chain)) = self.chain.split_first() {
            first.handle(self.store, action, Self { chain, ..self })
        } else {
            (self.reduce)(action);
            Completion::applied()
        }
    }

    /// The rest of the chain, for a later turn.
    #[must_use]
    pub fn defer(&self) -> Deferred<S, A> {
        Deferred::new(self.store.weak(), self.chain.len())
    }
}

impl<S, A> fmt::Debug for Next<'_, S, A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Next").field("middlewares_left", &self.chain.len()).finish_non_exhaustive()
    }
}
