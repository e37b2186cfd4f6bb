//! What an event asks of the middleware.

use super::intent::Op;

/// What an intent came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Verdict {
    Confirmed,
    Rejected,
    Cancelled,
    Unknown,
}

/// A request to make now.
#[derive(Debug)]
pub(crate) struct Send<V> {
    pub(crate) number: u64,
    pub(crate) op: Op<V>,
    /// Of the value the server was last known to hold; 0 if none is known.
    pub(crate) revision: u64,
    /// Which attempt at this intent it is, from 1.
    pub(crate) try_number: u32,
}

/// Why a cycle is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rest {
    Agreed,
    Failed,
    /// By the server's mark.
    Rejected,
    FollowUpLimit,
    Cancelled,
}

/// From the tap that found the key at rest until it is at rest again, or the sync has given up.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Cycle<V> {
    pub(crate) first: V,
    pub(crate) last: V,
    pub(crate) taps: u32,
    pub(crate) requests: u32,
    /// Those of the requests that followed a pause.
    pub(crate) retries: u32,
    /// Taps whose value was sent.
    pub(crate) sent: u32,
}

impl<V: Clone> Cycle<V> {
    pub(crate) fn new(first: V) -> Self {
        Self { last: first.clone(), first, taps: 0, requests: 0, retries: 0, sent: 0 }
    }
}

/// Tell `resolved` its verdict. With `rest`, the cycle is over; a fence may still be under way, and one that ends has no
/// cycle of its own.
#[derive(Debug)]
pub(crate) struct Step<V, W> {
    pub(crate) resolved: Option<(W, Verdict)>,
    pub(crate) rest: Option<(Rest, Option<Cycle<V>>)>,
}

impl<V, W> Step<V, W> {
    pub(crate) fn nothing() -> Self {
        Self { resolved: None, rest: None }
    }
}

/// What a failed request says of its intent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Failed {
    /// A definite no.
    Refused,
    /// It may have taken effect.
    Unknown,
}

/// What is to come of a failed request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Then {
    /// The newest intent is sent after a pause.
    Retry,
    /// No more attempts at this value. The doubt is to be ended, if the server can do that.
    GiveUp,
    /// Nothing can be sent, not even a fence.
    Abandon,
}
