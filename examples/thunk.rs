//! A search whose results are fetched by an async function that is dispatched: a newer one takes the older one's place.
//!
//! `cargo run --example thunk`

use foregone::Store;
use foregone::middleware::{Outcome, Status, Thunk, ThunkMiddleware};
use std::time::Duration;

#[derive(Debug, thiserror::Error)]
#[error("the server does not know {0:?}")]
struct NotFound(String);

/// A server that takes its time.
async fn search(query: &str) -> Result<String, NotFound> {
    tokio::time::sleep(Duration::from_millis(50)).await;
    if query == "gold" { Err(NotFound(query.to_owned())) } else { Ok(format!("a page about {query}")) }
}

enum Action {
    /// Stands for a thunk, and never reaches the reducer.
    Search(String),
    Found(String),
}

type State = Option<String>;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let thunks = ThunkMiddleware::<State, Action, &str>::new(|action| {
        let Action::Search(query) = action else { return Err(action) };
        Ok(Thunk::new(move |store| async move {
            let page = search(&query).await?;
            store.dispatch(Action::Found(page)).await?;
            Ok(())
        })
        .take_latest("search"))
    });
    let store = Store::builder(None, |found: &State, action| match action {
        Action::Found(page) => Some(page),
        Action::Search(_) => found.clone(),
    })
    .middleware(thunks.clone())
    .build();

    let typing = store.dispatch(Action::Search("r".to_owned()));
    let typed = store.dispatch(Action::Search("rust".to_owned()));
    println!("searching: {}", thunks.statuses().of(&"search").is_waiting());
    assert_eq!(typing.await?, Outcome::Superseded);
    assert_eq!(typed.await?, Outcome::Confirmed);
    println!("on the screen: {:?}", store.state());
    assert_eq!(store.state().as_deref(), Some("a page about rust"));

    let failure = store.dispatch(Action::Search("gold".to_owned())).await.unwrap_err();
    println!("{failure}");
    assert!(failure.downcast_ref::<NotFound>().is_some());
    assert!(matches!(thunks.statuses().of(&"search"), Status::Failed { .. }));
    Ok(())
}
