//! The lifetime of a callback.

use foregone_middleware::{MaybeSend, MaybeSync};
use std::fmt;
use std::sync::Weak;

/// A callback that is called for as long as this is kept.
///
/// Dropping it unsubscribes: no call begins afterwards. If the drop happens on another thread while a callback of the
/// store is running, it waits for that call to end; so what the callback uses may be torn down right after. Don't let a
/// callback wait for a thread that drops a subscription of the same store.
///
/// Two places where waiting could deadlock do not wait: within a turn (in a middleware), and within a callback, be it of
/// this store or of another. A call that another thread is just making may then end, or just begin, after the drop.
///
/// What the callback holds is dropped with it; within a turn or a callback, soon after. If that panics, it is reported
/// as a `tracing` error.
///
/// It does not keep the store alive.
///
/// ```
/// use foregone::Store;
/// use std::sync::atomic::{AtomicI32, Ordering};
/// use std::sync::Arc;
///
/// let store = Store::new(0, |n: &i32, add: i32| n + add);
/// let seen = Arc::new(AtomicI32::new(0));
/// let watching = store.subscribe({
///     let seen = Arc::clone(&seen);
///     move |n| seen.store(*n, Ordering::Relaxed)
/// });
/// store.dispatch(1);
/// drop(watching);
/// store.dispatch(1);
/// assert_eq!(seen.load(Ordering::Relaxed), 1);
/// ```
#[must_use = "dropping a subscription ends it: keep it, as in `let _watching = ..`; `let _ = ..` drops it at once"]
pub struct Subscription {
    pub(crate) id: u64,
    pub(crate) store: Weak<dyn Unsubscribe>,
}

pub(crate) trait Unsubscribe: MaybeSend + MaybeSync {
    fn unsubscribe(&self, id: u64);
}

impl Drop for Subscription {
    fn drop(&mut self) {
        if let Some(store) = self.store.upgrade() {
            store.unsubscribe(self.id);
        }
    }
}

impl fmt::Debug for Subscription {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Subscription").field("id", &self.id).finish_non_exhaustive()
    }
}
