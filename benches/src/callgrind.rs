//! Instructions, which repeat to the last few where times do not.

use std::env::current_exe;
use std::process::Command;

const FEW: u64 = 500;
const MANY: u64 = 2500;

/// What this program takes to do once what it does with these arguments and a number of times behind them: two runs that
/// differ in the number differ by the work alone. None without valgrind.
///
/// # Panics
///
/// If the program fails.
#[must_use]
pub fn instructions(arguments: &[&str]) -> Option<u64> {
    Some((total(arguments, MANY)? - total(arguments, FEW)?) / (MANY - FEW))
}

fn total(arguments: &[&str], times: u64) -> Option<u64> {
    let run = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(current_exe().expect("the system knows what runs"))
        .args(arguments)
        .arg(times.to_string())
        .output()
        .ok()?;
    let said = String::from_utf8_lossy(&run.stderr);
    assert!(run.status.success(), "{arguments:?} fails: {said}");
    said.lines().find_map(|line| line.split_once("Collected : ")?.1.trim().parse().ok())
}
