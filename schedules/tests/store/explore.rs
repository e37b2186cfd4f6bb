//! Runs a scenario under many orders of its threads.

use shuttle::scheduler::{PctScheduler, RandomScheduler};
use shuttle::thread::{JoinHandle, spawn};
use shuttle::{Config, Runner};
use std::sync::{Arc, Mutex};

/// Of each of the two schedulers.
const SCHEDULES: usize = 2000;
const SEED: u64 = 1;
/// How many orders between two steps have to be just so for a bug to show, at most (Burckhardt and others, "A
/// randomized scheduler with probabilistic guarantees of finding bugs", 2010).
const DEPTH: usize = 3;
/// A thread's, in bytes.
const STACK: usize = 256 * 1024;

pub(crate) fn explore(scenario: impl Fn() + Send + Sync + 'static) {
    if let Ok(schedule) = std::env::var("FOREGONE_SCHEDULE") {
        return shuttle::replay(scenario, &schedule);
    }
    let schedules = from_environment("FOREGONE_SCHEDULES").map_or(SCHEDULES, |n| n.try_into().expect("a number"));
    let seed = from_environment("FOREGONE_SEED").unwrap_or(SEED);
    let mut config = Config::new();
    config.stack_size = STACK;
    let scenario = Arc::new(scenario);
    let again = Arc::clone(&scenario);
    Runner::new(RandomScheduler::new_from_seed(seed, schedules), config.clone()).run(move || scenario());
    Runner::new(PctScheduler::new_from_seed(seed, DEPTH, schedules), config).run(move || again());
}

fn from_environment(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|number| number.parse().expect("a number"))
}

/// Runs each in a thread of its own, and waits for all.
pub(crate) fn together<const N: usize>(threads: [Box<dyn FnOnce() + Send>; N]) {
    let threads: Vec<JoinHandle<()>> = threads.into_iter().map(spawn).collect();
    for thread in threads {
        thread.join().expect("the thread ends well");
    }
}

/// What a callback was called with. Checked by the test, not in the callback: a panic there harms nobody.
#[derive(Clone, Default)]
pub(crate) struct Seen(Arc<Mutex<Vec<u32>>>);

impl Seen {
    pub(crate) fn note(&self, state: u32) {
        self.0.lock().unwrap().push(state);
    }

    pub(crate) fn last(&self) -> Option<u32> {
        self.0.lock().unwrap().last().copied()
    }

    pub(crate) fn all(&self) -> Vec<u32> {
        self.0.lock().unwrap().clone()
    }

    /// How many owners there are besides this one: callbacks that are not freed.
    pub(crate) fn held(&self) -> usize {
        Arc::strong_count(&self.0) - 1
    }
}
