//! Flow control: which actions get through, and when.

mod attempts;
mod dropped;
mod fresh;
mod freshness;
mod gate;
mod held;
mod keeper;
mod lines;
mod non_reentrant;
mod online;
mod predicate;
mod queue;
mod retry;
mod sequential;

pub use dropped::Dropped;
pub use fresh::Fresh;
pub use non_reentrant::NonReentrant;
pub use online::{Online, WhileOffline};
pub use queue::Queue;
pub use retry::Retry;
pub use sequential::Sequential;
