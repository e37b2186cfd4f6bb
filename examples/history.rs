//! A list that can be undone word by word, while a server changes other lines of it.
//!
//! `cargo run --example history`

use foregone::middleware::History;
use foregone::{Store, im};
use im::ordmap::DiffItem;

type Lines = im::OrdMap<u32, String>;

#[derive(Debug)]
enum Action {
    Type(u32, char),
    FromServer(u32, &'static str),
    Restore(Lines),
}

fn reduce(lines: &Lines, action: Action) -> Lines {
    match action {
        Action::Type(line, letter) => lines.alter(|text| Some(text.unwrap_or_default() + &letter.to_string()), line),
        Action::FromServer(line, text) => lines.update(line, text.to_owned()),
        Action::Restore(lines) => lines,
    }
}

/// Does to `now` what leads from `from` to `to`, and leaves all other lines alone.
fn merge(from: &Lines, to: &Lines, now: &Lines) -> Lines {
    from.diff(to).fold(now.clone(), |lines, change| match change {
        DiffItem::Add(line, text) | DiffItem::Update { new: (line, text), .. } => lines.update(*line, text.clone()),
        DiffItem::Remove(line, _) => lines.without(line),
    })
}

fn main() {
    let history = History::builder(Lines::clone, Action::Restore)
        .record(|action| matches!(action, Action::Type(..))) // what the user does
        .group(|action| if let Action::Type(line, _) = action { Some(*line) } else { None })
        .merge(merge)
        .build();
    let store = Store::builder(Lines::new(), reduce).middleware(history.clone()).build();
    let _watching = store.subscribe(|lines| println!("{lines:?}"));
    let texts = || store.state().iter().map(|(line, text)| format!("{line} {text}")).collect::<Vec<_>>();

    "tea".chars().for_each(|letter| drop(store.dispatch(Action::Type(1, letter))));
    "milk".chars().for_each(|letter| drop(store.dispatch(Action::Type(2, letter))));
    store.dispatch(Action::FromServer(3, "from another device"));
    history.undo();
    assert_eq!(texts(), ["1 tea", "3 from another device"], "one word less, and nothing of anyone else's");
    history.undo();
    assert_eq!(texts(), ["3 from another device"]);
    assert!(!history.can_undo());
    history.redo();
    history.redo();
    assert_eq!(texts(), ["1 tea", "2 milk", "3 from another device"]);
}
