//! One turn at a time.

use crate::core::Core;
use crate::every_order;
use crate::reducer::{ByRef, Update};
use crate::sync::{AtomicUsize, Ordering};
use foregone_middleware::{Middleware, Next, StoreApi};
use loom::thread::spawn;
use std::sync::Arc;

fn set_to() -> Box<dyn Update<usize, usize>> {
    Box::new(ByRef(|_: &usize, to: usize| to))
}

/// Reads the state, and then acts on what it read.
fn adds() -> Box<dyn Middleware<usize, usize>> {
    Box::new(|store: &dyn StoreApi<usize, usize>, add: usize, next: Next<'_, usize, usize>| {
        let before = *store.state();
        next.run(before + add)
    })
}

/// Makes two turns' worth of one action: the first half by a dispatch of its own.
fn halves() -> Box<dyn Middleware<usize, usize>> {
    Box::new(|store: &dyn StoreApi<usize, usize>, add: usize, next: Next<'_, usize, usize>| {
        if add == 2 {
            let before = *store.state();
            drop(store.dispatch(1));
            assert_eq!(*store.state(), before + 1, "a nested dispatch is applied at once");
            return next.run(1);
        }
        next.run(add)
    })
}

/// Dispatches `action` once in each of as many threads.
fn at_once(threads: usize, store: &Arc<Core<usize, usize>>, action: usize) {
    let threads: Vec<_> = (1..threads)
        .map(|_| {
            spawn({
                let store = Arc::clone(store);
                move || drop(store.dispatch(action))
            })
        })
        .collect();
    drop(store.dispatch(action));
    for thread in threads {
        thread.join().unwrap();
    }
}

#[test]
fn two_that_dispatch_lose_no_update() {
    every_order(|| {
        let store = Core::new(0, set_to(), vec![adds()]);
        at_once(2, &store, 1);
        assert_eq!(*store.state(), 2);
    });
}

#[test]
fn three_that_dispatch_lose_no_update() {
    every_order(|| {
        let store = Core::new(0, set_to(), vec![adds()]);
        at_once(3, &store, 1);
        assert_eq!(*store.state(), 3);
    });
}

#[test]
fn a_nested_dispatch_belongs_to_the_turn_it_is_made_in() {
    every_order(|| {
        let store = Core::new(0, set_to(), vec![halves(), adds()]);
        at_once(2, &store, 2);
        assert_eq!(*store.state(), 4);
    });
}

#[test]
fn what_was_written_in_one_turn_is_seen_in_the_next() {
    every_order(|| {
        let beside = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&beside);
        let store = Core::new(
            0,
            Box::new(ByRef(move |n: &usize, add: usize| {
                // Nothing but the turn puts one of these before the other.
                let seen = counted.load(Ordering::Relaxed);
                counted.store(seen + add, Ordering::Relaxed);
                n + add
            })),
            Vec::new(),
        );
        at_once(2, &store, 1);
        assert_eq!((*store.state(), beside.load(Ordering::Relaxed)), (2, 2));
    });
}

#[test]
fn of_two_turns_at_once_whoever_watches_sees_the_last() {
    every_order(|| {
        let store = Core::new(0, set_to(), vec![adds()]);
        let (last, fell) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let (watched, told) = (Arc::clone(&last), Arc::clone(&fell));
        // A panic in a callback harms nobody.
        store.subscribers.add(Box::new(move |state: &Arc<usize>| {
            if watched.swap(**state, Ordering::Relaxed) > **state {
                told.store(1, Ordering::Relaxed);
            }
        }));
        at_once(2, &store, 1);
        assert_eq!((last.load(Ordering::Relaxed), fell.load(Ordering::Relaxed)), (2, 0));
    });
}
