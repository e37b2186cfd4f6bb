//! A long random walk through what can happen to a world, told by its seed.

use crate::lane::Server;
use crate::setup::{Budget, Fault, Setup};
use crate::world::{Event, World};
use fastrand::Rng;

/// From rest to rest, this often on the same lanes.
const BOUTS: u32 = 40;

/// A refusal that was told just before a crash is certain only where the server remembers it.
fn budget(rng: &mut Rng, crashes: bool) -> Budget {
    Budget {
        taps: rng.u8(1..=40),
        outside: rng.u8(0..=6),
        failures: rng.u8(0..=20),
        refusals: rng.u8(0..=6),
        answers: rng.u8(0..=10),
        cancels: rng.u8(0..=6),
        doubles: rng.u8(0..=6),
        losses: rng.u8(0..=6),
        crashes: if crashes { rng.u8(0..=3) } else { 0 },
    }
}

fn setup(rng: &mut Rng, server: Server) -> Setup {
    let devices = if server == Server::MarksAndRevisions { rng.u8(1..=3) } else { 1 };
    let (retries, rolls_back, forgotten) = (rng.bool(), rng.bool(), server.keeps_marks() && rng.bool());
    let (values, saves) = (rng.u8(2..=4), rng.bool());
    let budget = budget(rng, saves && server.keeps_marks());
    Setup { values, retries, rolls_back, forgotten, saves, ..Setup::new(server, devices, budget) }
}

/// Gives the number of steps, or what was broken and the way there since the last rest.
pub(crate) fn walk(seed: u64, server: Server, fault: Fault) -> Result<usize, String> {
    let mut rng = Rng::with_seed(seed);
    let mut world = World::new(setup(&mut rng, server).with(fault));
    let mut steps = 0;
    for _ in 0..BOUTS {
        let mut way: Vec<String> = Vec::new();
        // Where a user taps more often than servers answer, little else happens; and the other way round.
        let patience = rng.u32(0..8);
        let rest = loop {
            let mut events = world.events();
            if rng.u32(0..8) < patience {
                let is_answer =
                    |event: &Event| !matches!(event, Event::Tap(..) | Event::Outside(..) | Event::Cancel(_));
                if events.iter().any(is_answer) {
                    events.retain(is_answer);
                }
            }
            let Some(event) = rng.choice(events) else { break world.check_end() };
            way.push(world.describe(event));
            let happened = world.happen(event);
            if happened.is_err() {
                break happened;
            }
        };
        rest.map_err(|broken| format!("seed {seed}: {broken}, after\n    {}", way.join("\n    ")))?;
        steps += way.len();
        let crashes = world.setup.saves && server.keeps_marks();
        world.refill(budget(&mut rng, crashes));
    }
    Ok(steps)
}
