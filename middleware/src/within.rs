//! A future of the user's: it may panic, and may never end.

use crate::panic::catch_async;
use crate::store_api::WeakStore;
use std::future::{Future, pending};
use std::time::Duration;

/// Why a future gave nothing.
pub(crate) enum CutOff {
    Panicked(String),
    TimedOut(Duration),
}

/// What the future gives, unless it panics or the deadline, by the clock of this store, comes first.
pub(crate) async fn within<S, A, T>(
    store: Option<&WeakStore<S, A>>,
    deadline: Option<Duration>,
    future: impl Future<Output = T>,
) -> Result<T, CutOff> {
    tokio::select! {
        biased;
        done = catch_async(future) => done.map_err(CutOff::Panicked),
        deadline = passed(store, deadline) => Err(CutOff::TimedOut(deadline)),
    }
}

async fn passed<S, A>(store: Option<&WeakStore<S, A>>, deadline: Option<Duration>) -> Duration {
    let Some(deadline) = deadline else { return pending().await };
    match store.and_then(|store| store.turn(|store| store.sleep(deadline))) {
        Some(sleep) => sleep.await,
        None => pending().await,
    }
    deadline
}
