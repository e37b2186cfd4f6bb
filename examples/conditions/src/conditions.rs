//! Set by a script or the keyboard, asked by the server at each request.

use crate::fault::{Fault, FaultKind};
use crate::latency::Latency;
use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// What a server has to put up with at the moment.
#[derive(Debug)]
pub struct Conditions {
    current: Mutex<Current>,
}

#[derive(Debug)]
struct Current {
    latency: Latency,
    faults: VecDeque<Fault>,
    is_down: bool,
}

impl Conditions {
    /// No faults.
    #[must_use]
    pub fn calm(latency: Latency) -> Self {
        Self { current: Mutex::new(Current { latency, faults: VecDeque::new(), is_down: false }) }
    }

    /// The next requests suffer these, in place of what was left of earlier ones.
    pub fn befall(&self, faults: impl IntoIterator<Item = Fault>) {
        self.current().faults = faults.into_iter().collect();
    }

    /// While down, the server answers 503 to all. Gives the new setting.
    pub fn toggle_down(&self) -> bool {
        let mut current = self.current();
        current.is_down = !current.is_down;
        current.is_down
    }

    /// Gives the new one.
    pub fn change_latency(&self, change: impl FnOnce(Latency) -> Latency) -> Latency {
        let mut current = self.current();
        current.latency = change(current.latency);
        current.latency
    }

    /// How long a request takes.
    #[must_use]
    pub fn latency(&self) -> Latency {
        self.current().latency
    }

    /// What the request that has just arrived suffers.
    pub(crate) fn strike(&self) -> Option<FaultKind> {
        let mut current = self.current();
        if current.is_down {
            return Some(FaultKind::Unavailable);
        }
        let fault = current.faults.front_mut()?;
        let kind = fault.kind;
        fault.requests = fault.requests.saturating_sub(1);
        if fault.requests == 0 {
            current.faults.pop_front();
        }
        Some(kind)
    }

    fn current(&self) -> MutexGuard<'_, Current> {
        self.current.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::Conditions;
    use crate::fault::{FaultKind, Faults};
    use crate::latency::Latency;

    #[test]
    fn faults_befall_requests_one_after_the_other() {
        let conditions = Conditions::calm(Latency::fixed(0));
        conditions.befall("503x2,lost".parse::<Faults>().unwrap().0);
        let suffered: Vec<_> = std::iter::from_fn(|| conditions.strike()).collect();
        assert_eq!(suffered, [FaultKind::Unavailable, FaultKind::Unavailable, FaultKind::Lost]);
    }
}
