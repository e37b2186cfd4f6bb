//! A stream of the newest value keeps no waker longer than it needs it.

mod watchdog;

use foregone::Store;
use foregone::middleware::Latest;
use futures_util::{Stream, StreamExt};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};
use watchdog::must_end;

/// A waker that owns something, as that of a task does.
struct Owns<T> {
    _owned: Mutex<T>,
}

impl<T: Send + 'static> Wake for Owns<T> {
    fn wake(self: Arc<Self>) {}
}

fn owns<T: Send + 'static>(owned: T) -> Waker {
    Waker::from(Arc::new(Owns { _owned: Mutex::new(owned) }))
}

fn poll<T>(stream: &mut (impl Stream<Item = T> + Unpin), waker: &Waker) -> Poll<Option<T>> {
    stream.poll_next_unpin(&mut Context::from_waker(waker))
}

#[test]
fn a_waker_that_is_replaced_may_be_what_ends_the_stream() {
    must_end(|| {
        let store = Store::new(0, |n: &u32, add: u32| n + add);
        let mut numbers = store.select(|n| *n);
        assert_eq!(poll(&mut numbers, Waker::noop()), Poll::Ready(Some(0)));
        assert_eq!(poll(&mut numbers, &owns(store)), Poll::Pending);
        // Drops the waker before, the last that holds the store.
        let _ = poll(&mut numbers, Waker::noop());
        assert_eq!(poll(&mut numbers, Waker::noop()), Poll::Ready(None));
    });
}

#[test]
fn a_stream_that_is_dropped_keeps_no_waker_in_its_source() {
    let (sender, mut latest) = Latest::<u32>::channel();
    let owned = Arc::new(());
    assert_eq!(poll(&mut latest, &owns(Arc::clone(&owned))), Poll::Pending);
    assert_eq!(Arc::strong_count(&owned), 2);
    drop(latest);
    assert_eq!(Arc::strong_count(&owned), 1);
    assert!(!sender.send(1), "nobody is there to take it");
}
