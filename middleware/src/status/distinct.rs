//! A part of a stream's values, whenever it has come to differ.

use crate::latest::Latest;
use futures_core::Stream;
use std::fmt;
use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll};

/// What a selector takes from the values of a [`Latest`]: the first, then each that differs from the one before. Made by
/// [`Latest::distinct`].
#[must_use = "a stream does nothing unless it is polled"]
pub struct Distinct<T, U, F> {
    latest: Latest<T>,
    selector: F,
    last: Option<U>,
}

impl<T> Latest<T> {
    /// What `selector` takes from each value, where it is not what it took before. The selector runs when the stream is
    /// polled.
    ///
    /// ```
    /// use foregone_middleware::Latest;
    ///
    /// # pollster::block_on(async {
    /// let (sender, latest) = Latest::channel();
    /// let mut parity = latest.distinct(|n| n % 2);
    /// sender.send(1);
    /// assert_eq!(parity.next().await, Some(1));
    /// sender.send(3);
    /// drop(sender);
    /// assert_eq!(parity.next().await, None);
    /// # });
    /// ```
    pub fn distinct<U, F>(self, selector: F) -> Distinct<T, U, F>
    where
        U: PartialEq + Clone,
        F: FnMut(&T) -> U,
    {
        Distinct { latest: self, selector, last: None }
    }
}

impl<T, U, F> Distinct<T, U, F>
where
    U: PartialEq + Clone,
    F: FnMut(&T) -> U,
{
    /// The next value that differs, once there is one. None when the source has ended.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future loses nothing.
    pub async fn next(&mut self) -> Option<U> {
        poll_fn(|cx| Pin::new(&mut *self).poll_next(cx)).await
    }
}

impl<T, U, F> Unpin for Distinct<T, U, F> {}

impl<T, U, F> Stream for Distinct<T, U, F>
where
    U: PartialEq + Clone,
    F: FnMut(&T) -> U,
{
    type Item = U;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<U>> {
        let this = &mut *self;
        loop {
            let Poll::Ready(next) = Pin::new(&mut this.latest).poll_next(cx) else { return Poll::Pending };
            let Some(value) = next else { return Poll::Ready(None) };
            let taken = (this.selector)(&value);
            if this.last.as_ref() != Some(&taken) {
                this.last = Some(taken.clone());
                return Poll::Ready(Some(taken));
            }
        }
    }
}

impl<T, U, F> fmt::Debug for Distinct<T, U, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Distinct").field("latest", &self.latest).finish_non_exhaustive()
    }
}
