//! The server and the network: what it holds, and what is on its way.

use crate::lane::{Answer, Mark, Server, Word};
use crate::setup::Fault;

/// A message on its way. In no order, so that any may come next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Message {
    Request(Request),
    Reply { device: u8, attempt: u64, reply: Reply },
    Push { to: u8, value: u8, revision: u64, origin: (u8, u64) },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Request {
    pub(crate) device: u8,
    /// By which the server knows the device.
    pub(crate) id: u8,
    /// 0 if its program has ended.
    pub(crate) attempt: u64,
    pub(crate) number: u64,
    /// None: a fence, to a server that keeps marks.
    pub(crate) value: Option<u8>,
    pub(crate) revision: u64,
    pub(crate) is_fence: bool,
    /// It has arrived before.
    pub(crate) again: bool,
}

/// An answer, in a form that can be sorted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Reply {
    Refused,
    Accepted { value: u8, revision: u64 },
    Conflict { value: u8, revision: u64 },
    Marked { value: u8, revision: u64, number: u64, how: How },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum How {
    Accepted,
    Rejected,
    Fenced,
}

impl Reply {
    /// None: refused.
    pub(crate) fn answer(self) -> Option<Answer<u8>> {
        let (value, revision, word) = match self {
            Self::Refused => return None,
            Self::Accepted { value, revision } => (value, revision, Word::Accepted),
            Self::Conflict { value, revision } => (value, revision, Word::Conflict),
            Self::Marked { value, revision, number, how } => {
                let mark = match how {
                    How::Accepted => Mark::Accepted(number),
                    How::Rejected => Mark::Rejected(number),
                    How::Fenced => Mark::Fenced(number),
                };
                (value, revision, Word::Mark(mark))
            }
        };
        Some(Answer { value: Some(value), revision, word })
    }
}

/// What arrives at the server, and what comes of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Treatment {
    /// It holds what it was sent.
    Take,
    /// It accepts, and holds this.
    Hold(u8),
    Reject,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Held {
    pub(crate) value: u8,
    pub(crate) revision: u64,
    /// What it held at each revision, from 1.
    pub(crate) history: Vec<u8>,
    marks: Vec<(u64, How)>,
}

impl Held {
    pub(crate) fn new(devices: u8) -> Self {
        Self { value: 0, revision: 1, history: vec![0], marks: vec![(0, How::Fenced); 2 * usize::from(devices)] }
    }

    /// It has seen numbers up to this one before.
    pub(crate) fn has_seen(&mut self, device: u8, number: u64) {
        self.marks[usize::from(device)] = (number, How::Accepted);
    }

    /// Gives the reply, and whether the value was written.
    pub(crate) fn take(&mut self, request: Request, how: Treatment, tier: Server, fault: Fault) -> (Reply, bool) {
        let mut written = None;
        let mark = &mut self.marks[usize::from(request.id)];
        let is_late = tier.keeps_marks() && request.number <= mark.0 && fault != Fault::NoDedupe;
        let is_conflict = tier == Server::Compare
            && request.revision > 0
            && request.revision != self.revision
            && fault != Fault::NoIfMatch;
        if is_conflict {
            return (Reply::Conflict { value: self.value, revision: self.revision }, false);
        }
        if !is_late {
            let done = match (request.value, how) {
                (None, _) => How::Fenced,
                (Some(_), Treatment::Reject) => How::Rejected,
                (Some(value), how) => {
                    written = Some(if let Treatment::Hold(other) = how { other } else { value });
                    How::Accepted
                }
            };
            *mark = (request.number, done);
        }
        let (number, done) = *mark;
        if let Some(value) = written {
            self.value = value;
            self.revision += 1;
            self.history.push(value);
        }
        let (value, revision) = (self.value, if tier.keeps_revisions() { self.revision } else { 0 });
        let reply = match done {
            _ if tier.keeps_marks() => Reply::Marked { value, revision, number, how: done },
            How::Rejected => Reply::Refused,
            _ => Reply::Accepted { value, revision },
        };
        (reply, written.is_some())
    }
}
