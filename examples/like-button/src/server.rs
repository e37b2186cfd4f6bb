//! The other side: an HTTP server on a free port of this machine.

use crate::database::{Database, Put};
use crate::messages::{Post, PostId, PutLike};
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, put};
use axum::{Json, Router};
use conditions::{Conditions, endure};
use std::io;
use std::net::Ipv4Addr;
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio::time::sleep;

#[derive(Debug, Clone)]
struct Backend {
    database: Database,
    conditions: Arc<Conditions>,
}

/// Starts serving, and gives the address.
pub(crate) async fn start(database: Database, conditions: Arc<Conditions>) -> io::Result<String> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let url = format!("http://{}", listener.local_addr()?);
    let routes = Router::new()
        .route("/posts/{id}/like", put(like))
        .route_layer(from_fn_with_state(Arc::clone(&conditions), endure))
        .route("/posts", get(list))
        .route("/posts/{id}", get(show))
        .with_state(Backend { database, conditions });
    tokio::spawn(async move { axum::serve(listener, routes).await });
    Ok(url)
}

async fn list(State(backend): State<Backend>) -> Result<Json<Vec<Post>>, StatusCode> {
    sleep(backend.conditions.latency().next()).await;
    backend.database.posts().await.map(Json).map_err(internal)
}

async fn show(State(backend): State<Backend>, Path(id): Path<PostId>) -> Result<Json<Post>, StatusCode> {
    sleep(backend.conditions.latency().next()).await;
    backend.database.post(id).await.map_err(internal)?.map(Json).ok_or(StatusCode::NOT_FOUND)
}

async fn like(State(backend): State<Backend>, Path(id): Path<PostId>, Json(body): Json<PutLike>) -> Response {
    match backend.database.put(id, body).await {
        Ok(Put::Done(post)) => Json(post).into_response(),
        Ok(Put::Late) => StatusCode::CONFLICT.into_response(),
        Ok(Put::NoSuchPost) => StatusCode::NOT_FOUND.into_response(),
        Err(error) => internal(error).into_response(),
    }
}

#[expect(clippy::needless_pass_by_value, reason = "handed to `map_err`")]
fn internal(error: rusqlite::Error) -> StatusCode {
    anstream::eprintln!("like-button: the database failed: {error}");
    StatusCode::INTERNAL_SERVER_ERROR
}
