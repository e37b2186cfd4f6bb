//! What the counting programs tell.

use serde::{Deserialize, Serialize};

/// Memory while requests are in flight.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct InFlight {
    /// The library.
    pub name: String,
    /// Bytes per key.
    pub bytes: f64,
    /// How many keys were in flight.
    pub keys: u64,
}

/// What the counting allocator saw.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Counted {
    /// Allocations of one dispatch, by store.
    pub per_dispatch: Vec<(String, f64)>,
    /// While no request is answered.
    pub in_flight: InFlight,
    /// The same of an app that has nothing but tasks and timers.
    pub bare_in_flight: InFlight,
    /// Bytes per key that has settled.
    pub at_rest: f64,
}
