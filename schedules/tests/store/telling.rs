//! Nobody sees an older state after a newer one, and everybody sees the last.

use crate::explore::{Seen, explore, together};
use foregone_schedules::{Store, Subscription};
use futures_util::FutureExt;
use shuttle::thread::{spawn, yield_now};
use std::sync::{Arc, Mutex};

type Counter = Store<u32, u32>;

fn counter() -> Counter {
    Store::new(0, |n, add| n + add)
}

fn dispatching(store: &Counter, times: u32) -> Box<dyn FnOnce() + Send> {
    let store = store.clone();
    Box::new(move || (0..times).for_each(|_| drop(store.dispatch(1))))
}

fn watch(store: &Counter, seen: &Seen) -> Subscription {
    let seen = seen.clone();
    store.subscribe(move |n| {
        seen.note(*n);
        yield_now();
    })
}

#[test]
fn whoever_watches_sees_states_in_order_and_the_last() {
    explore(|| {
        let (store, first, second) = (counter(), Seen::default(), Seen::default());
        let _watching = (watch(&store, &first), watch(&store, &second));
        together([dispatching(&store, 2), dispatching(&store, 2), dispatching(&store, 1)]);
        for seen in [first, second] {
            assert!(seen.all().is_sorted(), "{:?}", seen.all());
            assert_eq!(seen.last(), Some(5));
        }
    });
}

#[test]
fn nothing_that_changes_after_subscribing_is_missed() {
    explore(|| {
        let (store, seen) = (counter(), Seen::default());
        let (newcomer, told) = (store.clone(), seen.clone());
        let read = Arc::new(Mutex::new(None));
        let note = Arc::clone(&read);
        let come = Box::new(move || {
            let watching = watch(&newcomer, &told);
            *note.lock().unwrap() = Some((*newcomer.state(), watching));
        });
        together([dispatching(&store, 1), dispatching(&store, 2), come]);
        let (read, _watching) = read.lock().unwrap().take().unwrap();
        assert_eq!(seen.last().unwrap_or(0).max(read), 3, "read {read}, was told {:?}", seen.all());
    });
}

#[test]
fn a_stream_made_meanwhile_ends_with_the_last() {
    explore(|| {
        let store = counter();
        let streams = Arc::new(Mutex::new(None));
        let (reader, made) = (store.clone(), Arc::clone(&streams));
        let select = Box::new(move || {
            let both = (reader.select(|n| n / 2), reader.snapshots());
            *made.lock().unwrap() = Some(both);
        });
        together([dispatching(&store, 1), dispatching(&store, 2), select]);
        let (mut halves, mut snapshots) = streams.lock().unwrap().take().unwrap();
        assert_eq!(halves.next().now_or_never(), Some(Some(1)));
        assert_eq!(snapshots.next().now_or_never(), Some(Some(Arc::new(3))));
    });
}

#[test]
fn what_a_subscriber_dispatches_meanwhile_is_told_to_all() {
    explore(|| {
        let (store, seen) = (counter(), Seen::default());
        let inside = store.clone();
        let _chain = store.subscribe(move |n| {
            if *n < 3 {
                inside.dispatch(1);
            }
        });
        let _watching = watch(&store, &seen);
        together([dispatching(&store, 1), dispatching(&store, 1)]);
        assert!(seen.all().is_sorted(), "{:?}", seen.all());
        assert_eq!(seen.last(), Some(*store.state()));
    });
}

#[test]
fn a_subscriber_may_wait_for_a_thread_that_dispatches() {
    explore(|| {
        let (store, seen) = (counter(), Seen::default());
        let inside = store.clone();
        let _waits = store.subscribe(move |n| {
            if *n == 1 {
                let store = inside.clone();
                spawn(move || drop(store.dispatch(1))).join().unwrap();
            }
        });
        let _watching = watch(&store, &seen);
        together([dispatching(&store, 1), dispatching(&store, 1)]);
        assert_eq!(seen.last(), Some(*store.state()));
    });
}

#[test]
fn who_is_subscribed_by_a_callback_sees_the_last() {
    explore(|| {
        let (store, seen) = (counter(), Seen::default());
        let inside = Arc::new(Mutex::new((Some(store.clone()), None)));
        let (slot, told) = (Arc::clone(&inside), seen.clone());
        let _parent = store.subscribe(move |_| {
            let store = slot.lock().unwrap().0.take();
            if let Some(store) = store {
                let child = watch(&store, &told);
                let read = *store.state();
                told.note(read);
                slot.lock().unwrap().1 = Some(child);
            }
        });
        together([dispatching(&store, 2), dispatching(&store, 1)]);
        assert_eq!(seen.last(), Some(3));
        drop(inside.lock().unwrap().1.take());
    });
}
