//! A part of the state, as a stream or a callback of distinct values.

mod watchdog;

use foregone::{Selected, Store};
use futures_util::StreamExt;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Barrier, Mutex, mpsc};
use std::task::{Context, Poll, Waker};
use std::thread;
use watchdog::must_end;

type Counter = Store<u32, u32>;

fn counter() -> Counter {
    Store::new(0, |n, add| n + add)
}

fn ready<T>(stream: &mut Selected<T>) -> Poll<Option<T>> {
    stream.poll_next_unpin(&mut Context::from_waker(Waker::noop()))
}

/// What the stream has ready, if it has.
fn item<T>(stream: &mut Selected<T>) -> Option<T> {
    match ready(stream) {
        Poll::Ready(item) => item,
        Poll::Pending => None,
    }
}

#[test]
fn the_first_item_is_the_current_value_and_then_only_values_that_differ_from_the_one_before() {
    let store = counter();
    store.dispatch(1);
    let mut tens = store.select(|n| n / 10);
    assert_eq!(ready(&mut tens), Poll::Ready(Some(0)));
    assert_eq!(ready(&mut tens), Poll::Pending);
    store.dispatch(1);
    assert_eq!(ready(&mut tens), Poll::Pending, "0 again");
    store.dispatch(10);
    assert_eq!(ready(&mut tens), Poll::Ready(Some(1)));
    assert_eq!(ready(&mut tens), Poll::Pending);
}

#[test]
fn a_slow_reader_gets_the_last_value_and_only_that() {
    let store = counter();
    let (mut numbers, mut states) = (store.select(|n| *n), store.snapshots());
    for _ in 0..100 {
        store.dispatch(1);
    }
    assert_eq!((ready(&mut numbers), ready(&mut numbers)), (Poll::Ready(Some(100)), Poll::Pending));
    assert_eq!(item(&mut states).as_deref(), Some(&100));
    assert!(ready(&mut states).is_pending());
}

#[test]
fn a_task_that_waits_is_woken_by_a_change_and_by_the_end_of_the_store() {
    must_end(|| {
        let store = counter();
        let mut numbers = store.select(|n| *n);
        let (mut states, seen) = (store.snapshots(), Arc::new(Mutex::new(Vec::new())));
        assert_eq!(pollster::block_on(states.next()).as_deref(), Some(&0));
        let noted = Arc::clone(&seen);
        let step = Arc::new(Barrier::new(2));
        let steps = Arc::clone(&step);
        let reader = thread::spawn(move || {
            pollster::block_on(async {
                while let Some(n) = numbers.next().await {
                    noted.lock().unwrap().push(n);
                    steps.wait();
                }
            });
        });
        step.wait();
        store.dispatch(1);
        step.wait();
        store.dispatch(1);
        step.wait();
        drop(store);
        reader.join().unwrap();
        assert_eq!(*seen.lock().unwrap(), [0, 1, 2]);
        assert_eq!(pollster::block_on(states.next()).as_deref(), Some(&2), "the last one is still there");
        assert_eq!(pollster::block_on(states.next()), None);
    });
}

#[test]
fn the_selector_runs_once_now_and_once_per_change_however_often_the_stream_is_polled() {
    let store = counter();
    let runs = Arc::new(AtomicU32::new(0));
    let counted = Arc::clone(&runs);
    let selector = move |n: &u32| {
        counted.fetch_add(1, Ordering::Relaxed);
        *n
    };
    let mut numbers = store.select(selector.clone());
    assert_eq!(runs.load(Ordering::Relaxed), 1);
    for _ in 0..10 {
        let _ = ready(&mut numbers);
    }
    assert_eq!(runs.load(Ordering::Relaxed), 1);
    store.dispatch(1);
    store.dispatch(1);
    for _ in 0..10 {
        let _ = ready(&mut numbers);
    }
    assert_eq!(runs.load(Ordering::Relaxed), 3);
    drop(numbers);
    store.dispatch(1);
    assert_eq!(runs.load(Ordering::Relaxed), 3, "not for a stream that was dropped");
    let watching = store.subscribe_selected(selector, |_| ());
    store.dispatch(1);
    assert_eq!(runs.load(Ordering::Relaxed), 5);
    drop(watching);
    store.dispatch(1);
    assert_eq!(runs.load(Ordering::Relaxed), 5);
}

#[test]
fn a_callback_is_called_with_each_value_that_differs_beginning_with_the_next() {
    let store = counter();
    let seen: Arc<Mutex<Vec<u32>>> = Arc::default();
    let noted = Arc::clone(&seen);
    let _watching = store.subscribe_selected(|n| n / 10, move |tens| noted.lock().unwrap().push(*tens));
    for add in [1, 9, 1, 10, 0] {
        store.dispatch(add);
    }
    assert_eq!(*seen.lock().unwrap(), [1, 2]);
}

#[test]
fn snapshots_follow_every_dispatch_and_need_no_equality() {
    struct Plain(u32);
    let store = Store::new(Plain(0), |state: &Plain, add: u32| Plain(state.0 + add));
    let mut states = store.snapshots();
    let mut next = || item(&mut states).map(|state| state.0);
    assert_eq!((next(), next()), (Some(0), None));
    store.dispatch(0);
    assert_eq!((next(), next()), (Some(0), None));
    store.dispatch(1);
    assert_eq!((next(), next()), (Some(1), None));
}

#[test]
fn whoever_selects_while_others_dispatch_gets_the_last_value_and_no_older_one_after_a_newer() {
    must_end(|| {
        for _ in 0..300 {
            let store = counter();
            let together = Barrier::new(2);
            let mut seen = Vec::new();
            thread::scope(|scope| {
                scope.spawn(|| {
                    together.wait();
                    (0..5).for_each(|_| drop(store.dispatch(1)));
                });
                together.wait();
                let mut numbers = store.select(|n| *n);
                while seen.last() != Some(&5) {
                    seen.extend(pollster::block_on(numbers.next()));
                }
                assert_eq!(ready(&mut numbers), Poll::Pending);
            });
            assert!(seen.is_sorted_by(|a, b| a < b), "{seen:?}");
        }
    });
}

/// A selector that, when it first runs, gives another thread every opportunity to dispatch.
fn invites(store: &Counter) -> (impl Fn(&u32) -> u32 + Send + 'static, thread::JoinHandle<()>) {
    let (invite, invited) = mpsc::channel();
    let other = store.clone();
    let dispatched = thread::spawn(move || {
        invited.recv().unwrap();
        other.dispatch(1);
    });
    let (invite, store) = (Mutex::new(Some(invite)), store.clone());
    let selector = move |n: &u32| {
        if let Some(invite) = invite.lock().unwrap().take() {
            invite.send(()).unwrap();
            for _ in 0..10_000 {
                if *store.state() > *n {
                    break;
                }
                thread::yield_now();
            }
        }
        *n
    };
    (selector, dispatched)
}

#[test]
fn no_dispatch_comes_between_the_first_value_and_the_subscription() {
    must_end(|| {
        let store = counter();
        let (selector, dispatched) = invites(&store);
        let mut numbers = store.select(selector);
        dispatched.join().unwrap();
        assert_eq!(item(&mut numbers), Some(1));

        let (selector, dispatched) = invites(&store);
        let last = Arc::new(AtomicU32::new(0));
        let noted = Arc::clone(&last);
        let _watching = store.subscribe_selected(selector, move |n| noted.store(*n, Ordering::Relaxed));
        dispatched.join().unwrap();
        assert_eq!(last.load(Ordering::Relaxed), 2);
    });
}

#[test]
fn a_middleware_may_select_in_its_turn_and_misses_nothing_of_it() {
    must_end(|| {
        let made: Arc<Mutex<Vec<Selected<u32>>>> = Arc::default();
        let (makes, own) = (Arc::clone(&made), Arc::new(std::sync::OnceLock::<Counter>::new()));
        let reached = Arc::clone(&own);
        let store = Store::builder(0, |n: &u32, add: u32| n + add)
            .middleware_fn(move |_, add, next| {
                let select = || makes.lock().unwrap().push(reached.get().unwrap().select(|n| *n));
                select();
                let completion = next.run(add);
                select();
                completion
            })
            .build();
        own.set(store.clone()).unwrap();
        store.dispatch(1);
        let mut made = made.lock().unwrap();
        assert_eq!(made.iter_mut().map(ready).collect::<Vec<_>>(), [Poll::Ready(Some(1)), Poll::Ready(Some(1))]);
        assert_eq!(made.iter_mut().map(ready).collect::<Vec<_>>(), [Poll::Pending, Poll::Pending]);
    });
}

#[test]
fn a_stream_may_be_dropped_before_and_after_its_store() {
    let store = counter();
    drop(store.select(|n| *n));
    let (mut read, unread) = (store.select(|n| *n), store.snapshots());
    let _ = ready(&mut read);
    drop(store);
    assert_eq!(ready(&mut read), Poll::Ready(None));
    drop((read, unread));
}
