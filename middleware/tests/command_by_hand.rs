//! Commands whose effects are polled by hand, in the order that matters.

mod fake;

use fake::FakeStore;
use foregone_middleware::{CommandCall, OptimisticCommand, OptimisticCommandMiddleware, StoreApi};
use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

/// Attempts that never end: how many were made, and how many are in flight.
#[derive(Clone, Default)]
struct Stuck {
    made: Arc<AtomicU32>,
    in_flight: Arc<AtomicU32>,
}

struct InFlight(Arc<AtomicU32>);

impl Drop for InFlight {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Relaxed);
    }
}

impl OptimisticCommand<u32, u32> for Stuck {
    type Key = ();
    type Command = u32;
    type Output = ();
    type Error = Infallible;

    fn key(&self, _: &u32) -> Option<()> {
        Some(())
    }
    fn command(&self, _: &u32, (): &(), by: &mut u32) -> Option<u32> {
        Some(*by)
    }
    async fn run(&self, _: CommandCall<'_, (), u32>) -> Result<(), Infallible> {
        self.made.fetch_add(1, Relaxed);
        self.in_flight.fetch_add(1, Relaxed);
        let _in_flight = InFlight(Arc::clone(&self.in_flight));
        std::future::pending().await
    }
    fn undo(&self, _: &u32, _: &u32) -> Option<u32> {
        None
    }
}

#[test]
fn a_command_after_a_log_out_waits_until_the_executor_has_dropped_those_before_it() {
    let spec = Stuck::default();
    let commands = OptimisticCommandMiddleware::new(spec.clone());
    let store = FakeStore::new(0, |n, by| n + by, commands.clone());
    let counts = || (spec.made.load(Relaxed), spec.in_flight.load(Relaxed));
    store.dispatch(1);
    store.poll_effects();
    assert_eq!(counts(), (1, 1));
    commands.clear();
    store.dispatch(2);
    store.poll_newest_effect();
    assert_eq!(counts(), (1, 1), "the old one is still there");
    store.poll_effects();
    store.poll_effects();
    assert_eq!(counts(), (2, 1));
}

#[test]
fn an_attempt_is_made_only_when_its_effect_is_polled_and_can_be_withdrawn_for_certain_until_then() {
    let spec = Stuck::default();
    let commands = OptimisticCommandMiddleware::new(spec.clone());
    let store = FakeStore::new(0, |n, by| n + by, commands.clone());
    store.dispatch(1);
    commands.cancel(&());
    assert_eq!(store.poll_effects(), 0);
    assert_eq!(spec.made.load(Relaxed), 0);
}
