//! A long random walk through what can happen to one world, told by its seed.

use crate::world::{Budget, Event, Fault, World};
use fastrand::Rng;

/// From rest to rest, this often on one lane.
const BOUTS: u32 = 40;
const MOST: Budget = Budget { taps: 40, outside: 6, failures: 20, answers: 10, cancels: 6, values: 4 };

fn budget(rng: &mut Rng, values: u8) -> Budget {
    Budget {
        taps: rng.u8(1..=MOST.taps),
        outside: rng.u8(0..=MOST.outside),
        failures: rng.u8(0..=MOST.failures),
        answers: rng.u8(0..=MOST.answers),
        cancels: rng.u8(0..=MOST.cancels),
        values,
    }
}

/// Gives the number of steps, or what was broken and the way there since the last rest.
pub(crate) fn walk(seed: u64, fault: Fault) -> Result<usize, String> {
    let mut rng = Rng::with_seed(seed);
    let values = rng.u8(2..=MOST.values);
    let mut world = World::new(budget(&mut rng, values), rng.bool(), rng.bool()).with(fault);
    let mut steps = 0;
    for _ in 0..BOUTS {
        let mut way: Vec<Event> = Vec::new();
        // Where a user taps more often than servers answer, little else happens; and the other way round.
        let patience = rng.u32(0..8);
        let rest = loop {
            let mut events = world.events();
            if rng.u32(0..8) < patience {
                let is_answer = |event: &Event| !matches!(event, Event::Tap(_) | Event::Outside(_) | Event::Cancel);
                if events.iter().any(is_answer) {
                    events.retain(is_answer);
                }
            }
            let Some(event) = rng.choice(events) else { break world.check_rest() };
            way.push(event);
            let happened = world.happen(event);
            if happened.is_err() {
                break happened;
            }
        };
        rest.map_err(|broken| format!("seed {seed}: {broken}, after {way:?}"))?;
        steps += way.len();
        world.refill(budget(&mut rng, values));
    }
    Ok(steps)
}
