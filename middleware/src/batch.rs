//! Many actions, one notification.

use crate::completion::Completion;
use crate::middleware::{Middleware, Next};
use crate::platform::{MaybeSend, MaybeSync};
use crate::store_api::StoreApi;
use std::fmt;

/// Takes an action that stands for many apart, and dispatches each of them: subscribers are told once, after the last.
///
/// ```text
///  dispatch     Batch[a, b, c] ──────────┐
///  the chain    a ─▶ b ─▶ c, in one turn │
///  subscribers                           └ told once: a, b and c are applied
/// ```
///
/// Each action goes through the whole chain, from the outermost middleware on, and all of it happens in one turn: no
/// other thread's dispatch comes between two of them. The batch has ended when all of its actions have: the first
/// failure in their order is its outcome, else the greatest [`Outcome`](crate::Outcome). A batch in a batch is taken
/// apart in its place.
///
/// Limits: the turn lasts as long as the whole batch, and others wait for it. A batch is not a transaction: if an action
/// panics, those before it stay applied, and are told; those after it are not dispatched. If one is withheld or fails,
/// the rest is dispatched all the same. A batch in a batch in a batch takes stack.
///
/// # Where in the chain
///
/// Middlewares added before this one see the batch, and then each of its actions; those added after it see the actions
/// only. So add it before a `Logger` to keep the log short, and after a [`History`](crate::History) to undo a batch in
/// one step.
///
/// ```
/// use foregone_middleware::BatchActions;
///
/// enum Action { Add(i32), Batch(Vec<Action>) }
///
/// let batch = BatchActions::new(|action| match action {
///     Action::Batch(actions) => Ok(actions),
///     single => Err(single),
/// });
/// # fn plugged(_: impl foregone_middleware::Middleware<i32, Action>) {}
/// # plugged(batch);
/// ```
#[derive(Clone, Copy)]
pub struct BatchActions<F>(F);

impl<F> BatchActions<F> {
    /// `split` gives the actions of a batch, in their order, and gives every other action back as an error. It may give
    /// an iterator that makes them one by one.
    pub fn new<A, I>(split: F) -> Self
    where
        F: Fn(A) -> Result<I, A> + MaybeSend + MaybeSync + 'static,
        I: IntoIterator<Item = A>,
    {
        Self(split)
    }
}

impl<S, A, I, F> Middleware<S, A> for BatchActions<F>
where
    S: 'static,
    A: 'static,
    I: IntoIterator<Item = A>,
    F: Fn(A) -> Result<I, A> + MaybeSend + MaybeSync + 'static,
{
    fn handle(&self, store: &dyn StoreApi<S, A>, action: A, next: Next<'_, S, A>) -> Completion {
        match (self.0)(action) {
            Ok(actions) => actions
                .into_iter()
                .fold(Completion::applied(), |completion, action| completion.join(store.dispatch(action))),
            Err(single) => next.run(single),
        }
    }
}

impl<F> fmt::Debug for BatchActions<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BatchActions").finish_non_exhaustive()
    }
}
