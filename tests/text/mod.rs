//! A text that is typed, and that can be undone.
#![allow(dead_code, reason = "every test file compiles this and uses a part of it")]

use foregone::Store;
use foregone::middleware::{Completion, History, HistoryError};

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Action {
    Type(char),
    Erase,
    FromServer(&'static str),
    Restore(String),
    Look,
    Undo,
    Many(Vec<Action>),
}

pub(crate) fn reduce(text: &mut String, action: Action) {
    match action {
        Action::Type('!') => panic!("as the test says"),
        Action::Type(letter) => text.push(letter),
        Action::Erase => drop(text.pop()),
        Action::FromServer(all) => all.clone_into(text),
        Action::Restore(all) => *text = all,
        Action::Look | Action::Undo | Action::Many(_) => {}
    }
}

pub(crate) type Undoable<G = ()> = History<String, Action, String, G>;

pub(crate) fn store<G: PartialEq + Send + 'static>(history: &Undoable<G>) -> Store<String, Action> {
    Store::builder_by_mut(String::new(), reduce).middleware(history.clone()).build()
}

pub(crate) fn each_letter() -> (Store<String, Action>, Undoable) {
    let history = History::builder(String::clone, Action::Restore)
        .record(|action| !matches!(action, Action::FromServer(_)))
        .build();
    (store(&history), history)
}

pub(crate) fn write(store: &Store<String, Action>, text: &str) {
    for letter in text.chars() {
        store.dispatch(Action::Type(letter));
    }
}

pub(crate) fn why(completion: &Completion) -> Option<HistoryError> {
    completion.failure().and_then(|failure| failure.downcast_ref()).copied()
}
