//! The lifetime of a listener.

use super::watchers::Place;
use crate::effects::runs::Runs;
use std::fmt;
use std::sync::Arc;

/// A listener that listens for as long as this is kept.
///
/// Dropping it removes the listener and ends those of its effects that are running: none begins afterwards, and those
/// that run are dropped at their next `.await`. On another thread, a matcher or an effect's beginning that is just being
/// called may end after the drop.
///
/// [`let_finish`](Self::let_finish) removes it and lets its effects end by themselves; [`detach`](Self::detach) keeps it
/// for as long as the store.
///
/// It does not keep the store alive.
///
/// ```
/// use foregone_middleware::Listeners;
///
/// let listeners = Listeners::<u32, u32>::new();
/// let _greeting = listeners.on(|n| (*n == 1).then_some(()), |(), _api| async { println!("one!") });
/// listeners.on_change(|n| *n, |old, new, _api| async move { println!("{old}, then {new}") }).detach();
/// ```
#[must_use = "dropping it removes the listener: keep it, or call `detach`; `let _ = ..` drops it at once"]
pub struct Listening(Option<Held>);

struct Held {
    place: Place,
    runs: Arc<Runs<()>>,
}

impl Listening {
    pub(super) fn new(place: Place, runs: Arc<Runs<()>>) -> Self {
        Self(Some(Held { place, runs }))
    }

    /// Removes the listener, and lets the effects that are running go on.
    pub fn let_finish(mut self) {
        if let Some(held) = self.0.take() {
            held.end();
        }
    }

    /// Keeps the listener for as long as the store.
    pub fn detach(mut self) {
        self.0 = None;
    }
}

impl Held {
    /// Closed first: whoever looks at an action just now may still have the listener in hand.
    fn end(&self) {
        self.runs.close();
        self.place.leave();
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        if let Some(held) = self.0.take() {
            held.end();
            held.runs.cancel_all();
        }
    }
}

impl fmt::Debug for Listening {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Listening").field(&self.0.as_ref().map(|held| &held.place)).finish()
    }
}
