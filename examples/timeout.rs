//! Whoever waits for a slow server is told in time, and what it answers in the end still shows.
//!
//! `cargo run --example timeout`

use foregone::Store;
use foregone::middleware::{Completion, Elapsed, Next, Outcome, StoreApi, Timeout};
use std::time::Duration;

enum Action {
    Load,
    Loaded(&'static str),
}

type State = Option<&'static str>;

/// The server takes its time.
fn server(store: &dyn StoreApi<State, Action>, action: Action, next: Next<'_, State, Action>) -> Completion {
    if !matches!(action, Action::Load) {
        return next.run(action);
    }
    let (resolver, completion) = Completion::pending();
    let (answer, store_then) = (store.sleep(Duration::from_secs(30)), store.weak());
    store.spawn(Box::pin(async move {
        answer.await;
        store_then.dispatch(Action::Loaded("at last"));
        resolver.resolve(Ok(Outcome::Confirmed));
    }));
    next.run(action).join(completion)
}

#[tokio::main(flavor = "current_thread", start_paused = true)] // seconds pass at once
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let tag = |action: &Action| matches!(action, Action::Load).then_some(());
    let timeout = Timeout::new("load", Duration::from_secs(5), tag)?;
    let reduce = |shown: &State, action| if let Action::Loaded(text) = action { Some(text) } else { *shown };
    let store = Store::builder(None, reduce).middleware(timeout).middleware_fn(server).build();

    let failure = store.dispatch(Action::Load).await.unwrap_err();
    println!("{failure}");
    assert_eq!(failure.downcast_ref(), Some(&Elapsed(Duration::from_secs(5))));
    assert_eq!(*store.state(), None);

    tokio::time::sleep(Duration::from_secs(60)).await;
    assert_eq!(*store.state(), Some("at last"), "the effect was not stopped");
    Ok(())
}
