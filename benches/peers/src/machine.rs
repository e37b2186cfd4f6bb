//! Where and with what it was measured.

use crate::Counted;
use std::env;
use std::fs;
use std::process::Command;
use std::thread;

const LOCK: &str = include_str!("../../../Cargo.lock");

/// The processor, how many of it, and the compiler.
#[must_use]
pub fn machine() -> String {
    let told = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = told.lines().find_map(|line| line.strip_prefix("model name")?.split(": ").nth(1));
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let rustc = output(Command::new("rustc").arg("--version"));
    format!("{}, {cores} cores, {}, {rustc}", model.unwrap_or("an unknown processor"), env::consts::OS)
}

/// The Rust peers as they are locked.
#[must_use]
pub fn versions() -> String {
    let names = ["redux-rs", "rs-store", "uniflow", "tca-rs", "rust-elm", "parking_lot", "tokio"];
    let version = |name: &str| {
        let at = LOCK.split_once(&format!("name = \"{name}\"\nversion = \""))?.1;
        at.split('"').next().map(|version| format!("{name} {version}"))
    };
    names.into_iter().filter_map(version).collect::<Vec<_>>().join(", ")
}

/// Asks the program that counts, built the same way as this one.
///
/// # Panics
///
/// If it cannot be built, or finds that something was lost.
#[must_use]
pub fn counted() -> Counted {
    let cargo = env::var("CARGO").unwrap_or_else(|_| "cargo".into());
    let arguments = ["run", "--release", "--quiet", "-p", "foregone-peers", "--bin", "allocations"];
    let told = output(Command::new(cargo).current_dir(env!("CARGO_MANIFEST_DIR")).args(arguments));
    serde_json::from_str(&told).expect("what `allocations` prints")
}

pub(crate) fn output(command: &mut Command) -> String {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {errors}");
    String::from_utf8_lossy(&output.stdout).trim().into()
}
