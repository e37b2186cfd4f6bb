//! docs to come

mod builder;
mod core;
mod inside;
mod reducer;
mod runtime;
mod select;
mod snapshot;
mod store;
mod subscribers;
mod subscription;

pub use builder::Builder;
pub use foregone_middleware as middleware;
pub use im;
pub use reducer::{Reducer, slice};
pub use select::Selected;
pub use store::Store;
pub use subscription::Subscription;
pub use tracing;
