//! One turn at a time.

use crate::explore::{explore, together};
use foregone_schedules::Store;
use shuttle::thread::yield_now;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;

#[test]
fn a_middleware_that_reads_and_then_acts_loses_no_update() {
    explore(|| {
        let store = Store::builder(0, |_: &u32, set: u32| set)
            .middleware_fn(|store, add, next| {
                let before = *store.state();
                yield_now();
                next.run(before + add)
            })
            .build();
        let add = || {
            let store = store.clone();
            Box::new(move || {
                store.dispatch(1);
                store.dispatch(1);
            })
        };
        together([add(), add(), add()]);
        assert_eq!(*store.state(), 6);
    });
}

#[test]
fn a_dispatch_has_been_applied_when_it_returns() {
    explore(|| {
        let store = Store::new((0, 0), |n: &(u32, u32), add: (u32, u32)| (n.0 + add.0, n.1 + add.1));
        let (left, right) = (store.clone(), store.clone());
        together([
            Box::new(move || {
                for n in 1..3 {
                    left.dispatch((1, 0));
                    assert_eq!(left.state().0, n);
                }
            }),
            Box::new(move || {
                for n in 1..3 {
                    right.dispatch((0, 1));
                    assert_eq!(right.state().1, n);
                }
            }),
        ]);
        assert_eq!(*store.state(), (2, 2));
    });
}

#[test]
fn nobody_reads_half_an_edit_in_place() {
    explore(|| {
        let store = Store::builder_in_place((0, 0), |n: &mut (u32, u32), (): ()| {
            n.0 += 1;
            yield_now();
            n.1 += 1;
        })
        .build();
        let edit = || {
            let store = store.clone();
            Box::new(move || drop(store.dispatch(())))
        };
        let reader = store.clone();
        let read = Box::new(move || {
            for _ in 0..2 {
                let state = reader.state();
                let before = *state;
                assert_eq!(before.0, before.1);
                yield_now();
                assert_eq!(*state, before, "a snapshot does not change");
            }
        });
        together([edit(), edit(), read]);
        assert_eq!(*store.state(), (2, 2));
    });
}

#[test]
fn a_panic_of_one_leaves_a_usable_store_to_the_others() {
    explore(|| {
        let store = Store::new(0, |n: &u32, add: Option<u32>| {
            n + add.unwrap_or_else(|| resume_unwind(Box::new("as the test says")))
        });
        let (broken, sound) = (store.clone(), store.clone());
        together([
            Box::new(move || {
                assert!(catch_unwind(AssertUnwindSafe(|| broken.dispatch(None))).is_err());
                broken.dispatch(Some(1));
            }),
            Box::new(move || drop(sound.dispatch(Some(1)))),
        ]);
        assert_eq!(*store.state(), 2);
    });
}

#[test]
fn the_last_handle_frees_the_store_whoever_drops_it() {
    explore(|| {
        let held = Arc::new(());
        let state = Arc::clone(&held);
        let store = Store::new((0, state), |n: &(u32, Arc<()>), (): ()| (n.0 + 1, Arc::clone(&n.1)));
        let (left, right) = (store.clone(), store);
        together([
            Box::new(move || drop(left.dispatch(()))),
            Box::new(move || {
                let watching = right.subscribe(|_| {});
                right.dispatch(());
                drop(right);
                drop(watching);
            }),
        ]);
        assert_eq!(Arc::strong_count(&held), 1);
    });
}
