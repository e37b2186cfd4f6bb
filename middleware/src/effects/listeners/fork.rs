//! A task of an effect's own.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use tokio::sync::oneshot;

/// A task of an effect, made by [`EffectApi::fork`](super::EffectApi::fork). It runs beside its effect, and ends with it
/// at the latest.
///
/// Await it for what the task gives; dropping it lets the task go on.
///
/// # Errors
///
/// [`ForkError`], when the task did not end by itself.
///
/// ```
/// use foregone_middleware::EffectApi;
/// use std::time::Duration;
///
/// async fn tick(api: EffectApi<u32, &'static str>) {
///     let mut ticking = api.fork({
///         let api = api.clone();
///         async move {
///             loop {
///                 api.sleep(Duration::from_secs(1)).await;
///                 api.dispatch("tick");
///             }
///         }
///     });
///     api.take(|action| (*action == "stop").then_some(())).await;
///     ticking.cancel();
/// }
/// ```
pub struct Fork<T> {
    pub(super) result: oneshot::Receiver<Result<T, ForkError>>,
    pub(super) cancel: Option<oneshot::Sender<()>>,
}

impl<T> Fork<T> {
    /// Ends the task at its next `.await`: its future is dropped there. Nothing happens if it has ended.
    pub fn cancel(&mut self) {
        if let Some(cancel) = self.cancel.take() {
            // The task may have ended.
            let _ = cancel.send(());
        }
    }
}

impl<T> Future for Fork<T> {
    type Output = Result<T, ForkError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.result).poll(cx).map(|result| result.unwrap_or(Err(ForkError::Cancelled)))
    }
}

impl<T> fmt::Debug for Fork<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Fork").field("cancelled", &self.cancel.is_none()).finish_non_exhaustive()
    }
}

/// Why a [`Fork`] gave nothing.
///
/// ```
/// use foregone_middleware::{EffectApi, ForkError};
///
/// async fn add(api: EffectApi<u32, u32>) -> Result<u32, ForkError> {
///     let (one, two) = (api.fork(async { 1 }), api.fork(async { 2 }));
///     Ok(one.await? + two.await?)
/// }
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ForkError {
    /// It was cancelled, or its effect has ended.
    #[error("the fork was cancelled")]
    Cancelled,
    /// It panicked, with this message.
    #[error("the fork panicked: {0}")]
    Panicked(String),
}
