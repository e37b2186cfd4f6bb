//! A line per action. The smallest middleware, and the one to copy.

use crate::completion::Completion;
use crate::middleware::{Middleware, Next};
use crate::store_api::StoreApi;
use std::fmt::Debug;
use tracing::Level;

/// Emits a [`tracing`] event for every action: the action, how long the chain behind it took, and whether the state
/// changed.
///
/// At a level that nobody listens to, it costs one check. The target is `foregone`.
///
/// It needs a state that is `PartialEq`, to say whether it changed, and an action that is `Debug`.
///
/// ```
/// use foregone_middleware::Logger;
///
/// let logger = Logger::new(tracing::Level::DEBUG);
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Logger {
    level: Level,
}

impl Logger {
    /// A logger whose events have this level.
    #[must_use]
    pub const fn new(level: Level) -> Self {
        Self { level }
    }
}

/// `tracing` wants a level that is known when the program is compiled.
macro_rules! at_level {
    ($level:expr, $macro:ident!($($rest:tt)*)) => {
        match $level {
            Level::ERROR => tracing::$macro!(target: "foregone", Level::ERROR, $($rest)*),
            Level::WARN => tracing::$macro!(target: "foregone", Level::WARN, $($rest)*),
            Level::INFO => tracing::$macro!(target: "foregone", Level::INFO, $($rest)*),
            Level::DEBUG => tracing::$macro!(target: "foregone", Level::DEBUG, $($rest)*),
            Level::TRACE => tracing::$macro!(target: "foregone", Level::TRACE, $($rest)*),
        }
    };
}

impl<S: PartialEq + 'static, A: Debug + 'static> Middleware<S, A> for Logger {
    fn handle(&self, store: &dyn StoreApi<S, A>, action: A, next: Next<'_, S, A>) -> Completion {
        if !at_level!(self.level, event_enabled!("action")) {
            return next.run(action);
        }
        let shown = format!("{action:?}");
        let before = store.state();
        let start = store.now();
        let completion = next.run(action);
        let duration = store.now().saturating_duration_since(start);
        let changed = *before != *store.state();
        at_level!(self.level, event!(action = shown, ?duration, changed, "action"));
        completion
    }
}
