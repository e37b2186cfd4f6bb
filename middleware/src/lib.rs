//! The middleware of [foregone](https://docs.rs/foregone), a Redux-style store, and the contract it is written to.
//!
//! A **middleware** sees every action on its way to the reducer. It may look at the state before and after, pass the
//! action on or withhold it, dispatch others, and start effects. The contract is one page: [`Middleware`], [`Next`],
//! [`StoreApi`], [`Completion`]. [`Logger`] is the smallest one, and the one to copy.
//!
//! **[`OptimisticSyncMiddleware`]** is what the project is for: a like, a switch, a slider shows at once, and the
//! server catches up with as few requests as possible. Start with the trait [`OptimisticSync`].
//!
//! **[`OptimisticCommandMiddleware`]** is its sibling for what is done once: a create, a delete, a submit shows at once, is
//! run on the server, and taken back if that fails. Start with the trait [`OptimisticCommand`].
//!
//! **Effects**: [`Thunk`] is an async function to dispatch, [`Listeners`] run one after an action or a change. A table
//! there says which, or a middleware of one's own.
//!
//! **Which one do I need?** The [`guide`] starts from what you want.
//!
//! This crate knows no store. Applications depend on `foregone`, which re-exports all of this as
//! `foregone::middleware`.
//!
//! ```
//! use foregone_middleware::{Completion, Failure, FailureKind, Middleware, Next, StoreApi};
//!
//! #[derive(Debug, thiserror::Error)]
//! #[error("the game is over")]
//! struct GameOver;
//!
//! /// Lets only one kind of action through once the game is over.
//! struct Referee;
//!
//! enum Action { Move, Restart }
//!
//! impl Middleware<bool, Action> for Referee {
//!     fn handle(&self, store: &dyn StoreApi<bool, Action>, action: Action, next: Next<'_, bool, Action>) -> Completion {
//!         let is_over = *store.state();
//!         match action {
//!             Action::Move if is_over => Completion::failed(Failure::new(FailureKind::Rejected, GameOver)),
//!             action => next.run(action),
//!         }
//!     }
//! }
//! ```

mod batch;
mod completion;
mod deferred;
mod effects;
mod epochs;
mod flow;
pub mod guide;
mod history;
mod home;
mod key;
mod latest;
mod logger;
mod middleware;
mod optimistic_command;
mod optimistic_sync;
mod outcome;
mod panic;
mod pause;
#[cfg(feature = "persist")]
mod persist;
mod platform;
mod plugged;
mod role;
mod status;
mod store_api;
mod watchers;
mod within;

pub use backon::ExponentialBuilder;
pub use batch::BatchActions;
pub use completion::{Abandoned, Completion, CompletionFuture, Resolver};
pub use deferred::Deferred;
pub use effects::{
    Awaited, EffectApi, Fork, ForkError, Listeners, Listening, Thunk, ThunkError, ThunkId, ThunkMiddleware,
};
pub use flow::{
    Debounce, Dropped, Elapsed, Fresh, NonReentrant, Online, Poll, PollControl, Queue, Retry, Sequential, Throttle,
    Timeout, WhileOffline, ZeroDuration,
};
pub use history::{History, HistoryBuilder, HistoryError, Steps};
pub use key::Key;
pub use latest::{Latest, LatestSender};
pub use logger::Logger;
pub use middleware::{Middleware, Next};
pub use optimistic_command::{
    CommandCall, CommandEnd, CommandError, IdempotencyKey, OptimisticCommand, OptimisticCommandBuilder,
    OptimisticCommandMiddleware,
};
pub use optimistic_sync::{
    ConfigError, DeviceId, ErrorKind, Fence, Finish, FollowUp, Mark, OptimisticSync, OptimisticSyncBuilder,
    OptimisticSyncMiddleware, Outbox, OutboxChange, OutboxContents, PushError, Refresh, Reply, ReplyError, Request,
    SavedIntent, Server, SyncError, Unfinished,
};
pub use outcome::{Failure, FailureKind, Outcome};
#[cfg(feature = "persist")]
pub use persist::{Persist, PersistBuilder, PersistError};
pub use platform::{BoxError, BoxFuture, BoxWork, Instant, MaybeSend, MaybeSync, SharedError};
pub use role::{Role, RoleError, Stage};
#[cfg(feature = "persist")]
pub use serde_json;
pub use status::{Distinct, Status, Statuses};
pub use store_api::{StoreApi, WeakStore};
