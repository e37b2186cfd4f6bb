//! Every action as a `tracing` event, and what the sync says of its requests.
//!
//! `cargo run --example logger`

use foregone::Store;
use foregone::middleware::{Logger, OptimisticSync, OptimisticSyncMiddleware, Reply, Request};
use std::convert::Infallible;
use tracing::Level;

#[derive(Debug)]
enum Action {
    Toggle,
    Is(bool),
}

struct Switch;

impl OptimisticSync<bool, Action> for Switch {
    type Key = &'static str;
    type Value = bool;
    type Error = Infallible;

    fn key(&self, action: &Action) -> Option<&'static str> {
        matches!(action, Action::Toggle).then_some("switch")
    }

    fn value(&self, on: &bool, _key: &&'static str) -> bool {
        *on
    }

    fn set(&self, _key: &&'static str, on: bool) -> Action {
        Action::Is(on)
    }

    async fn send(&self, _request: Request<&'static str, bool>) -> Result<Reply<bool>, Infallible> {
        tracing::info!("the server answers: no, it is off");
        Ok(Reply::value(false))
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    tracing_subscriber::fmt().with_max_level(Level::DEBUG).init();
    let store = Store::builder(false, |on: &bool, action| match action {
        Action::Toggle => !on,
        Action::Is(on) => on,
    })
    .middleware(Logger::new(Level::INFO))
    .middleware(OptimisticSyncMiddleware::new(Switch))
    .build();
    store.dispatch(Action::Toggle).await?;
    Ok(())
}
