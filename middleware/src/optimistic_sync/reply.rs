//! What `send` and `fence` give: the server's answer.

use super::lane::{Answer, Mark, Server, Word};

/// What a server can have seen: leaves room above for the numbers that follow.
pub(super) const HIGHEST: u64 = u64::MAX >> 1;

/// The server's answer to a request.
///
/// [`accepted`](Self::accepted) or [`value`](Self::value) is all that a [plain](Server::Plain) server has to say. One with
/// revisions says the [`revision`](Self::revision) of what it holds in every reply, one with marks its
/// [`mark`](Self::mark).
///
/// ```
/// use foregone_middleware::{Mark, Reply};
///
/// assert_ne!(Reply::accepted(), Reply::value(true));
/// let reply = Reply::value(true).revision(3).mark(Mark::Accepted(17));
/// # drop(reply);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use = "give it back from `send`"]
pub struct Reply<V> {
    value: Option<V>,
    revision: Option<u64>,
    says: Says,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Says {
    Accepted,
    Conflict,
    Mark(Mark),
    NoFence,
}

impl<V> Reply<V> {
    /// It holds what was sent.
    pub const fn accepted() -> Self {
        Self { value: None, revision: None, says: Says::Accepted }
    }

    /// It holds this value, which is shown once nothing newer is wanted.
    pub const fn value(value: V) -> Self {
        Self { value: Some(value), revision: None, says: Says::Accepted }
    }

    /// From a server that [compares](Server::Compare): it did not do what it was asked, since it no longer has the
    /// revision that was sent along. What is still wanted is sent again, with this one.
    pub const fn conflict(value: V, revision: u64) -> Self {
        Self { value: Some(value), revision: Some(revision), says: Says::Conflict }
    }

    pub(super) const fn no_fence() -> Self {
        Self { value: None, revision: None, says: Says::NoFence }
    }

    /// The revision of what it holds, from 1.
    pub fn revision(mut self, revision: u64) -> Self {
        self.revision = Some(revision);
        self
    }

    /// The highest number it has seen from this device for this key, and what it made of that: mostly the number of the
    /// request itself. An answer to an older request is told by its older number.
    pub fn mark(mut self, mark: Mark) -> Self {
        self.says = Says::Mark(mark);
        self
    }

    /// As an answer of such a server to the request with this number.
    pub(super) fn into_answer(self, server: Server, number: u64, to_fence: bool) -> Result<Answer<V>, ReplyError> {
        let word = match self.says {
            Says::NoFence => return Err(ReplyError::NoFence),
            Says::Mark(mark) if !server.keeps_marks() => return Err(ReplyError::UnexpectedMark(mark)),
            Says::Mark(mark) if mark.number() > HIGHEST => return Err(ReplyError::MarkTooHigh(mark)),
            Says::Mark(mark) => Word::Mark(mark),
            _ if server.keeps_marks() => return Err(ReplyError::NoMark),
            Says::Conflict if server != Server::Compare => return Err(ReplyError::UnexpectedConflict),
            Says::Conflict => Word::Conflict,
            Says::Accepted => Word::Accepted,
        };
        let revision = match self.revision {
            Some(0) => return Err(ReplyError::ZeroRevision),
            Some(_) if !server.keeps_revisions() => return Err(ReplyError::UnexpectedRevision),
            None if server.keeps_revisions() => return Err(ReplyError::NoRevision),
            revision => revision.unwrap_or(0),
        };
        let is_sent = match word {
            Word::Mark(mark) => mark == Mark::Accepted(number) && !to_fence,
            Word::Accepted | Word::Conflict => true,
        };
        if self.value.is_none() && !is_sent {
            return Err(ReplyError::NoValue);
        }
        Ok(Answer { value: self.value, revision, word })
    }
}

/// A [`Reply`] that does not fit what [`OptimisticSync::server`](super::OptimisticSync::server) says of the server, or a
/// missing [`fence`](super::OptimisticSync::fence). Such a request counts as failed, and is not tried again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ReplyError {
    /// The server keeps marks, and the reply has none.
    #[error("the server keeps marks: say its mark, by `Reply::mark`")]
    NoMark,
    /// The reply has a mark, and the server is said to keep none.
    #[error("the server is said to keep no marks, and its mark is {0:?}: what does `server` say?")]
    UnexpectedMark(Mark),
    /// A number beyond 2^63 - 1 was never given out, and leaves no room for those to come.
    #[error("the mark is higher than any number given out: {0:?}")]
    MarkTooHigh(Mark),
    /// The server keeps revisions, and the reply has none.
    #[error("the server keeps revisions: say that of the value it holds, by `Reply::revision`")]
    NoRevision,
    /// Revisions count from 1.
    #[error("the revision is zero: they count from 1")]
    ZeroRevision,
    /// The reply has a revision, and the server is said to keep none.
    #[error("the server is said to keep no revisions, and the reply has one: what does `server` say?")]
    UnexpectedRevision,
    /// A conflict, from a server that is not said to compare.
    #[error("a conflict is for a server that compares: what does `server` say?")]
    UnexpectedConflict,
    /// The server holds something else than what was sent, and the reply does not say what.
    #[error("what was sent is not what the server holds: say what is, by `Reply::value`")]
    NoValue,
    /// The server keeps marks, and the spec does not implement `fence`.
    #[error("the server keeps marks: implement `fence` for the spec")]
    NoFence,
}
