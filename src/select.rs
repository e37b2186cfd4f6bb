//! A part of the state, as a stream.

use crate::subscription::Subscription;
use foregone_middleware::Latest;
use futures_core::Stream;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

/// A stream of a selected value: the current one first, then each that differs from the one before. Made by
/// [`Store::select`](crate::Store::select) and [`Store::snapshots`](crate::Store::snapshots).
///
/// A reader that is slow misses values in between and always gets the last. The stream ends when the store is
/// dropped, and does not keep it alive; a value that was not read yet is kept. Dropping it ends a
/// [`Subscription`], and waits as that does.
#[must_use = "a stream does nothing unless it is polled"]
pub struct Selected<T> {
    pub(crate) latest: Latest<T>,
    pub(crate) _subscription: Subscription,
}

impl<T> Selected<T> {
    /// The newest value that was not read yet, once there is one. None when the store was dropped.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future loses nothing.
    pub async fn next(&mut self) -> Option<T> {
        self.latest.next().await
    }
}

impl<T> Stream for Selected<T> {
    type Item = T;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<T>> {
        Pin::new(&mut self.latest).poll_next(cx)
    }
}

impl<T> fmt::Debug for Selected<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Selected").field("latest", &self.latest).finish_non_exhaustive()
    }
}
