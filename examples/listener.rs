//! A text that is saved by itself shortly after the last key, and a deletion that can be taken back.
//!
//! `cargo run --example listener`

use foregone::Store;
use foregone::middleware::Listeners;
use std::time::Duration;

#[derive(Clone, PartialEq)]
enum Action {
    Type(char),
    Save(String),
    Delete,
    TakeBack,
    Empty,
}

#[tokio::main]
async fn main() {
    let listeners = Listeners::new();
    let store = Store::builder_by_mut((String::new(), String::new()), |(text, saved), action| match action {
        Action::Type(key) => text.push(key),
        Action::Save(text) => *saved = text,
        Action::Empty => saved.clear(),
        Action::Delete | Action::TakeBack => {}
    })
    .middleware(listeners.clone())
    .build();

    let change = listeners.take_latest().on_change(
        |(text, _saved): &(String, String)| text.clone(),
        |_before, text, api| async move {
            api.sleep(Duration::from_millis(50)).await; // a newer change ends this effect here
            println!("saving {text:?}");
            api.dispatch(Action::Save(text));
        },
    );
    let delete = listeners.on(
        |action| (*action == Action::Delete).then_some(()),
        |(), api| {
            let taken_back = api.take(|action| (*action == Action::TakeBack).then_some(()));
            async move {
                let is_final = taken_back.within(Duration::from_millis(200)).await.is_none();
                api.dispatch(if is_final { Action::Empty } else { Action::Type('!') });
            }
        },
    );

    let mut saved = store.select(|(_text, saved)| saved.clone());
    for action in [Action::Type('h'), Action::Type('i'), Action::Delete, Action::TakeBack] {
        store.dispatch(action);
    }
    while saved.next().await.as_deref() != Some("hi!") {}
    store.dispatch(Action::Delete);
    assert_eq!(saved.next().await.as_deref(), Some(""));
    println!("deleted");
    drop((change, delete)); // both listeners are gone
}
