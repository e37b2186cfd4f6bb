//! What is asked of a store.

use crate::{Action, Setup, State};
use std::ops::Range;
use std::thread;
use std::time::{Duration, Instant};

/// A store behind the same four questions. Each answers them as its own documentation does it.
pub trait Peer<S>: Sync {
    /// Dispatches these actions from the calling thread.
    fn dispatch(&self, which: Range<u64>);
    /// Waits until what was dispatched has been applied: until `done` says so of the state.
    fn settle(&self, done: &dyn Fn(&S) -> bool);
    /// Dispatches them one by one, and waits for each until the state shows it; `so_far` were applied before.
    fn dispatch_and_see(&self, times: u64, so_far: u64)
    where
        S: State,
    {
        for n in so_far..so_far + times {
            self.dispatch(n..n + 1);
            self.settle(&|state| state.applied() == n + 1);
        }
    }
    /// The current state.
    fn state(&self) -> S;
    /// Reads the current state this often, as cheaply as it lets a user do it.
    fn read(&self, times: u64);
}

/// What a store is, for the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The state has changed when `dispatch` returns.
    Applied,
    /// The state changes at some time after `dispatch` returned, or after an `.await`.
    Queued,
    /// No store at all.
    Baseline,
}

/// A store that can be built for an app.
pub struct Candidate<S, A> {
    /// The name of its crate.
    pub name: &'static str,
    /// When an action is applied.
    pub kind: Kind,
    /// Whether it has middleware.
    pub middleware: bool,
    /// Whether it calls subscribers, one call for each change.
    pub callbacks: bool,
    /// Whether a caller can wait for its own action without polling.
    pub waits: bool,
    /// Builds it.
    pub build: fn(Setup<S, A>) -> Box<dyn Peer<S>>,
}

impl<S, A> std::fmt::Debug for Candidate<S, A> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Candidate").field("name", &self.name).finish_non_exhaustive()
    }
}

/// For a store that applies on a thread of its own and has no way to wait for it. Sleeping costs no CPU time, which is
/// what is compared.
pub(crate) fn wait_for(done: impl Fn() -> bool) {
    let start = Instant::now();
    while !done() {
        assert!(start.elapsed() < Duration::from_secs(20), "an action was lost");
        thread::sleep(Duration::from_micros(20));
    }
}

/// All of them. The first is ours.
#[must_use]
pub fn candidates<S: State, A: Action>() -> Vec<Candidate<S, A>> {
    use crate::peers::{bare, foregone, redux_rs, rs_store, rust_elm, tca_rs, uniflow};
    vec![
        foregone::candidate(),
        foregone::in_place(),
        bare::mutex(),
        bare::mutex_of_arc(),
        redux_rs::candidate(),
        rs_store::candidate(),
        uniflow::candidate(),
        tca_rs::candidate(),
        rust_elm::candidate(),
    ]
}
