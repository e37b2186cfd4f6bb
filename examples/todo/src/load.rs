//! The questions to the server, as thunks.

use crate::api::{Api, ApiError};
use crate::app::{Action, List, State};
use crate::done::SetDone;
use foregone::middleware::{BoxError, Failure, OptimisticSyncMiddleware, Thunk, ThunkMiddleware, WeakStore};

/// What a thunk asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Question {
    Todos,
    Search,
}

pub(crate) type Done = OptimisticSyncMiddleware<State, Action, SetDone>;
pub(crate) type Thunks = ThunkMiddleware<State, Action, Question>;

pub(crate) fn thunks(api: Api, done: Done) -> Thunks {
    ThunkMiddleware::new(move |action| {
        let (api, done) = (api.clone(), done.clone());
        match action {
            Action::Reload => Ok(Thunk::new(|store| load(api, done, store)).key(Question::Todos)),
            Action::Find(text) => Ok(Thunk::new(|store| find(api, text, store)).take_latest(Question::Search)),
            other => Err(other),
        }
    })
}

/// What is done comes in as a refresh, which never overwrites the user; the rest as a list that knows how old it is.
async fn load(api: Api, done: Done, store: WeakStore<State, Action>) -> Result<(), BoxError> {
    let Some(asked) = store.state().map(|state| state.edits.count) else { return Ok(()) };
    let refresh = done.refresh();
    let todos = api.todos().await.map_err(failure)?;
    store.turn(|store| {
        store.dispatch(Action::Loaded(List { asked, todos: todos.clone() }));
        let shown = store.state();
        for todo in todos.iter().filter(|todo| shown.todos.contains_key(&todo.id)) {
            refresh.put(&todo.id, todo.done);
        }
    });
    Ok(())
}

async fn find(api: Api, text: String, store: WeakStore<State, Action>) -> Result<(), BoxError> {
    let ids = api.ids_containing(&text).await.map_err(failure)?;
    store.dispatch(Action::Found(text, ids.into_iter().collect()));
    Ok(())
}

/// A definite no is not asked again.
fn failure(error: ApiError) -> Failure {
    Failure::new(error.kind().into(), error)
}
