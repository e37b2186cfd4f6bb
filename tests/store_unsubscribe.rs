//! No call begins after a subscription was dropped.

mod watchdog;

use foregone::{Store, Subscription};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::thread;
use watchdog::must_end;

type Counter = Store<u32, u32>;

fn counter() -> Counter {
    Store::new(0, |n, add| n + add)
}

#[test]
fn dropping_a_subscription_ends_it_and_no_other() {
    let store = counter();
    let calls: [Arc<AtomicU32>; 3] = Default::default();
    let [first, second, third] = calls.each_ref().map(|calls| {
        let calls = Arc::clone(calls);
        store.subscribe(move |_| {
            calls.fetch_add(1, Ordering::Relaxed);
        })
    });
    store.dispatch(1);
    drop(second);
    store.dispatch(1);
    drop(first);
    store.dispatch(1);
    assert_eq!(calls.map(|calls| calls.load(Ordering::Relaxed)), [2, 1, 3]);
    drop(third);
}

#[test]
fn no_call_begins_after_another_thread_dropped_the_subscription_300_times_of_300() {
    let store = counter();
    let stop = AtomicBool::new(false);
    let late = Arc::new(AtomicU32::new(0));
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while !stop.load(Ordering::Relaxed) {
                    store.dispatch(1);
                }
            });
        }
        for _ in 0..300 {
            let gone = Arc::new(AtomicBool::new(false));
            let (called, first_call) = mpsc::channel();
            let watching = store.subscribe({
                let (gone, late) = (Arc::clone(&gone), Arc::clone(&late));
                move |_| {
                    late.fetch_add(u32::from(gone.load(Ordering::SeqCst)), Ordering::SeqCst);
                    let _ = called.send(());
                    thread::yield_now();
                    late.fetch_add(u32::from(gone.load(Ordering::SeqCst)), Ordering::SeqCst);
                }
            });
            // It is being called over and over by now.
            first_call.recv().unwrap();
            drop(watching);
            gone.store(true, Ordering::SeqCst);
        }
        stop.store(true, Ordering::Relaxed);
    });
    assert_eq!(late.load(Ordering::SeqCst), 0, "calls that began or ended after the drop");
}

#[test]
fn dropping_on_another_thread_waits_for_the_running_call_to_end() {
    must_end(|| {
        let store = counter();
        let (begun, has_begun) = mpsc::channel();
        let (dropping, is_dropping) = mpsc::channel();
        let dropped = Arc::new(AtomicBool::new(false));
        let too_early = Arc::new(AtomicBool::new(false));
        let watching = store.subscribe({
            let (dropped, too_early) = (Arc::clone(&dropped), Arc::clone(&too_early));
            move |_| {
                begun.send(()).unwrap();
                is_dropping.recv().unwrap();
                for _ in 0..10_000 {
                    too_early.fetch_or(dropped.load(Ordering::SeqCst), Ordering::SeqCst);
                    thread::yield_now();
                }
            }
        });
        thread::scope(|scope| {
            scope.spawn(|| store.dispatch(1));
            has_begun.recv().unwrap();
            dropping.send(()).unwrap();
            drop(watching);
            dropped.store(true, Ordering::SeqCst);
        });
        assert!(!too_early.load(Ordering::SeqCst), "the drop returned while the callback was running");
    });
}

#[test]
fn dropping_waits_for_one_call_and_not_for_all_of_the_round() {
    must_end(|| {
        let store = counter();
        let (begun, has_begun) = mpsc::channel();
        let dropped = Arc::new(AtomicBool::new(false));
        let mut kept = vec![store.subscribe(move |_| begun.send(()).unwrap())];
        let calls_before_the_drop = Arc::new(AtomicU32::new(0));
        kept.extend((0..1000).map(|_| {
            let (dropped, calls) = (Arc::clone(&dropped), Arc::clone(&calls_before_the_drop));
            store.subscribe(move |_| {
                if !dropped.load(Ordering::SeqCst) {
                    calls.fetch_add(1, Ordering::SeqCst);
                    (0..100).for_each(|_| thread::yield_now());
                }
            })
        }));
        let last = kept.pop();
        thread::scope(|scope| {
            scope.spawn(|| store.dispatch(1));
            has_begun.recv().unwrap();
            drop(last);
            dropped.store(true, Ordering::SeqCst);
        });
        assert!(calls_before_the_drop.load(Ordering::SeqCst) < 999, "it waited for everybody");
    });
}

#[test]
fn dropping_waits_for_one_call_and_not_for_a_chain_of_them_to_end() {
    must_end(|| {
        let store = counter();
        let own = store.clone();
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let (called, first_call) = mpsc::channel();
        let _endless = store.subscribe(move |_| {
            let _ = called.send(());
            if !stopped.load(Ordering::SeqCst) {
                own.dispatch(1);
            }
        });
        let other = store.subscribe(|_| ());
        thread::scope(|scope| {
            scope.spawn(|| store.dispatch(1));
            first_call.recv().unwrap();
            drop(other);
            stop.store(true, Ordering::SeqCst);
        });
    });
}

/// Subscribes a callback that can reach the subscriptions kept here.
#[derive(Clone, Default)]
struct Kept(Arc<Mutex<Vec<Option<Subscription>>>>);

impl Kept {
    fn keep(&self, subscription: Subscription) {
        self.0.lock().unwrap().push(Some(subscription));
    }

    fn end(&self, at: usize) {
        let ended = self.0.lock().unwrap()[at].take();
        drop(ended);
    }
}

#[test]
fn a_subscriber_may_unsubscribe_itself_and_those_before_and_after_it() {
    must_end(|| {
        let store = counter();
        let kept = Kept::default();
        let calls: Arc<Mutex<Vec<usize>>> = Arc::default();
        for at in 0..4 {
            let (own, calls) = (kept.clone(), Arc::clone(&calls));
            kept.keep(store.subscribe(move |_| {
                calls.lock().unwrap().push(at);
                if at == 1 {
                    own.end(0);
                    own.end(1);
                    own.end(2);
                }
            }));
        }
        store.dispatch(1);
        assert_eq!(*calls.lock().unwrap(), [0, 1, 3], "the one after it is not called any more");
        store.dispatch(1);
        assert_eq!(*calls.lock().unwrap(), [0, 1, 3, 3]);
    });
}

#[test]
fn dropping_in_a_callback_does_not_wait_for_other_callbacks_of_the_same_round() {
    must_end(|| {
        let store = counter();
        let kept = Kept::default();
        let own = kept.clone();
        let _first = store.subscribe(move |_| own.end(0));
        let calls = Arc::new(AtomicU32::new(0));
        let counted = Arc::clone(&calls);
        kept.keep(store.subscribe(move |_| {
            counted.fetch_add(1, Ordering::Relaxed);
        }));
        store.dispatch(1);
        assert_eq!(calls.load(Ordering::Relaxed), 0);
    });
}

#[test]
fn dropping_in_a_middleware_does_not_deadlock_with_a_callback_that_waits_for_that_middleware() {
    must_end(|| {
        let kept = Kept::default();
        let ends = kept.clone();
        let store = Store::builder(0, |n, add| n + add)
            .middleware_fn(move |_, add, next| {
                if add == 100 {
                    ends.end(0);
                }
                next.run(add)
            })
            .build();
        let calls = Arc::new(AtomicU32::new(0));
        let counted = Arc::clone(&calls);
        kept.keep(store.subscribe(move |_| {
            counted.fetch_add(1, Ordering::Relaxed);
        }));
        let (begun, has_begun) = mpsc::channel();
        let (ended, has_ended) = mpsc::channel();
        let mut once = Some(has_ended);
        let _waiting = store.subscribe(move |_| {
            if let Some(has_ended) = once.take() {
                begun.send(()).unwrap();
                has_ended.recv().unwrap();
            }
        });
        thread::scope(|scope| {
            scope.spawn(|| store.dispatch(1));
            has_begun.recv().unwrap();
            store.dispatch(100);
            ended.send(()).unwrap();
        });
        assert_eq!(calls.load(Ordering::Relaxed), 1, "it was called before it was dropped, and not again");
        store.dispatch(1);
        assert_eq!(calls.load(Ordering::Relaxed), 1);
    });
}

#[test]
fn a_subscription_may_be_dropped_after_its_store() {
    let store = counter();
    let watching = store.subscribe(|_| ());
    drop(store);
    drop(watching);
}
