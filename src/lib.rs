//! A Redux-style store whose screen never waits for a server.
//!
//! You dispatch actions to a [`Store`], plug [`middleware`] into the reducers you already have, and subscribe to state
//! changes. [`OptimisticSyncMiddleware`](middleware::OptimisticSyncMiddleware) shows what the user does at once, tells
//! the server with as few requests as possible, and ends with the screen showing what the server holds.
//!
//! Limits first. State is in memory, unless a `Persist` saves it; what was not sent when the
//! program ends is lost, unless you [`flush`](middleware::OptimisticSyncMiddleware::flush) or
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
//! | know which middleware you need | [`guide`](middleware::guide) |
//! | use the reducer you have | [`Store`], table of constructors |
//! | watch the state, or a part of it | [`Store`], table of ways to watch |
//! | wait for what a dispatch set going | [`Completion`](middleware::Completion) |
//! | sync a like, a switch, a slider | [`OptimisticSync`](middleware::OptimisticSync) |
//! | create, delete, submit: once per call, taken back if it fails | [`OptimisticCommand`](middleware::OptimisticCommand) |
//! | tell which of the two it is | [`OptimisticCommandMiddleware`](middleware::OptimisticCommandMiddleware#sync-or-command), "Sync or command?" |
//! | load values from the server, at the start or later | [`Refresh`](middleware::Refresh) |
//! | let actions wait for each other | [`Sequential`](middleware::Sequential) |
//! | not load again what was just loaded | [`Fresh`](middleware::Fresh) |
//! | try again what failed | [`Retry`](middleware::Retry) |
//! | go on without a connection | [`Online`](middleware::Online) |
//! | show what is being sent, or failed | [`Status`](middleware::Status) |
//! | log out, or end the program | [`clear`](middleware::OptimisticSyncMiddleware::clear), [`shutdown`](middleware::OptimisticSyncMiddleware::shutdown) |
//! | dispatch an async function, and wait for its end | [`Thunk`](middleware::Thunk) |
//! | have something follow an action, or a change | [`Listeners`](middleware::Listeners), and which of these to use |
//! | dispatch many actions and draw once | [`BatchActions`](middleware::BatchActions) |
//! | undo and redo | [`History`](middleware::History) |
//! | find the state again when the program starts | `Persist` |
//! | wait until the user stops typing | [`Debounce`](middleware::Debounce) |
//! | let an action through once in a while | [`Throttle`](middleware::Throttle) |
//! | give up on what takes too long | [`Timeout`](middleware::Timeout) |
//! | ask again and again | [`Poll`](middleware::Poll) |
//! | write a middleware | [`Middleware`](middleware::Middleware), and [`Logger`](middleware::Logger) to copy |
//! | compose reducers | [`slice()`] |
//!
//! # Where effects run
//!
//! On the tokio runtime in which the store is built. A store that is built outside of any runs them on one thread for
//! the whole process, started when first needed, with a tokio runtime of its own: `reqwest` works there, and a program
//! without a runtime needs nothing else, but must wait before it ends (`pollster::block_on(sync.flush())`, for one).
//!
//! If the system has no thread or timer to give for that, the dispatch that needs it panics.
//!
//! An effect must not block its thread: others wait behind it, and its deadline cannot pass. A blocking client belongs
//! into `tokio::task::spawn_blocking`.
//!
//! # Testing an app
//!
//! Deadlines, pauses and sleeps go by tokio's clock, so `#[tokio::test(start_paused = true)]` makes hours pass at once.
//! Build the store *inside* the test: built outside of the runtime, it runs on its own thread and clock.
//!
//! # Features
//!
//! - `persist`: `Persist`, which brings `serde_json` and `tempfile`.
//! - `serde`: `Serialize` and `Deserialize` for [`DeviceId`](middleware::DeviceId) and
//!   [`IdempotencyKey`](middleware::IdempotencyKey), which a program may want to keep.

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
