//! As `tests/simulation/`, with a server that keeps marks and revisions and pushes: several devices, one server.
//! Requests that arrive late or twice, or never; answers that are lost or slow; pushes that are lost, doubled or overtake
//! each other; refusals, cancels, log-outs, time-outs. Then a network that is well again, which tells every device once
//! what the server holds. Without a refresh or another tap, everything must come to rest and agree.
//!
//! The environment variables are those of `tests/simulation/`.

mod client;
#[path = "../simulation/counts.rs"]
mod counts;
mod device;
#[path = "../simulation/random.rs"]
mod random;
#[path = "../simulation/seeds.rs"]
mod seeds;
mod server;
#[path = "../simulation/taps.rs"]
mod taps;
mod world;

use tokio::runtime::Builder;
use world::World;

/// What a simulation of many seeds must have met.
const EVERYTHING: [&str; 22] = [
    "taps",
    "requests",
    "fences",
    "denials",
    "lost requests",
    "late arrivals",
    "nothing done",
    "lost answers",
    "time-outs",
    "refusals",
    "fenced",
    "pushes",
    "lost pushes",
    "doubled pushes",
    "news",
    "cancels",
    "log-outs",
    "confirmed",
    "superseded",
    "unknown",
    "rejected",
    "cancelled",
];

#[test]
fn with_marks_and_pushes_in_the_end_the_screens_show_what_the_server_holds() {
    seeds::run_all("simulation_marks", &EVERYTHING, |seed, taps| {
        let runtime = Builder::new_current_thread().enable_time().start_paused(true).build().expect("a runtime");
        runtime.block_on(async { World::new(seed).run(taps).await })
    });
}
