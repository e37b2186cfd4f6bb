//! How a thunk ends that says nothing itself.

/// How a thunk ended that said nothing itself. The error of a [`Failure`](crate::Failure) that is
/// [`Unknown`](crate::FailureKind::Unknown): what it had done by then is done.
///
/// ```
/// use foregone_middleware::{Failure, FailureKind, ThunkError};
///
/// let failure = Failure::new(FailureKind::Unknown, ThunkError::Cancelled);
/// assert!(matches!(failure.downcast_ref(), Some(ThunkError::Cancelled)));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ThunkError {
    /// It panicked, with this message.
    #[error("the thunk panicked: {0}")]
    Panicked(String),
    /// It was cancelled after it had begun. One that had not begun fails as
    /// [`Cancelled`](crate::FailureKind::Cancelled), with [`Dropped::Withdrawn`](crate::Dropped::Withdrawn).
    #[error("the thunk was cancelled while it ran")]
    Cancelled,
}
