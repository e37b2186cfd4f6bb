//! How long to wait before trying again.

use backon::{BackoffBuilder, ExponentialBuilder};
use std::time::Duration;

/// A clock has an end, beyond which no pause can reach.
const LONGEST: Duration = Duration::from_secs(60 * 60 * 24 * 365 * 30);

/// The pause before the next attempt, when `retries` were made already; none if there is to be no other.
pub(crate) fn pause(back_off: Option<ExponentialBuilder>, retries: u32) -> Option<Duration> {
    let retries = usize::try_from(retries).unwrap_or(usize::MAX);
    back_off.and_then(|back_off| back_off.build().nth(retries)).map(|pause| pause.min(LONGEST))
}
