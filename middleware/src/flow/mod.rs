//! Flow control: which actions get through, and when.

mod attempts;
mod debounce;
mod dropped;
mod fresh;
mod freshness;
mod gate;
mod held;
mod keeper;
mod lines;
mod newest;
mod non_reentrant;
mod online;
mod poll;
mod polls;
mod predicate;
mod queue;
mod retry;
mod sequential;
mod throttle;
mod timeout;
mod timer;
mod windows;
mod zero_duration;

pub use debounce::Debounce;
pub use dropped::Dropped;
pub use fresh::Fresh;
pub use non_reentrant::NonReentrant;
pub use online::{Online, WhileOffline};
pub use poll::{Poll, PollControl};
pub use queue::Queue;
pub use retry::Retry;
pub use sequential::Sequential;
pub use throttle::Throttle;
pub use timeout::{Elapsed, Timeout};
pub use zero_duration::ZeroDuration;
