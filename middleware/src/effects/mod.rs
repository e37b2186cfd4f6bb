//! Effects: async functions that are dispatched, and such that follow an action or a change.

mod listeners;
mod runs;
mod thunk;
mod thunk_error;
mod thunk_middleware;

pub use listeners::{Awaited, EffectApi, Fork, ForkError, Listeners, Listening};
pub use thunk::{Thunk, ThunkId};
pub use thunk_error::ThunkError;
pub use thunk_middleware::ThunkMiddleware;
