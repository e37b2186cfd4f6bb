//! Some devices and one server: chaos, then a network that is well again, then rest.

use crate::counts::Counts;
use crate::device::Device;
use crate::random::Random;
use crate::server::Server;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::time::Duration;
use tokio::time::sleep;

/// Longer than anything is under way.
const EVERYTHING_ARRIVES: Duration = Duration::from_secs(30);

pub(crate) struct World {
    random: Random,
    server: Server,
    devices: Vec<Device>,
}

impl World {
    pub(crate) fn new(seed: u64) -> Self {
        let random = Random::new(seed);
        let keys = u8::try_from(random.below(3)).unwrap() + 1;
        let server = Server::new(random.clone(), keys);
        let devices = (0..=random.below(3)).map(|number| Device::new(number + 1, keys, server.clone())).collect();
        Self { random, server, devices }
    }

    pub(crate) async fn run(mut self, taps: u64) -> (Counts, u64) {
        while self.server.lock().counts.of("taps") < taps {
            let device = usize::try_from(self.random.below(self.devices.len() as u64)).unwrap();
            self.devices[device].something_happens();
            match self.random.below(100) {
                0..65 => sleep(Duration::from_millis(self.random.below(400))).await,
                65..70 => sleep(Duration::from_millis(self.random.below(10_000))).await,
                _ => {}
            }
        }
        self.server.heals();
        sleep(EVERYTHING_ARRIVES).await;
        for device in &self.devices {
            device.comes_to_rest().await;
        }
        // What was written last is pushed, too.
        sleep(Duration::from_secs(1)).await;
        self.devices.iter_mut().for_each(Device::check);
        let inner = &mut *self.server.lock();
        let mut hasher = DefaultHasher::new();
        inner.trace.hash(&mut hasher);
        (std::mem::take(&mut inner.counts), hasher.finish())
    }
}
