//! How often a dispatch allocates.

use allocation_counter::{AllocationInfo, measure};
use foregone::Store;
use foregone::middleware::{Listeners, Thunk, ThunkMiddleware};
use foregone_benches::{Action, Server, add, bare_counter, counter, likes, runtime, subscribe};
use std::hint::black_box;

const TIMES: u64 = 1000;

fn each_time(mut once: impl FnMut()) -> AllocationInfo {
    // What is made once and kept is not the cost of a dispatch.
    once();
    measure(|| (0..TIMES).for_each(|_| once()))
}

#[test]
fn the_counter_counts() {
    let boxes = each_time(|| drop(black_box(Box::new(black_box(1)))));
    assert_eq!((boxes.count_total, boxes.count_current), (TIMES, 0));
}

#[test]
fn a_dispatch_allocates_the_new_state_and_nothing_else() {
    let store = counter(0);
    let dispatches = each_time(|| drop(store.dispatch(1)));
    assert_eq!((dispatches.count_total, dispatches.count_current), (TIMES, 0));
    let bare = bare_counter();
    assert_eq!(each_time(|| bare.dispatch(1)), dispatches);
}

#[test]
fn three_middlewares_that_pass_everything_on_add_no_allocation() {
    let store = counter(3);
    assert_eq!(each_time(|| drop(store.dispatch(1))).count_total, TIMES);
}

#[test]
fn telling_subscribers_adds_no_allocation() {
    for subscribers in [1, 100, 10_000] {
        let store = counter(0);
        let _watching = subscribe(&store, subscribers);
        assert_eq!(each_time(|| drop(store.dispatch(1))).count_total, TIMES, "{subscribers} subscribers");
    }
}

#[test]
fn a_read_allocates_nothing() {
    let store = counter(0);
    assert_eq!(each_time(|| drop(black_box(store.state()))).count_total, 0);
}

#[test]
fn awaiting_a_dispatch_that_set_nothing_going_allocates_nothing_more() {
    let (runtime, store) = (runtime(), counter(3));
    runtime.block_on(async {
        store.dispatch(1).await.unwrap();
        let mut awaited = Box::pin(async {
            for _ in 0..TIMES {
                store.dispatch(1).await.unwrap();
            }
        });
        let mut ready = false;
        let counted = measure(|| {
            let mut context = std::task::Context::from_waker(std::task::Waker::noop());
            ready = awaited.as_mut().poll(&mut context).is_ready();
        });
        assert!(ready);
        assert_eq!(counted.count_total, TIMES);
    });
}

/// Allocations of `taps` taps on the first of `keys` keys whose requests are in flight, and what they retain.
fn coalesced_taps(taps: u64, keys: u32) -> AllocationInfo {
    let runtime = runtime();
    let _entered = runtime.enter();
    let (store, _sync) = likes(1, Server::Hangs);
    for key in 0..keys {
        store.dispatch(Action::Like(key, true));
    }
    // The same value each time: then the reducer's part is the same each time.
    store.dispatch(Action::Like(0, true));
    measure(|| (0..taps).for_each(|_| drop(store.dispatch(Action::Like(0, true)))))
}

/// Allocations of the reducer alone.
fn reducer(taps: u64, keys: u32) -> u64 {
    let store = Store::new((0..keys.max(1)).map(|key| (key, true)).collect(), foregone_benches::liking);
    measure(|| (0..taps).for_each(|_| drop(store.dispatch(Action::Like(0, true))))).count_total
}

#[test]
fn a_coalesced_tap_allocates_one_completion_however_many_came_before() {
    for taps in [10, 100_000] {
        let counted = coalesced_taps(taps, 1);
        assert_eq!(counted.count_total - reducer(taps, 1), taps, "{taps} taps");
        assert_eq!((counted.count_current, counted.bytes_current), (0, 0), "{taps} taps");
    }
}

#[test]
fn a_coalesced_tap_allocates_one_completion_however_many_keys_are_in_flight() {
    for keys in [1, 100, 100_000] {
        let counted = coalesced_taps(10, keys);
        assert_eq!(counted.count_total - reducer(10, keys), 10, "{keys} keys");
    }
}

#[test]
fn a_dispatch_that_no_listener_and_no_thunk_is_for_adds_no_allocation() {
    let (listeners, thunks) = (Listeners::new(), ThunkMiddleware::<u64, u64>::new(Err));
    let store = Store::builder(0, add).middleware(thunks).middleware(listeners.clone()).build();
    let dispatch = || drop(store.dispatch(1));
    assert_eq!(each_time(dispatch).count_total, TIMES, "without listeners");
    let _listening = listeners.on(|by| (*by == 2).then_some(()), |(), _api| async {});
    assert_eq!(each_time(dispatch).count_total, TIMES, "with one for another action");
}

/// The bytes that a burst of searches takes, each of which takes the place of the one before.
fn burst(searches: u64) -> u64 {
    let runtime = runtime();
    let _entered = runtime.enter();
    let thunks = ThunkMiddleware::<u64, u64>::new(|_| Ok(Thunk::new(|_| async { Ok(()) }).take_latest(())));
    let store = Store::builder(0, add).middleware(thunks).build();
    measure(|| (0..searches).for_each(|_| drop(store.dispatch(1)))).bytes_total
}

#[test]
fn a_thunk_that_takes_the_place_of_another_allocates_the_same_however_many_came_before() {
    let (few, many) = (burst(100), burst(10_000));
    assert!(many <= few * 110, "{few} bytes for 100, {many} for 10,000");
}
