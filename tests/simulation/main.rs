//! A seeded random simulation of the real store and the real middleware, on the paused clock: taps, delays, losses,
//! failures, panics, time-outs, cancels, log-outs; then quiet; then everything must be at rest and agree.
//!
//! `FOREGONE_SEED=n` runs one seed, `FOREGONE_SEEDS=n` that many, `FOREGONE_TAPS=n` sets the taps per seed. The letters
//! in the assertions are the invariants of the protocol.

mod random;
mod server;
mod world;

use world::{Counts, World};

const SEEDS: u64 = 2_000;
const TAPS: u32 = 40;

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|text| text.parse().unwrap_or_else(|_| panic!("{name} must be a number, not {text}")))
}

fn run(seed: u64, taps: u32) -> (Counts, u64) {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().expect("a runtime");
    let result = std::panic::catch_unwind(|| runtime.block_on(async { World::new(seed, taps).run().await }));
    result.unwrap_or_else(|panic| {
        println!("seed {seed} failed; again with FOREGONE_SEED={seed} FOREGONE_TAPS={taps}");
        std::panic::resume_unwind(panic)
    })
}

#[test]
fn whatever_happens_in_the_end_the_screen_shows_what_the_server_holds() {
    // The panics that the server throws on purpose need not be printed two thousand times.
    let loud = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        if info.payload().downcast_ref::<&str>().is_none_or(|message| *message != server::ON_PURPOSE) {
            loud(info);
        }
    }));
    let taps = number("FOREGONE_TAPS").map_or(TAPS, |taps| u32::try_from(taps).expect("fewer taps"));
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
        assert!(total.has_seen_everything(), "the simulation no longer meets what it is for: {total:?}");
    }
}
