//! How subscribers are told, and how they end.

use crate::every_order;
use crate::inside::Inside;
use crate::subscribers::Subscribers;
use crate::sync::{AtomicUsize, Mutex, Ordering};
use loom::thread::spawn;
use std::sync::Arc;

/// Of a store, what subscribers see of it.
struct Store {
    state: Mutex<Arc<usize>>,
    subscribers: Subscribers<usize>,
}

impl Store {
    fn new() -> Arc<Self> {
        Arc::new(Self { state: Mutex::new(Arc::new(0)), subscribers: Subscribers::new() })
    }

    fn state(&self) -> Arc<usize> {
        Arc::clone(&self.state.lock())
    }

    fn dispatch(&self) {
        let mut state = self.state.lock();
        let next = *Arc::clone(&state) + 1;
        *state = Arc::new(next);
        drop(state);
        self.subscribers.notify(|| self.state());
    }

    /// A callback that keeps the newest state it saw in `seen`.
    fn watch(&self, seen: &Arc<AtomicUsize>) -> u64 {
        let seen = Arc::clone(seen);
        self.subscribers.add(Box::new(move |state: &Arc<usize>| {
            let before = seen.swap(**state, Ordering::Relaxed);
            if before > **state {
                seen.store(usize::MAX, Ordering::Relaxed);
            }
        }))
    }
}

#[test]
fn whoever_watches_sees_the_last() {
    every_order(|| {
        let (store, seen) = (Store::new(), Arc::new(AtomicUsize::new(0)));
        store.watch(&seen);
        let other = Arc::clone(&store);
        let thread = spawn(move || other.dispatch());
        store.dispatch();
        thread.join().unwrap();
        assert_eq!(seen.load(Ordering::Relaxed), 2);
    });
}

#[test]
fn whoever_watches_three_threads_sees_the_last() {
    every_order(|| {
        let (store, seen) = (Store::new(), Arc::new(AtomicUsize::new(0)));
        store.watch(&seen);
        let threads = [(); 2].map(|()| {
            let other = Arc::clone(&store);
            spawn(move || other.dispatch())
        });
        store.dispatch();
        for thread in threads {
            thread.join().unwrap();
        }
        assert_eq!(seen.load(Ordering::Relaxed), 3);
    });
}

#[test]
fn whoever_subscribes_meanwhile_has_read_the_last_or_is_told() {
    every_order(|| {
        let (store, seen) = (Store::new(), Arc::new(AtomicUsize::new(0)));
        let other = Arc::clone(&store);
        let thread = spawn(move || other.dispatch());
        store.watch(&seen);
        let read = *store.state();
        thread.join().unwrap();
        assert_eq!(seen.load(Ordering::Relaxed).max(read), 1);
    });
}

#[test]
fn no_call_is_seen_after_the_end_that_was_not_seen_at_it() {
    every_order(|| {
        let (store, seen) = (Store::new(), Arc::new(AtomicUsize::new(0)));
        let watching = store.watch(&seen);
        let other = Arc::clone(&store);
        let thread = spawn(move || other.dispatch());
        store.subscribers.remove(watching, true);
        assert_eq!(Arc::strong_count(&seen), 1, "what it held is freed");
        let at_the_end = seen.load(Ordering::Relaxed);
        thread.join().unwrap();
        assert_eq!(seen.load(Ordering::Relaxed), at_the_end);
    });
}

#[test]
fn mail_that_comes_while_mail_is_read_is_read() {
    every_order(|| {
        let (store, seen) = (Store::new(), Arc::new(AtomicUsize::new(0)));
        let (first, second) = (store.watch(&seen), store.watch(&seen));
        let other = Arc::clone(&store);
        let thread = spawn(move || {
            let inside = Inside::enter();
            other.subscribers.remove(first, !Inside::is_here());
            drop(inside);
        });
        store.subscribers.remove(second, false);
        thread.join().unwrap();
        assert_eq!(Arc::strong_count(&seen), 1, "what both held is freed");
    });
}

#[test]
fn what_ends_without_waiting_is_freed_though_another_thread_tells() {
    every_order(|| {
        let (store, seen) = (Store::new(), Arc::new(AtomicUsize::new(0)));
        let watching = store.watch(&seen);
        let other = Arc::clone(&store);
        let thread = spawn(move || other.dispatch());
        store.subscribers.remove(watching, false);
        thread.join().unwrap();
        assert_eq!(Arc::strong_count(&seen), 1);
    });
}
