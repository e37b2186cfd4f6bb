//! A Redux-style store whose screen never waits for a server.
//!
//! You dispatch actions to a [`Store`], plug [`middleware`] into the reducers you already have, and subscribe to state
//! changes. [`OptimisticSyncMiddleware`](middleware::OptimisticSyncMiddleware) shows what the user does at once, tells
//! the server with as few requests as possible, and ends with the screen showing what the server holds.
//!
//! Limits first. State is in memory: what was not sent when the program ends is lost, unless you
//! [`flush`](middleware::OptimisticSyncMiddleware::flush) or
//! [`shutdown`](middleware::OptimisticSyncMiddleware::shutdown) before. A request that reaches a plain server after its
//! deadline may overwrite a newer one. The browser is not supported yet.
//!
//! # A store
//!
//! ```
//! use foregone::Store;
//!
//! #[derive(Clone, Default)]
//! struct State { count: i32 }
//! enum Action { Add(i32) }
//!
//! let store = Store::new(State::default(), |state, action| match action {
//!     Action::Add(n) => State { count: state.count + n },
//! });
//! let _watching = store.subscribe(|state| println!("{}", state.count)); // ends when dropped
//! store.dispatch(Action::Add(2)); // applied on return
//! assert_eq!(store.state().count, 2);
//! ```
//!
//! # Where to go
//!
//! | you want to | see |
//! |---|---|
//! | use the reducer you have | [`Store`], table of constructors |
//! | watch the state, or a part of it | [`Store`], table of ways to watch |
//! | wait for what a dispatch set going | [`Completion`](middleware::Completion) |
//! | sync a like, a switch, a slider | [`OptimisticSync`](middleware::OptimisticSync) |
//! | write a middleware | [`Middleware`](middleware::Middleware), and [`Logger`](middleware::Logger) to copy |
//! | compose reducers | [`slice()`] |
//!
//! # Where effects run
//!
//! On the tokio runtime in which the store is built. A store that is built outside of any runs them on one thread for
//! the whole process, started when first needed: a program without a runtime needs nothing else, but must wait before
//! it ends (`pollster::block_on(sync.flush())`, for one).
//!
//! # Features
//!
//! - `serde`: `Serialize` and `Deserialize` for [`DeviceId`](middleware::DeviceId), which a program may want to keep.

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
mod sync;

pub use builder::Builder;
pub use foregone_middleware as middleware;
pub use im;
pub use reducer::{Reducer, slice};
pub use select::Selected;
pub use store::Store;
pub use subscription::Subscription;
pub use tracing;

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
