//! What client and server say to each other.

use serde::{Deserialize, Serialize};
use std::time::{Duration, SystemTime};

/// Which todo. Chosen by the client that adds it, so that it can be changed before the server knows of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct TodoId(pub(crate) u64);

/// An item of `GET /todos`, the body of `POST /todos` and its answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Todo {
    pub(crate) id: TodoId,
    pub(crate) text: String,
    pub(crate) done: bool,
}

/// `PUT /todos/{id}/done`, and its answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Done {
    pub(crate) done: bool,
}

/// The query of `GET /todos/ids`, which answers with the ids of the todos that contain it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Containing {
    pub(crate) containing: String,
}

/// By what the server knows a `POST` or a `DELETE` again.
pub(crate) const IDEMPOTENCY_KEY: &str = "idempotency-key";

impl TodoId {
    /// Greater than those made earlier, on any device; and random, so that no two are alike.
    pub(crate) fn new() -> Self {
        const RANDOM_BITS: u32 = 20;
        let milliseconds = SystemTime::UNIX_EPOCH.elapsed().map_or(0, |since: Duration| since.as_millis());
        let milliseconds = u64::try_from(milliseconds).unwrap_or(u64::MAX >> RANDOM_BITS);
        Self(milliseconds << RANDOM_BITS | fastrand::u64(..1 << RANDOM_BITS))
    }
}
