//! The numbers of intents and attempts.

/// Numbers to leave out where the server has seen higher ones than are remembered: some of those may still be under way.
const GAP: u64 = 1 << 10;
/// Room for the part of a number that says which run it is from.
const RUNS: u64 = 1 << 16;

/// Each number is higher than all before it, so nothing of the past is mistaken for something present.
#[derive(Debug)]
pub(super) struct Numbers {
    last: u64,
    step: u64,
    run: u64,
}

impl Numbers {
    /// 1, 2, 3, ... for a device that is new with this run.
    pub(super) fn of_a_new_device() -> Self {
        Self { last: 0, step: 1, run: 0 }
    }

    /// For a device that the server may know. What an earlier run gave out, and does not tell, is kept apart by a random
    /// part: an answer to its request would otherwise count as one to ours.
    pub(super) fn of_a_known_device() -> Self {
        let run = fastrand::u64(1..RUNS);
        Self { last: run, step: RUNS, run }
    }

    pub(super) fn last(&self) -> u64 {
        self.last
    }

    pub(super) fn next(&mut self) -> u64 {
        self.last = self.last.saturating_add(self.step);
        self.last
    }

    /// The server has seen this number. True if it was never given out here: then they go on above it.
    pub(super) fn catch_up(&mut self, seen: u64) -> bool {
        let is_ahead = seen > self.last;
        if is_ahead {
            self.last = (seen / self.step).saturating_add(GAP).saturating_mul(self.step).saturating_add(self.run);
        }
        is_ahead
    }
}
