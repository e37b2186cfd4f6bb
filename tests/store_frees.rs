//! What a subscription holds is freed when it ends, and may do as it likes when that happens.

mod log;
mod watchdog;

use foregone::tracing::Level;
use foregone::{Store, Subscription};
use log::Log;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::thread;
use watchdog::must_end;

type Counter = Store<u32, u32>;

fn counter() -> Counter {
    Store::new(0, |n, add| n + add)
}

/// Runs its closure when it is dropped.
struct OnDrop<F: FnMut()>(F);

impl<F: FnMut()> Drop for OnDrop<F> {
    fn drop(&mut self) {
        (self.0)();
    }
}

fn on_drop<F: FnMut()>(run: F) -> OnDrop<F> {
    OnDrop(run)
}

/// Subscribes a callback that drops its own subscription when it is first called, and holds `capture`.
fn subscribe_once(store: &Counter, capture: impl Send + 'static) {
    let own: Arc<Mutex<Option<Subscription>>> = Arc::default();
    let ends = Arc::clone(&own);
    let watching = store.subscribe(move |_| {
        let _ = &capture;
        drop(ends.lock().unwrap().take());
    });
    *own.lock().unwrap() = Some(watching);
}

#[test]
fn what_a_callback_holds_is_freed_when_its_subscription_is_dropped() {
    let store = counter();
    let held = Arc::new(());
    let watching = store.subscribe({
        let held = Arc::clone(&held);
        move |_| drop(Arc::clone(&held))
    });
    store.dispatch(1);
    assert_eq!(Arc::strong_count(&held), 2);
    drop(watching);
    assert_eq!(Arc::strong_count(&held), 1);
}

#[test]
fn what_a_callback_holds_is_freed_by_the_end_of_the_dispatch_in_which_it_unsubscribed_itself() {
    let store = counter();
    let held = Arc::new(());
    subscribe_once(&store, Arc::clone(&held));
    store.dispatch(1);
    assert_eq!(Arc::strong_count(&held), 1);
}

#[test]
fn what_a_callback_holds_is_freed_though_a_middleware_unsubscribed_it_while_it_was_called() {
    must_end(|| {
        let kept: Arc<Mutex<Option<Subscription>>> = Arc::default();
        let ends = Arc::clone(&kept);
        let store = Store::builder(0, |n: &u32, add: u32| n + add)
            .middleware_fn(move |_, add, next| {
                if add == 100 {
                    drop(ends.lock().unwrap().take());
                }
                next.run(add)
            })
            .build();
        let held = Arc::new(());
        let (begun, has_begun) = mpsc::channel();
        let (ended, has_ended) = mpsc::channel();
        *kept.lock().unwrap() = Some(store.subscribe({
            let held = Arc::clone(&held);
            move |_| {
                let _ = Arc::strong_count(&held);
                begun.send(()).unwrap();
                has_ended.recv().unwrap();
            }
        }));
        thread::scope(|scope| {
            scope.spawn(|| store.dispatch(1));
            has_begun.recv().unwrap();
            store.dispatch(100);
            ended.send(()).unwrap();
        });
        assert_eq!(Arc::strong_count(&held), 1);
    });
}

#[test]
fn subscribing_and_unsubscribing_a_million_times_leaves_nothing_behind() {
    let store = counter();
    let held = Arc::new(());
    let kept = store.subscribe(|_| ());
    for _ in 0..1_000_000 {
        let held = Arc::clone(&held);
        drop(store.subscribe(move |_| drop(Arc::clone(&held))));
    }
    assert_eq!(Arc::strong_count(&held), 1);
    store.dispatch(1);
    drop(kept);
}

#[test]
fn what_a_callback_holds_may_unsubscribe_others_when_it_is_dropped() {
    must_end(|| {
        let store = counter();
        let calls = Arc::new(AtomicU32::new(0));
        let mut other = Some(store.subscribe({
            let calls = Arc::clone(&calls);
            move |_| {
                calls.fetch_add(1, Ordering::Relaxed);
            }
        }));
        let guard = on_drop(move || drop(other.take()));
        let watching = store.subscribe(move |_| {
            let _ = &guard;
        });
        store.dispatch(1);
        drop(watching);
        store.dispatch(1);
        assert_eq!(calls.load(Ordering::Relaxed), 1);
    });
}

#[test]
fn what_a_callback_holds_may_dispatch_when_it_is_dropped() {
    must_end(|| {
        let store = counter();
        let own = store.clone();
        let guard = on_drop(move || drop(own.dispatch(10)));
        let seen = Arc::new(AtomicU32::new(0));
        let _watching = store.subscribe({
            let seen = Arc::clone(&seen);
            move |n| seen.store(*n, Ordering::Relaxed)
        });
        subscribe_once(&store, guard);
        store.dispatch(1);
        assert_eq!((*store.state(), seen.load(Ordering::Relaxed)), (11, 11));
    });
}

#[test]
fn what_a_callback_holds_may_wait_for_a_thread_that_dispatches_when_it_is_dropped() {
    must_end(|| {
        let store = counter();
        let own = store.clone();
        let _other = store.subscribe(|_| ());
        let guard = on_drop(move || {
            let own = own.clone();
            thread::spawn(move || own.dispatch(10)).join().unwrap();
        });
        let watching = store.subscribe(move |_| {
            let _ = &guard;
        });
        drop(watching);
        assert_eq!(*store.state(), 10);
    });
}

#[test]
fn what_a_callback_holds_may_panic_when_it_is_dropped_and_the_others_are_told_of_later_changes() {
    must_end(|| {
        let (log, _listening) = Log::listen(Level::ERROR);
        let store = counter();
        let seen = Arc::new(AtomicU32::new(0));
        let _watching = store.subscribe({
            let seen = Arc::clone(&seen);
            move |n| seen.store(*n, Ordering::Relaxed)
        });
        subscribe_once(&store, on_drop(|| panic!("dropped on purpose")));
        for n in 1..=3 {
            let _ = catch_unwind(AssertUnwindSafe(|| store.dispatch(1)));
            assert_eq!(seen.load(Ordering::Relaxed), n);
        }
        assert_eq!(log.lines().len(), 1, "{:?}", log.lines());
    });
}

#[test]
fn dropping_a_subscription_does_not_panic_though_what_its_callback_holds_does() {
    let (log, _listening) = Log::listen(Level::ERROR);
    let store = counter();
    let guard = on_drop(|| panic!("dropped on purpose"));
    let watching = store.subscribe(move |_| {
        let _ = &guard;
    });
    assert!(catch_unwind(AssertUnwindSafe(|| drop(watching))).is_ok());
    assert_eq!(log.lines().len(), 1, "{:?}", log.lines());
}
