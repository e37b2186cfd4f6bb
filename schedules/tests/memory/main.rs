//! The files that ship, under every order of two or three threads up to a number of preemptions, and under all that the
//! memory model lets them see.
//!
//! `FOREGONE_PREEMPTIONS` allows more of them.

#[path = "../../../src/core.rs"]
#[allow(dead_code, reason = "what is not tried here is in use elsewhere")]
mod core;
#[path = "../../../src/inside.rs"]
mod inside;
mod publication;
#[path = "../../../src/reducer.rs"]
#[allow(dead_code, unreachable_pub, reason = "what is not tried here is in use elsewhere")]
mod reducer;
#[path = "../../src/reentrant.rs"]
mod reentrant;
#[path = "../../../src/runtime.rs"]
mod runtime;
mod rwlock;
#[path = "../../../src/snapshot.rs"]
mod snapshot;
#[path = "../../../src/subscribers.rs"]
#[allow(unreachable_pub, reason = "compiled here as a file of its own")]
mod subscribers;
mod sync;
mod telling;
mod turns;

use std::sync::Arc;

const PREEMPTIONS: usize = 3;

pub(crate) fn every_order(scenario: impl Fn() + Send + Sync + 'static) {
    let mut model = loom::model::Builder::new();
    let preemptions = std::env::var("FOREGONE_PREEMPTIONS").map_or(PREEMPTIONS, |n| n.parse().expect("a number"));
    model.preemption_bound = Some(preemptions);
    let orders = Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let counted = Arc::clone(&orders);
    model.check(move || {
        counted.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        scenario();
    });
    println!("{} orders", orders.load(std::sync::atomic::Ordering::Relaxed));
}
