//! A stream of a value that changes: the newest one, never a backlog.

use futures_core::Stream;
use parking_lot::Mutex;
use std::fmt;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

/// A stream that gives the newest value each time it is asked, and ends when its source does.
///
/// A reader that is slow misses values in between and always gets the last.
///
/// ```
/// use foregone_middleware::Latest;
///
/// # pollster::block_on(async {
/// let (sender, mut latest) = Latest::channel();
/// sender.send(1);
/// sender.send(2);
/// assert_eq!(latest.next().await, Some(2));
/// drop(sender);
/// assert_eq!(latest.next().await, None);
/// # });
/// ```
pub struct Latest<T>(Arc<Mutex<Slot<T>>>);

/// Feeds a [`Latest`]. Dropping it ends the stream, after the last value was read.
pub struct LatestSender<T>(Arc<Mutex<Slot<T>>>);

struct Slot<T> {
    value: Option<T>,
    waker: Option<Waker>,
    closed: bool,
}

impl<T> Latest<T> {
    /// A stream and its source.
    #[must_use]
    pub fn channel() -> (LatestSender<T>, Self) {
        let slot = Arc::new(Mutex::new(Slot { value: None, waker: None, closed: false }));
        (LatestSender(Arc::clone(&slot)), Self(slot))
    }

    /// The newest value that was not read yet, once there is one. None when the source has ended.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future loses nothing.
    pub async fn next(&mut self) -> Option<T> {
        poll_fn(|cx| Pin::new(&mut *self).poll_next(cx)).await
    }
}

impl<T> LatestSender<T> {
    /// Replaces what the reader has not taken yet. False if the reader is gone.
    pub fn send(&self, value: T) -> bool {
        self.put(value).map(Put::tell).is_some()
    }

    /// As [`send`](Self::send), for a caller that has to release a lock before the reader's code runs. None if the
    /// reader is gone.
    pub(crate) fn put(&self, value: T) -> Option<Put<T>> {
        let mut slot = self.0.lock();
        if slot.closed {
            return None;
        }
        Some(Put { _unread: slot.value.replace(value), waker: slot.waker.take() })
    }

    pub(crate) fn has_reader(&self) -> bool {
        !self.0.lock().closed
    }
}

/// What may run code of others: the value that nobody read, and the reader to wake.
pub(crate) struct Put<T> {
    _unread: Option<T>,
    waker: Option<Waker>,
}

impl<T> Put<T> {
    pub(crate) fn tell(self) {
        if let Some(waker) = self.waker {
            waker.wake();
        }
    }
}

impl<T> Drop for LatestSender<T> {
    fn drop(&mut self) {
        let mut slot = self.0.lock();
        slot.closed = true;
        let waker = slot.waker.take();
        drop(slot);
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}

impl<T> Drop for Latest<T> {
    fn drop(&mut self) {
        let mut slot = self.0.lock();
        slot.closed = true;
        let left = (slot.value.take(), slot.waker.take());
        drop(slot);
        drop(left);
    }
}

impl<T> Stream for Latest<T> {
    type Item = T;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<T>> {
        let mut slot = self.0.lock();
        if let Some(value) = slot.value.take() {
            return Poll::Ready(Some(value));
        }
        if slot.closed {
            return Poll::Ready(None);
        }
        let replaced = slot.waker.replace(cx.waker().clone());
        drop(slot);
        // It may be all that holds the sender, which locks the slot when it is dropped.
        drop(replaced);
        Poll::Pending
    }
}

impl<T> fmt::Debug for Latest<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Latest").field("unread", &self.0.lock().value.is_some()).finish_non_exhaustive()
    }
}

impl<T> fmt::Debug for LatestSender<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LatestSender").field("reader_gone", &self.0.lock().closed).finish()
    }
}
