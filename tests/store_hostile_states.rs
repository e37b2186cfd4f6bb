//! A state whose `Drop` does things.

mod watchdog;

use foregone::Store;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use watchdog::must_end;

type OnDrop = Arc<dyn Fn(u32) + Send + Sync>;

/// Counts, and calls a closure with its number when it is dropped.
struct State {
    n: u32,
    on_drop: OnDrop,
}

impl Drop for State {
    fn drop(&mut self) {
        (self.on_drop)(self.n);
    }
}

fn counter(on_drop: impl Fn(u32) + Send + Sync + 'static) -> Store<State, u32> {
    let state = State { n: 0, on_drop: Arc::new(on_drop) };
    Store::new(state, |state, add| State { n: state.n + add, on_drop: Arc::clone(&state.on_drop) })
}

fn watch(store: &Store<State, u32>) -> (Arc<AtomicU32>, foregone::Subscription) {
    let seen = Arc::new(AtomicU32::new(0));
    let noted = Arc::clone(&seen);
    (seen, store.subscribe(move |state| noted.store(state.n, Ordering::Relaxed)))
}

#[test]
fn a_replaced_state_that_panics_when_it_is_dropped_was_replaced_and_that_is_told() {
    must_end(|| {
        let store = counter(|n| assert_ne!(n, 0, "dropped on purpose"));
        let (seen, _watching) = watch(&store);
        let _ = catch_unwind(AssertUnwindSafe(|| store.dispatch(1)));
        assert_eq!((store.state().n, seen.load(Ordering::Relaxed)), (1, 1));
        store.dispatch(1);
        assert_eq!((store.state().n, seen.load(Ordering::Relaxed)), (2, 2));
    });
}

#[test]
fn a_replaced_state_may_dispatch_when_it_is_dropped() {
    must_end(|| {
        let own: Arc<OnceLock<Store<State, u32>>> = Arc::default();
        let reached = Arc::clone(&own);
        let store = counter(move |n| {
            if n == 0 {
                reached.get().unwrap().dispatch(10);
            }
        });
        assert!(own.set(store.clone()).is_ok());
        let (seen, _watching) = watch(&store);
        store.dispatch(1);
        assert_eq!((store.state().n, seen.load(Ordering::Relaxed)), (11, 11));
    });
}

#[test]
fn a_replaced_state_may_read_the_store_when_it_is_dropped() {
    must_end(|| {
        let own: Arc<OnceLock<Store<State, u32>>> = Arc::default();
        let (reached, read) = (Arc::clone(&own), Arc::new(Mutex::new(Vec::new())));
        let noted = Arc::clone(&read);
        let store = counter(move |n| noted.lock().unwrap().push((n, reached.get().unwrap().state().n)));
        assert!(own.set(store.clone()).is_ok());
        store.dispatch(1);
        store.dispatch(1);
        assert_eq!(*read.lock().unwrap(), [(0, 1), (1, 2)]);
    });
}

#[test]
fn a_state_that_is_dropped_while_it_is_told_may_panic_and_later_changes_are_told() {
    must_end(|| {
        let store = counter(|n| assert_ne!(n, 1, "dropped on purpose"));
        let own = store.clone();
        // Only the round itself holds the state it tells, once the next has taken its place.
        let _replacing = store.subscribe(move |state| {
            if state.n == 1 {
                own.dispatch(1);
            }
        });
        let (seen, _watching) = watch(&store);
        let _ = catch_unwind(AssertUnwindSafe(|| store.dispatch(1)));
        assert_eq!((store.state().n, seen.load(Ordering::Relaxed)), (2, 2));
        store.dispatch(1);
        assert_eq!((store.state().n, seen.load(Ordering::Relaxed)), (3, 3));
    });
}
