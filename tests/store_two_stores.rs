//! Several stores in one program do not get in each other's way.

mod watchdog;

use foregone::{Store, Subscription};
use std::sync::{Arc, Barrier, Mutex, mpsc};
use std::thread;
use watchdog::must_end;

type Counter = Store<u32, u32>;

fn counter() -> Counter {
    Store::new(0, |n, add| n + add)
}

#[test]
fn subscribers_of_two_stores_may_dispatch_into_each_other_from_two_threads() {
    must_end(|| {
        let (one, two) = (counter(), counter());
        let (both, to_two, to_one) = (Arc::new(Barrier::new(2)), two.clone(), one.clone());
        let meet = |both: &Arc<Barrier>| {
            let (both, mut first) = (Arc::clone(both), true);
            move || {
                if std::mem::take(&mut first) {
                    both.wait();
                }
            }
        };
        let (mut meet_one, mut meet_two) = (meet(&both), meet(&both));
        let _one = one.subscribe(move |n| {
            meet_one();
            if *n < 100 {
                to_two.dispatch(1);
            }
        });
        let _two = two.subscribe(move |n| {
            meet_two();
            if *n < 100 {
                to_one.dispatch(1);
            }
        });
        thread::scope(|scope| {
            scope.spawn(|| one.dispatch(1));
            scope.spawn(|| two.dispatch(1));
        });
        assert!(*one.state() >= 2 && *two.state() >= 2);
    });
}

/// Two threads at the same time: each is in the callback of one store, and drops a subscription of the other.
#[test]
fn callbacks_of_two_stores_may_drop_each_others_subscriptions() {
    must_end(|| {
        let (one, two) = (counter(), counter());
        let both = Arc::new(Barrier::new(2));
        let drops = |other: &Counter| {
            let (both, mut subscription) = (Arc::clone(&both), Some(other.subscribe(|_| ())));
            move |_: &u32| {
                if let Some(subscription) = subscription.take() {
                    both.wait();
                    drop(subscription);
                }
            }
        };
        let (_one, _two) = (one.subscribe(drops(&two)), two.subscribe(drops(&one)));
        thread::scope(|scope| {
            scope.spawn(|| one.dispatch(1));
            scope.spawn(|| two.dispatch(1));
        });
        assert_eq!((*one.state(), *two.state()), (1, 1));
    });
}

#[test]
fn a_middleware_may_drop_a_subscription_of_another_store_whose_callback_waits_for_its_turn() {
    must_end(|| {
        let two = counter();
        let kept: Arc<Mutex<Option<Subscription>>> = Arc::default();
        let ends = Arc::clone(&kept);
        let (in_turn, is_in_turn) = mpsc::channel();
        let (begun, has_begun) = mpsc::channel();
        let has_begun = Mutex::new(has_begun);
        let one = Store::builder(0, |n: &u32, add: u32| n + add)
            .middleware_fn(move |_, add, next| {
                if add == 1 {
                    in_turn.send(()).unwrap();
                    has_begun.lock().unwrap().recv().unwrap();
                    drop(ends.lock().unwrap().take());
                }
                next.run(add)
            })
            .build();
        let to_one = one.clone();
        *kept.lock().unwrap() = Some(two.subscribe(move |_| {
            is_in_turn.recv().unwrap();
            begun.send(()).unwrap();
            to_one.dispatch(10);
        }));
        thread::scope(|scope| {
            scope.spawn(|| two.dispatch(1));
            scope.spawn(|| one.dispatch(1));
        });
        assert_eq!((*one.state(), *two.state()), (11, 1));
    });
}

#[test]
fn a_reducer_may_dispatch_into_another_store() {
    let log = Store::new(Vec::new(), |lines: &Vec<u32>, line: u32| [&lines[..], &[line]].concat());
    let store = Store::new(0, {
        let log = log.clone();
        move |n: &u32, add: u32| {
            log.dispatch(add);
            n + add
        }
    });
    store.dispatch(1);
    store.dispatch(2);
    assert_eq!((*store.state(), &*log.state()), (3, &vec![1, 2]));
}
