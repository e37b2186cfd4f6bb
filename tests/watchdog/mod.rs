//! A deadlock fails the test instead of hanging the run.

use std::panic::resume_unwind;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

/// Far beyond what any of the tests takes: no test passes or fails by the clock, but one that hangs is told so.
const FOR_EVER: Duration = Duration::from_secs(20);

pub(crate) fn must_end<R: Send + 'static>(body: impl FnOnce() -> R + Send + 'static) -> R {
    let (sender, ended) = mpsc::channel::<()>();
    let thread = thread::spawn(move || {
        let _ended = sender;
        body()
    });
    assert_ne!(ended.recv_timeout(FOR_EVER), Err(RecvTimeoutError::Timeout), "this hangs");
    thread.join().unwrap_or_else(|panic| resume_unwind(panic))
}
