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
//! | know which middleware you need | [`guide`](middleware::guide), which starts from what you want |
//! | use the reducer you have | [`Store`], table of constructors |
//! | watch the state, or a part of it | [`Store`], table of ways to watch |
//! | wait for what a dispatch set going | [`Completion`](middleware::Completion) |
//! | sync a like, a switch, a slider | [`OptimisticSync`](middleware::OptimisticSync) |
//! | create, delete, submit | [`OptimisticCommand`](middleware::OptimisticCommand) |
//! | dispatch an async function | [`Thunk`](middleware::Thunk) |
//! | load values from the server, at the start or later | [`Refresh`](middleware::Refresh) |
//! | show what other devices change; get certainty from a server | [`Server`](middleware::Server), [`push`](middleware::OptimisticSyncMiddleware::push) |
//! | find again what was not sent when the program ended | [`Outbox`](middleware::Outbox) |
//! | show what is being sent, or has failed | [`Statuses`](middleware::Statuses) |
//! | log out, or end the program | [`clear`](middleware::OptimisticSyncMiddleware::clear), [`shutdown`](middleware::OptimisticSyncMiddleware::shutdown) |
//! | know in which order middlewares stand | [`Role`](middleware::Role) |
//! | log every action | [`Logger`](middleware::Logger) |
//! | write a middleware | [`Middleware`](middleware::Middleware); [`Deferred`](middleware::Deferred) for what happens later |
//! | compose reducers | [`slice()`] |
//!
//! # Connect it to a screen
//!
//! | your screen | does |
//! |---|---|
//! | is drawn anew each time (egui, ratatui) | reads [`Store::state`] as it draws; a [`subscribe`](Store::subscribe) callback asks for another frame |
//! | has a thread of its own (iced, Slint, Tauri, GTK) | a `subscribe` callback posts a message to it: the callback runs on whichever thread dispatches, and should be short |
//! | is an async loop | awaits `next()` of [`snapshots`](Store::snapshots), or of [`select`](Store::select) for a part |
//!
//! # When something is wrong
//!
//! A dispatch tells its caller, and a [`Status`](middleware::Status) the screen. What has neither (a subscriber that
//! panics, a finish hook that fails, a spec that contradicts itself) goes to [`tracing`], with the target `foregone`:
//! install a subscriber, such as `tracing_subscriber::fmt().init()`, or you will not see it.
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
