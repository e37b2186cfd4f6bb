//! How long to wait before trying again.

use crate::platform::LONGEST_PAUSE;
use backon::{BackoffBuilder, ExponentialBuilder};
use std::time::Duration;

/// The pause before the next attempt, when `retries` were made already; none if there is to be no other.
pub(crate) fn pause(back_off: Option<ExponentialBuilder>, retries: u32) -> Option<Duration> {
    let retries = usize::try_from(retries).unwrap_or(usize::MAX);
    back_off.and_then(|back_off| back_off.build().nth(retries)).map(|pause| pause.min(LONGEST_PAUSE))
}
