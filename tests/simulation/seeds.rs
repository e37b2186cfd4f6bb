//! Which seeds are run, and how often in them something happens.

use crate::counts::Counts;
use std::panic::{RefUnwindSafe, catch_unwind, resume_unwind};

const SEEDS: u64 = 2_000;
const TAPS: u64 = 40;

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|text| text.parse().unwrap_or_else(|_| panic!("{name} must be a number, not {text}")))
}

/// `run` is given a seed and a number of taps, and gives what happened, and a number that is another if it happened
/// otherwise. All of `everything` must be met in many seeds, or the simulation is no longer what it was.
pub(crate) fn run_all(
    test: &str,
    everything: &[&'static str],
    run: impl Fn(u64, u64) -> (Counts, u64) + RefUnwindSafe,
) {
    let taps = number("FOREGONE_TAPS").unwrap_or(TAPS);
    let seeds = match number("FOREGONE_SEED") {
        Some(seed) => seed..seed + 1,
        None => 0..number("FOREGONE_SEEDS").unwrap_or(SEEDS),
    };
    let run = |seed| {
        catch_unwind(|| run(seed, taps)).unwrap_or_else(|panic| {
            println!("failed; again by: FOREGONE_SEED={seed} FOREGONE_TAPS={taps} cargo test --test {test}");
            resume_unwind(panic)
        })
    };
    let mut total = Counts::default();
    for seed in seeds.clone() {
        let (counts, trace) = run(seed);
        total.add(&counts);
        if seed % 50 == 0 {
            assert_eq!(run(seed).1, trace, "seed {seed} does not run the same way twice");
        }
    }
    println!("{} seeds: {total:?}", seeds.end - seeds.start);
    if seeds.end - seeds.start >= SEEDS {
        assert_eq!(total.missing(everything), [""; 0], "the simulation no longer meets what it is for");
    }
}
