//! After a subscription was dropped no call begins, and what the callback held is freed.

use crate::explore::{Seen, explore, together};
use foregone_schedules::middleware::Completion;
use foregone_schedules::{Store, Subscription};
use shuttle::thread::yield_now;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

type Counter = Store<u32, u32>;
/// Where a callback or a middleware finds what it is to drop.
type Slot = Arc<Mutex<Option<Subscription>>>;

fn counter() -> Counter {
    Store::new(0, |n, add| n + add)
}

fn dispatching(store: &Counter) -> Box<dyn FnOnce() + Send> {
    let store = store.clone();
    Box::new(move || (0..2).for_each(|_| drop(store.dispatch(1))))
}

/// A callback that notes whether it ran, for a moment, after `gone`.
fn watch(store: &Counter, seen: &Seen, gone: &Arc<AtomicBool>) -> Subscription {
    let (seen, gone) = (seen.clone(), Arc::clone(gone));
    store.subscribe(move |_| {
        for _ in 0..2 {
            if gone.load(Ordering::SeqCst) {
                seen.note(1);
            }
            yield_now();
        }
    })
}

fn empty(slot: &Slot) {
    let subscription = slot.lock().unwrap().take();
    drop(subscription);
}

#[test]
fn no_call_begins_or_runs_once_the_drop_has_returned() {
    explore(|| {
        let store = counter();
        let ends = || {
            let (seen, gone) = (Seen::default(), Arc::new(AtomicBool::new(false)));
            let watching = watch(&store, &seen, &gone);
            Box::new(move || {
                drop(watching);
                gone.store(true, Ordering::SeqCst);
                assert_eq!(seen.held(), 0, "what it held is freed");
                yield_now();
                yield_now();
                assert_eq!(seen.last(), None, "a call after the drop");
            })
        };
        let (first, second) = (ends(), ends());
        together([dispatching(&store), dispatching(&store), first, second]);
    });
}

#[test]
fn whoever_comes_and_goes_leaves_nothing() {
    explore(|| {
        let (store, seen) = (counter(), Seen::default());
        let visit = || {
            let (store, seen) = (store.clone(), seen.clone());
            Box::new(move || {
                let held = seen.clone();
                drop(store.subscribe(move |n| held.note(*n)));
                drop(seen);
            })
        };
        together([dispatching(&store), visit(), visit()]);
        assert_eq!(seen.held(), 0);
    });
}

#[test]
fn what_a_callback_ends_is_freed_though_others_tell_and_end() {
    explore(|| {
        let (store, seen) = (counter(), Seen::default());
        let gone = Arc::new(AtomicBool::new(false));
        let slot = Slot::default();
        let (emptied, told) = (Arc::clone(&slot), Arc::clone(&gone));
        let ends_it = store.subscribe(move |_| {
            empty(&emptied);
            told.store(true, Ordering::SeqCst);
        });
        *slot.lock().unwrap() = Some(watch(&store, &seen, &gone));
        together([dispatching(&store), dispatching(&store), Box::new(move || drop(ends_it))]);
        empty(&slot);
        assert_eq!((seen.last(), seen.held()), (None, 0));
    });
}

#[test]
fn what_a_turn_ends_is_freed_though_nothing_is_told_afterwards() {
    explore(|| {
        let (seen, slot) = (Seen::default(), Slot::default());
        let emptied = Arc::clone(&slot);
        let store = Store::builder(0, |n: &u32, add: u32| n + add)
            .middleware_fn(move |_store, add, next| {
                if add == 0 {
                    empty(&emptied);
                    return Completion::applied();
                }
                next.run(add)
            })
            .build();
        let subscribe = || {
            let held = seen.clone();
            Some(store.subscribe(move |n| held.note(*n)))
        };
        *slot.lock().unwrap() = subscribe();
        let other = Slot::default();
        *other.lock().unwrap() = subscribe();
        // Called last, so that whoever tells has something left to free when all have been told.
        let _ends_other = store.subscribe(move |_| empty(&other));
        let (tells, ends) = (store.clone(), store.clone());
        together([Box::new(move || drop(tells.dispatch(1))), Box::new(move || drop(ends.dispatch(0)))]);
        assert_eq!(seen.held(), 0);
    });
}

#[test]
fn a_callback_that_holds_another_subscription_ends_both() {
    explore(|| {
        let (store, seen) = (counter(), Seen::default());
        let held = seen.clone();
        let inner = store.subscribe(move |n| held.note(*n));
        let outer = store.subscribe(move |_| {
            let _ = &inner;
        });
        together([dispatching(&store), Box::new(move || drop(outer))]);
        assert_eq!(seen.held(), 0);
    });
}

#[test]
fn the_store_may_go_while_a_subscription_ends() {
    explore(|| {
        let (store, seen) = (counter(), Seen::default());
        let held = seen.clone();
        let watching = store.subscribe(move |n| held.note(*n));
        let dispatch = dispatching(&store);
        drop(store);
        together([dispatch, Box::new(move || drop(watching))]);
        assert_eq!(seen.held(), 0);
    });
}
