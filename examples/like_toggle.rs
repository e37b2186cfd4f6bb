//! Three taps on a like button, one request; the server's answer is shown once the value is stable.
//!
//! `cargo run --example like_toggle`

use foregone::middleware::{OptimisticSync, OptimisticSyncMiddleware, Reply, Request};
use foregone::{Store, im};
use std::convert::Infallible;
use std::time::Duration;

type ItemId = &'static str;
type State = im::HashMap<ItemId, bool>;

#[derive(Debug)]
enum Action {
    ToggleLike(ItemId),
    LikeIs(ItemId, bool),
}

fn is_liked(state: &State, item: ItemId) -> bool {
    state.get(item).copied().unwrap_or(false)
}

fn reduce(state: &State, action: Action) -> State {
    match action {
        Action::ToggleLike(item) => state.update(item, !is_liked(state, item)),
        Action::LikeIs(item, liked) => state.update(item, liked),
    }
}

struct Like;

impl OptimisticSync<State, Action> for Like {
    type Key = (&'static str, ItemId);
    type Value = bool;
    type Error = Infallible;

    fn key(&self, action: &Action) -> Option<Self::Key> {
        if let Action::ToggleLike(item) = action { Some(("toggle_like", item)) } else { None }
    }

    fn value(&self, state: &State, (_, item): &Self::Key) -> bool {
        is_liked(state, item)
    }

    fn set(&self, (_, item): &Self::Key, liked: bool) -> Action {
        Action::LikeIs(item, liked)
    }

    async fn send(&self, request: Request<Self::Key, bool>) -> Result<Reply<bool>, Infallible> {
        println!("request  {} liked={}", request.key.1, request.value);
        tokio::time::sleep(Duration::from_millis(200)).await;
        println!("answer   {} liked={}", request.key.1, request.value);
        Ok(Reply::value(request.value))
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let sync = OptimisticSyncMiddleware::new(Like);
    let store = Store::builder(State::new(), reduce).middleware(sync.clone()).build();
    let _watching = store.subscribe(|state| println!("screen   tea liked={}", is_liked(state, "tea")));

    for tap in ["like", "unlike", "like"] {
        println!("tap      {tap}");
        store.dispatch(Action::ToggleLike("tea"));
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    sync.flush().await;

    println!("tap      unlike, and wait until the server agrees");
    let outcome = store.dispatch(Action::ToggleLike("tea")).await?;
    println!("outcome  {outcome:?}");
    Ok(())
}
