//! What a middleware is doing for each of its keys, for the screen: waiting, failed, with what, since when.

mod board;
mod distinct;

pub(crate) use board::Phase;
pub use board::Statuses;
pub use distinct::Distinct;

use crate::platform::Instant;

/// What a middleware is doing for one key; `E` is what it fails with. Read from [`Statuses`].
///
/// It takes the place of `is_loading` and `error` fields in the state of an app.
///
/// ```
/// use foregone_middleware::Status;
///
/// fn hint<E: std::fmt::Display>(status: &Status<E>) -> String {
///     match status {
///         Status::Failed { error, dismissed: false, .. } => format!("not saved: {error}"),
///         status if status.is_waiting() => "saving".to_owned(),
///         _ => String::new(),
///     }
/// }
/// # assert_eq!(hint(&Status::<String>::Idle), "");
/// ```
///
/// Every `since` is by the store's clock, as `until` is: compare with `Store::now`.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Status<E> {
    /// Nothing.
    Idle,
    /// Waiting for its turn.
    Queued {
        /// When the key ceased to be idle.
        since: Instant,
    },
    /// Under way: a request is in flight, an effect is running.
    Running {
        /// Which attempt it is, from 1.
        attempt: u32,
        /// When the key ceased to be idle.
        since: Instant,
    },
    /// Waiting for a point in time: the end of a pause before the next attempt, or of a window.
    Waiting {
        /// When it goes on.
        until: Instant,
        /// When the key ceased to be idle.
        since: Instant,
    },
    /// The last one failed, and nothing was begun for this key since.
    Failed {
        /// Why.
        error: E,
        /// When it failed.
        since: Instant,
        /// Whether the user has [put it away](Statuses::dismiss).
        dismissed: bool,
    },
}

impl<E> Status<E> {
    /// Whether nothing is going on, and nothing has failed.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        matches!(self, Self::Idle)
    }

    /// Whether something has yet to end: neither idle nor failed.
    #[must_use]
    pub fn is_waiting(&self) -> bool {
        !matches!(self, Self::Idle | Self::Failed { .. })
    }

    /// Why the last one failed, if it did, dismissed or not.
    #[must_use]
    pub fn failure(&self) -> Option<&E> {
        if let Self::Failed { error, .. } = self { Some(error) } else { None }
    }

    /// With the error that `f` makes of its own, if it has failed: so that statuses of several middlewares are of one type.
    ///
    /// ```
    /// use foregone_middleware::Status;
    ///
    /// fn in_words(status: Status<std::num::ParseIntError>) -> Status<String> {
    ///     status.map_err(|error| error.to_string())
    /// }
    /// # assert!(in_words(Status::Idle).is_idle());
    /// ```
    #[must_use]
    pub fn map_err<F>(self, f: impl FnOnce(E) -> F) -> Status<F> {
        match self {
            Self::Idle => Status::Idle,
            Self::Queued { since } => Status::Queued { since },
            Self::Running { attempt, since } => Status::Running { attempt, since },
            Self::Waiting { until, since } => Status::Waiting { until, since },
            Self::Failed { error, since, dismissed } => Status::Failed { error: f(error), since, dismissed },
        }
    }

    /// This one, or `other` if this is idle: several middlewares as one, the one that has most to say first. A failure is
    /// not idle, also when it is dismissed.
    ///
    /// ```
    /// use foregone_middleware::{Failure, Online, Retry, Status};
    ///
    /// /// It waits for a connection, or is under way, pauses included.
    /// fn loading<A>(online: &Online<A, u32>, retry: &Retry<A, u32>, page: u32) -> Status<Failure> {
    ///     online.statuses().of(&page).or(retry.statuses().of(&page))
    /// }
    /// ```
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        if self.is_idle() { other } else { self }
    }

    /// When the key ceased to be idle, or failed. None if it is idle.
    #[must_use]
    pub fn since(&self) -> Option<Instant> {
        match self {
            Self::Idle => None,
            Self::Queued { since }
            | Self::Running { since, .. }
            | Self::Waiting { since, .. }
            | Self::Failed { since, .. } => Some(*since),
        }
    }
}
