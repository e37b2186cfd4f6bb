//! What is wanted, and what is under way.

use super::step::Verdict;

/// What an intent asks of the server.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Op<V> {
    /// Hold this value.
    Set(V),
    /// Nothing of ours up to the intent's number may take effect any more. What a cancel becomes, and giving up.
    Fence,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Intent<V, W> {
    pub(crate) number: u64,
    pub(crate) op: Op<V>,
    /// Who waits for the outcome.
    pub(crate) owed: Option<W>,
    /// It was sent under another number as well, of which nothing is known.
    pub(crate) renumbered: bool,
    /// It is from an earlier run, by the outbox.
    pub(crate) restored: bool,
}

impl<V, W> Intent<V, W> {
    /// One that nobody waits for.
    pub(crate) fn fence(number: u64) -> Self {
        Self { number, op: Op::Fence, owed: None, renumbered: false, restored: false }
    }

    /// Who waits is told that it is not in effect, if that is sure.
    pub(crate) fn told_no(self, verdict: Verdict, surely: bool) -> Option<(W, Verdict)> {
        let verdict = if surely && !self.renumbered { verdict } else { Verdict::Unknown };
        self.owed.map(|w| (w, verdict))
    }
}

/// The lock: at most one request is in flight.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Wire<V> {
    Idle,
    Sent {
        attempt: u64,
        number: u64,
        op: Op<V>,
        /// A push has brought the verdict already.
        answered: bool,
    },
    Wait {
        attempt: u64,
    },
}
