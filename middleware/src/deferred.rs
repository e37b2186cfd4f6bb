//! The rest of the chain, for a later turn.

use crate::completion::{Abandoned, Completion};
use crate::outcome::{Failure, FailureKind};
use crate::store_api::WeakStore;
use std::fmt;

/// The rest of the chain behind a middleware, to be run in a later turn: for what is delayed, held back, or tried again.
///
/// Made by [`Next::defer`](crate::Next::defer). The middlewares further out have seen the action already, so it goes on
/// from where it was held, and not from the outermost one. It does not keep the store alive.
///
/// ```
/// use foregone_middleware::{Completion, Middleware, Next, StoreApi};
/// use std::time::Duration;
///
/// /// Everything happens a second later.
/// struct Delay;
///
/// impl<S: 'static, A: Send + 'static> Middleware<S, A> for Delay {
///     fn handle(&self, store: &dyn StoreApi<S, A>, action: A, next: Next<'_, S, A>) -> Completion {
///         let (resolver, completion) = Completion::pending();
///         let (second, rest) = (store.sleep(Duration::from_secs(1)), next.defer());
///         store.spawn(Box::pin(async move {
///             second.await;
///             resolver.resolve(rest.run(action).await);
///         }));
///         completion
///     }
/// }
/// ```
pub struct Deferred<S, A> {
    store: WeakStore<S, A>,
    links: usize,
}

impl<S, A> Deferred<S, A> {
    pub(crate) fn new(store: WeakStore<S, A>, links: usize) -> Self {
        Self { store, links }
    }

    /// Sends an action through the rest of the chain, in a turn of its own or in the current one. It has been applied
    /// when this returns. If the store was dropped, the completion says so: [`Cancelled`](FailureKind::Cancelled), with
    /// [`Abandoned`] as the error.
    pub fn run(&self, action: A) -> Completion {
        let mut action = Some(action);
        let completion = self.store.turn(|store| action.take().map(|action| store.resume(self.links, action)));
        completion.flatten().unwrap_or_else(|| Completion::failed(Failure::new(FailureKind::Cancelled, Abandoned)))
    }

    /// The store it belongs to.
    #[must_use]
    pub fn store(&self) -> &WeakStore<S, A> {
        &self.store
    }
}

impl<S, A> Clone for Deferred<S, A> {
    fn clone(&self) -> Self {
        Self { store: self.store.clone(), links: self.links }
    }
}

impl<S, A> fmt::Debug for Deferred<S, A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Deferred").field("middlewares_left", &self.links).finish_non_exhaustive()
    }
}
