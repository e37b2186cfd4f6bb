//! The program as a person uses it: keys go in, and what the screen shows comes out.

#![cfg(unix)]

mod terminal;

use rusqlite::Connection;
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;
use terminal::{CONTROL_C, CONTROL_R, DOWN, ENTER, ESCAPE, Ended, Terminal};

const QUICK: &str = "--latency=30";
/// Long enough for what is under way to be seen.
const SLOW: &str = "--latency=300";

fn database() -> (TempDir, PathBuf) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("todos.sqlite");
    (directory, path)
}

/// What the server's database says.
fn held(path: &Path) -> Vec<(String, bool)> {
    let connection = Connection::open(path).unwrap();
    let mut todos = connection.prepare("SELECT text, done FROM todos ORDER BY id").unwrap();
    todos.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap().map(Result::unwrap).collect()
}

fn todo(text: &str, done: bool) -> (String, bool) {
    (text.to_owned(), done)
}

fn add(terminal: &mut Terminal, text: &str) {
    terminal.types(&format!("a{text}{ENTER}"));
    terminal.sees(&format!("[ ] {text}"));
}

/// With these todos, all of them saved.
fn with(path: &Path, texts: &[&str]) {
    let mut terminal = Terminal::todo(path, &[QUICK]);
    for text in texts {
        add(&mut terminal, text);
    }
    let ended = terminal.quits();
    assert_eq!(ended.code, Some(0), "{}", ended.text);
}

fn agrees(ended: &Ended, todos: usize) {
    assert_eq!(ended.code, Some(0), "{}", ended.text);
    assert!(ended.text.contains(&format!("screen == server: {todos} of {todos} todos agree")), "{}", ended.text);
}

#[test]
fn what_is_added_shows_at_once_and_is_saved() {
    let (_directory, path) = database();
    let mut terminal = Terminal::todo(&path, &[SLOW]);
    terminal.types(&format!("a milk  {ENTER}"));
    terminal.sees_row("[ ]  milk", "adding");
    terminal.sees_row("[ ] milk", "");
    assert_eq!(held(&path), [todo("milk", false)], "the server cut off the spaces, and its answer is shown");
    add(&mut terminal, "bread");
    agrees(&terminal.quits(), 2);
    assert_eq!(held(&path), [todo("milk", false), todo("bread", false)], "what was under way was waited for");
}

#[test]
fn a_todo_can_be_done_before_the_server_knows_of_it() {
    let (_directory, path) = database();
    let mut terminal = Terminal::todo(&path, &[SLOW, "--fail=503"]);
    add(&mut terminal, "milk");
    terminal.types(" ");
    terminal.sees_row("[x] milk", "adding again in");
    terminal.sees_row("[x] milk", "saving");
    agrees(&terminal.quits(), 1);
    assert_eq!(held(&path), [todo("milk", true)]);
}

#[test]
fn toggles_are_saved_whatever_fails_on_the_way() {
    let (_directory, path) = database();
    with(&path, &["milk", "bread"]);
    let mut terminal = Terminal::todo(&path, &[QUICK, "--fail=503x2,lost,503,hang", "--deadline=400"]);
    terminal.sees("[ ] bread");
    terminal.types("   ");
    terminal.sees_row("[x] milk", "saving");
    terminal.sees("saving again in");
    terminal.sees("saving, try 2");
    terminal.types(&format!("{DOWN}     "));
    terminal.sees("[x] bread");
    terminal.sees_row("[x] milk", "");
    terminal.sees_row("[x] bread", "");
    agrees(&terminal.quits(), 2);
    assert_eq!(held(&path), [todo("milk", true), todo("bread", true)]);
}

#[test]
fn a_command_whose_answer_was_lost_is_done_once() {
    let (_directory, path) = database();
    let mut terminal = Terminal::todo(&path, &[QUICK, "--fail=lost"]);
    add(&mut terminal, "milk");
    terminal.sees_row("[ ] milk", "adding again in");
    terminal.sees_row("[ ] milk", "");
    agrees(&terminal.quits(), 1);
    assert_eq!(held(&path), [todo("milk", false)]);
}

#[test]
fn what_is_refused_is_taken_back_and_says_why() {
    let (_directory, path) = database();
    with(&path, &["bread"]);
    let mut terminal = Terminal::todo(&path, &[SLOW, "--fail=403x3", "--poll=60000"]);
    terminal.sees("[ ] bread");
    terminal.types(" ");
    terminal.sees("[x] bread");
    terminal.sees_row("[ ] bread", "not saved: 403 Forbidden");
    terminal.types("d");
    terminal.sees_no("bread");
    terminal.sees_row("[ ] bread", "not deleted: 403 Forbidden");
    add(&mut terminal, "milk");
    terminal.sees_no("milk");
    terminal.sees("not added: 403 Forbidden");
    terminal.types(ESCAPE);
    terminal.sees_no("Forbidden");
    terminal.types("a");
    terminal.sees("new: milk");
    terminal.types(ENTER);
    terminal.sees_row("[ ] milk", "");
    agrees(&terminal.quits(), 2);
    assert_eq!(held(&path), [todo("bread", false), todo("milk", false)]);
}

#[test]
fn what_is_done_offline_is_sent_when_the_connection_is_back() {
    let (_directory, path) = database();
    with(&path, &["milk", "bread"]);
    let mut terminal = Terminal::todo(&path, &[QUICK]);
    terminal.sees("[ ] bread");
    terminal.types("o");
    terminal.sees("offline");
    terminal.types(" ");
    terminal.sees_row("[x] milk", "saving again in");
    terminal.types(&format!("{DOWN}d"));
    terminal.sees_no("bread");
    terminal.sees("deleting again in");
    add(&mut terminal, "tea");
    terminal.types("r");
    terminal.sees("waiting");
    assert_eq!(held(&path), [todo("milk", false), todo("bread", false)]);
    terminal.types("o");
    terminal.sees("online");
    terminal.sees("loaded");
    terminal.sees_row("[x] milk", "");
    terminal.sees_row("[ ] tea", "");
    agrees(&terminal.quits(), 2);
    assert_eq!(held(&path), [todo("milk", true), todo("tea", false)]);
}

#[test]
fn a_search_begins_when_the_typing_pauses() {
    let (_directory, path) = database();
    with(&path, &["milk", "bread", "tea with milk"]);
    let mut terminal = Terminal::todo(&path, &[SLOW, "--poll=300"]);
    terminal.sees("[ ] bread");
    terminal.types("/MIL");
    terminal.sees("search: MIL  …");
    terminal.sees("search: MIL  searching");
    terminal.sees_no("bread");
    terminal.sees("[ ] tea with milk");
    terminal.types(&format!("{ENTER}{DOWN} "));
    terminal.sees_row("[x] tea with milk", "");
    with(&path, &["milk of almonds"]);
    terminal.sees("[ ] milk of almonds");
    assert!(!terminal.text().contains("bread"), "what another device added was searched, too");
    terminal.types(ESCAPE);
    terminal.sees("[ ] bread");
    agrees(&terminal.quits(), 4);
    assert_eq!(held(&path)[2], todo("tea with milk", true));
}

#[test]
fn a_list_that_fails_to_load_is_asked_for_again_and_a_fresh_one_is_not() {
    let (_directory, path) = database();
    with(&path, &["milk"]);
    let mut terminal = Terminal::todo(&path, &[QUICK, "--fail-reads=503x2,lost", "--poll=60000"]);
    terminal.sees("loading again in");
    terminal.sees("loading, try 2");
    terminal.sees("[ ] milk");
    terminal.types("r");
    terminal.sees("up to date");
    agrees(&terminal.quits(), 1);
}

#[test]
fn what_another_device_changes_comes_in_and_overwrites_nothing() {
    let (_directory, path) = database();
    with(&path, &["milk", "bread"]);
    let mut mine = Terminal::todo(&path, &[QUICK, "--poll=100"]);
    let mut other = Terminal::todo(&path, &[QUICK, "--poll=100"]);
    mine.sees("[ ] bread");
    other.sees("[ ] bread");
    mine.types("o");
    mine.sees("offline");
    mine.types(" ");
    mine.sees("[x] milk");
    other.types(&format!("{DOWN} "));
    add(&mut other, "tea");
    other.sees_row("[x] bread", "");
    other.sees_row("[ ] tea", "");
    mine.types("o");
    mine.sees("[x] bread");
    mine.sees("[ ] tea");
    mine.sees_row("[x] milk", "");
    other.sees("[x] milk");
    other.types("kkd");
    other.sees_no("milk");
    mine.sees_no("milk");
    agrees(&other.quits(), 2);
    agrees(&mine.quits(), 2);
    assert_eq!(held(&path), [todo("bread", true), todo("tea", false)]);
}

#[test]
fn what_is_undone_and_redone_the_server_is_told() {
    let (_directory, path) = database();
    with(&path, &["milk", "bread"]);
    let mut terminal = Terminal::todo(&path, &[QUICK, "--fail=503,lost"]);
    terminal.sees("[ ] bread");
    terminal.types("u");
    terminal.sees("nothing to be undone");
    terminal.types(" ");
    terminal.sees("[x] milk");
    terminal.types(&format!("{DOWN}d"));
    terminal.sees_no("bread");
    terminal.types(&format!("atea {ENTER}"));
    terminal.sees_row("[ ] tea", "");
    terminal.types("uu");
    terminal.sees("undone");
    terminal.sees_no("tea");
    terminal.sees_row("[ ] bread", "");
    terminal.types("u");
    terminal.sees_row("[ ] milk", "");
    assert_eq!(held(&path), [todo("milk", false), todo("bread", false)]);
    terminal.types("U");
    terminal.sees_row("[x] milk", "");
    terminal.types(&format!("{CONTROL_R}U"));
    terminal.sees_row("[ ] tea", "");
    terminal.types("U");
    terminal.sees("nothing to be redone");
    agrees(&terminal.quits(), 2);
    assert_eq!(held(&path), [todo("milk", true), todo("tea", false)]);
}

#[test]
fn a_draft_is_there_again_the_next_time() {
    let (_directory, path) = database();
    let mut terminal = Terminal::todo(&path, &[QUICK]);
    terminal.types("abuy mil");
    terminal.sees("new: buy mil");
    terminal.types(CONTROL_C);
    agrees(&terminal.ends(), 0);
    let mut terminal = Terminal::todo(&path, &[QUICK]);
    terminal.types("a");
    terminal.sees("new: buy mil");
    terminal.types(&format!("k{ENTER}"));
    terminal.sees_row("[ ] buy milk", "");
    agrees(&terminal.quits(), 1);
}

#[test]
fn who_quits_before_all_is_saved_is_told() {
    let (_directory, path) = database();
    let mut terminal = Terminal::todo(&path, &[QUICK, "--patience=100"]);
    terminal.types("o");
    terminal.sees("offline");
    add(&mut terminal, "milk");
    let ended = terminal.quits();
    assert_eq!(ended.code, Some(1), "{}", ended.text);
    assert!(ended.text.contains("at the deadline, keys had not settled: 1"), "{}", ended.text);
    assert!(ended.text.contains("screen != server: they differ on milk"), "{}", ended.text);
}

#[test]
fn who_quits_at_once_has_seen_the_list() {
    let (_directory, path) = database();
    with(&path, &["milk"]);
    agrees(&Terminal::todo(&path, &[SLOW]).quits(), 1);
}

#[test]
fn the_terminal_is_given_back_when_something_fails() {
    let (directory, path) = database();
    let terminal = Terminal::todo(&path, &[QUICK]);
    directory.close().unwrap();
    let ended = terminal.quits();
    assert_eq!(ended.code, Some(2), "{}", ended.text);
    assert!(ended.text.contains("todo: unable to open database file"), "{}", ended.text);
}

#[test]
fn what_cannot_work_is_named() {
    let (directory, path) = database();
    let nowhere = directory.path().join("none").join("todos.sqlite");
    for (arguments, complaint) in [
        (&[][..], "it is drawn on a terminal, and this is none"),
        (&["--latency", "fast"], "`fast` is not a number of milliseconds"),
        (&["--fail", "404"], "there is no fault `404`"),
        (&["--poll", "0"], "0 is not in 1..=600000"),
        (&["--database", nowhere.to_str().unwrap()], "cannot be used: unable to open database file"),
    ] {
        let output =
            Command::new(env!("CARGO_BIN_EXE_todo")).arg("--database").arg(&path).args(arguments).output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{arguments:?} {said}");
        assert!(said.contains(complaint), "{arguments:?} {said}");
    }
}
