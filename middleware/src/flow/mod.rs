//! Flow control: which actions get through, and when.

mod debounce;
mod dropped;
mod held;
mod newest;
mod non_reentrant;
mod poll;
mod polls;
mod throttle;
mod timeout;
mod timer;
mod windows;
mod zero_duration;

pub use debounce::Debounce;
pub use dropped::Dropped;
pub use non_reentrant::NonReentrant;
pub use poll::{Poll, PollControl};
pub use throttle::Throttle;
pub use timeout::{Elapsed, Timeout};
pub use zero_duration::ZeroDuration;
