//! Why a key did not come to agree with its server.

use super::reply::ReplyError;
use crate::platform::BoxError;
use std::error::Error;
use std::time::Duration;

/// Why a request, or a whole cycle of them, failed. `E` is your own error.
///
/// It is what `on_finish` and the status get, and the source of the [`Failure`](crate::Failure) that the dispatch
/// gets: `failure.downcast_ref::<SyncError<E>>()`, or directly `failure.downcast_ref::<E>()`.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SyncError<E: Error + 'static> {
    /// `send` returned this error.
    #[error("{0}")]
    Send(#[source] E),
    /// No answer within the deadline.
    #[error("no answer within {} ms", .0.as_millis())]
    TimedOut(Duration),
    /// The server refused the value, as its [mark](super::Mark::Rejected) says.
    #[error("the server refused it")]
    Rejected,
    /// The reply does not fit the server.
    #[error("the reply does not fit the server: {0}")]
    Reply(#[source] ReplyError),
    /// The [outbox](super::Outbox) failed to write it: it was not sent.
    #[error("not written to the outbox: {0}")]
    NotSaved(#[source] BoxError),
    /// `send`, or another function of the spec, panicked with this message; or the reducer, a middleware, as the server's
    /// value was dispatched.
    #[error("the spec panicked: {0}")]
    Panicked(String),
    /// Cancelled by [`cancel`](super::OptimisticSyncMiddleware::cancel), or not sent since
    /// [`should_send_another`](super::OptimisticSync::should_send_another) said that there is no need.
    #[error("withdrawn by `cancel`")]
    Cancelled,
    /// Dropped by [`clear`](super::OptimisticSyncMiddleware::clear).
    #[error("dropped by `clear`")]
    Cleared,
    /// Dispatched after, or unfinished at the end of, [`shutdown`](super::OptimisticSyncMiddleware::shutdown).
    #[error("the sync is shut down")]
    ShutDown,
    /// This many follow-ups were sent without a new dispatch, and yet another was called for.
    #[error("{0} follow-ups without a new dispatch: does `should_send_another` ever say no, does `value` hold still?")]
    FollowUpLimit(u32),
    /// The server's value was dispatched by the action that `set` made, and `value` does not give it back.
    #[error("the action made by `set` did not make `value` so: screen and server differ")]
    SetIgnored,
    /// The store was dropped before the request ended, or the executor dropped the request, as when its runtime was
    /// shut down.
    #[error("the store, or its executor, ended before the request did")]
    Stopped,
    /// The same [`OptimisticSyncMiddleware`](super::OptimisticSyncMiddleware) was plugged in more than once: into a
    /// second store, also after the first was dropped, or twice into one.
    #[error("this middleware is plugged in already: make one for each store")]
    PluggedTwice,
}
