//! A store with middleware.

use crate::core::Core;
use crate::reducer::Update;
use crate::store::Store;
use foregone_middleware::{Completion, MaybeSend, MaybeSync, Middleware, Next, Role, RoleError, StoreApi};
use std::fmt;

/// Puts a chain of middleware in front of a reducer; made by [`Store::builder`].
///
/// ```
/// use foregone::Store;
/// use foregone::middleware::Logger;
/// use tracing::Level;
///
/// let store = Store::builder(0, |n: &i32, add: i32| n + add)
///     .middleware(Logger::new(Level::DEBUG))
///     .middleware_fn(|_store, add, next| next.run(add * 2))
///     .build();
/// store.dispatch(2);
/// assert_eq!(*store.state(), 4);
/// ```
#[must_use = "a builder does nothing until `build` is called"]
pub struct Builder<S, A> {
    state: S,
    update: Box<dyn Update<S, A>>,
    chain: Vec<Box<dyn Middleware<S, A>>>,
}

impl<S, A> Builder<S, A>
where
    S: MaybeSend + MaybeSync + 'static,
    A: 'static,
{
    pub(crate) fn new(state: S, update: impl Update<S, A> + 'static) -> Self {
        Self { state, update: Box::new(update), chain: Vec::new() }
    }

    /// Adds a middleware behind those added before: the first one is the outermost and sees an action first.
    pub fn middleware(mut self, middleware: impl Middleware<S, A>) -> Self {
        self.chain.push(Box::new(middleware));
        self
    }

    /// Adds a closure as a middleware; its arguments need no annotations.
    pub fn middleware_fn<F>(self, middleware: F) -> Self
    where
        F: Fn(&dyn StoreApi<S, A>, A, Next<'_, S, A>) -> Completion + MaybeSend + MaybeSync + 'static,
    {
        self.middleware(middleware)
    }

    /// The store. Its effects run on the tokio runtime this is called in; outside of any, on one thread for the whole
    /// process, started when first needed.
    ///
    /// # Panics
    ///
    /// If two of the middlewares cannot work together, as [`Role`] says. For a chain that is put together at run time,
    /// there is [`try_build`](Self::try_build).
    #[must_use]
    pub fn build(self) -> Store<S, A> {
        self.try_build().unwrap_or_else(|error| panic!("this chain of middleware cannot work: {error}"))
    }

    /// As [`build`](Self::build), for a chain that is put together at run time.
    ///
    /// # Errors
    ///
    /// If two of the middlewares cannot work together, as [`Role`] says.
    pub fn try_build(self) -> Result<Store<S, A>, RoleError> {
        Role::check(self.chain.iter().filter_map(|middleware| middleware.role()))?;
        Ok(Store { core: Core::new(self.state, self.update, self.chain) })
    }
}

impl<S, A> fmt::Debug for Builder<S, A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder").field("middlewares", &self.chain.len()).finish_non_exhaustive()
    }
}
