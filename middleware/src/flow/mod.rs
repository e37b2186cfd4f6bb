//! Flow control: which actions get through, and when.

mod dropped;
mod non_reentrant;

pub use dropped::Dropped;
pub use non_reentrant::NonReentrant;
