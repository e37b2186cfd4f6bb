//! What a key is doing, for the screen.

use super::error::SyncError;
use crate::platform::Instant;
use std::error::Error;
use std::sync::Arc;

/// What one key is doing.
#[derive(Debug)]
#[non_exhaustive]
pub enum Status<E: Error + 'static> {
    /// Nothing: the server agrees, as far as anyone knows.
    Idle,
    /// Waiting for its turn, since as many requests are in flight as are allowed, or to be written to the
    /// [outbox](super::Outbox). Taps go on coalescing.
    Queued,
    /// A request is in flight.
    Sending {
        /// Which attempt at this intent it is, from 1.
        attempt: u32,
    },
    /// The last attempt failed; the next one starts at `until`.
    Waiting {
        /// By the store's clock: compare with `Store::now`.
        until: Instant,
    },
    /// The last request failed, and nothing was dispatched for this key since.
    Failed(Arc<SyncError<E>>),
}

impl<E: Error> Status<E> {
    /// Whether nothing is going on, and nothing has failed.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        matches!(self, Self::Idle)
    }

    /// Whether the server has yet to agree: neither idle nor failed.
    #[must_use]
    pub fn is_pending(&self) -> bool {
        !matches!(self, Self::Idle | Self::Failed(_))
    }
}

impl<E: Error> Clone for Status<E> {
    fn clone(&self) -> Self {
        match self {
            Self::Idle => Self::Idle,
            Self::Queued => Self::Queued,
            Self::Sending { attempt } => Self::Sending { attempt: *attempt },
            Self::Waiting { until } => Self::Waiting { until: *until },
            Self::Failed(error) => Self::Failed(Arc::clone(error)),
        }
    }
}
