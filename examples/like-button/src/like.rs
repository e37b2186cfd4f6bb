//! What foregone has to know about a like.

use crate::api::{Api, ApiError};
use crate::app::{Action, State};
use crate::journal::Journal;
use crate::messages::{PostId, PutLike};
use foregone::middleware::{ErrorKind, Finish, OptimisticSync, Reply, Request};
use std::sync::Arc;

#[derive(Debug)]
pub(crate) struct Like {
    pub(crate) api: Api,
    pub(crate) journal: Arc<Journal>,
}

impl OptimisticSync<State, Action> for Like {
    type Key = PostId;
    type Value = bool;
    type Error = ApiError;

    fn key(&self, action: &Action) -> Option<PostId> {
        match action {
            Action::ToggleLike(post) => Some(*post),
            Action::LikeIs(..) => None,
        }
    }

    fn value(&self, state: &State, post: &PostId) -> bool {
        state.is_liked(*post)
    }

    fn set(&self, post: &PostId, liked: bool) -> Action {
        Action::LikeIs(*post, liked)
    }

    async fn send(&self, request: Request<PostId, bool>) -> Result<Reply<bool>, ApiError> {
        let flight = self.journal.sent(&request);
        let body = PutLike { liked: request.value, number: request.number, device: request.device.to_string() };
        let answer = self.api.put_like(request.key, &body).await;
        flight.answered(&answer);
        Ok(Reply::value(answer?.liked))
    }

    fn error_kind(&self, error: &ApiError) -> ErrorKind {
        error.kind()
    }

    async fn on_finish(&self, finish: Finish<PostId, bool, ApiError>) -> Option<Action> {
        self.journal.finished(&finish);
        None
    }
}
