//! How often each thing happened.

use std::collections::BTreeMap;

#[derive(Debug, Default)]
pub(crate) struct Counts(BTreeMap<&'static str, u64>);

impl Counts {
    pub(crate) fn add(&mut self, other: &Self) {
        for (&what, count) in &other.0 {
            self.count(what, *count);
        }
    }

    pub(crate) fn count(&mut self, what: &'static str, times: u64) {
        *self.0.entry(what).or_default() += times;
    }

    pub(crate) fn of(&self, what: &'static str) -> u64 {
        self.0.get(what).copied().unwrap_or(0)
    }

    pub(crate) fn missing(&self, of: &[&'static str]) -> Vec<&'static str> {
        of.iter().copied().filter(|what| self.of(what) == 0).collect()
    }
}
