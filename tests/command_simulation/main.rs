//! A seeded random simulation of commands on the real store, on the paused clock: creates and deletes, delays, losses,
//! refusals, panics, time-outs, late arrivals, queues, cancels, log-outs; then quiet; then screen and server must agree on
//! every command whose outcome is known.
//!
//! `FOREGONE_SEED=n` runs one seed, `FOREGONE_SEEDS=n` that many, `FOREGONE_TAPS=n` sets the dispatches per seed.

#[path = "../simulation/random.rs"]
mod random;
mod server;
mod world;

use std::collections::BTreeMap;
use world::World;

const SEEDS: u64 = 1_000;
const DISPATCHES: u32 = 40;

/// Everything that has to happen in a campaign, or it proves nothing.
const MUST_HAPPEN: [&str; 15] = [
    "answer not applied",
    "attempts",
    "busy",
    "cancelled",
    "cancels",
    "confirmed",
    "done again",
    "dropped",
    "late",
    "log-outs",
    "panics",
    "rejected",
    "reloads shown",
    "reloads too late",
    "unknown",
];

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|text| text.parse().unwrap_or_else(|_| panic!("{name} must be a number, not {text}")))
}

fn run(seed: u64, dispatches: u32) -> BTreeMap<&'static str, u64> {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().expect("a runtime");
    let result = std::panic::catch_unwind(|| runtime.block_on(async { World::new(seed).run(dispatches).await }));
    result.unwrap_or_else(|panic| {
        println!("seed {seed} failed; again with FOREGONE_SEED={seed} FOREGONE_TAPS={dispatches}");
        std::panic::resume_unwind(panic)
    })
}

#[test]
fn whatever_happens_screen_and_server_agree_on_every_command_whose_outcome_is_known() {
    // The panics that are thrown on purpose need not be printed a thousand times.
    let loud = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        if info.payload().downcast_ref::<&str>().is_none_or(|message| *message != server::ON_PURPOSE) {
            loud(info);
        }
    }));
    let dispatches = number("FOREGONE_TAPS").map_or(DISPATCHES, |n| u32::try_from(n).expect("fewer dispatches"));
    let seeds = match number("FOREGONE_SEED") {
        Some(seed) => seed..seed + 1,
        None => 0..number("FOREGONE_SEEDS").unwrap_or(SEEDS),
    };
    let mut total = BTreeMap::new();
    for seed in seeds.clone() {
        let counts = run(seed, dispatches);
        if seed % 50 == 0 {
            assert_eq!(run(seed, dispatches), counts, "seed {seed} does not run the same way twice");
        }
        for (what, times) in counts {
            *total.entry(what).or_insert(0) += times;
        }
    }
    println!("{} seeds: {total:?}", seeds.end - seeds.start);
    if seeds.end - seeds.start >= SEEDS {
        for what in MUST_HAPPEN {
            assert!(
                total.get(what).is_some_and(|times| *times > 0),
                "the simulation no longer meets {what}: {total:?}"
            );
        }
    }
}
