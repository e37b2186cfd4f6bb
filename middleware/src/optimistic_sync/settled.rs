//! How those who wait are told.

use super::error::SyncError;
use super::finish::Tail;
use super::lane::Verdict;
use super::lanes::Waiter;
use super::spec::OptimisticSync;
use crate::completion::Completion;
use crate::outcome::{Failure, FailureKind, Outcome};
use std::error::Error;
use std::sync::Arc;

/// What is to be done once the turn is over, and the subscribers have been told.
pub(super) struct Settled<S: 'static, A: 'static, P: OptimisticSync<S, A>> {
    pub(super) waiters: Vec<(Waiter, Result<Outcome, Failure>)>,
    pub(super) finish: Option<Tail<S, A, P>>,
}

impl<S, A, P: OptimisticSync<S, A>> Settled<S, A, P> {
    /// Tells those who wait, and gives what remains to be run.
    pub(super) fn tell(self) -> Option<Tail<S, A, P>> {
        for (waiter, outcome) in self.waiters {
            waiter.resolve(outcome);
        }
        self.finish
    }
}

pub(super) fn outcome<E: Error + Send + Sync + 'static>(
    verdict: Verdict,
    error: Option<&Arc<SyncError<E>>>,
) -> Result<Outcome, Failure> {
    let kind = match verdict {
        Verdict::Confirmed => return Ok(Outcome::Confirmed),
        Verdict::Rejected => FailureKind::Rejected,
        Verdict::Cancelled => FailureKind::Cancelled,
        Verdict::Unknown => FailureKind::Unknown,
    };
    let error = error.map_or_else(|| Arc::new(SyncError::Cancelled), Arc::clone);
    Err(Failure::shared(kind, error))
}

pub(super) fn cancelled<E: Error + Send + Sync + 'static>(error: SyncError<E>) -> Completion {
    Completion::failed(Failure::new(FailureKind::Cancelled, error))
}
