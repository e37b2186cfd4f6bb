//! A duration that cannot be zero.

/// A duration that is zero, where that cannot work.
///
/// ```
/// use foregone_middleware::{Timeout, ZeroDuration};
/// use std::time::Duration;
///
/// let at_once = Timeout::new("load", Duration::ZERO, |page: &u32| Some(*page));
/// assert_eq!(at_once.unwrap_err(), ZeroDuration::Limit);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ZeroDuration {
    /// Nothing could end in time.
    #[error("the limit is zero: nothing could end in time")]
    Limit,
    /// It would never rest.
    #[error("the interval is zero: a poll would never rest")]
    Interval,
}
