//! The store that ships, file by file, on locks and atomics between which a checker puts the order of threads.
//!
//! Only `sync.rs` is another: it has what the store's own takes from `parking_lot` and `std`. Orders are those of
//! sequential consistency; what a weaker memory may do beyond them, `tests/memory` tries.

#[path = "../../src/builder.rs"]
mod builder;
#[path = "../../src/core.rs"]
mod core;
#[path = "../../src/inside.rs"]
mod inside;
#[path = "../../src/reducer.rs"]
mod reducer;
mod reentrant;
#[path = "../../src/runtime.rs"]
mod runtime;
#[path = "../../src/select.rs"]
mod select;
#[path = "../../src/snapshot.rs"]
mod snapshot;
#[path = "../../src/store.rs"]
mod store;
#[path = "../../src/subscribers.rs"]
mod subscribers;
#[path = "../../src/subscription.rs"]
mod subscription;
mod sync;

pub use builder::Builder;
pub use foregone_middleware as middleware;
pub use reducer::{Reducer, slice};
pub use select::Selected;
pub use store::Store;
pub use subscription::Subscription;
