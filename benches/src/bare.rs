//! What an app would write without a store.

use parking_lot::Mutex;
use std::sync::Arc;

/// A `Mutex<Arc<S>>` and a function call.
#[derive(Debug)]
pub struct Bare<S, F> {
    state: Mutex<Arc<S>>,
    reduce: F,
}

impl<S, F> Bare<S, F> {
    /// Holds `state`, and replaces it by what `reduce` makes of it.
    pub fn new(state: S, reduce: F) -> Self {
        Self { state: Mutex::new(Arc::new(state)), reduce }
    }

    /// The current state.
    pub fn state(&self) -> Arc<S> {
        Arc::clone(&self.state.lock())
    }

    /// Replaces the state.
    pub fn dispatch<A>(&self, action: A)
    where
        F: Fn(&S, A) -> S,
    {
        let mut state = self.state.lock();
        *state = Arc::new((self.reduce)(&state, action));
    }
}
