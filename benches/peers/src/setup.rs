//! What every store is built from, so that all of them do the same work.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// A state that every peer accepts.
pub trait State: Clone + PartialEq + Send + Sync + 'static {
    /// The first one. A function rather than a value, since rust-elm takes no other.
    fn first() -> Self;
    /// How many actions were applied to it.
    fn applied(&self) -> u64;
}

/// An action that every peer accepts.
pub trait Action: Copy + std::fmt::Debug + Send + Sync + 'static {}
impl<A: Copy + std::fmt::Debug + Send + Sync + 'static> Action for A {}

/// The app, before a store is chosen for it.
#[derive(Debug, Clone)]
pub struct Setup<S, A> {
    /// The reducer.
    pub reduce: fn(&S, A) -> S,
    /// The same reducer, for a store that lends its state.
    pub edit: fn(&mut S, A),
    /// The action dispatched for the nth time.
    pub action: fn(u64) -> A,
    /// Middlewares that pass everything on.
    pub middlewares: usize,
    /// What each subscriber saw last.
    pub seen: Arc<[AtomicU64]>,
    /// Whether several threads will dispatch. A peer that runs on an executor gets the one that suits.
    pub threads: bool,
}

impl<S: State, A: Action> Setup<S, A> {
    /// One subscriber for each place in `seen`.
    pub fn watchers(&self) -> impl Iterator<Item = impl Fn(&S) + Send + Sync + 'static + use<S, A>> {
        (0..self.seen.len()).map(|place| {
            let seen = Arc::clone(&self.seen);
            move |state: &S| seen[place].store(state.applied(), Ordering::Relaxed)
        })
    }

    /// Whether all subscribers have seen this many actions.
    #[must_use]
    pub fn all_saw(&self, applied: u64) -> bool {
        self.seen.iter().all(|seen| seen.load(Ordering::Relaxed) == applied)
    }
}
