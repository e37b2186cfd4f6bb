//! The lane that ships, searched exhaustively: every order of taps, changes by others, answers, failures, pauses and
//! cancels that a budget allows, against a plain server.
//!
//! Breadth first, so that a counterexample is a shortest one. Budgets make every run end: that the graph of states has
//! no cycle, and that every state without a way on is at rest, is checked and not assumed. `FOREGONE_MODEL=large` adds
//! the larger configurations. Long random walks go where no search gets to.

#[path = "../../src/optimistic_sync/lane.rs"]
#[allow(dead_code, unreachable_pub, reason = "compiled here as a file of its own")]
mod lane;
mod search;
mod walk;
mod world;

use search::search;
use walk::walk;
use world::{Budget, Fault, World};

const SMALL: Budget = Budget { taps: 3, outside: 1, failures: 2, answers: 1, cancels: 1, values: 2 };

fn holds(name: &str, world: &World) {
    let found = search(world);
    println!("{name}: {found}");
    assert_eq!(found.counterexample, None, "{name}");
    assert!(found.acyclic, "{name}: a run that need not end");
}

fn must_fail(fault: Fault, invariant: char) {
    let found = search(&World::new(SMALL, false, true).with(fault));
    println!("{fault:?}: {found}");
    let counterexample = found.counterexample.expect("a search that misses this proves nothing");
    assert!(counterexample.starts_with(invariant), "{counterexample}");
}

/// Every configuration with each way to treat a failure.
fn all(budgets: &[Budget], retries: bool) {
    for budget in budgets {
        for rolls_back in [false, true] {
            let name = format!("{budget:?}, retries {retries}, rolls back {rolls_back}");
            holds(&name, &World::new(*budget, retries, rolls_back));
        }
    }
}

#[test]
fn every_invariant_holds_in_every_state() {
    all(&[SMALL], false);
    all(&[Budget { outside: 0, answers: 0, ..SMALL }], true);
    if std::env::var("FOREGONE_MODEL").is_ok_and(|size| size == "large") {
        all(&[SMALL], true);
        all(&[Budget { taps: 4, outside: 2, failures: 1, answers: 1, cancels: 1, values: 2 }], false);
        all(&[Budget { taps: 4, outside: 0, failures: 3, answers: 1, cancels: 1, values: 2 }], true);
        all(&[Budget { taps: 3, outside: 1, failures: 2, answers: 1, cancels: 1, values: 3 }], false);
        all(&[Budget { taps: 5, outside: 0, failures: 2, answers: 0, cancels: 2, values: 2 }], false);
    }
}

/// `FOREGONE_WALKS` asks for more of them, `FOREGONE_SEED` for others.
#[test]
fn every_invariant_holds_on_long_walks() {
    let first = from_environment("FOREGONE_SEED", 0);
    let walks = from_environment("FOREGONE_WALKS", 100);
    let steps: usize =
        (first..first + walks).map(|seed| walk(seed, Fault::None).unwrap_or_else(|e| panic!("{e}"))).sum();
    println!("{walks} walks, {steps} steps");
}

#[test]
fn every_fault_is_found_out_on_a_long_walk() {
    for (fault, invariant) in [
        (Fault::LateArrival, "D:"),
        (Fault::ValueReadLater, "C:"),
        (Fault::AnswerWrittenLater, "B:"),
        (Fault::NoLook, "B:"),
        (Fault::AcknowledgesAnything, "H:"),
    ] {
        let found = (0..100).find_map(|seed| walk(seed, fault).err().filter(|broken| broken.contains(invariant)));
        println!("{fault:?}: {}", found.expect("walks that miss this prove nothing"));
    }
}

fn from_environment(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).map_or(otherwise, |number| number.parse().expect("a number"))
}

#[test]
fn a_request_that_may_arrive_after_its_deadline_is_found_out() {
    must_fail(Fault::LateArrival, 'D');
}

#[test]
fn a_value_that_is_read_when_the_request_starts_and_not_at_the_tap_is_found_out() {
    must_fail(Fault::ValueReadLater, 'C');
}

#[test]
fn a_key_released_before_its_answer_is_written_is_found_out() {
    must_fail(Fault::AnswerWrittenLater, 'B');
}

#[test]
fn a_driver_that_does_not_look_at_the_state_is_found_out() {
    must_fail(Fault::NoLook, 'B');
}

#[test]
fn an_acknowledgement_that_ignores_numbers_is_found_out() {
    must_fail(Fault::AcknowledgesAnything, 'H');
}
