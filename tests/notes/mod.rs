//! A list of notes that is kept in a file, and a counter that is not.
#![allow(dead_code, reason = "every test file compiles this and uses a part of it")]

use foregone::Store;
use foregone::middleware::{Persist, PersistBuilder};
use std::path::{Path, PathBuf};
use std::time::Duration;
use tempfile::TempDir;

#[derive(Debug, Clone, Default)]
pub(crate) struct State {
    pub(crate) notes: Vec<String>,
    pub(crate) clicks: u32,
}

#[derive(Debug)]
pub(crate) enum Action {
    Add(&'static str),
    Clear,
    Click,
}

pub(crate) type Kept = Persist<State, Action, Vec<String>>;

pub(crate) fn reduce(state: &mut State, action: Action) {
    match action {
        Action::Add(note) => state.notes.push(note.to_owned()),
        Action::Clear => state.notes.clear(),
        Action::Click => state.clicks += 1,
    }
}

/// A folder of its own, and a file that is not there yet.
pub(crate) fn place() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("notes.json");
    (folder, path)
}

pub(crate) fn builder(path: &Path) -> PersistBuilder<State, Action, Vec<String>> {
    Persist::builder(path, |state: &State| state.notes.clone())
}

/// Begins with what the file holds.
pub(crate) fn open(builder: PersistBuilder<State, Action, Vec<String>>) -> (Store<State, Action>, Kept) {
    let notes = builder.load().unwrap().unwrap_or_default();
    plug(builder.build(), State { notes, clicks: 0 })
}

/// Begins with `state`, whatever the file holds.
pub(crate) fn plug(persist: Kept, state: State) -> (Store<State, Action>, Kept) {
    (Store::builder_by_mut(state, reduce).middleware(persist.clone()).build(), persist)
}

pub(crate) fn read(path: &Path) -> Option<String> {
    std::fs::read_to_string(path).ok()
}

/// What is in a file that holds these notes.
pub(crate) fn file(notes: &[&str]) -> String {
    format!(r#"{{"version":1,"value":{notes:?}}}"#).replace(", ", ",")
}

/// Waits until a save has ended after which the file is as expected. It calls for none, and moves the clock no further
/// than the middleware's own timer, unless none comes.
pub(crate) async fn until_saved(persist: &Kept, path: &Path, expected: String) {
    let mut statuses = persist.statuses().watch();
    let saved = async { while !statuses.next().await.unwrap().is_empty() || read(path).as_ref() != Some(&expected) {} };
    tokio::time::timeout(Duration::from_secs(3600), saved).await.expect("it is saved within an hour");
}

/// Lets everything run that can run now.
pub(crate) async fn settle() {
    for _ in 0..20 {
        tokio::task::yield_now().await;
    }
}
