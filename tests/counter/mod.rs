//! A store that counts, and a list of what a subscriber of it saw.
#![allow(dead_code, reason = "every test file compiles this and uses a part of it")]

use foregone::{Store, Subscription};
use std::sync::{Arc, Mutex};

pub(crate) type Counter = Store<u32, u32>;

pub(crate) fn counter() -> Counter {
    Store::new(0, |n, add| n + add)
}

#[derive(Clone, Default)]
pub(crate) struct Seen(Arc<Mutex<Vec<u32>>>);

impl Seen {
    pub(crate) fn note(&self, n: u32) {
        self.0.lock().unwrap().push(n);
    }

    pub(crate) fn all(&self) -> Vec<u32> {
        self.0.lock().unwrap().clone()
    }

    pub(crate) fn watch(&self, store: &Counter) -> Subscription {
        let seen = self.clone();
        store.subscribe(move |n| seen.note(*n))
    }
}
