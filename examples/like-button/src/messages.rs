//! What client and server say to each other.

use serde::{Deserialize, Serialize};

/// Which post.
pub(crate) type PostId = u32;

/// `PUT /posts/{id}/like`.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct PutLike {
    pub(crate) liked: bool,
    /// The intent's number and who has it: the server refuses what comes late.
    pub(crate) number: u64,
    pub(crate) device: String,
}

/// `GET /posts/{id}`, an item of `GET /posts`, and the answer to a `PUT`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Post {
    pub(crate) id: PostId,
    pub(crate) liked: bool,
}
