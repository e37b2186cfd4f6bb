//! The client's way to the server.

use crate::messages::{Post, PostId, PutLike};
use foregone::middleware::ErrorKind;
use reqwest::{Client, Response, StatusCode};

#[derive(Debug, Clone)]
pub(crate) struct Api {
    http: Client,
    url: String,
}

#[derive(Debug, thiserror::Error)]
pub(crate) enum ApiError {
    /// It did not reach the server.
    #[error("not connected")]
    NotConnected(#[source] reqwest::Error),
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
        Ok(Self { http: Client::builder().no_proxy().build()?, url })
    }

    pub(crate) async fn posts(&self) -> Result<Vec<Post>, ApiError> {
        let answer = self.http.get(format!("{}/posts", self.url)).send().await;
        Ok(accepted(answer)?.json().await?)
    }

    pub(crate) async fn post(&self, id: PostId) -> Result<Post, ApiError> {
        let answer = self.http.get(format!("{}/posts/{id}", self.url)).send().await;
        Ok(accepted(answer)?.json().await?)
    }

    pub(crate) async fn put_like(&self, id: PostId, body: &PutLike) -> Result<Post, ApiError> {
        let answer = self.http.put(format!("{}/posts/{id}/like", self.url)).json(body).send().await;
        Ok(accepted(answer)?.json().await?)
    }
}

fn accepted(answer: Result<Response, reqwest::Error>) -> Result<Response, ApiError> {
    let answer = answer?;
    if answer.status().is_success() { Ok(answer) } else { Err(ApiError::Status(answer.status())) }
}

impl From<reqwest::Error> for ApiError {
    fn from(error: reqwest::Error) -> Self {
        if error.is_connect() { Self::NotConnected(error) } else { Self::AnswerLost(error) }
    }
}

impl ApiError {
    pub(crate) fn kind(&self) -> ErrorKind {
        match self {
            Self::NotConnected(_) | Self::Status(StatusCode::SERVICE_UNAVAILABLE) => ErrorKind::Transient,
            Self::Status(status) if status.is_client_error() => ErrorKind::Refused,
            Self::AnswerLost(_) | Self::Status(_) => ErrorKind::Unknown,
        }
    }
}
