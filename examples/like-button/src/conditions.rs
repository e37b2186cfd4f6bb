//! What the server has to put up with. Set by the script or the keyboard, asked by the server at each request.

use crate::fault::{Fault, FaultKind};
use crate::latency::Latency;
use std::sync::{Mutex, MutexGuard, PoisonError};

#[derive(Debug)]
pub(crate) struct Conditions {
    current: Mutex<Current>,
}

#[derive(Debug)]
struct Current {
    latency: Latency,
    fault: Option<Fault>,
    is_down: bool,
}

impl Conditions {
    pub(crate) fn calm(latency: Latency) -> Self {
        Self { current: Mutex::new(Current { latency, fault: None, is_down: false }) }
    }

    /// The next requests that change something suffer this, in place of what was left of the last fault.
    pub(crate) fn befall(&self, fault: Option<Fault>) {
        self.current().fault = fault;
    }

    /// While down, the server answers 503 to all that change something. Gives the new setting.
    pub(crate) fn toggle_down(&self) -> bool {
        let mut current = self.current();
        current.is_down = !current.is_down;
        current.is_down
    }

    pub(crate) fn change_latency(&self, change: impl FnOnce(Latency) -> Latency) -> Latency {
        let mut current = self.current();
        current.latency = change(current.latency);
        current.latency
    }

    pub(crate) fn latency(&self) -> Latency {
        self.current().latency
    }

    /// What the request that has just arrived suffers.
    pub(crate) fn strike(&self) -> Option<FaultKind> {
        let mut current = self.current();
        if current.is_down {
            return Some(FaultKind::Unavailable);
        }
        let Fault { kind, requests } = current.fault.take()?;
        current.fault = (requests > 1).then(|| Fault { kind, requests: requests - 1 });
        Some(kind)
    }

    fn current(&self) -> MutexGuard<'_, Current> {
        self.current.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
