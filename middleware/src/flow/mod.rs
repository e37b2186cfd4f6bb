//! Flow control: which actions get through, and when.

mod dropped;
mod held;
mod lines;
mod non_reentrant;
mod queue;
mod sequential;

pub use dropped::Dropped;
pub use non_reentrant::NonReentrant;
pub use queue::Queue;
pub use sequential::Sequential;
