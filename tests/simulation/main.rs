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
mod server;
mod taps;
mod world;

use counts::Counts;
use std::panic::{catch_unwind, resume_unwind, set_hook, take_hook};
use world::World;

const SEEDS: u64 = 2_000;
const TAPS: u64 = 40;

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|text| text.parse().unwrap_or_else(|_| panic!("{name} must be a number, not {text}")))
}

fn run(seed: u64, taps: u64) -> (Counts, u64) {
    catch_unwind(|| World::new(seed).run(taps)).unwrap_or_else(|panic| {
        println!("failed; again by: FOREGONE_SEED={seed} FOREGONE_TAPS={taps} cargo test --test simulation");
        resume_unwind(panic)
    })
}

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
    let taps = number("FOREGONE_TAPS").unwrap_or(TAPS);
    let seeds = match number("FOREGONE_SEED") {
        Some(seed) => seed..seed + 1,
        None => 0..number("FOREGONE_SEEDS").unwrap_or(SEEDS),
    };
    let mut total = Counts::default();
    for seed in seeds.clone() {
        let (counts, trace) = run(seed, taps);
        total.add(&counts);
        if seed % 50 == 0 {
            assert_eq!(run(seed, taps).1, trace, "seed {seed} does not run the same way twice");
        }
    }
    println!("{} seeds: {total:?}", seeds.end - seeds.start);
    if seeds.end - seeds.start >= SEEDS {
        assert_eq!(total.missing(), [""; 0], "the simulation no longer meets what it is for");
    }
}
