//! Subscribers are called after the turn, outside of every lock, and may use the store.

mod counter;
mod watchdog;

use counter::{Seen, counter};
use foregone::Store;
use std::sync::mpsc;
use std::thread;
use watchdog::must_end;

#[test]
fn a_subscriber_is_called_for_each_dispatch_that_reached_the_reducer_and_not_before() {
    let store = Store::builder(0, |n, add| n + add)
        .middleware_fn(
            |_, add, next| {
                if add == 13 { foregone::middleware::Completion::applied() } else { next.run(add) }
            },
        )
        .build();
    let seen = Seen::default();
    let _watching = seen.watch(&store);
    assert!(seen.all().is_empty(), "the next change comes first");
    for add in [1, 13, 0, 2] {
        store.dispatch(add);
    }
    assert_eq!(seen.all(), [1, 1, 3], "also for a state that equals the one before");
}

#[test]
fn subscribers_are_called_in_the_order_in_which_they_came() {
    let store = counter();
    let seen = Seen::default();
    let watching: Vec<_> = (0..5)
        .map(|at| {
            let seen = seen.clone();
            store.subscribe(move |_| seen.note(at))
        })
        .collect();
    store.dispatch(1);
    assert_eq!(seen.all(), [0, 1, 2, 3, 4]);
    drop(watching);
}

#[test]
fn a_turn_with_nested_dispatches_is_told_once_when_it_is_over() {
    let store = Store::builder(0, |n, add| n + add)
        .middleware_fn(|store, add, next| {
            if add < 3 {
                drop(store.dispatch(add + 1));
            }
            next.run(add)
        })
        .build();
    let seen = Seen::default();
    let _watching = seen.watch(&store);
    store.dispatch(1);
    assert_eq!(seen.all(), [6]);
}

#[test]
fn a_subscriber_may_wait_for_another_threads_dispatch() {
    must_end(|| {
        let store = counter();
        let other = store.clone();
        let seen = Seen::default();
        let noted = seen.clone();
        let _watching = store.subscribe(move |n| {
            noted.note(*n);
            if *n == 1 {
                let other = other.clone();
                let read = thread::spawn(move || {
                    other.dispatch(10);
                    // Handed out: to drop them here would be to wait for the callback that waits for this.
                    (*other.state(), other.subscribe(|_| ()), other.select(|n| *n))
                });
                assert_eq!(read.join().unwrap().0, 11);
            }
        });
        store.dispatch(1);
        assert_eq!(seen.all(), [1, 11]);
    });
}

#[test]
fn what_a_subscriber_dispatches_is_applied_at_once_and_told_after_all_have_heard_of_the_change_before() {
    must_end(|| {
        let store = counter();
        let own = store.clone();
        let seen = Seen::default();
        let noted = seen.clone();
        let _first = store.subscribe(move |n| {
            noted.note(*n);
            if *n == 1 {
                own.dispatch(4);
                assert_eq!(*own.state(), 5);
            }
        });
        let _second = seen.watch(&store);
        store.dispatch(1);
        assert_eq!(seen.all(), [1, 1, 5, 5]);
    });
}

#[test]
fn a_subscriber_may_subscribe_another_which_is_told_of_the_next_change() {
    must_end(|| {
        let store = counter();
        let own = store.clone();
        let seen = Seen::default();
        let noted = seen.clone();
        let mut kept = Vec::new();
        let _watching = store.subscribe(move |_| {
            if kept.is_empty() {
                kept.push(noted.watch(&own));
            }
        });
        store.dispatch(1);
        assert!(seen.all().is_empty(), "it came after that change");
        store.dispatch(1);
        assert_eq!(seen.all(), [2]);
    });
}

#[test]
fn a_subscriber_may_select_in_its_callback() {
    must_end(|| {
        let store = counter();
        let own = store.clone();
        let (send, streams) = mpsc::channel();
        let _watching = store.subscribe(move |_| drop(send.send(own.select(|n| *n))));
        store.dispatch(7);
        let mut stream = streams.recv().unwrap();
        assert_eq!(pollster::block_on(futures_util::StreamExt::next(&mut stream)), Some(7));
    });
}
