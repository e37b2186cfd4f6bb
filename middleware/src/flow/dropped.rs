//! Why a dispatch was left out.

use crate::completion::Completion;
use crate::outcome::{Failure, FailureKind};
use std::time::Duration;

/// Why a dispatch was left out: it has not been applied and will not be. The error of a
/// [`Failure`] that is [`Cancelled`](FailureKind::Cancelled).
///
/// ```
/// use foregone_middleware::{Dropped, Failure, FailureKind};
///
/// let failure = Failure::new(FailureKind::Cancelled, Dropped::Busy);
/// assert!(matches!(failure.downcast_ref(), Some(Dropped::Busy)));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Dropped {
    /// Another of the same key is still under way.
    #[error("another one of this key is under way")]
    Busy,
    /// Too soon after the one before.
    #[error("too soon after the one before")]
    Throttled,
    /// There is no connection.
    #[error("there is no connection")]
    Offline,
    /// As many are waiting as may wait.
    #[error("{0} are waiting already, and no more may")]
    QueueFull(usize),
    /// It made room for a newer one, when as many were waiting as may wait.
    #[error("made room for a newer one")]
    MadeRoom,
    /// It waited for its turn longer than allowed.
    #[error("waited for its turn for {} ms", .0.as_millis())]
    TimedOut(Duration),
    /// Withdrawn by a call of the middleware's handle.
    #[error("withdrawn")]
    Withdrawn,
    /// The same middleware was plugged into a second store, also if the first was dropped.
    #[error("this middleware is plugged in already: make one for each store")]
    PluggedTwice,
}

impl Dropped {
    /// What its dispatch comes to.
    pub(crate) fn failure(self) -> Failure {
        Failure::new(FailureKind::Cancelled, self)
    }

    /// As a completion, for one that was never let in.
    pub(crate) fn completion(self) -> Completion {
        Completion::failed(self.failure())
    }
}
