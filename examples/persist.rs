//! Notes that are there when the program starts again, in whichever shape they were saved.
//!
//! `cargo run --example persist --features persist`

use foregone::Store;
use foregone::middleware::{Persist, PersistBuilder, PersistError, serde_json};
use std::io;
use std::path::Path;

#[derive(Clone, Default)]
struct State {
    notes: Vec<String>,
    added: usize, // by this run; not saved
}

fn add(state: &mut State, note: &'static str) {
    state.notes.push(note.to_owned());
    state.added += 1;
}

fn notes(path: &Path) -> PersistBuilder<State, &'static str, Vec<String>> {
    Persist::builder(path, |state: &State| state.notes.clone()).version(2).migrate(|from, value| match from {
        1 => Ok(serde_json::json!([value])), // there was one note only
        _ => Err(io::Error::other("there never was such a version")),
    })
}

async fn run(path: &Path, note: &'static str) -> Result<Vec<String>, Box<dyn std::error::Error>> {
    let builder = notes(path);
    let loaded = match builder.load() {
        Err(error @ PersistError::Malformed { .. }) => {
            println!("{error}; kept as {}", builder.set_aside()?.display());
            None
        }
        loaded => loaded?,
    };
    let state = State { notes: loaded.unwrap_or_default(), ..State::default() };
    let persist = builder.build();
    let store = Store::builder_by_mut(state, add).middleware(persist.clone()).build();
    store.dispatch(note);
    persist.flush().await?; // the program ends: what is not saved yet is saved now
    println!("{}", std::fs::read_to_string(path)?);
    Ok(store.state().notes.clone())
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("notes.json");
    std::fs::write(&path, r#"{"version":1,"value":"from an older program"}"#)?;
    assert_eq!(run(&path, "tea").await?, ["from an older program", "tea"]);
    assert_eq!(run(&path, "milk").await?, ["from an older program", "tea", "milk"]);
    std::fs::write(&path, "not what was expected")?;
    assert_eq!(run(&path, "begun anew").await?, ["begun anew"]);
    Ok(())
}
