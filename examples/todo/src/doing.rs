//! What is under way or has failed: the half of the screen that is in no state, since the middlewares tell it.

use crate::api::ApiError;
use crate::changes::ChangeError;
use crate::messages::TodoId;
use foregone::im;
use foregone::middleware::{Status, SyncError};
use std::fmt::Display;
use std::sync::Arc;
use std::time::Instant;

/// All statuses at one moment.
#[derive(Debug, Clone)]
pub(crate) struct Doing {
    pub(crate) now: Instant,
    pub(crate) is_online: bool,
    pub(crate) done: im::HashMap<TodoId, Status<Arc<SyncError<ApiError>>>>,
    pub(crate) changes: im::HashMap<TodoId, Status<Arc<ChangeError>>>,
    pub(crate) load: Status<String>,
    pub(crate) search: Status<String>,
}

/// A status in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Hint {
    Waiting(String),
    Failed(String),
}

impl Doing {
    /// Of a todo that is shown.
    pub(crate) fn of(&self, id: TodoId) -> Option<Hint> {
        let change = self.changes.get(&id).and_then(|status| self.hint(status, "adding", "not deleted"));
        change.or_else(|| self.hint(self.done.get(&id)?, "saving", "not saved"))
    }

    /// Of todos that are not shown: they are being deleted, or were not added.
    pub(crate) fn of_missing(&self, is_shown: impl Fn(TodoId) -> bool) -> impl Iterator<Item = Hint> {
        let missing = self.changes.iter().filter(move |(id, _)| !is_shown(**id));
        missing.filter_map(|(_, status)| self.hint(status, "deleting", "not added"))
    }

    pub(crate) fn of_load(&self) -> Option<Hint> {
        self.hint(&self.load, "loading", "not loaded")
    }

    pub(crate) fn of_search(&self) -> Option<Hint> {
        match self.search {
            // Until the user has stopped typing.
            Status::Waiting { .. } => Some(Hint::Waiting("…".to_owned())),
            _ => self.hint(&self.search, "searching", "not searched"),
        }
    }

    fn hint(&self, status: &Status<impl Display>, doing: &str, failed: &str) -> Option<Hint> {
        match status {
            Status::Idle | Status::Failed { dismissed: true, .. } => None,
            Status::Failed { error, .. } => Some(Hint::Failed(format!("{failed}: {error}"))),
            Status::Running { attempt: 1, .. } => Some(Hint::Waiting(doing.to_owned())),
            Status::Running { attempt, .. } => Some(Hint::Waiting(format!("{doing}, try {attempt}"))),
            Status::Waiting { until, .. } => {
                let left = until.saturating_duration_since(self.now).as_secs_f32();
                Some(Hint::Waiting(format!("{doing} again in {left:.1} s")))
            }
            _ => Some(Hint::Waiting("waiting".to_owned())),
        }
    }
}
