//! Flow control: which actions get through, and when.

mod attempts;
mod dropped;
mod fresh;
mod freshness;
mod held;
mod lines;
mod non_reentrant;
mod predicate;
mod queue;
mod retry;
mod sequential;

pub use dropped::Dropped;
pub use fresh::Fresh;
pub use non_reentrant::NonReentrant;
pub use queue::Queue;
pub use retry::Retry;
pub use sequential::Sequential;
