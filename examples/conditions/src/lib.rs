//! What the servers of the examples have to put up with: latency, and faults on request.

mod conditions;
mod endure;
mod fault;
mod latency;

pub use conditions::Conditions;
pub use endure::endure;
pub use fault::{BadFault, Fault, FaultKind, Faults};
pub use latency::{BadLatency, Latency};
