//! A seeded random simulation of the real store and the real middleware, on paused clocks: several devices with a store
//! and a runtime each, one server. Taps, delays, losses, failures, panics, time-outs, cancels, log-outs, runtimes and
//! stores that are dropped; then a server that is well again; then everything must be at rest and agree.
//!
//! `FOREGONE_SEED=n` runs one seed, `FOREGONE_SEEDS=n` that many, `FOREGONE_TAPS=n` sets the taps per seed. The letters
//! in the assertions are the invariants of the protocol.

mod client;
mod counts;
mod device;
mod end;
mod random;
mod rest;
mod seeds;
mod server;
mod taps;
mod world;

use std::panic::{set_hook, take_hook};
use world::World;

/// What a simulation of many seeds must have met.
const EVERYTHING: [&str; 21] = [
    "taps",
    "requests",
    "losses",
    "refusals",
    "panics",
    "time-outs",
    "task drops",
    "given up",
    "cycles",
    "outside",
    "cancels",
    "log-outs",
    "refreshes",
    "runtimes dropped",
    "stores dropped",
    "shut down",
    "confirmed",
    "superseded",
    "unknown",
    "rejected",
    "cancelled",
];

/// The panics that are thrown on purpose need not be printed two thousand times.
fn be_quiet_on_purpose() {
    let loud = take_hook();
    set_hook(Box::new(move |info| {
        if info.payload().downcast_ref::<&str>().is_none_or(|message| *message != client::ON_PURPOSE) {
            loud(info);
        }
    }));
}

#[test]
fn whatever_happens_in_the_end_the_screens_show_what_the_server_holds() {
    be_quiet_on_purpose();
    seeds::run_all("simulation", &EVERYTHING, |seed, taps| World::new(seed).run(taps));
}
