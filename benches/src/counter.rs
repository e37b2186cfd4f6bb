//! The cheapest app there is: what is measured with it is the store.

use crate::Bare;
use foregone::{Store, Subscription};
use std::hint::black_box;

/// A store that counts.
pub type Counter = Store<u64, u64>;

/// Its reducer.
#[must_use]
pub fn add(count: &u64, by: u64) -> u64 {
    count.wrapping_add(by)
}

/// A store with this many middlewares that pass everything on.
#[must_use]
pub fn counter(middlewares: usize) -> Counter {
    let mut builder = Store::builder(0, add);
    for _ in 0..middlewares {
        builder = builder.middleware_fn(|_, action, next| next.run(action));
    }
    builder.build()
}

/// The same without a store.
#[must_use]
pub fn bare_counter() -> Bare<u64, impl Fn(&u64, u64) -> u64 + Send + Sync> {
    Bare::new(0, add)
}

/// What a subscriber is without a store.
pub type Callback = Box<dyn FnMut(&u64)>;

/// Subscribers that look at the state and remember it.
#[must_use]
pub fn subscribe(store: &Counter, subscribers: usize) -> Vec<Subscription> {
    (0..subscribers).map(|_| store.subscribe(watcher())).collect()
}

/// The same without a store.
#[must_use]
pub fn callbacks(subscribers: usize) -> Vec<Callback> {
    (0..subscribers).map(|_| Box::new(watcher()) as _).collect()
}

fn watcher() -> impl FnMut(&u64) + Send + 'static {
    let mut seen = 0;
    move |count| *black_box(&mut seen) = *count
}
