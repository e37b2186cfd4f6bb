//! A server that answers every third time; the user sees it loading, and then loaded.
//!
//! `cargo run --example retry`

use foregone::Store;
use foregone::middleware::{Completion, ExponentialBuilder, Failure, FailureKind, Outcome, Retry, Status};
use std::time::Duration;

#[derive(Debug, Clone)]
struct Load;

#[derive(Debug, thiserror::Error)]
#[error("no answer")]
struct NoAnswer;

#[tokio::main]
async fn main() {
    let backoff = ExponentialBuilder::new().with_min_delay(Duration::from_millis(50)).with_max_times(5).with_jitter();
    let retry = Retry::new("load", backoff, |_: &Load| Some(()));

    let store = Store::builder(0, |attempts: &u32, _: Load| attempts + 1)
        .middleware(retry.clone())
        .middleware_fn(|store, action, next| {
            // The effect: nobody can tell what became of the first two.
            let applied = next.run(action);
            let attempt = *store.state();
            let (resolver, completion) = Completion::pending();
            let server = store.sleep(Duration::from_millis(20));
            store.spawn(Box::pin(async move {
                server.await;
                resolver.resolve(match attempt {
                    1 | 2 => Err(Failure::new(FailureKind::Unknown, NoAnswer)),
                    _ => Ok(Outcome::Confirmed),
                });
            }));
            applied.join(completion)
        })
        .build();

    let mut statuses = retry.statuses().watch();
    let screen = tokio::spawn(async move {
        while let Some(statuses) = statuses.next().await {
            match statuses.get(&()) {
                Some(Status::Running { attempt, .. }) => println!("loading, attempt {attempt}"),
                Some(Status::Waiting { .. }) => println!("no answer, trying again soon"),
                Some(Status::Failed { error, .. }) => println!("failed: {error}"),
                _ => println!("-"),
            }
        }
    });
    assert_eq!(store.dispatch(Load).await.unwrap(), Outcome::Confirmed);
    assert_eq!(*store.state(), 3);
    assert!(retry.statuses().all_idle());
    screen.abort();
}
