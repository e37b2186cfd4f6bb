//! Flow control: which actions get through, and when.

mod debounce;
mod dropped;
mod held;
mod non_reentrant;
mod throttle;
mod timer;
mod windows;

pub use debounce::Debounce;
pub use dropped::Dropped;
pub use non_reentrant::NonReentrant;
pub use throttle::Throttle;
