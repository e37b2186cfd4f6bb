//! What foregone has to know about adding and deleting.

use crate::api::{Api, ApiError};
use crate::app::{Action, State};
use crate::messages::{Todo, TodoId};
use foregone::middleware::{CommandCall, CommandError, ErrorKind, OptimisticCommand};

#[derive(Debug)]
pub(crate) struct Changes {
    pub(crate) api: Api,
}

pub(crate) type ChangeError = CommandError<ApiError>;

#[derive(Debug)]
pub(crate) enum Change {
    Add(Todo),
    /// All of it, to be able to bring it back.
    Delete(Todo),
}

impl OptimisticCommand<State, Action> for Changes {
    type Key = TodoId;
    type Command = Change;
    type Output = Action;
    type Error = ApiError;

    fn key(&self, action: &Action) -> Option<TodoId> {
        match action {
            Action::Add(todo) => Some(todo.id),
            Action::Delete(id) => Some(*id),
            _ => None,
        }
    }

    fn command(&self, state: &State, id: &TodoId, action: &mut Action) -> Option<Change> {
        match action {
            Action::Add(todo) => Some(Change::Add(todo.clone())),
            _ => state.todos.get(id).cloned().map(Change::Delete),
        }
    }

    async fn run(&self, call: CommandCall<'_, TodoId, Change>) -> Result<Action, ApiError> {
        let key = call.idempotency_key.to_string();
        match call.command {
            Change::Add(todo) => self.api.add(todo, &key).await.map(Action::Added),
            Change::Delete(todo) => self.api.delete(todo.id, &key).await.map(|()| Action::Deleted(todo.id)),
        }
    }

    fn undo(&self, _: &State, change: &Change) -> Option<Action> {
        Some(match change {
            Change::Add(todo) => Action::NotAdded(todo.clone()),
            Change::Delete(todo) => Action::NotDeleted(todo.clone()),
        })
    }

    fn apply(&self, _: &Change, answer: Action) -> Option<Action> {
        Some(answer)
    }

    fn error_kind(&self, error: &ApiError) -> ErrorKind {
        error.kind()
    }
}
