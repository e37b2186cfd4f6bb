//! What cannot be read is never overwritten; what cannot be written is told, and tried again.

mod log;
mod notes;

use foregone::Store;
use foregone::middleware::{Persist, PersistError, Status, serde_json};
use foregone::tracing::Level;
use log::Log;
use notes::{Action, State, builder, file, open, place, plug, read, until_saved};
use serde_json::json;
use std::io;
use std::time::Duration;

#[tokio::test]
async fn no_file_is_no_error() {
    let (_folder, path) = place();
    assert_eq!(builder(&path).load().unwrap(), None);
}

#[tokio::test]
async fn a_bad_file_is_a_named_error_and_stays_as_it_is_whatever_is_dispatched() {
    for (bad, says) in [
        ("", "EOF while parsing"),
        ("{\"version\":1,\n\"value\":[\"a\"", "at line 2"),
        ("{\"version\":1,\n\"value\":[1]}", "expected a string at line 2"),
        ("[\"a\"]", "expected u32"),
        ("{\"value\":[]}", "missing field `version`"),
        ("{\"version\":1}", "missing field `value`"),
    ] {
        let (_folder, path) = place();
        std::fs::write(&path, bad).unwrap();
        let builder = builder(&path);
        let error = builder.load().unwrap_err();
        assert!(matches!(error, PersistError::Malformed { .. }));
        let message = error.to_string();
        assert!(message.starts_with(path.to_str().unwrap()) && message.contains(says), "{message}");
        let (store, persist) = plug(builder.build(), State::default());
        store.dispatch(Action::Add("b"));
        assert_eq!(persist.flush().await.unwrap_err().to_string(), message);
        assert!(persist.status().failure().is_some());
        assert_eq!(read(&path).as_deref(), Some(bad));
    }
}

#[tokio::test]
async fn what_is_not_text_or_not_a_file_is_a_named_error() {
    let (folder, path) = place();
    std::fs::write(&path, [0xff, 0xfe, 0]).unwrap();
    assert!(matches!(builder(&path).load().unwrap_err(), PersistError::Malformed { .. }));
    let error = builder(folder.path()).load().unwrap_err();
    assert!(matches!(&error, PersistError::Read { path, .. } if path == folder.path()));
}

#[tokio::test]
async fn a_bad_file_may_be_set_aside_under_a_name_that_is_free() {
    let (folder, path) = place();
    for (n, name) in [(1, "notes.json.bad"), (2, "notes.json.bad-2"), (3, "notes.json.bad-3")] {
        std::fs::write(&path, format!("bad {n}")).unwrap();
        let builder = builder(&path);
        assert_eq!(builder.set_aside().unwrap(), folder.path().join(name));
        let (store, persist) = open(builder);
        store.dispatch(Action::Add("b"));
        persist.flush().await.unwrap();
        assert_eq!(read(&path), Some(file(&["b"])));
        assert_eq!(read(&folder.path().join(name)), Some(format!("bad {n}")));
    }
    std::fs::remove_file(&path).unwrap();
    assert!(matches!(builder(&path).set_aside(), Err(PersistError::Write { .. })), "there is nothing to set aside");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 3);
}

#[tokio::test]
async fn a_file_of_a_newer_version_is_refused_and_kept() {
    let (_folder, path) = place();
    let newer = r#"{"version":3,"value":{"shape":"unknown"}}"#;
    std::fs::write(&path, newer).unwrap();
    let builder = builder(&path).version(2);
    assert!(matches!(builder.load(), Err(PersistError::Newer { found: 3, known: 2, .. })));
    let (_store, persist) = plug(builder.build(), State::default());
    assert!(matches!(*persist.flush().await.unwrap_err(), PersistError::Newer { .. }));
    assert_eq!(read(&path).as_deref(), Some(newer));
}

#[tokio::test]
async fn an_older_file_is_migrated_step_by_step_and_kept_until_something_changes() {
    let (_folder, path) = place();
    let oldest = r#"{"version":1,"value":"a"}"#;
    std::fs::write(&path, oldest).unwrap();
    let migrating = || {
        builder(&path).version(3).migrate(|from, value| match from {
            1 => Ok(json!({ "notes": [value] })),
            2 => Ok(value["notes"].clone()),
            _ => Err(io::Error::other("no such version")),
        })
    };
    let (store, persist) = open(migrating());
    assert_eq!(store.state().notes, ["a"]);
    persist.flush().await.unwrap();
    assert_eq!(read(&path).as_deref(), Some(oldest));
    store.dispatch(Action::Add("b"));
    persist.flush().await.unwrap();
    assert_eq!(read(&path).as_deref(), Some(r#"{"version":3,"value":["a","b"]}"#));
    assert_eq!(migrating().load().unwrap().unwrap(), ["a", "b"], "no step is needed now");
}

#[tokio::test]
async fn a_migration_that_is_missing_or_fails_or_makes_the_wrong_shape_is_a_named_error() {
    let (_folder, path) = place();
    std::fs::write(&path, r#"{"version":1,"value":["a"]}"#).unwrap();
    let builder = || builder(&path).version(3);
    assert!(matches!(builder().load(), Err(PersistError::NoMigration { found: 1, known: 3, .. })));
    let fails = |from, value| if from == 2 { Err(io::Error::other("cannot")) } else { Ok(value) };
    let error = builder().migrate(fails).load().unwrap_err();
    assert!(matches!(error, PersistError::Migration { from: 2, .. }));
    assert!(error.to_string().ends_with("cannot be migrated from version 2: cannot"));
    let wrong = builder().migrate(|_, _| Ok::<_, io::Error>(json!(7)));
    assert!(matches!(wrong.load(), Err(PersistError::Malformed { .. })));
}

#[tokio::test(start_paused = true)]
async fn a_save_that_failed_is_told_and_tried_again_after_the_next_dispatch() {
    let (folder, path) = place();
    let in_the_way = folder.path().join("folder");
    std::fs::write(&in_the_way, "a file where a folder is needed").unwrap();
    let path_behind = in_the_way.join(path.file_name().unwrap());
    let (store, persist) = plug(builder(&path_behind).build(), State::default());
    store.dispatch(Action::Add("a"));
    let error = persist.flush().await.unwrap_err();
    assert!(matches!(*error, PersistError::Read { .. } | PersistError::Write { .. }));
    let Status::Failed { since, dismissed: false, .. } = persist.status() else { panic!("it has failed") };
    assert_eq!(since, store.now());
    std::fs::remove_file(&in_the_way).unwrap();
    tokio::time::sleep(Duration::from_secs(60)).await;
    assert!(persist.status().failure().is_some(), "nothing was dispatched");
    store.dispatch(Action::Click);
    until_saved(&persist, &path_behind, file(&["a"])).await;
}

#[tokio::test]
async fn a_save_that_failed_is_an_error_for_tracing_with_the_file_and_the_cause() {
    let log = Log::listen_everywhere(Level::ERROR);
    let (_folder, path) = place();
    std::fs::write(&path, "{").unwrap();
    let (_store, persist) = plug(builder(&path).build(), State::default());
    let error = persist.flush().await.unwrap_err().to_string();
    assert!(log.lines().iter().any(|line| line.contains("ERROR foregone: not saved") && line.contains(&error)));
}

#[tokio::test(start_paused = true)]
async fn a_disk_that_refuses_leaves_the_old_file() {
    let (_folder, path) = place();
    let (store, persist) = open(builder(&path));
    store.dispatch(Action::Add("a"));
    persist.flush().await.unwrap();
    // A folder cannot be replaced by a file.
    std::fs::rename(&path, path.with_extension("old")).unwrap();
    std::fs::create_dir(&path).unwrap();
    store.dispatch(Action::Add("b"));
    assert!(matches!(*persist.flush().await.unwrap_err(), PersistError::Write { .. }));
    let beside = std::fs::read_dir(path.parent().unwrap()).unwrap().count();
    assert_eq!(beside, 2, "what was begun is cleared away");
    std::fs::remove_dir(&path).unwrap();
    persist.flush().await.unwrap();
    assert_eq!(read(&path), Some(file(&["a", "b"])));
}

#[tokio::test]
async fn what_could_not_be_read_again_is_not_written() {
    let (_folder, path) = place();
    let persist = Persist::builder(&path, |n: &f64| *n).build();
    let store = Store::builder(0.1_f64, |_: &f64, n: f64| n).middleware(persist.clone()).build();
    persist.flush().await.unwrap();
    store.dispatch(f64::NAN);
    assert!(matches!(*persist.flush().await.unwrap_err(), PersistError::Serialize { .. }));
    assert_eq!(read(&path).as_deref(), Some(r#"{"version":1,"value":0.1}"#));
    store.dispatch(0.2);
    persist.flush().await.unwrap();
    assert!(persist.status().is_idle());
}

#[tokio::test]
async fn a_selector_that_panics_is_told_and_does_no_other_harm() {
    let (_folder, path) = place();
    let select = |n: &u32| if *n == 13 { panic!("as the test says") } else { *n };
    let persist = Persist::builder(&path, select).build();
    let store = Store::builder(0, |_: &u32, n: u32| n).middleware(persist.clone()).build();
    store.dispatch(13);
    assert!(matches!(*persist.flush().await.unwrap_err(), PersistError::Interrupted { .. }));
    assert!(matches!(persist.status(), Status::Failed { .. }));
    store.dispatch(1);
    persist.flush().await.unwrap();
    assert_eq!(read(&path).as_deref(), Some(r#"{"version":1,"value":1}"#));
}

#[tokio::test(start_paused = true)]
async fn without_a_store_there_is_nothing_to_save_and_what_was_not_flushed_is_lost() {
    let (_folder, path) = place();
    let lonely = builder(&path).build();
    assert!(matches!(*lonely.flush().await.unwrap_err(), PersistError::NoStore { .. }));
    let (store, persist) = open(builder(&path));
    store.dispatch(Action::Add("a"));
    drop(store);
    assert!(matches!(*persist.flush().await.unwrap_err(), PersistError::NoStore { .. }));
    tokio::time::sleep(Duration::from_secs(60)).await;
    assert_eq!(read(&path), None);
}

#[tokio::test]
async fn in_a_second_store_it_saves_nothing() {
    let (_folder, path) = place();
    let (first, persist) = open(builder(&path));
    let (second, _) = plug(persist.clone(), State::default());
    first.dispatch(Action::Add("first"));
    second.dispatch(Action::Add("second"));
    persist.flush().await.unwrap();
    assert_eq!(read(&path), Some(file(&["first"])));
}
