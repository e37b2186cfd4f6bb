//! The lane that ships, under the events that the fuzzer chooses, with the checks of the exhaustive search.
//!
//! Where that looks at everything that few events can do, this goes on for hundreds, and towards what was not run before.

#![no_main]

#[path = "../../middleware/tests/lane_model/device.rs"]
mod device;
#[path = "../../middleware/src/optimistic_sync/lane/mod.rs"]
#[allow(dead_code, unreachable_pub, reason = "compiled here as a file of its own")]
mod lane;
#[path = "../../middleware/tests/lane_model/server.rs"]
mod server;
#[path = "../../middleware/tests/lane_model/setup.rs"]
#[allow(dead_code, reason = "faults are for the search to find")]
mod setup;
#[path = "../../middleware/tests/lane_model/world.rs"]
#[allow(dead_code, reason = "what only the search asks for")]
mod world;

use lane::Server;
use libfuzzer_sys::fuzz_target;
use setup::{Budget, Setup};
use std::iter::once;
use world::World;

const SERVERS: [Server; 4] = [Server::Plain, Server::Compare, Server::Marks, Server::MarksAndRevisions];

/// One byte for each choice; when they are used up, the first of what can happen, until nothing can.
struct Choices<'a>(&'a [u8]);

impl Choices<'_> {
    /// From 0 up to, but without, `end`.
    fn below(&mut self, end: u8) -> u8 {
        let Some((first, rest)) = self.0.split_first() else { return 0 };
        self.0 = rest;
        first % end
    }

    fn one_of<T: Copy>(&mut self, things: &[T]) -> Option<T> {
        let end = u8::try_from(things.len()).unwrap_or(u8::MAX).max(1);
        things.get(usize::from(self.below(end))).copied()
    }
}

fn budget(choices: &mut Choices<'_>, crashes: bool) -> Budget {
    Budget {
        taps: choices.below(40) + 1,
        outside: choices.below(8),
        failures: choices.below(20),
        refusals: choices.below(8),
        answers: choices.below(8),
        cancels: choices.below(8),
        doubles: choices.below(8),
        losses: choices.below(8),
        crashes: if crashes { choices.below(4) } else { 0 },
    }
}

fn setup(choices: &mut Choices<'_>) -> Setup {
    let server = SERVERS[usize::from(choices.below(4))];
    let devices = if server == Server::MarksAndRevisions { choices.below(3) + 1 } else { 1 };
    let mut is_so = || choices.below(2) == 1;
    let (retries, rolls_back, forgotten, saves) = (is_so(), is_so(), is_so() && server.keeps_marks(), is_so());
    let values = choices.below(3) + 2;
    let budget = budget(choices, saves && server.keeps_marks());
    Setup { values, retries, rolls_back, forgotten, saves, ..Setup::new(server, devices, budget) }
}

fuzz_target!(|bytes: &[u8]| {
    let mut choices = Choices(bytes);
    let setup = setup(&mut choices);
    let mut world = World::new(setup);
    let mut way = Vec::new();
    let broken = loop {
        let Some(event) = choices.one_of(&world.events()) else { break world.check_end() };
        way.push(world.describe(event));
        let happened = world.happen(event);
        if happened.is_err() {
            break happened;
        }
    };
    if let Err(broken) = broken {
        let way: Vec<_> = once(setup.to_string()).chain(way).collect();
        panic!("{broken}, after\n    {}", way.join("\n    "));
    }
});
