//! The client's way to the server, and the switch that cuts it.

use crate::messages::{Containing, Done, IDEMPOTENCY_KEY, Todo, TodoId};
use foregone::middleware::ErrorKind;
use reqwest::{Client, RequestBuilder, Response, StatusCode};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

#[derive(Debug, Clone)]
pub(crate) struct Api {
    http: Client,
    url: String,
    is_cut: Arc<AtomicBool>,
}

#[derive(Debug, thiserror::Error)]
pub(crate) enum ApiError {
    /// It did not reach the server.
    #[error("not connected")]
    NotConnected,
    /// It may have reached the server.
    #[error("answer lost")]
    AnswerLost(#[source] reqwest::Error),
    /// The server's answer was not that it is done.
    #[error("{}", .0)]
    Status(StatusCode),
}

impl Api {
    pub(crate) fn new(url: String) -> Result<Self, reqwest::Error> {
        // A proxy for the internet has no business with this machine's own port.
        Ok(Self { http: Client::builder().no_proxy().build()?, url, is_cut: Arc::default() })
    }

    /// While cut, no request gets out. What is on its way arrives.
    pub(crate) fn cut(&self, is_cut: bool) {
        self.is_cut.store(is_cut, Ordering::Relaxed);
    }

    pub(crate) async fn todos(&self) -> Result<Vec<Todo>, ApiError> {
        Ok(self.answer(self.http.get(self.at("/todos"))).await?.json().await?)
    }

    pub(crate) async fn ids_containing(&self, text: &str) -> Result<Vec<TodoId>, ApiError> {
        let query = Containing { containing: text.to_owned() };
        Ok(self.answer(self.http.get(self.at("/todos/ids")).query(&query)).await?.json().await?)
    }

    pub(crate) async fn add(&self, todo: &Todo, key: &str) -> Result<Todo, ApiError> {
        let request = self.http.post(self.at("/todos")).header(IDEMPOTENCY_KEY, key).json(todo);
        Ok(self.answer(request).await?.json().await?)
    }

    pub(crate) async fn delete(&self, id: TodoId, key: &str) -> Result<(), ApiError> {
        let request = self.http.delete(self.at(&format!("/todos/{}", id.0))).header(IDEMPOTENCY_KEY, key);
        self.answer(request).await.map(drop)
    }

    pub(crate) async fn set_done(&self, id: TodoId, done: bool) -> Result<bool, ApiError> {
        let request = self.http.put(self.at(&format!("/todos/{}/done", id.0))).json(&Done { done });
        Ok(self.answer(request).await?.json::<Done>().await?.done)
    }

    fn at(&self, path: &str) -> String {
        format!("{}{path}", self.url)
    }

    async fn answer(&self, request: RequestBuilder) -> Result<Response, ApiError> {
        if self.is_cut.load(Ordering::Relaxed) {
            return Err(ApiError::NotConnected);
        }
        let answer = request.send().await?;
        if answer.status().is_success() { Ok(answer) } else { Err(ApiError::Status(answer.status())) }
    }
}

impl From<reqwest::Error> for ApiError {
    fn from(error: reqwest::Error) -> Self {
        if error.is_connect() { Self::NotConnected } else { Self::AnswerLost(error) }
    }
}

impl ApiError {
    pub(crate) fn kind(&self) -> ErrorKind {
        match self {
            Self::NotConnected | Self::Status(StatusCode::SERVICE_UNAVAILABLE) => ErrorKind::Transient,
            Self::Status(status) if status.is_client_error() => ErrorKind::Refused,
            Self::AnswerLost(_) | Self::Status(_) => ErrorKind::Unknown,
        }
    }
}
