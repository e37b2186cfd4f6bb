//! How those who wait are told.

use super::spec::OptimisticCommand;
use super::tail::Tail;
use crate::completion::Resolver;
use crate::outcome::{Failure, Outcome};

/// What is to be done once the turn is over, and the subscribers have been told.
pub(super) struct Settled<S: 'static, A: 'static, P: OptimisticCommand<S, A>> {
    pub(super) waiter: Option<(Resolver, Result<Outcome, Failure>)>,
    pub(super) tail: Option<Tail<S, A, P>>,
}

impl<S, A, P: OptimisticCommand<S, A>> Settled<S, A, P> {
    /// Tells who waits, and gives what remains to be run.
    pub(super) fn tell(self) -> Option<Tail<S, A, P>> {
        if let Some((waiter, outcome)) = self.waiter {
            waiter.resolve(outcome);
        }
        self.tail
    }
}
