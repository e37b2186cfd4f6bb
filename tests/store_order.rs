//! One thread at a time tells the subscribers: never an older state after a newer one, and always the last.

mod counter;

use counter::{Counter, Seen, counter};
use foregone::Subscription;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::thread;

#[test]
fn a_callback_is_never_entered_twice_and_by_one_thread_at_a_time() {
    let store = counter();
    let inside = Arc::new(AtomicBool::new(false));
    let last = Arc::new(AtomicU32::new(0));
    let watching: Vec<_> = (0..3)
        .map(|_| {
            let (inside, last, own) = (Arc::clone(&inside), Arc::clone(&last), store.clone());
            store.subscribe(move |n| {
                assert!(!inside.swap(true, Ordering::SeqCst), "one thread at a time");
                if *n % 5 == 0 {
                    own.dispatch(1);
                }
                thread::yield_now();
                assert!(last.swap(*n, Ordering::SeqCst) <= *n, "an older state after a newer one");
                inside.store(false, Ordering::SeqCst);
            })
        })
        .collect();
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| (0..500).for_each(|_| drop(store.dispatch(1))));
        }
    });
    assert!(!inside.load(Ordering::SeqCst), "no callback panicked");
    assert_eq!(last.load(Ordering::SeqCst), *store.state(), "the last state was seen");
    drop(watching);
}

#[test]
fn the_last_state_is_always_seen_whoever_dispatched_it() {
    for _ in 0..200 {
        let store = counter();
        let last = Arc::new(AtomicU32::new(0));
        let _watching = store.subscribe({
            let last = Arc::clone(&last);
            move |n| last.store(*n, Ordering::SeqCst)
        });
        let together = std::sync::Barrier::new(3);
        thread::scope(|scope| {
            for _ in 0..3 {
                scope.spawn(|| {
                    together.wait();
                    (0..5).for_each(|_| drop(store.dispatch(1)));
                });
            }
        });
        assert_eq!((last.load(Ordering::SeqCst), *store.state()), (15, 15));
    }
}

#[test]
fn whoever_subscribes_while_others_dispatch_misses_nothing_that_came_after() {
    for _ in 0..300 {
        let store = counter();
        let together = std::sync::Barrier::new(2);
        thread::scope(|scope| {
            scope.spawn(|| {
                together.wait();
                (0..3).for_each(|_| drop(store.dispatch(1)));
            });
            together.wait();
            let seen = Seen::default();
            let watching = seen.watch(&store);
            let at_start = *store.state();
            (store.clone(), watching, seen, at_start)
        })
        .check();
    }
}

trait Check {
    fn check(self);
}

impl Check for (Counter, Subscription, Seen, u32) {
    fn check(self) {
        let (_store, _watching, seen, at_start) = self;
        assert!(at_start == 3 || seen.all().last() == Some(&3), "began at {at_start}, saw {:?}", seen.all());
    }
}

#[test]
fn a_million_dispatches_from_a_subscriber_grow_no_stack_and_come_in_order() {
    // A stack that a thousandth of them would overflow, were they nested.
    let small = thread::Builder::new().stack_size(128 * 1024);
    let chain = || {
        let store = counter();
        let own = store.clone();
        let mut expected = 0;
        let in_order = Arc::new(AtomicBool::new(true));
        let ordered = Arc::clone(&in_order);
        let _first = store.subscribe(move |n| {
            expected += 1;
            if *n != expected {
                ordered.store(false, Ordering::Relaxed);
            }
            if *n < 1_000_000 {
                own.dispatch(1);
            }
        });
        let last = Arc::new(AtomicU32::new(0));
        let newest = Arc::clone(&last);
        let ordered = Arc::clone(&in_order);
        let _second = store.subscribe(move |n| {
            if newest.swap(*n, Ordering::Relaxed) >= *n {
                ordered.store(false, Ordering::Relaxed);
            }
        });
        store.dispatch(1);
        assert!(in_order.load(Ordering::Relaxed));
        assert_eq!((last.load(Ordering::Relaxed), *store.state()), (1_000_000, 1_000_000));
    };
    small.spawn(chain).unwrap().join().unwrap();
}
