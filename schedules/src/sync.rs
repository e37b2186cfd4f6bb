//! What `src/sync.rs` names, of shuttle.

pub(crate) use shuttle::sync::atomic::{AtomicBool, AtomicU8, AtomicUsize, Ordering, fence};
pub(crate) use shuttle::thread_local;
pub(crate) use shuttle_parking_lot_impl::{Mutex, MutexGuard, RwLock, RwLockUpgradableReadGuard};

use shuttle::thread::{self, ThreadId};
use std::ops::Deref;

/// Shuttle has none. All of its threads are one to the system, so the inner lock is always free, and lends what is in
/// it without `unsafe`.
pub(crate) struct ReentrantMutex<T> {
    turn: Mutex<()>,
    owner: parking_lot::Mutex<Option<ThreadId>>,
    value: parking_lot::ReentrantMutex<T>,
}

pub(crate) struct ReentrantMutexGuard<'a, T> {
    value: parking_lot::ReentrantMutexGuard<'a, T>,
    owner: &'a parking_lot::Mutex<Option<ThreadId>>,
    /// Of the outermost one.
    turn: Option<MutexGuard<'a, ()>>,
}

impl<T> ReentrantMutex<T> {
    pub(crate) fn new(value: T) -> Self {
        Self {
            turn: Mutex::new(()),
            owner: parking_lot::Mutex::new(None),
            value: parking_lot::ReentrantMutex::new(value),
        }
    }

    pub(crate) fn lock(&self) -> ReentrantMutexGuard<'_, T> {
        let is_outermost = !self.is_owned_by_current_thread();
        let turn = is_outermost.then(|| self.turn.lock());
        if is_outermost {
            *self.owner.lock() = Some(thread::current().id());
        }
        ReentrantMutexGuard { value: self.value.lock(), owner: &self.owner, turn }
    }

    pub(crate) fn is_owned_by_current_thread(&self) -> bool {
        *self.owner.lock() == Some(thread::current().id())
    }
}

impl<T> Deref for ReentrantMutexGuard<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

impl<T> Drop for ReentrantMutexGuard<'_, T> {
    fn drop(&mut self) {
        if self.turn.is_some() {
            *self.owner.lock() = None;
        }
    }
}
