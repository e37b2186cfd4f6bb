//! The lane that ships, searched exhaustively: every order of taps, changes by others, answers, losses, delays, pauses
//! and cancels that a budget allows, with every kind of server.
//!
//! Breadth first, so that a counterexample is a shortest one. Budgets make every run end: that no run comes back to a
//! state it was in, and that every state without a way on is at rest, is checked and not assumed. `FOREGONE_MODEL=large`
//! adds the larger configurations. Long random walks go where no search gets to.
//!
//! The letters are the invariants of the protocol:
//!
//! | | what must hold | checked |
//! |---|---|---|
//! | A | at most one request in flight per key | whenever one is made |
//! | B | the screen shows the last local intent while it is pending | in every state |
//! | C | a request carries the value of the intent it is sent for | whenever one starts |
//! | D | an older intent of a device never takes effect after a newer one | at every write |
//! | E | an older server value never replaces a newer one | in every state; with revisions |
//! | F | the lock is free at rest | in every state without a way on |
//! | G | every dispatch gets exactly one outcome | when one is told, and at rest |
//! | H | an intent reported confirmed was accepted | in every state: by number, with a plain server by value |
//! | I | at rest screen == server | in every state at rest; not after a failure with a plain server, and not for a refused value that is to stay |
//! | J | a newer intent is never dropped because an older request failed | by B, G and I |
//! | L | rejected and cancelled mean not in effect, now or later | in every state |
//! | M | after settling, the state is as if there had been no optimism | by I |
//!
//! K (keys are independent) and N (work per tap) are not the lane's: it knows one key. With a plain server, requests
//! don't arrive after their deadline; with all others they do, in any order, and more than once.

mod chaos;
mod device;
#[path = "../../src/optimistic_sync/lane/mod.rs"]
#[allow(dead_code, unreachable_pub, reason = "compiled here as a file of its own")]
mod lane;
mod search;
mod server;
mod setup;
mod walk;
mod world;

use lane::Server;
use search::search;
use setup::{Budget, Fault, Setup};
use walk::walk;
use world::World;

/// What a test run can afford in a debug build.
const SMALL: [Setup; 13] = [
    Setup::new(Server::Plain, 1, Budget { taps: 3, outside: 1, failures: 1, refusals: 1, cancels: 1, ..NONE }),
    Setup::new(Server::Plain, 1, Budget { taps: 2, failures: 2, refusals: 1, answers: 1, ..NONE }).retrying(),
    Setup::new(Server::Compare, 1, Budget { taps: 2, failures: 1, refusals: 1, cancels: 1, doubles: 1, ..NONE }),
    Setup::new(Server::Compare, 2, Budget { taps: 2, failures: 1, cancels: 1, ..NONE }).retrying(),
    Setup::new(Server::Marks, 1, Budget { taps: 2, failures: 2, refusals: 1, cancels: 1, ..NONE }),
    Setup::new(Server::Marks, 1, Budget { taps: 2, outside: 1, failures: 1, doubles: 1, ..NONE }).retrying(),
    Setup::new(Server::Marks, 1, Budget { taps: 2, failures: 1, cancels: 1, doubles: 1, ..NONE }).forgotten(),
    Setup::new(
        Server::MarksAndRevisions,
        1,
        Budget { taps: 2, failures: 1, refusals: 1, cancels: 1, losses: 1, ..NONE },
    ),
    Setup::new(Server::MarksAndRevisions, 2, Budget { taps: 2, failures: 1, cancels: 1, ..NONE }).retrying(),
    Setup::new(Server::Plain, 1, Budget { taps: 2, outside: 1, failures: 1, cancels: 1, ..NONE }).saving(),
    Setup::new(Server::Compare, 1, Budget { taps: 2, failures: 1, cancels: 1, crashes: 1, ..NONE }).saving(),
    Setup::new(Server::Marks, 1, Budget { taps: 2, failures: 1, refusals: 1, cancels: 1, crashes: 1, ..NONE }).saving(),
    Setup::new(Server::MarksAndRevisions, 1, Budget { taps: 2, failures: 1, cancels: 1, crashes: 1, ..NONE }).saving(),
];

/// The larger, the later.
const LARGE: [Setup; 19] = [
    Setup::new(
        Server::Plain,
        1,
        Budget { taps: 3, outside: 1, failures: 2, refusals: 1, answers: 1, cancels: 1, ..NONE },
    ),
    Setup::new(Server::Compare, 1, Budget { taps: 2, outside: 1, refusals: 1, answers: 1, doubles: 1, ..EACH })
        .retrying(),
    Setup::new(Server::Marks, 1, EACH).retrying(),
    Setup::new(Server::Plain, 1, Budget { taps: 3, outside: 1, failures: 2, cancels: 1, ..NONE }).saving(),
    Setup::new(Server::Compare, 1, Budget { taps: 3, failures: 1, cancels: 1, crashes: 1, ..NONE }).saving(),
    Setup::new(Server::Marks, 1, Budget { taps: 2, failures: 2, refusals: 1, cancels: 1, crashes: 2, ..NONE }).saving(),
    Setup::new(Server::Marks, 1, Budget { taps: 2, outside: 1, failures: 1, doubles: 1, crashes: 1, ..NONE })
        .saving()
        .retrying(),
    Setup::new(Server::Plain, 1, Budget { taps: 5, failures: 2, refusals: 1, cancels: 2, ..NONE }),
    Setup::new(Server::Compare, 1, Budget { taps: 3, failures: 2, cancels: 1, doubles: 1, ..NONE }),
    Setup::new(Server::Compare, 2, Budget { taps: 2, failures: 2, refusals: 1, cancels: 1, ..NONE }).retrying(),
    Setup::new(Server::Marks, 1, Budget { taps: 3, failures: 2, refusals: 1, cancels: 1, doubles: 1, ..NONE })
        .retrying(),
    Setup::new(Server::Marks, 1, EACH).forgotten(),
    Setup::new(Server::MarksAndRevisions, 1, EACH),
    Setup::new(Server::MarksAndRevisions, 2, Budget { taps: 2, failures: 1, crashes: 1, ..NONE }).saving(),
    Setup::new(Server::MarksAndRevisions, 3, Budget { taps: 2, failures: 1, ..NONE }),
    Setup::new(Server::MarksAndRevisions, 2, Budget { taps: 3, failures: 1, ..NONE }).retrying(),
    Setup::new(Server::Plain, 1, Budget { taps: 4, failures: 3, refusals: 1, answers: 1, cancels: 1, ..NONE })
        .retrying(),
    Setup::new(Server::Compare, 3, Budget { taps: 3, failures: 1, ..NONE }),
    Setup::new(
        Server::MarksAndRevisions,
        2,
        Budget { taps: 2, failures: 1, refusals: 1, cancels: 1, losses: 1, ..NONE },
    ),
];

const EACH: Budget =
    Budget { taps: 2, outside: 1, failures: 1, refusals: 1, answers: 1, cancels: 1, doubles: 1, losses: 1, crashes: 0 };

const NONE: Budget =
    Budget { taps: 0, outside: 0, failures: 0, refusals: 0, answers: 0, cancels: 0, doubles: 0, losses: 0, crashes: 0 };

/// Gives the number of states and of transitions.
fn holds(setup: Setup) -> (usize, usize) {
    let most = usize::try_from(from_environment("FOREGONE_STATES", 60_000_000)).expect("a number of states");
    let found = search(&World::new(setup), most);
    println!("{setup}: {found}");
    assert_eq!(found.counterexample, None, "{setup}");
    assert!(found.acyclic, "a run that need not end: {setup}");
    assert!(found.finished, "not searched to its end: {setup}");
    (found.states, found.transitions)
}

/// Each with both ways to treat a failure.
fn all_hold(setups: &[Setup]) {
    let both = setups.iter().flat_map(|setup| [*setup, setup.keeping()]);
    let (states, transitions) = both.map(holds).fold((0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1));
    println!("{} configurations, {states} states, {transitions} transitions", setups.len() * 2);
}

fn must_fail(fault: Fault, invariant: char, setup: Setup) {
    let found = search(&World::new(setup.with(fault)), usize::MAX);
    println!("{fault:?}: {found}");
    let counterexample = found.counterexample.expect("a search that misses this proves nothing");
    assert!(counterexample.starts_with(invariant), "{counterexample}");
}

#[test]
fn every_invariant_holds_in_every_state() {
    all_hold(&SMALL);
    if std::env::var("FOREGONE_MODEL").is_ok_and(|size| size == "large") {
        all_hold(&LARGE);
    }
}

/// `FOREGONE_WALKS` asks for more of them, `FOREGONE_SEED` for others.
#[test]
fn every_invariant_holds_on_long_walks() {
    let first = from_environment("FOREGONE_SEED", 0);
    let walks = from_environment("FOREGONE_WALKS", 100);
    for server in [Server::Plain, Server::Compare, Server::Marks, Server::MarksAndRevisions] {
        let walk = |seed| walk(seed, server, Fault::None).unwrap_or_else(|e| panic!("{server:?}: {e}"));
        let steps: usize = (first..first + walks).map(walk).sum();
        println!("{server:?}: {walks} walks, {steps} steps");
    }
}

/// `FOREGONE_WALKS` asks for more of it, too.
#[test]
fn no_order_of_events_makes_the_lane_panic() {
    let first = from_environment("FOREGONE_SEED", 0);
    (first..first + 100 * from_environment("FOREGONE_WALKS", 100)).for_each(chaos::chaos);
}

fn from_environment(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).map_or(otherwise, |number| number.parse().expect("a number"))
}

const FAULTS: [(Fault, char, Setup); 13] = [
    (Fault::LateArrival, 'D', SMALL[0]),
    (Fault::ValueReadLater, 'C', SMALL[0]),
    (Fault::AnswerWrittenLater, 'B', SMALL[0]),
    (Fault::NoLook, 'B', SMALL[0]),
    (Fault::AcknowledgesAnything, 'H', SMALL[0]),
    (Fault::AcknowledgesAnything, 'H', SMALL[4]),
    (Fault::NoDedupe, 'D', SMALL[4]),
    (Fault::NoFence, 'I', SMALL[4]),
    (Fault::NoFence, 'I', SMALL[2]),
    (Fault::NoRevisionCompare, 'E', SMALL[8]),
    (Fault::NoIfMatch, 'D', SMALL[3]),
    (Fault::NoSave, 'I', SMALL[11]),
    (Fault::NewDeviceId, 'D', SMALL[11]),
];

#[test]
fn every_fault_is_found_out() {
    for (fault, invariant, setup) in FAULTS {
        must_fail(fault, invariant, setup);
    }
}

#[test]
fn every_fault_is_found_out_on_a_long_walk() {
    for (fault, invariant, setup) in FAULTS {
        let wanted = format!("{invariant}: ");
        let walk = |seed| walk(seed, setup.server, fault).err().filter(|broken| broken.contains(&wanted));
        let found = (0..200).find_map(walk).unwrap_or_else(|| panic!("walks that miss {fault:?} prove nothing"));
        println!("{fault:?}: {}", found.lines().next().unwrap_or_default());
    }
}
