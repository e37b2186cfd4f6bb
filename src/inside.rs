//! Whether this thread is where waiting could deadlock.

use crate::sync::thread_local;
use std::cell::Cell;
use std::marker::PhantomData;

thread_local! {
    static DEPTH: Cell<usize> = const { Cell::new(0) };
}

/// For as long as this is kept, the thread is within a turn, or calls subscribers, of whichever store: another thread
/// may be waiting for it, so it must not wait for another thread's callback to end.
pub(crate) struct Inside(PhantomData<*const ()>);

impl Inside {
    pub(crate) fn enter() -> Self {
        DEPTH.with(|depth| depth.set(depth.get() + 1));
        Self(PhantomData)
    }

    pub(crate) fn is_here() -> bool {
        DEPTH.with(|depth| depth.get() > 0)
    }
}

impl Drop for Inside {
    fn drop(&mut self) {
        DEPTH.with(|depth| depth.set(depth.get() - 1));
    }
}
