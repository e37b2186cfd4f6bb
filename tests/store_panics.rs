//! A panic harms nobody but the one who panicked.

mod log;
mod watchdog;

use foregone::tracing::Level;
use foregone::{Reducer, Store, Subscription};
use log::Log;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use watchdog::must_end;

type List = Vec<u32>;

const POISON: u32 = 13;

fn push(list: &mut List, n: u32) {
    list.push(n);
    assert_ne!(n, POISON, "the reducer panics on purpose");
}

fn pushed(mut list: List, n: u32) -> List {
    push(&mut list, n);
    list
}

struct Pushing;

impl Reducer<List, u32> for Pushing {
    fn reduce(&self, list: &List, n: u32) -> List {
        pushed(list.clone(), n)
    }
}

fn panics<T>(store: &Store<T, u32>, action: u32)
where
    T: Send + Sync + 'static,
{
    assert!(catch_unwind(AssertUnwindSafe(|| store.dispatch(action))).is_err(), "the panic reaches the caller");
}

fn watch(store: &Store<List, u32>) -> (Arc<Mutex<Vec<List>>>, Subscription) {
    let seen: Arc<Mutex<Vec<List>>> = Arc::default();
    let noted = Arc::clone(&seen);
    (seen, store.subscribe(move |list| noted.lock().unwrap().push(list.clone())))
}

#[test]
fn a_reducer_that_panics_leaves_the_previous_state_and_a_usable_store() {
    must_end(|| {
        for store in [
            Store::builder(List::new(), |list, n| pushed(list.clone(), n)).build(),
            Store::builder_by_value(List::new(), pushed).build(),
            Store::builder_by_mut(List::new(), push).build(),
            Store::builder_with(List::new(), Pushing).build(),
        ] {
            let (seen, _watching) = watch(&store);
            store.dispatch(1);
            panics(&store, POISON);
            assert_eq!(*store.state(), [1]);
            assert_eq!(seen.lock().unwrap().len(), 1, "nothing changed, nobody is told");
            store.dispatch(2);
            assert_eq!(*store.state(), [1, 2]);
            assert_eq!(*seen.lock().unwrap(), [vec![1], vec![1, 2]]);
        }
    });
}

#[test]
fn a_reducer_that_panics_while_editing_in_place_leaves_what_it_had_done_and_that_is_told() {
    must_end(|| {
        let store = Store::builder_in_place(List::new(), push).build();
        let (seen, _watching) = watch(&store);
        store.dispatch(1);
        panics(&store, POISON);
        assert_eq!(*store.state(), [1, POISON]);
        store.dispatch(2);
        assert_eq!(*store.state(), [1, POISON, 2]);
        assert_eq!(*seen.lock().unwrap(), [vec![1], vec![1, POISON], vec![1, POISON, 2]]);
    });
}

#[test]
fn a_reducer_that_panics_in_place_while_a_snapshot_is_held_leaves_the_previous_state() {
    let store = Store::builder_in_place(List::new(), push).build();
    store.dispatch(1);
    let snapshot = store.state();
    panics(&store, POISON);
    assert_eq!((&*snapshot, &*store.state()), (&vec![1], &vec![1]));
}

#[test]
fn a_panic_frees_the_turn_for_other_threads() {
    must_end(|| {
        let store = Store::builder_by_mut(List::new(), push).build();
        panics(&store, POISON);
        let other = store.clone();
        std::thread::spawn(move || other.dispatch(1)).join().unwrap();
        assert_eq!(*store.state(), [1]);
    });
}

#[test]
fn a_change_is_told_also_when_a_middleware_panics_after_it() {
    let store = Store::builder_by_mut(List::new(), push)
        .middleware_fn(|_, n, next| {
            let completion = next.run(n);
            assert_ne!(n, 7, "the middleware panics on purpose");
            completion
        })
        .build();
    let (seen, _watching) = watch(&store);
    panics(&store, 7);
    assert_eq!(*seen.lock().unwrap(), [vec![7]]);
    store.dispatch(8);
    assert_eq!(*seen.lock().unwrap(), [vec![7], vec![7, 8]]);
}

#[test]
fn a_middleware_may_catch_the_panic_of_a_nested_dispatch_and_go_on() {
    let store = Store::builder_by_mut(List::new(), push)
        .middleware_fn(|store, n, next| {
            if n == 1 {
                assert!(catch_unwind(AssertUnwindSafe(|| store.dispatch(POISON))).is_err());
            }
            next.run(n)
        })
        .build();
    let (seen, _watching) = watch(&store);
    store.dispatch(1);
    assert_eq!(*seen.lock().unwrap(), [vec![1]]);
}

#[test]
fn a_subscriber_that_panics_keeps_nobody_else_from_being_told_and_is_reported() {
    let (log, _listening) = Log::listen(Level::ERROR);
    let store = Store::builder_by_mut(List::new(), push).build();
    let (before, _before) = watch(&store);
    let calls = Arc::new(AtomicU32::new(0));
    let counted = Arc::clone(&calls);
    let panicking = store.subscribe(move |list| {
        counted.fetch_add(1, Ordering::Relaxed);
        assert!(list.len() > 1, "the subscriber panics on purpose");
    });
    let (after, _after) = watch(&store);
    store.dispatch(1);
    assert_eq!((before.lock().unwrap().len(), after.lock().unwrap().len()), (1, 1));
    let lines = log.lines();
    assert_eq!(lines.len(), 1, "{lines:?}");
    assert!(lines[0].contains("ERROR") && lines[0].contains("a subscriber panicked"), "{lines:?}");
    store.dispatch(2);
    assert_eq!(*after.lock().unwrap(), [vec![1], vec![1, 2]]);
    assert_eq!(calls.load(Ordering::Relaxed), 2, "one panic does not unsubscribe");
    assert_eq!(log.lines().len(), 1);
    drop(panicking);
}

#[test]
fn a_selector_that_panics_when_it_is_made_reaches_the_caller_and_leaves_the_store_usable() {
    must_end(|| {
        let store = Store::builder_by_mut(List::new(), push).build();
        let select = || store.select(|list| *list.first().expect("panics on purpose"));
        assert!(catch_unwind(AssertUnwindSafe(select)).is_err());
        let other = store.clone();
        std::thread::spawn(move || other.dispatch(5)).join().unwrap();
        assert_eq!(*store.state(), [5]);
    });
}
