//! Messages that are written in a tunnel are sent behind it, in order.
//!
//! `cargo run --example online`

use foregone::Store;
use foregone::middleware::{Dropped, Online, Outcome, Queue, Status, WhileOffline};

#[derive(Debug)]
struct Send(&'static str);

#[tokio::main]
async fn main() {
    let online = Online::new("send", |_: &Send| Some(())).while_offline(WhileOffline::Hold(Queue::DropNewest(2)));
    let store = Store::builder(Vec::new(), |sent: &Vec<&str>, Send(text)| [sent.as_slice(), &[text]].concat())
        .middleware(online.clone())
        .build();

    store.dispatch(Send("on my way"));
    assert_eq!(*store.state(), ["on my way"]);

    online.set_online(false); // a tunnel
    let waiting = [store.dispatch(Send("a bit")), store.dispatch(Send("late"))];
    assert_eq!(*store.state(), ["on my way"]);
    assert!(matches!(online.statuses().of(&()), Status::Queued { .. }));

    // As many wait as may: whoever dispatched it is told so.
    let failure = store.dispatch(Send("sorry")).await.unwrap_err();
    assert!(matches!(failure.downcast_ref(), Some(Dropped::QueueFull(2))));
    println!("not sent: {failure}");

    online.set_online(true);
    for completion in waiting {
        assert_eq!(completion.await.unwrap(), Outcome::Applied);
    }
    assert_eq!(*store.state(), ["on my way", "a bit", "late"]);
    println!("sent: {:?}", store.state());
}
