//! A feed that is kept up to date while it is on the screen, also when a request fails.
//!
//! `cargo run --example poll`

use foregone::Store;
use foregone::middleware::{Completion, Failure, FailureKind, Next, Poll, PollControl, StoreApi};
use std::time::Duration;

#[derive(Clone, Copy)]
enum Action {
    Opened,
    PulledDown,
    Closed,
    Load,
}

/// Counts the requests, of which the second fails: a real one would start an effect here.
fn request(store: &dyn StoreApi<u32, Action>, action: Action, next: Next<'_, u32, Action>) -> Completion {
    let applied = next.run(action);
    match action {
        Action::Load if *store.state() == 2 => {
            Completion::failed(Failure::new(FailureKind::Unknown, std::io::Error::other("no answer")))
        }
        _ => applied,
    }
}

#[tokio::main(flavor = "current_thread", start_paused = true)] // seconds pass at once
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let poll = Poll::new(
        "load",
        Duration::from_secs(30),
        |action: &Action| match action {
            Action::Opened => Some(PollControl::Start(())),
            Action::PulledDown => Some(PollControl::RunNow(())),
            Action::Closed => Some(PollControl::Stop(())),
            Action::Load => None,
        },
        |()| Action::Load,
    )?;
    let count = |requests: &u32, action| requests + u32::from(matches!(action, Action::Load));
    let store = Store::builder(0, count).middleware(poll.clone()).middleware_fn(request).build();

    store.dispatch(Action::Opened); // the first request, at once
    tokio::time::sleep(Duration::from_secs(20)).await;
    assert_eq!(*store.state(), 1);
    store.dispatch(Action::PulledDown); // the second, which fails
    tokio::time::sleep(Duration::from_secs(29)).await;
    assert_eq!(*store.state(), 2);
    println!("{}", poll.statuses().of(&()).failure().ok_or("the second failed")?);
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert_eq!(*store.state(), 3, "it goes on");
    store.dispatch(Action::Closed);
    tokio::time::sleep(Duration::from_secs(3600)).await;
    assert_eq!(*store.state(), 3);
    println!("{} requests, and none after the end", store.state());
    Ok(())
}
