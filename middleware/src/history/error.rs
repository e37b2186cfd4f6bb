//! Why nothing was undone or redone.

use crate::completion::{Abandoned, Completion};
use crate::outcome::{Failure, FailureKind};

/// Why nothing was undone or redone: the error of a [`Failure`] that is [`Cancelled`](FailureKind::Cancelled).
///
/// ```
/// use foregone_middleware::{Completion, HistoryError};
///
/// fn hint(undone: &Completion) -> Option<&'static str> {
///     match undone.failure()?.downcast_ref()? {
///         HistoryError::NothingLeft => Some("nothing to undo"),
///         HistoryError::Changed => Some("changed by somebody else meanwhile"),
///         _ => None,
///     }
/// }
/// # assert_eq!(hint(&Completion::applied()), None);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HistoryError {
    /// There is no such step.
    #[error("there is no step to undo, or to redo")]
    NothingLeft,
    /// What is selected was changed by something that is not recorded, and there is no
    /// [`merge`](super::HistoryBuilder::merge). The steps are forgotten.
    #[error("it was changed by something that is not recorded, which is not overwritten")]
    Changed,
    /// The action made by `restore` was dispatched, and what is selected is not what it was to become: the reducer, or a
    /// middleware, did something else. The step stays.
    #[error("the action made by `restore` did not make it so")]
    Ignored,
    /// Called while another is being undone or redone, by a middleware or by one of the history's own functions.
    #[error("another step is being undone or redone")]
    Busy,
}

impl HistoryError {
    pub(super) fn completion(self) -> Completion {
        Completion::failed(Failure::new(FailureKind::Cancelled, self))
    }
}

/// What comes of it without a store.
pub(super) fn no_store() -> Completion {
    Completion::failed(Failure::new(FailureKind::Cancelled, Abandoned))
}
