//! Some devices and one server: chaos, then a server that is well again, then rest.

use crate::counts::Counts;
use crate::device::Device;
use crate::random::Random;
use crate::server::Server;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::time::Duration;

pub(crate) struct World {
    random: Random,
    server: Server,
    devices: Vec<Device>,
    /// How many there have been.
    born: u64,
    keys: u8,
}

impl World {
    pub(crate) fn new(seed: u64) -> Self {
        let random = Random::new(seed);
        let server = Server::new(random.clone());
        let keys = u8::try_from(random.below(4)).unwrap() + 1;
        let mut world = Self { random, server, devices: Vec::new(), born: 0, keys };
        for _ in 0..=world.random.below(3) {
            let device = world.device();
            world.devices.push(device);
        }
        world
    }

    fn device(&mut self) -> Device {
        self.born += 1;
        Device::new(self.born, self.keys, self.server.clone())
    }

    /// Gives what happened, and a number that is another if it happened otherwise.
    pub(crate) fn run(mut self, taps: u64) -> (Counts, u64) {
        while self.server.lock().counts.of("taps") < taps {
            self.something_happens();
        }
        self.server.lock().healthy = true;
        for device in &mut self.devices {
            device.comes_to_rest();
        }
        for device in &self.devices {
            device.check_screen();
        }
        self.agrees();
        for device in &mut self.devices {
            device.taps_everything();
        }
        self.agrees();
        self.devices.into_iter().for_each(Device::ends);
        let inner = &mut *self.server.lock();
        let mut hasher = DefaultHasher::new();
        inner.trace.hash(&mut hasher);
        (std::mem::take(&mut inner.counts), hasher.finish())
    }

    fn something_happens(&mut self) {
        let device = usize::try_from(self.random.below(self.devices.len() as u64)).unwrap();
        if self.random.percent(2) {
            // It comes back as another: nothing that was not sent survives.
            self.devices.swap_remove(device).ends();
            let device = self.device();
            self.devices.push(device);
        } else {
            self.devices[device].something_happens();
        }
        if self.random.percent(70) {
            let time = Duration::from_millis(self.random.below(400));
            self.devices.iter().for_each(|device| device.passes(time));
        }
    }

    fn agrees(&self) {
        self.devices.iter().for_each(Device::looks_at_everything);
        self.devices.iter().for_each(Device::check_agreement);
    }
}
