//! The conditions, as a layer of an axum server.

use crate::conditions::Conditions;
use crate::fault::FaultKind;
use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use std::io;
use std::sync::Arc;
use tokio::time::sleep;

/// A layer of an axum server, by `axum::middleware::from_fn_with_state`: every request takes its time and may fail, as
/// the conditions want it. What it asks for is done halfway.
pub async fn endure(State(conditions): State<Arc<Conditions>>, request: Request, next: Next) -> Response {
    let fault = conditions.strike();
    let halfway = conditions.latency().next() / 2;
    sleep(halfway).await;
    let answer = match fault {
        Some(FaultKind::Unavailable) => StatusCode::SERVICE_UNAVAILABLE.into_response(),
        Some(FaultKind::Refused) => StatusCode::FORBIDDEN.into_response(),
        Some(FaultKind::Hang) => std::future::pending().await,
        None | Some(FaultKind::Lost) => next.run(request).await,
    };
    sleep(halfway).await;
    if fault == Some(FaultKind::Lost) { lost() } else { answer }
}

/// The connection breaks where the answer's body should be.
fn lost() -> Response {
    let broken = io::Error::from(io::ErrorKind::ConnectionReset);
    Body::from_stream(stream::iter([Err::<Bytes, _>(broken)])).into_response()
}
