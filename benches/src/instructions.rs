//! Counts the instructions of one operation of each kind under callgrind, where they repeat to the last few, and
//! compares them with those in `instructions.txt`.
//!
//! `instructions` exits with 1 if one of them has grown; with another compiler than the file's it compares nothing, and says
//! so. `instructions --write` rewrites the file. `instructions NAME TIMES` is what callgrind is given: two runs with
//! different TIMES differ by the work alone.

use foregone_benches::{instructions, questions};
use std::env::args;
use std::fmt::Write;
use std::fs;
use std::process::{Command, ExitCode};

const COUNTED: [&str; 6] = ["dispatch", "three_middlewares", "one_subscriber", "read", "coalesced_tap", "cycle"];
/// A count may grow by this much: the machine's C library has a part in it, too.
const PERCENT: u64 = 3;
const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/instructions.txt");

fn main() -> ExitCode {
    assert_ne!(option_env!("CARGO_INCREMENTAL"), Some("1"), "an incremental build inlines less, and counts more");
    let arguments: Vec<String> = args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => return check(),
        ["--write"] => write(),
        [name, times] => once(name, times.parse().expect("TIMES is a number")),
        _ => panic!("usage: instructions [--write | NAME TIMES]"),
    }
    ExitCode::SUCCESS
}

fn once(name: &str, times: u64) {
    let question = questions().into_iter().find(|question| question.name == name).expect("NAME is a question's");
    let (mut store, _bare) = (question.pair)();
    store.run(times);
}

fn write() {
    let mut file = format!("{}\n", compiler());
    for name in COUNTED {
        writeln!(file, "{name} {}", count(name)).expect("a string takes what it is given");
    }
    print!("{file}");
    fs::write(FILE, file).expect("instructions.txt can be written");
}

fn check() -> ExitCode {
    let file = fs::read_to_string(FILE).expect("instructions.txt can be read");
    let (written_by, counts) = file.split_once('\n').expect("the first line names the compiler");
    let compiler = compiler();
    if written_by != compiler {
        println!("left out: instruction counts are known of {written_by}, this is {compiler}");
        return ExitCode::SUCCESS;
    }
    let mut grown = false;
    for name in COUNTED {
        let known = counts.lines().find_map(|line| line.strip_prefix(name)?.trim().parse::<u64>().ok());
        let known = known.unwrap_or_else(|| panic!("instructions.txt has no count of {name}: --write rewrites it"));
        let counted = count(name);
        let has_grown = counted * 100 > known * (100 + PERCENT);
        grown |= has_grown;
        let verdict = if has_grown { ": GROWN" } else { "" };
        println!("{name}: {counted} instructions, {known} in the file{verdict}");
    }
    if grown { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

fn count(name: &str) -> u64 {
    instructions(&[name]).expect("valgrind is installed")
}

/// Its version and what it compiles for.
fn compiler() -> String {
    let rustc = Command::new("rustc").arg("-vV").output().expect("rustc is installed");
    let said = String::from_utf8_lossy(&rustc.stdout);
    let field = |name| said.lines().find_map(|line| line.strip_prefix(name)).expect("rustc says what it is").trim();
    format!("rustc {} {}", field("release:"), field("host:"))
}
