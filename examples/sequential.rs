//! Three saves of one document, one at a time; of those that wait, the latest wins.
//!
//! `cargo run --example sequential`

use foregone::Store;
use foregone::middleware::{Completion, Middleware, Next, Outcome, Queue, Sequential, StoreApi};
use std::time::Duration;

#[derive(Debug)]
enum Action {
    Save(&'static str),
    Saved(&'static str),
}

/// The effect: a save takes a while.
struct Disk;

impl Middleware<&'static str, Action> for Disk {
    fn handle(
        &self,
        store: &dyn StoreApi<&'static str, Action>,
        action: Action,
        next: Next<'_, &'static str, Action>,
    ) -> Completion {
        let Action::Save(text) = action else { return next.run(action) };
        println!("saving {text:?}");
        let (resolver, completion) = Completion::pending();
        let (disk, weak) = (store.sleep(Duration::from_millis(100)), store.weak());
        store.spawn(Box::pin(async move {
            disk.await;
            weak.dispatch(Action::Saved(text));
            resolver.resolve(Ok(Outcome::Confirmed));
        }));
        next.run(action).join(completion)
    }
}

#[tokio::main]
async fn main() {
    let one_by_one = Sequential::new("save", |action: &Action| matches!(action, Action::Save(_)).then_some(()))
        .queue(Queue::LatestWins);
    let store = Store::builder("", |saved: &&'static str, action| match action {
        Action::Save(_) => *saved,
        Action::Saved(text) => text,
    })
    .middleware(one_by_one.clone())
    .middleware(Disk)
    .build();
    let first = store.dispatch(Action::Save("Dear"));
    let second = store.dispatch(Action::Save("Dear Si"));
    let third = store.dispatch(Action::Save("Dear Sir"));
    assert_eq!(second.await.unwrap(), Outcome::Superseded); // without having been begun
    assert_eq!(first.await.unwrap(), Outcome::Confirmed);
    assert_eq!(third.await.unwrap(), Outcome::Confirmed);
    assert_eq!(*store.state(), "Dear Sir");
    assert!(one_by_one.statuses().all_idle());
    println!("saved: {:?}", store.state());
}
