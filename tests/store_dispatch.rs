//! A dispatch has been applied when it returns, on whichever thread it is made.

use foregone::{Selected, Store, Subscription};
use std::rc::Rc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, mpsc};
use std::thread;

fn counter() -> Store<u32, u32> {
    Store::new(0, |n, add| n + add)
}

#[test]
fn a_store_starts_with_the_state_it_was_given() {
    assert_eq!(*Store::new("tea", |_, action: &str| if action.is_empty() { "tea" } else { "milk" }).state(), "tea");
}

#[test]
fn a_dispatch_can_be_read_right_after_it_1000_times_of_1000() {
    let store = counter();
    let missed = (1..=1000).filter(|n| {
        store.dispatch(1);
        *store.state() != *n
    });
    assert_eq!(missed.count(), 0);
}

#[test]
fn another_thread_that_is_told_of_a_dispatch_sees_it_1000_times_of_1000() {
    let store = counter();
    let (done, dispatched) = mpsc::channel();
    let (looked, go_on) = mpsc::channel();
    let reader = thread::spawn({
        let store = store.clone();
        move || {
            let mut missed = 0;
            for n in dispatched {
                missed += u32::from(*store.state() != n);
                looked.send(()).unwrap();
            }
            missed
        }
    });
    for n in 1..=1000 {
        store.dispatch(1);
        done.send(n).unwrap();
        go_on.recv().unwrap();
    }
    drop(done);
    assert_eq!(reader.join().unwrap(), 0);
}

#[test]
fn every_thread_reads_its_own_write_while_others_write() {
    let store = Store::new([0_u32; 4], |all: &[u32; 4], at: usize| {
        let mut all = *all;
        all[at] += 1;
        all
    });
    thread::scope(|scope| {
        for at in 0..4 {
            let store = &store;
            scope.spawn(move || {
                for n in 1..=1000 {
                    store.dispatch(at);
                    assert_eq!(store.state()[at], n);
                }
            });
        }
    });
    assert_eq!(*store.state(), [1000; 4]);
}

#[test]
fn a_snapshot_stays_as_it_was_and_holds_nobody_up() {
    let store = counter();
    let snapshot = store.state();
    store.dispatch(1);
    assert_eq!((*snapshot, *store.state()), (0, 1));
}

#[test]
fn clones_are_handles_of_the_same_store() {
    let store = counter();
    let clone = store.clone();
    clone.dispatch(2);
    drop(clone);
    store.dispatch(1);
    assert_eq!(*store.state(), 3);
}

#[test]
fn debug_shows_the_state() {
    let store = counter();
    store.dispatch(41);
    let shown = format!("{store:?}");
    assert!(shown.contains("Store") && shown.contains("41"), "{shown}");
}

#[test]
fn what_a_user_holds_may_be_given_to_another_thread() {
    fn given<T: Send + Sync>() {}
    given::<Store<u32, u32>>();
    given::<Subscription>();
    given::<Selected<Arc<u32>>>();
}

/// No clone, no debug, no equality; and an action that cannot leave its thread.
struct Bare(u32);

#[test]
fn a_state_and_an_action_need_to_be_nothing_in_particular() {
    fn given<T: Send + Sync>(_: &T) {}
    let store = Store::new(Bare(0), |state: &Bare, by: Rc<u32>| Bare(state.0 + *by));
    given(&store);
    let seen = Arc::new(AtomicBool::new(false));
    let _watching = store.subscribe({
        let seen = Arc::clone(&seen);
        move |_| seen.store(true, Ordering::Relaxed)
    });
    let _states = store.snapshots();
    store.dispatch(Rc::new(2));
    assert_eq!(store.state().0, 2);
    assert!(seen.load(Ordering::Relaxed));
}
