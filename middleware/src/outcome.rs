//! What became of one dispatch.

use crate::platform::{MaybeSend, MaybeSync, SharedError};
use std::error::Error;
use std::fmt;
use std::sync::Arc;

/// How a dispatch ended well.
///
/// ```
/// use foregone_middleware::Outcome;
///
/// // A middleware's verdict is worth more than none, and "not the last word" more than "agreed".
/// assert_eq!(Outcome::Applied.max(Outcome::Confirmed), Outcome::Confirmed);
/// assert_eq!(Outcome::Confirmed.max(Outcome::Superseded), Outcome::Superseded);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Outcome {
    /// The chain has run and set nothing going: there is nothing to wait for.
    Applied,
    /// Nothing was done, since what it asks for was done a short while ago and is still good.
    Skipped,
    /// The server accepted the value of this dispatch. It may have made another value of it, which is then shown.
    Confirmed,
    /// A newer dispatch of yours took this one's place before the server had agreed to it. Whether the server ever
    /// saw this one is not said; the newer one has an outcome of its own.
    Superseded,
}

/// What a failed dispatch means for the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum FailureKind {
    /// A definite no: it is not in effect, and will not be.
    Rejected,
    /// Withdrawn before it was sent: it is not in effect, and will not be.
    Cancelled,
    /// Nobody can tell: it was sent, and it may be in effect, or not. No answer came, or one that does not say.
    Unknown,
}

/// How a dispatch ended badly: a [kind](FailureKind), and the error behind it.
///
/// Cheap to clone. The error that your own code returned is reached with [`downcast_ref`](Self::downcast_ref),
/// however deep it lies.
///
/// ```
/// use foregone_middleware::{Failure, FailureKind};
/// use std::num::ParseIntError;
///
/// let error = "x".parse::<i32>().unwrap_err();
/// let failure = Failure::new(FailureKind::Rejected, error);
/// assert_eq!(failure.kind(), FailureKind::Rejected);
/// assert!(failure.downcast_ref::<ParseIntError>().is_some());
/// assert_eq!(failure.to_string(), "rejected: invalid digit found in string");
/// ```
#[derive(Debug, Clone)]
pub struct Failure {
    kind: FailureKind,
    error: SharedError,
}

impl Failure {
    /// A failure of this kind, with the error that caused it.
    pub fn new(kind: FailureKind, error: impl Error + MaybeSend + MaybeSync + 'static) -> Self {
        Self::shared(kind, Arc::new(error))
    }

    /// As [`new`](Self::new), for an error that others hold as well.
    #[must_use]
    pub fn shared(kind: FailureKind, error: SharedError) -> Self {
        Self { kind, error }
    }

    /// What it means for the server.
    #[must_use]
    pub fn kind(&self) -> FailureKind {
        self.kind
    }

    /// The error behind it, for a screen that shows the reason without the kind: what [`new`](Self::new) was given.
    ///
    /// Displaying the failure puts the kind before this error. [`source`](Error::source) gives the cause of this error, as
    /// that of an error that has displayed it already.
    ///
    /// ```
    /// use foregone_middleware::{Failure, FailureKind};
    ///
    /// let error = "x".parse::<i32>().unwrap_err();
    /// let failure = Failure::new(FailureKind::Rejected, error);
    /// assert_eq!(failure.to_string(), "rejected: invalid digit found in string");
    /// assert_eq!(failure.error().to_string(), "invalid digit found in string");
    /// assert!(std::error::Error::source(&failure).is_none());
    /// ```
    #[must_use]
    pub fn error(&self) -> &(dyn Error + 'static) {
        &*self.error
    }

    /// The first error of type `E` along the chain of causes.
    #[must_use]
    pub fn downcast_ref<E: Error + 'static>(&self) -> Option<&E> {
        let mut error = Some(self.error());
        while let Some(cause) = error {
            if let Some(found) = cause.downcast_ref() {
                return Some(found);
            }
            error = cause.source();
        }
        None
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match self.kind {
            FailureKind::Rejected => "rejected",
            FailureKind::Cancelled => "cancelled",
            FailureKind::Unknown => "outcome unknown",
        };
        write!(f, "{kind}: {}", self.error)
    }
}

impl Error for Failure {
    /// The cause of the error that `Display` names already.
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.error.source()
    }
}
