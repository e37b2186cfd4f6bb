//! An async function as something to dispatch.

use super::runs::{Take, next_id};
use crate::platform::{BoxError, BoxFuture, MaybeSend};
use crate::store_api::WeakStore;
use std::fmt;
use std::future::Future;

/// An async function that sees the store, on its way to a [`ThunkMiddleware`](crate::ThunkMiddleware): a value that an
/// action carries, or is mapped to.
///
/// What it gives is how its dispatch ends: `Ok(())` as [`Confirmed`](crate::Outcome::Confirmed); an error as a
/// [`Failure`](crate::Failure) that is [`Unknown`](crate::FailureKind::Unknown), whose
/// [`downcast_ref`](crate::Failure::downcast_ref) finds it; a `Failure` as it is, so that a thunk may say `Rejected`, and
/// pass on what a dispatch of its own came to with `?`.
///
/// ```
/// use foregone_middleware::Thunk;
/// # #[derive(Debug, thiserror::Error)]
/// # #[error("no connection")]
/// # struct ApiError;
/// # async fn fetch(_page: u32) -> Result<String, ApiError> { Ok(String::new()) }
///
/// enum Action { Loaded(u32, String), Run(AppThunk) }
///
/// /// Names state and action, so that closures need not.
/// type AppThunk = Thunk<Vec<String>, Action>;
///
/// fn load(page: u32) -> Action {
///     Action::Run(AppThunk::new(move |store| async move {
///         let text = fetch(page).await?; // any error will do
///         store.dispatch(Action::Loaded(page, text)).await?;
///         Ok(())
///     }))
/// }
/// ```
///
/// An error whose kind you know is better a `Failure` of that kind: a [`Retry`](crate::Retry) in front then knows not to
/// ask again what was refused.
///
/// ```
/// use foregone_middleware::{BoxError, ErrorKind, Failure};
/// # #[derive(Debug, thiserror::Error)]
/// # #[error("status {0}")]
/// # struct ApiError(u16);
/// # impl ApiError {
/// #     fn kind(&self) -> ErrorKind { if self.0 == 403 { ErrorKind::Refused } else { ErrorKind::Unknown } }
/// # }
/// # async fn fetch(_page: u32) -> Result<String, ApiError> { Err(ApiError(403)) }
///
/// async fn page(page: u32) -> Result<String, BoxError> {
///     let text = fetch(page).await.map_err(|error| Failure::new(error.kind().into(), error))?;
///     Ok(text)
/// }
/// # use foregone_middleware::FailureKind;
/// # let error = pollster::block_on(page(1)).unwrap_err();
/// # assert_eq!(error.downcast_ref().map(Failure::kind), Some(FailureKind::Rejected));
/// ```
///
/// `K` is what tells apart the targets of thunks, where they have a [key](Self::key).
#[must_use = "a thunk does nothing until it is dispatched"]
pub struct Thunk<S, A, K = ()> {
    pub(super) id: ThunkId,
    pub(super) key: Option<K>,
    pub(super) take: Take,
    pub(super) body: Box<dyn Body<S, A>>,
}

/// Names one thunk, to [cancel](crate::ThunkMiddleware::cancel_one) it. Unique within the process.
///
/// ```
/// use foregone_middleware::{Thunk, ThunkMiddleware};
///
/// enum Action { Run(Thunk<(), Action>) }
///
/// fn start(run: impl Fn(Action), thunks: &ThunkMiddleware<(), Action>) {
///     let thunk = Thunk::new(|_store| async { Ok(()) });
///     let id = thunk.id();
///     run(Action::Run(thunk));
///     thunks.cancel_one(id);
/// }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ThunkId(pub(super) u64);

impl<S: 'static, A: 'static, K> Thunk<S, A, K> {
    /// A thunk without a key. `body` is called, and its future polled, where the store's effects run; never within
    /// the turn of its dispatch.
    pub fn new<F>(body: impl FnOnce(WeakStore<S, A>) -> F + MaybeSend + 'static) -> Self
    where
        F: Future<Output = Result<(), BoxError>> + MaybeSend + 'static,
    {
        Self { id: ThunkId(next_id()), key: None, take: Take::Every, body: Box::new(body) }
    }
}

impl<S, A, K> Thunk<S, A, K> {
    /// With a key, by which it can be cancelled and has a status. Others of its key run side by side with it.
    pub fn key(self, key: K) -> Self {
        Self { key: Some(key), ..self }
    }

    /// With a key: those of the same key that are under way are ended, and their dispatches end as
    /// [`Superseded`](crate::Outcome::Superseded). It begins when they are gone.
    pub fn take_latest(self, key: K) -> Self {
        Self { take: Take::Latest, ..self.key(key) }
    }

    /// With a key: it is left out while another of the same key is under way, and its dispatch fails with
    /// [`Dropped::Busy`](crate::Dropped::Busy).
    pub fn take_leading(self, key: K) -> Self {
        Self { take: Take::Leading, ..self.key(key) }
    }

    /// What to cancel this one by.
    #[must_use]
    pub fn id(&self) -> ThunkId {
        self.id
    }
}

impl<S, A, K: fmt::Debug> fmt::Debug for Thunk<S, A, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { id, key, take, body: _ } = self;
        f.debug_struct("Thunk").field("id", &id.0).field("key", key).field("take", take).finish_non_exhaustive()
    }
}

/// `FnOnce(WeakStore<S, A>) -> impl Future`, with the bounds of the platform.
pub(super) trait Body<S, A>: MaybeSend {
    fn begin(self: Box<Self>, store: WeakStore<S, A>) -> BoxFuture<Result<(), BoxError>>;
}

impl<S, A, B, F> Body<S, A> for B
where
    B: FnOnce(WeakStore<S, A>) -> F + MaybeSend,
    F: Future<Output = Result<(), BoxError>> + MaybeSend + 'static,
{
    fn begin(self: Box<Self>, store: WeakStore<S, A>) -> BoxFuture<Result<(), BoxError>> {
        Box::pin(self(store))
    }
}
