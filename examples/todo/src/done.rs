//! What foregone has to know about what is done.

use crate::api::{Api, ApiError};
use crate::app::{Action, State};
use crate::changes::ChangeError;
use crate::messages::TodoId;
use foregone::middleware::{ErrorKind, OptimisticSync, Reply, Request, Statuses};
use std::sync::Arc;

#[derive(Debug)]
pub(crate) struct SetDone {
    pub(crate) api: Api,
    /// What is being added and deleted.
    pub(crate) changes: Statuses<TodoId, Arc<ChangeError>>,
}

impl OptimisticSync<State, Action> for SetDone {
    type Key = TodoId;
    type Value = bool;
    type Error = ApiError;

    fn key(&self, action: &Action) -> Option<TodoId> {
        if let Action::Toggle(id) = action { Some(*id) } else { None }
    }

    fn value(&self, state: &State, id: &TodoId) -> bool {
        state.is_done(*id)
    }

    fn set(&self, id: &TodoId, done: bool) -> Action {
        Action::DoneIs(*id, done)
    }

    /// Not before the server knows the todo.
    async fn send(&self, request: Request<TodoId, bool>) -> Result<Reply<bool>, ApiError> {
        self.changes.at_rest(&request.key).await;
        self.api.set_done(request.key, request.value).await.map(Reply::value)
    }

    fn error_kind(&self, error: &ApiError) -> ErrorKind {
        error.kind()
    }
}
