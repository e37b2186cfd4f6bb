//! A page that is shown six times is loaded three times: at first, when the user insists, and when it was invalidated.
//!
//! `cargo run --example fresh`

use foregone::Store;
use foregone::middleware::{Completion, Fresh, Outcome};
use std::time::Duration;

#[derive(Debug)]
enum Action {
    Load { insist: bool },
    Loaded(u32),
}

#[tokio::main]
async fn main() {
    let fresh = Fresh::new("load", Duration::from_secs(60), |action: &Action| match action {
        Action::Load { .. } => Some(()),
        Action::Loaded(_) => None,
    })
    .forced(|action| matches!(action, Action::Load { insist: true }));

    let store = Store::builder(0, |loads: &u32, action| match action {
        Action::Load { .. } => *loads,
        Action::Loaded(n) => loads + n,
    })
    .middleware(fresh.clone())
    .middleware_fn(|store, action, next| {
        // The effect: a load takes a while.
        if !matches!(action, Action::Load { .. }) {
            return next.run(action);
        }
        println!("loading");
        let (resolver, completion) = Completion::pending();
        let (server, weak) = (store.sleep(Duration::from_millis(100)), store.weak());
        store.spawn(Box::pin(async move {
            server.await;
            weak.dispatch(Action::Loaded(1));
            resolver.resolve(Ok(Outcome::Confirmed));
        }));
        next.run(action).join(completion)
    })
    .build();

    let show = |insist| store.dispatch(Action::Load { insist });
    let (first, second) = (show(false), show(false));
    assert_eq!(first.await.unwrap(), Outcome::Confirmed);
    assert_eq!(second.await.unwrap(), Outcome::Skipped); // it waited for the first
    assert_eq!(show(false).await.unwrap(), Outcome::Skipped); // at once
    assert_eq!(show(true).await.unwrap(), Outcome::Confirmed);
    assert_eq!(show(false).await.unwrap(), Outcome::Skipped);
    assert_eq!(*store.state(), 2);
    fresh.invalidate(&());
    assert_eq!(show(false).await.unwrap(), Outcome::Confirmed);
    println!("{} loads for 6 times shown", store.state());
}
