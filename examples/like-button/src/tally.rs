//! What is counted, per post.

use crate::messages::PostId;
use std::collections::BTreeMap;
use std::iter::Sum;
use std::ops::Add;

#[derive(Debug, Default)]
pub(crate) struct Tally(BTreeMap<PostId, Count>);

#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Count {
    pub(crate) taps: u32,
    pub(crate) requests: u32,
    /// Taps that were sent.
    pub(crate) intents: u32,
    /// Requests that may be tried again.
    pub(crate) failures: u32,
    /// From a tap that finds the post at rest until it is at rest again.
    pub(crate) cycles: u32,
    /// Cycles that ended with a failure that may be tried again.
    pub(crate) given_up: u32,
}

impl Tally {
    pub(crate) fn of(&mut self, post: PostId) -> &mut Count {
        self.0.entry(post).or_default()
    }

    pub(crate) fn get(&self, post: PostId) -> Count {
        self.0.get(&post).copied().unwrap_or_default()
    }

    pub(crate) fn total(&self) -> Count {
        self.0.values().copied().sum()
    }
}

impl Count {
    /// Taps that needed no request of their own.
    pub(crate) fn coalesced(self) -> u32 {
        self.taps.saturating_sub(self.intents)
    }

    /// Requests sent because the one before had failed.
    pub(crate) fn retries(self) -> u32 {
        self.failures.saturating_sub(self.given_up)
    }

    /// Requests sent because something newer was wanted when the one before was answered.
    pub(crate) fn follow_ups(self) -> u32 {
        self.requests.saturating_sub(self.cycles).saturating_sub(self.retries())
    }
}

impl Add for Count {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            taps: self.taps + other.taps,
            requests: self.requests + other.requests,
            intents: self.intents + other.intents,
            failures: self.failures + other.failures,
            cycles: self.cycles + other.cycles,
            given_up: self.given_up + other.given_up,
        }
    }
}

impl Sum for Count {
    fn sum<I: Iterator<Item = Self>>(counts: I) -> Self {
        counts.fold(Self::default(), Add::add)
    }
}

#[cfg(test)]
mod tests {
    use super::Count;

    #[test]
    fn every_request_is_the_first_of_its_cycle_or_a_retry_or_a_follow_up() {
        // Five taps: the first is sent and fails, the second is sent in its place, the others become one follow-up.
        let count = Count { taps: 5, requests: 3, intents: 3, failures: 1, cycles: 1, given_up: 0 };
        assert_eq!((count.coalesced(), count.retries(), count.follow_ups()), (2, 1, 1));
    }

    #[test]
    fn a_failure_that_ends_the_cycle_is_not_a_retry() {
        let count = Count { taps: 1, requests: 2, intents: 1, failures: 2, cycles: 1, given_up: 1 };
        assert_eq!((count.coalesced(), count.retries(), count.follow_ups()), (0, 1, 0));
    }
}
