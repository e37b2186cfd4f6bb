//! Which one do I need?
//!
//! # The user changes a value
//!
//! | you want | use |
//! |---|---|
//! | a like, a switch, a slider: shown at once, and in the end the server has the last value | [`OptimisticSyncMiddleware`](crate::OptimisticSyncMiddleware) |
//! | to create, delete, submit: shown at once, done on the server once per call, taken back if it fails | [`OptimisticCommandMiddleware`](crate::OptimisticCommandMiddleware) |
//! | to save or load, and to show it only when the server has agreed | a [`Thunk`](crate::Thunk) |
//! | undo and redo | [`History`](crate::History) |
//! | to find the state again when the program starts | `Persist`, of the feature `persist` |
//! | to find again what was not *sent* when the program ended | an [`Outbox`](crate::Outbox) for the sync |
//!
//! Sync or command? If the user does it five times quickly and only the last one counts, it is a sync. If all five count,
//! or the second is a mistake, it is a command.
//!
//! # Something is to happen, and takes time
//!
//! | you want | use |
//! |---|---|
//! | an async function that is dispatched, and whose end you may wait for | [`Thunk`](crate::Thunk) |
//! | something that follows an action, or a change of the state, whoever made it | [`Listeners`](crate::Listeners) |
//! | something that waits for the *next* action, or for a state | [`Listeners`](crate::Listeners), with [`take`](crate::EffectApi::take) and [`condition`](crate::EffectApi::condition) |
//! | something again and again | [`Poll`](crate::Poll) |
//! | many actions, and one change on the screen | [`BatchActions`](crate::BatchActions) |
//!
//! # There are too many of them, or they come at the wrong time
//!
//! Each of these looks at one kind of action, by key, and stands in front of what does the work: a thunk, a listener, a
//! middleware of your own. (A sync and a command need none of them: they coalesce, queue and retry by themselves.)
//!
//! | of five actions in a row, you want | use | the others |
//! |---|---|---|
//! | the last one, once the user has stopped | [`Debounce`](crate::Debounce) | are superseded |
//! | the first one, and no other for a while | [`Throttle`](crate::Throttle) | are dropped |
//! | the first one, and the last when the while is over | [`Throttle::trailing`](crate::Throttle::trailing) | are superseded |
//! | the first one, until its effect has ended | [`NonReentrant`](crate::NonReentrant) | are dropped |
//! | all of them, one after the other | [`Sequential`](crate::Sequential) | |
//! | the one that runs, and then the last | [`Sequential`](crate::Sequential), with [`Queue::LatestWins`](crate::Queue::LatestWins) | are superseded |
//! | the last one; the effect of the one before is to stop | [`Thunk::take_latest`](crate::Thunk::take_latest) | are superseded |
//! | the first one, and none while its result is still good | [`Fresh`](crate::Fresh) | are skipped |
//!
//! ```text
//!  time          0        300      600      900      1200 ms
//!  dispatch      1  2  3                                       each takes 400 ms
//!  Debounce                  3 └─────────┘                     300 ms
//!  Throttle      1 └─────────┘                                 300 ms
//!  …trailing     1 └─────────┘                                 and 3 when the window is over
//!                         3 └─────────┘
//!  NonReentrant  1 └─────────┘
//!  Sequential    1 └─────────┘2└─────────┘3└─────────┘
//!  …LatestWins   1 └─────────┘3└─────────┘
//!  take_latest   1 └┘2└┘3└─────────┘
//! ```
//!
//! # It fails
//!
//! | you want | use |
//! |---|---|
//! | to try again | [`Retry`](crate::Retry); in a sync or command, `retry` of its builder |
//! | to wait until there is a connection | [`Online`](crate::Online) |
//! | to ask anew after that, since others may have changed something | [`Fresh::invalidate_all`](crate::Fresh::invalidate_all), then [`Online::set_online`](crate::Online::set_online) |
//! | to give up after a while | [`Timeout`](crate::Timeout); in a sync or command, `deadline` of its builder |
//! | to tell the user | [`Statuses`](crate::Statuses), which every middleware here has, or the dispatch's [`Completion`](crate::Completion) |
//!
//! # Two middlewares, one entity
//!
//! A todo is added by a command and ticked off by a sync, and the server cannot tick off what it does not know yet. So the
//! spec of the sync holds a clone of the command's [`statuses`](crate::OptimisticCommandMiddleware::statuses), and waits in
//! `send` until the todo is [at rest](crate::Statuses::at_rest) there:
//!
//! ```
//! use foregone_middleware::{CommandError, OptimisticSync, Reply, Request, Statuses};
//! use std::sync::Arc;
//!
//! # type State = std::collections::HashMap<u32, bool>;
//! # enum Action { Tick(u32), TickedIs(u32, bool) }
//! # #[derive(Debug, thiserror::Error)] #[error("api")] struct ApiError;
//! # async fn put(_: u32, ticked: bool) -> Result<bool, ApiError> { Ok(ticked) }
//! struct Tick {
//!     /// What is being added: `commands.statuses().clone()`.
//!     adding: Statuses<u32, Arc<CommandError<ApiError>>>,
//! }
//!
//! impl OptimisticSync<State, Action> for Tick {
//! #   type Key = u32;
//! #   type Value = bool;
//! #   type Error = ApiError;
//! #   fn key(&self, action: &Action) -> Option<u32> { if let Action::Tick(id) = action { Some(*id) } else { None } }
//! #   fn value(&self, state: &State, id: &u32) -> bool { state.get(id).is_some_and(|ticked| *ticked) }
//! #   fn set(&self, id: &u32, ticked: bool) -> Action { Action::TickedIs(*id, ticked) }
//!     // …
//!     async fn send(&self, request: Request<u32, bool>) -> Result<Reply<bool>, ApiError> {
//!         self.adding.at_rest(&request.key).await;
//!         put(request.key, request.value).await.map(Reply::value)
//!     }
//! }
//! ```
//!
//! The user does not wait: the tick shows at once. The wait is a part of the request: it counts towards its deadline, and
//! takes a place among those in flight. It ends as well if the add fails; the server then refuses the tick. Both must know
//! the todo by the same key, from the first moment on: let the client make the id.
//!
//! # In which order?
//!
//! The one that is added first sees an action first. What looks at every action ([`Logger`](crate::Logger),
//! [`Listeners`](crate::Listeners), [`History`](crate::History), `Persist`) stands where it sees what you want it to see:
//! outside of a debounce, it sees what the user did; inside, what came of it. For those of one kind of action there is
//! one order that works, and a store that is built in another is refused: see [`Role`](crate::Role).
//!
//! ```
//! use foregone_middleware::{Debounce, ExponentialBuilder, Fresh, Online, Retry};
//! # use foregone_middleware::{Role, Middleware};
//! use std::time::Duration;
//!
//! # #[derive(Clone)]
//! enum Action { Search(String), Found(Vec<String>) }
//!
//! let search = |action: &Action| matches!(action, Action::Search(_)).then_some(());
//! let query = |action: &Action| if let Action::Search(query) = action { Some(query.clone()) } else { None };
//!
//! // In the order in which they are given to `.middleware(..)`; the thunk that does the work comes last.
//! let debounce = Debounce::<(), Action, ()>::new("search", Duration::from_millis(300), search);
//! let online = Online::new("search", search);
//! let fresh = Fresh::new("search", Duration::from_secs(60), query);
//! let retry = Retry::new("search", ExponentialBuilder::default(), search);
//! # let roles: [&dyn Middleware<(), Action>; 4] = [&debounce, &online, &fresh, &retry];
//! # assert!(Role::check(roles.iter().filter_map(|middleware| middleware.role())).is_ok());
//! ```
