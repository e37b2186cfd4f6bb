//! A dispatch that is held back.

use crate::completion::{Abandoned, Completion, Resolver};
use crate::deferred::Deferred;
use crate::middleware::Next;
use crate::outcome::{Failure, FailureKind, Outcome};

/// A dispatch that is held back. If it is dropped, with the store say, it ends as cancelled: it was never applied.
pub(super) struct Held<S: 'static, A: 'static> {
    rest: Deferred<S, A>,
    /// None once it went on, or has ended.
    waiting: Option<(A, Resolver)>,
}

impl<S: 'static, A: 'static> Held<S, A> {
    pub(super) fn new(action: A, next: &Next<'_, S, A>) -> (Self, Completion) {
        let (resolver, completion) = Completion::pending();
        (Self { rest: next.defer(), waiting: Some((action, resolver)) }, completion)
    }

    pub(super) fn rest(&self) -> &Deferred<S, A> {
        &self.rest
    }

    /// Sends it through the rest of the chain. Gives what that set going, and who is to be told how it ends.
    pub(super) fn go_on(mut self) -> Option<(Completion, Resolver)> {
        let (action, resolver) = self.waiting.take()?;
        Some((self.rest.run(action), resolver))
    }

    pub(super) fn end(mut self, outcome: Result<Outcome, Failure>) {
        self.tell(outcome);
    }

    fn tell(&mut self, outcome: Result<Outcome, Failure>) {
        if let Some((_, resolver)) = self.waiting.take() {
            resolver.resolve(outcome);
        }
    }
}

impl<S: 'static, A: 'static> Drop for Held<S, A> {
    fn drop(&mut self) {
        self.tell(Err(Failure::new(FailureKind::Cancelled, Abandoned)));
    }
}
