//! A search that begins when the user stops typing: eight keystrokes, one request.
//!
//! `cargo run --example debounce`

use foregone::Store;
use foregone::middleware::{Completion, Debounce, Next, Outcome, StoreApi};
use std::time::Duration;

#[derive(Debug, Clone, Default)]
struct State {
    query: String,
    results: Vec<String>,
}

enum Action {
    Type(char),
    Search(String),
    Found(Vec<String>),
}

fn reduce(state: &mut State, action: Action) {
    match action {
        Action::Type(letter) => state.query.push(letter),
        Action::Search(_) => state.results.clear(),
        Action::Found(results) => state.results = results,
    }
}

/// Asks the server.
fn search(store: &dyn StoreApi<State, Action>, action: Action, next: Next<'_, State, Action>) -> Completion {
    let Action::Search(query) = &action else { return next.run(action) };
    println!("request: {query:?}");
    let found = Action::Found(vec![format!("{query}, in the dictionary")]);
    let (resolver, completion) = Completion::pending();
    let (answer, store_then) = (store.sleep(Duration::from_millis(50)), store.weak());
    store.spawn(Box::pin(async move {
        answer.await;
        store_then.dispatch(found);
        resolver.resolve(Ok(Outcome::Confirmed));
    }));
    next.run(action).join(completion)
}

#[tokio::main(flavor = "current_thread", start_paused = true)] // seconds pass at once
async fn main() {
    let tag = |action: &Action| matches!(action, Action::Search(_)).then_some(());
    let debounce = Debounce::new("search", Duration::from_millis(300), tag);
    let store = Store::builder_by_mut(State::default(), reduce).middleware(debounce).middleware_fn(search).build();
    let mut searches = Vec::new();
    for letter in "foregone".chars() {
        store.dispatch(Action::Type(letter)); // shows at once
        searches.push(store.dispatch(Action::Search(store.state().query.clone())));
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert_eq!(searches.pop().unwrap().await.unwrap(), Outcome::Confirmed);
    for earlier in searches {
        assert_eq!(earlier.await.unwrap(), Outcome::Superseded);
    }
    assert_eq!(store.state().results, ["foregone, in the dictionary"]);
}
