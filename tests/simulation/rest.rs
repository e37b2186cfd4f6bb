//! What must hold when a device is at rest.

use crate::device::Device;
use std::time::Duration;

/// Of virtual time, from the moment the server is well again.
const REST: Duration = Duration::from_secs(30);

impl Device {
    pub(crate) fn comes_to_rest(&mut self) {
        let rest = self.runtime.block_on(async { tokio::time::timeout(REST, self.sync.flush()).await });
        rest.expect("F: something never comes to rest");
        assert!(!self.sync.statuses().any_waiting(), "F: a key is not released: {:?}", self.sync.statuses().snapshot());
        self.taps.check(&self.server);
        self.check_nothing_wrong();
    }

    pub(crate) fn check_nothing_wrong(&self) {
        assert_eq!(*self.wrong.lock().unwrap(), None);
    }

    pub(crate) fn check_screen(&self) {
        for key in self.keys().filter(|key| !self.in_doubt.contains(key)) {
            let shown = self.shows(key);
            if self.sync.status(&key).is_idle() {
                // What another device wrote since, this one has not been told.
                let is_current = self.server.is_last_writer(self.id, key);
                assert!(!is_current || shown == self.server.holds(key), "I: screen and server differ");
            } else if self.rolls_back {
                assert!(self.server.has_held(key, shown), "M: rolled back to what the server never held");
            }
        }
    }

    /// A server that tells nobody of others' writes has to be asked.
    pub(crate) fn looks_at_everything(&self) {
        for key in self.keys() {
            let refresh = self.sync.refresh();
            let (value, _) = self.runtime.block_on(self.server.load(key));
            assert!(refresh.put(&key, value), "a refresh at rest is refused");
        }
    }

    pub(crate) fn check_agreement(&self) {
        for key in self.keys() {
            assert_eq!(self.shows(key), self.server.holds(key), "I: a device does not show what the server holds");
        }
    }

    /// Whatever failed before, one more tap is confirmed.
    pub(crate) fn taps_everything(&mut self) {
        self.keys().for_each(|key| self.tap(key));
        self.comes_to_rest();
        self.check_agreement();
        assert!(self.sync.statuses().all_idle());
    }
}
