//! Why a command was not carried out, or what went wrong besides.

use crate::outcome::{Failure, FailureKind};
use crate::platform::{MaybeSend, MaybeSync};
use std::error::Error;
use std::time::Duration;

/// Why a command failed. `E` is your own error.
///
/// It is what `on_finish` and the status get, and the source of the [`Failure`](crate::Failure) that the dispatch
/// gets: `failure.downcast_ref::<CommandError<E>>()`, or directly `failure.downcast_ref::<E>()`. A dispatch that was
/// left out since its key was busy fails with [`Dropped::Busy`](crate::Dropped::Busy) instead.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CommandError<E: Error + 'static> {
    /// `run` returned this error.
    #[error("{0}")]
    Run(#[source] E),
    /// No answer within the deadline.
    #[error("no answer within {} ms", .0.as_millis())]
    TimedOut(Duration),
    /// `run` panicked with this message.
    #[error("the spec panicked: {0}")]
    Panicked(String),
    /// The server did it, but its answer is not in the state: `apply`, the reducer or a middleware panicked with this
    /// message, or a middleware withheld the action. The dispatch is confirmed all the same; the status tells of this.
    #[error("the server did it, but its answer could not be applied: {0}")]
    Answer(String),
    /// Withdrawn by [`cancel`](super::OptimisticCommandMiddleware::cancel).
    #[error("withdrawn by `cancel`")]
    Cancelled,
    /// Dropped by [`clear`](super::OptimisticCommandMiddleware::clear).
    #[error("dropped by `clear`")]
    Cleared,
    /// Dispatched after, or unfinished at the end of, [`shutdown`](super::OptimisticCommandMiddleware::shutdown).
    #[error("the commands are shut down")]
    ShutDown,
    /// The store was dropped before the command ended, or the executor dropped it, as when its runtime was shut down.
    #[error("the store, or its executor, ended before the command did")]
    Stopped,
    /// The same [`OptimisticCommandMiddleware`](super::OptimisticCommandMiddleware) was plugged in more than once: into
    /// a second store, also after the first was dropped, or twice into one.
    #[error("this middleware is plugged in already: make one for each store")]
    PluggedTwice,
}

impl<E: Error + MaybeSend + MaybeSync + 'static> CommandError<E> {
    pub(super) fn failure(self, kind: FailureKind) -> Failure {
        Failure::new(kind, self)
    }
}
