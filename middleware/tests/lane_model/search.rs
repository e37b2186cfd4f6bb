//! Breadth-first search of everything that can happen to a world.
//!
//! What was seen is kept as fingerprints of 128 bits (hash compaction: Wolper and Leroy, "Reliable hashing without
//! collision detection", 1993), two runs of `SipHash` 1-3. If they are as good as random, the probability that of n
//! states any two share one, so that a state is missed, is below n² / 2¹²⁹: for a configuration of 20 million states,
//! 6 × 10⁻²⁵.

use crate::world::{Event, World};
use std::collections::HashSet;
use std::fmt;
use std::hash::{BuildHasherDefault, DefaultHasher, Hash, Hasher};

/// What a search found.
pub(crate) struct Found {
    pub(crate) states: usize,
    pub(crate) transitions: usize,
    depth: usize,
    /// Every transition made progress, so no run goes on for ever.
    pub(crate) acyclic: bool,
    /// False if there were more states than allowed for.
    pub(crate) finished: bool,
    /// What was broken, and the shortest way there.
    pub(crate) counterexample: Option<String>,
}

/// How a state was first reached.
struct Step {
    parent: u32,
    event: Option<Event>,
}

pub(crate) fn search(start: &World, most_states: usize) -> Found {
    let mut found = Found { states: 1, transitions: 0, depth: 0, acyclic: true, finished: true, counterexample: None };
    let mut fingerprints = Fingerprints::default();
    fingerprints.is_new(start);
    let mut steps = vec![Step { parent: 0, event: None }];
    let mut frontier = vec![(start.clone(), 0)];
    while !frontier.is_empty() {
        let mut next_frontier = Vec::new();
        for (world, here) in frontier {
            let events = world.events();
            if events.is_empty()
                && let Err(broken) = world.check_end()
            {
                found.counterexample = Some(explain(&broken, start, &steps, here));
                return found;
            }
            for event in events {
                found.transitions += 1;
                let mut next = world.clone();
                let happened = next.happen(event);
                found.acyclic &= next.progress() > world.progress();
                if happened.is_ok() && !fingerprints.is_new(&next) {
                    continue;
                }
                let there = u32::try_from(steps.len()).expect("fewer states than 2^32");
                steps.push(Step { parent: here, event: Some(event) });
                found.states = steps.len();
                if let Err(broken) = happened {
                    found.counterexample = Some(explain(&broken, start, &steps, there));
                    return found;
                }
                next_frontier.push((next, there));
            }
            if found.states > most_states {
                found.finished = false;
                return found;
            }
        }
        frontier = next_frontier;
        found.depth += usize::from(!frontier.is_empty());
    }
    found
}

fn explain(broken: &str, start: &World, steps: &[Step], mut here: u32) -> String {
    let mut way = Vec::new();
    while let Step { parent, event: Some(event) } = steps[here as usize] {
        way.push(event);
        here = parent;
    }
    let mut world = start.clone();
    let mut told = vec![format!("{broken}, by")];
    for event in way.into_iter().rev() {
        told.push(world.describe(event));
        let _ = world.happen(event);
    }
    told.join("\n    ")
}

#[derive(Default)]
struct Fingerprints {
    seen: HashSet<u128, BuildHasherDefault<AsItIs>>,
    bytes: Bytes,
}

impl Fingerprints {
    fn is_new(&mut self, world: &World) -> bool {
        self.bytes.0.clear();
        world.hash(&mut self.bytes);
        let half = |salt: u8| {
            let mut hasher = DefaultHasher::new();
            hasher.write_u8(salt);
            hasher.write(&self.bytes.0);
            hasher.finish()
        };
        self.seen.insert(u128::from(half(0)) << 64 | u128::from(half(1)))
    }
}

/// Collects what is hashed.
#[derive(Default)]
struct Bytes(Vec<u8>);

impl Hasher for Bytes {
    fn write(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(bytes);
    }

    /// Few numbers need more than a byte.
    fn write_u64(&mut self, number: u64) {
        match u8::try_from(number) {
            Ok(small) if small < 255 => self.0.push(small),
            _ => {
                self.0.push(255);
                self.0.extend_from_slice(&number.to_le_bytes());
            }
        }
    }

    fn write_usize(&mut self, number: usize) {
        self.write_u64(number as u64);
    }

    fn write_isize(&mut self, number: isize) {
        self.write_u64(number.cast_unsigned() as u64);
    }

    fn finish(&self) -> u64 {
        unreachable!("only collects")
    }
}

/// A fingerprint is a hash already.
#[derive(Default)]
struct AsItIs(u64);

impl Hasher for AsItIs {
    fn write(&mut self, _: &[u8]) {
        unreachable!("only for fingerprints")
    }

    fn write_u128(&mut self, fingerprint: u128) {
        self.0 = u64::try_from(fingerprint & u128::from(u64::MAX)).unwrap_or_default();
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { states, transitions, depth, .. } = self;
        let acyclic = if self.acyclic { "acyclic" } else { "NOT acyclic" };
        let finished = if self.finished { "" } else { ", UNFINISHED" };
        write!(f, "{states} states, {transitions} transitions, depth {depth}, {acyclic}{finished}")?;
        self.counterexample.as_ref().map_or(Ok(()), |found| write!(f, "; {found}"))
    }
}
