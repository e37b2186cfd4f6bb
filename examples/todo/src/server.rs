//! The other side: an HTTP server on a free port of this machine.

use crate::database::Database;
use crate::messages::{Containing, Done, IDEMPOTENCY_KEY, Todo, TodoId};
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::middleware::from_fn_with_state;
use axum::routing::{delete, get, post, put};
use axum::{Json, Router};
use conditions::{Conditions, endure};
use std::io;
use std::net::Ipv4Addr;
use std::sync::Arc;
use tokio::net::TcpListener;

/// What requests have to put up with.
#[derive(Debug)]
pub(crate) struct Weather {
    pub(crate) reads: Conditions,
    pub(crate) changes: Conditions,
}

/// Starts serving, and gives the address.
pub(crate) async fn start(database: Database, weather: Weather) -> io::Result<String> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let url = format!("http://{}", listener.local_addr()?);
    let changes = Router::new()
        .route("/todos", post(add))
        .route("/todos/{id}", delete(remove))
        .route("/todos/{id}/done", put(set_done))
        .route_layer(from_fn_with_state(Arc::new(weather.changes), endure));
    let reads = Router::new()
        .route("/todos", get(list))
        .route("/todos/ids", get(find))
        .route_layer(from_fn_with_state(Arc::new(weather.reads), endure));
    let routes = changes.merge(reads).with_state(database);
    tokio::spawn(async move { axum::serve(listener, routes).await });
    Ok(url)
}

async fn list(State(database): State<Database>) -> Result<Json<Vec<Todo>>, StatusCode> {
    database.todos().await.map(Json).map_err(internal)
}

async fn find(
    State(database): State<Database>,
    Query(query): Query<Containing>,
) -> Result<Json<Vec<TodoId>>, StatusCode> {
    database.ids_containing(query.containing).await.map(Json).map_err(internal)
}

/// No text begins or ends with a space: the answer says what it has become.
async fn add(
    State(database): State<Database>,
    headers: HeaderMap,
    Json(todo): Json<Todo>,
) -> Result<Json<Todo>, StatusCode> {
    let todo = Todo { text: todo.text.trim().to_owned(), ..todo };
    database.add(todo.clone(), idempotency_key(&headers)?).await.map_err(internal)?;
    Ok(Json(todo))
}

async fn remove(
    State(database): State<Database>,
    headers: HeaderMap,
    Path(id): Path<TodoId>,
) -> Result<StatusCode, StatusCode> {
    database.delete(id, idempotency_key(&headers)?).await.map_err(internal)?;
    Ok(StatusCode::NO_CONTENT)
}

async fn set_done(
    State(database): State<Database>,
    Path(id): Path<TodoId>,
    Json(done): Json<Done>,
) -> Result<Json<Done>, StatusCode> {
    let is_known = database.set_done(id, done.done).await.map_err(internal)?;
    if is_known { Ok(Json(done)) } else { Err(StatusCode::NOT_FOUND) }
}

fn idempotency_key(headers: &HeaderMap) -> Result<String, StatusCode> {
    let key = headers.get(IDEMPOTENCY_KEY).and_then(|key| key.to_str().ok());
    key.map(str::to_owned).ok_or(StatusCode::BAD_REQUEST)
}

#[expect(clippy::needless_pass_by_value, reason = "handed to `map_err`")]
fn internal(error: rusqlite::Error) -> StatusCode {
    // The screen is taken: the log, if there is one, is where to look.
    foregone::tracing::error!(%error, "the database failed");
    StatusCode::INTERNAL_SERVER_ERROR
}
