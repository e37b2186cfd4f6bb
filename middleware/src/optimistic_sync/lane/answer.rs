//! What a server says.

/// The highest number that a server has seen from a device for a key, and what it made of that.
///
/// ```
/// use foregone_middleware::Mark;
///
/// assert_eq!(Mark::Accepted(7).number(), 7);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Mark {
    /// It wrote that value.
    Accepted(u64),
    /// It refused that value, for good.
    Rejected(u64),
    /// It was told that nothing up to this number may take effect any more.
    Fenced(u64),
}

impl Mark {
    /// The number.
    #[must_use]
    pub const fn number(self) -> u64 {
        let (Self::Accepted(number) | Self::Rejected(number) | Self::Fenced(number)) = self;
        number
    }
}

/// An answer to the request in flight.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Answer<V> {
    /// What the server holds; none if that is what was sent.
    pub(crate) value: Option<V>,
    /// Of that value; 0 from a server without revisions.
    pub(crate) revision: u64,
    pub(crate) word: Word,
}

impl<V> Answer<V> {
    pub(crate) fn mark(&self) -> Option<Mark> {
        if let Word::Mark(mark) = self.word { Some(mark) } else { None }
    }

    /// As an answer to the request `sent`, whether the intent `number` was accepted.
    pub(crate) fn accepts(&self, sent: u64, number: u64) -> bool {
        match self.word {
            Word::Accepted => sent == number,
            Word::Conflict => false,
            Word::Mark(mark) => mark == Mark::Accepted(number),
        }
    }
}

/// What an answer says of the request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Word {
    Accepted,
    /// Not done: the revision was no longer the one sent along.
    Conflict,
    Mark(Mark),
}
