//! What a user dispatched, and what came of it.

use crate::client::ApiError;
use crate::random::Random;
use crate::server::Server;
use foregone::middleware::{Completion, Failure, FailureKind, Outcome, SyncError};
use futures_util::FutureExt;
use std::collections::HashMap;
use std::pin::Pin;

/// A dispatch, and its outcome.
struct Tap {
    key: u8,
    value: u64,
    outcome: Pin<Box<dyn Future<Output = Result<Outcome, Failure>>>>,
}

pub(crate) struct Taps {
    /// Every value is dispatched once only, so that it says which dispatch it came from.
    unique: bool,
    dispatched: Vec<Tap>,
    /// The last tap of each key, if nothing else came after it.
    last: HashMap<u8, usize>,
}

impl Taps {
    pub(crate) fn new(unique: bool) -> Self {
        Self { unique, dispatched: Vec::new(), last: HashMap::new() }
    }

    pub(crate) fn value(&self, random: &Random) -> u64 {
        if self.unique { 1_000_000 + random.below(1 << 60) } else { random.below(3) }
    }

    pub(crate) fn push(&mut self, key: u8, value: u64, completion: Completion) {
        self.last.insert(key, self.dispatched.len());
        self.dispatched.push(Tap { key, value, outcome: Box::pin(completion.into_future()) });
    }

    /// Something came after the last tap.
    pub(crate) fn is_not_last(&mut self, key: u8) {
        self.last.remove(&key);
    }

    pub(crate) fn none_is_last(&mut self) {
        self.last.clear();
    }

    /// Every one of them has its outcome by now, and it is true.
    pub(crate) fn check(&mut self, server: &Server) {
        for (index, Tap { key, value, outcome }) in self.dispatched.drain(..).enumerate() {
            let outcome = outcome.now_or_never().expect("G: a dispatch without an outcome");
            if self.last.get(&key) == Some(&index) {
                assert!(!matches!(outcome, Ok(Outcome::Superseded)), "J: the newest intent was dropped");
            }
            let took_effect = server.has_held(key, value);
            let name = match outcome {
                Ok(Outcome::Confirmed) => {
                    assert!(took_effect, "H: confirmed, and the server never accepted it");
                    "confirmed"
                }
                Ok(_) => "superseded",
                Err(failure) if failure.kind() == FailureKind::Unknown => {
                    assert!(server.was_asked(key, value) || is_in_between(&failure), "J: {failure}, and never sent");
                    "unknown"
                }
                Err(failure) => {
                    assert!(!took_effect || !self.unique, "L: {failure}, and it took effect");
                    if failure.kind() == FailureKind::Rejected { "rejected" } else { "cancelled" }
                }
            };
            server.count(name, 1);
        }
        self.last.clear();
    }
}

/// These may come between a request and its first poll.
fn is_in_between(failure: &Failure) -> bool {
    type Error = SyncError<ApiError>;
    matches!(failure.downcast_ref(), Some(Error::Cleared | Error::Cancelled | Error::Stopped | Error::ShutDown))
}
