//! What a reader gets to see of the state while others replace it.

use crate::core::Core;
use crate::every_order;
use crate::reducer::{ByRef, InPlace, Update};
use crate::sync::{AtomicUsize, Ordering};
use foregone_middleware::StoreApi;
use loom::thread::spawn;
use std::sync::Arc;

/// A number, twice: once more behind an atomic that orders nothing by itself, so that who sees the one sees the other
/// only if the store has put them in order.
struct Twice {
    number: usize,
    again: AtomicUsize,
}

impl Clone for Twice {
    fn clone(&self) -> Self {
        Self { number: self.number, again: AtomicUsize::new(self.again.load(Ordering::Relaxed)) }
    }
}

impl Twice {
    fn number(&self) -> usize {
        assert_eq!(self.again.load(Ordering::Relaxed), self.number, "half a state is seen");
        self.number
    }

    fn next(&mut self) {
        let next = self.number() + 1;
        self.number = next;
        self.again.store(next, Ordering::Relaxed);
    }
}

fn store(update: impl Update<Twice, ()> + 'static) -> Arc<Core<Twice, ()>> {
    Core::new(Twice { number: 0, again: AtomicUsize::new(0) }, Box::new(update), Vec::new())
}

fn replacing() -> impl Update<Twice, ()> {
    ByRef(|state: &Twice, (): ()| {
        let mut next = state.clone();
        next.next();
        next
    })
}

fn editing() -> impl Update<Twice, ()> {
    InPlace(|state: &mut Twice, (): ()| state.next())
}

fn reads_are_in_order<U: Update<Twice, ()> + 'static>(update: fn() -> U) {
    every_order(move || {
        let store = store(update());
        let reading = Arc::clone(&store);
        let reader = spawn(move || {
            let first = reading.state().number();
            let second = reading.state().number();
            assert!(first <= second, "an older state after a newer one");
        });
        drop(store.dispatch(()));
        drop(store.dispatch(()));
        reader.join().unwrap();
        assert_eq!(store.state().number(), 2);
    });
}

#[test]
fn no_older_state_is_read_after_a_newer_one() {
    reads_are_in_order(replacing);
}

#[test]
fn no_older_state_is_read_after_a_newer_one_that_was_edited_in_place() {
    reads_are_in_order(editing);
}

fn own_writes_are_read<U: Update<Twice, ()> + 'static>(update: fn() -> U) {
    every_order(move || {
        let store = store(update());
        let other = Arc::clone(&store);
        let thread = spawn(move || {
            drop(other.dispatch(()));
            assert!(other.state().number() >= 1);
        });
        drop(store.dispatch(()));
        assert!(store.state().number() >= 1);
        thread.join().unwrap();
        assert_eq!(store.state().number(), 2);
    });
}

#[test]
fn whoever_dispatches_reads_their_own_write() {
    own_writes_are_read(replacing);
}

#[test]
fn whoever_edits_in_place_reads_their_own_write() {
    own_writes_are_read(editing);
}

#[test]
fn a_snapshot_that_is_held_is_not_edited() {
    every_order(|| {
        let store = store(editing());
        let writing = Arc::clone(&store);
        let writer = spawn(move || drop(writing.dispatch(())));
        let held = store.state();
        let before = held.number();
        writer.join().unwrap();
        assert_eq!(held.number(), before);
        assert_eq!(store.state().number(), 1);
    });
}
