//! A user's function that panics is an error like any other.
//!
//! Where a panic aborts, as in a browser, there is nothing to catch, and nothing here is needed for correctness.

use std::any::Any;
use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::task::Poll;

/// The message of the panic, if `body` panics.
pub(crate) fn catch<R>(body: impl FnOnce() -> R) -> Result<R, String> {
    // What a panic may have left half done is the user's own: ours is not touched in `body`.
    catch_unwind(AssertUnwindSafe(body)).map_err(message)
}

/// The message of the panic, if `future` panics.
pub(crate) async fn catch_async<F: Future>(future: F) -> Result<F::Output, String> {
    let mut future = pin!(future);
    poll_fn(|cx| match catch(|| future.as_mut().poll(cx)) {
        Ok(Poll::Pending) => Poll::Pending,
        Ok(Poll::Ready(output)) => Poll::Ready(Ok(output)),
        Err(message) => Poll::Ready(Err(message)),
    })
    .await
}

fn message(payload: Box<dyn Any + Send>) -> String {
    if let Some(message) = payload.downcast_ref::<&str>() {
        (*message).to_owned()
    } else if let Some(message) = payload.downcast_ref::<String>() {
        message.clone()
    } else {
        "a payload that is not a string".to_owned()
    }
}
