//! The program as a person runs it, on a database of its own.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use tempfile::TempDir;

const QUICK: [&str; 6] = ["--latency", "20", "--pause", "3", "--deadline", "5000"];

fn like_button(database: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_like-button"));
    command.args(QUICK).arg("--database").arg(database).args(arguments).env_remove("CLICOLOR_FORCE");
    command
}

fn run(database: &Path, arguments: &[&str]) -> Output {
    like_button(database, arguments).output().unwrap()
}

fn interactive(database: &Path) -> Child {
    let mut command = like_button(database, &["--interactive"]);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

/// With these keys, all of them pressed at once.
fn type_keys(database: &Path, keys: &str) -> Output {
    let mut child = interactive(database);
    child.stdin.take().unwrap().write_all(keys.as_bytes()).unwrap();
    child.wait_with_output().unwrap()
}

fn text(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

/// Taps, requests, coalesced, follow-ups, retries.
fn totals(output: &Output) -> Vec<u32> {
    let text = text(output);
    let line = text.lines().find(|line| line.trim_start().starts_with("all")).unwrap_or("");
    let numbers = line.split_whitespace().filter_map(|word| word.parse().ok()).collect::<Vec<_>>();
    assert_eq!(numbers.len(), 5, "{text}");
    numbers
}

fn database() -> (TempDir, PathBuf) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("posts.sqlite");
    (directory, path)
}

#[test]
fn screen_and_server_agree_after_every_kind_of_fault() {
    let (_directory, path) = database();
    let output = run(&path, &["--posts", "3", "--taps", "40", "--fail", "503x3,lost,403x3"]);
    let text = text(&output);
    assert_eq!(output.status.code(), Some(0), "{text}");
    assert!(text.ends_with("screen == server, by its database: 3 of 3 posts agree\n"), "{text}");
    for seen in ["503 Service Unavailable", "answer lost", "403 Forbidden"] {
        assert!(text.contains(seen), "no `{seen}` in {text}");
    }
    let totals = totals(&output);
    assert_eq!(totals[0], 40);
    assert_eq!(text.matches("PUT").count(), totals[1] as usize, "each request has its line");
    assert!(totals[1] < 40, "some taps share a request");
    assert!(totals[4] >= 1, "what failed was tried again");
}

#[test]
fn a_request_without_an_answer_ends_at_its_deadline() {
    let (_directory, path) = database();
    let output = run(&path, &["--taps", "9", "--fail", "hang", "--deadline", "200"]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    assert!(text(&output).contains("no answer in time"));
}

#[test]
fn taps_without_a_pause_make_one_request() {
    let (_directory, path) = database();
    let output = run(&path, &["--posts", "1", "--taps", "99", "--fail", "none", "--pause", "0", "--latency", "500"]);
    assert_eq!(totals(&output), [99, 1, 98, 0, 0], "{}", text(&output));
}

#[test]
fn the_file_survives_and_the_next_run_starts_from_it() {
    let (_directory, path) = database();
    let once = ["--posts", "2", "--taps", "1", "--fail", "none"];
    let first = text(&run(&path, &once));
    assert!(!first.contains("from the server"), "{first}");
    assert!(first.contains(" like "), "{first}");
    let second = text(&run(&path, &once));
    assert!(second.contains("from the server"), "{second}");
    assert!(second.contains(" unlike "), "the heart was red before the tap: {second}");
}

#[test]
fn a_screen_that_differs_is_a_failure() {
    let (_directory, path) = database();
    let refused = ["--posts", "1", "--taps", "2", "--fail", "403", "--on-failure"];
    let kept = run(&path, &[&refused[..], &["keep"]].concat());
    assert_eq!(kept.status.code(), Some(1), "{}", text(&kept));
    assert!(text(&kept).ends_with("screen != server: they differ on post 1\n"), "{}", text(&kept));
    for on_failure in ["roll-back", "reload"] {
        let agreed = run(&path, &[&refused[..], &[on_failure]].concat());
        assert_eq!(agreed.status.code(), Some(0), "{}", text(&agreed));
    }
}

#[test]
fn keys_from_a_pipe_tap_and_the_end_of_it_is_the_end() {
    let (_directory, path) = database();
    let output = type_keys(&path, "111 2\n");
    let text = text(&output);
    assert_eq!(output.status.code(), Some(0), "{text}");
    assert_eq!(totals(&output)[0], 4);
    assert!(text.contains("1 ♥ sending"), "the state of each key is shown: {text}");
    assert!(text.ends_with("screen == server, by its database: 3 of 3 posts agree\n"), "{text}");
}

#[test]
fn what_fails_at_the_keyboard_recovers() {
    let (_directory, path) = database();
    let mut child = interactive(&path);
    let mut keyboard = child.stdin.take().unwrap();
    let mut screen = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
    keyboard.write_all(b"f1").unwrap();
    let failed = screen.find(|line| line.contains("503 Service Unavailable"));
    assert!(failed.is_some());
    keyboard.write_all(b"fq never").unwrap();
    let rest: Vec<_> = screen.collect();
    assert!(rest.iter().any(|line| line == "the server works again"), "{rest:#?}");
    assert!(rest.iter().any(|line| line.contains("try 2")), "{rest:#?}");
    assert!(rest.iter().any(|line| line.contains("200 ♥")), "{rest:#?}");
    assert!(rest.last().unwrap().starts_with("screen == server"), "{rest:#?}");
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

#[test]
fn what_is_not_a_terminal_gets_no_colours() {
    let (_directory, path) = database();
    let output = run(&path, &["--taps", "3", "--fail", "none"]);
    assert!(!output.stdout.contains(&0x1b));
    let mut forced = like_button(&path, &["--taps", "3", "--fail", "none"]);
    let forced = forced.env("CLICOLOR_FORCE", "1").output().unwrap();
    assert!(forced.stdout.contains(&0x1b), "there are colours to be left out");
}

#[test]
fn bad_input_is_named() {
    let (directory, path) = database();
    let nowhere = directory.path().join("none").join("posts.sqlite");
    for (arguments, complaint) in [
        (&["--posts", "0"][..], "0 is not in 1..=20"),
        (&["--taps", "0"], "0 is not in 1..=100000"),
        (&["--latency", "fast"], "`fast` is not a number of milliseconds"),
        (&["--latency", "9..5"], "write 5..9"),
        (&["--fail", "404"], "there is no fault `404`"),
        (&["--fail", "503x0"], "befalls 0 requests"),
        (&["--deadline", "0"], "0 is not in 1..=600000"),
        (&["--interactive", "--posts", "10"], "a key for 9 posts, not for 10"),
        (&["--tap"], "a similar argument exists: '--taps'"),
        (&["--database", nowhere.to_str().unwrap()], "cannot be used: unable to open database file"),
    ] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_like-button"));
        let output = command.arg("--database").arg(&path).args(arguments).output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{arguments:?} {said}");
        assert!(said.contains(complaint), "{arguments:?} {said}");
    }
}
