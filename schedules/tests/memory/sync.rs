//! What `src/sync.rs` names, of loom.

pub(crate) use crate::reentrant::ReentrantMutex;
pub(crate) use crate::rwlock::{RwLock, RwLockUpgradableReadGuard};
pub(crate) use loom::sync::atomic::{AtomicBool, AtomicU8, AtomicUsize, Ordering, fence};
pub(crate) use loom::thread;

use std::ops::{Deref, DerefMut};

/// Loom's knows no `const`.
macro_rules! without_const {
    (static $name:ident: $of:ty = const { $value:expr };) => {
        loom::thread_local! { static $name: $of = $value; }
    };
}
pub(crate) use without_const as thread_local;

#[derive(Debug)]
pub(crate) struct Mutex<T> {
    value: loom::sync::Mutex<T>,
    /// Loom takes no order for another by which an unlock and a `try_lock` are swapped. By this it does.
    tried: AtomicUsize,
}

/// Always holds the lock, but while it is handed over.
pub(crate) struct MutexGuard<'a, T> {
    mutex: &'a Mutex<T>,
    held: Option<loom::sync::MutexGuard<'a, T>>,
}

impl<T> Mutex<T> {
    pub(crate) fn new(value: T) -> Self {
        Self { value: loom::sync::Mutex::new(value), tried: AtomicUsize::new(0) }
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, T> {
        MutexGuard { mutex: self, held: Some(self.value.lock().expect("no panic comes through")) }
    }

    pub(crate) fn try_lock(&self) -> Option<MutexGuard<'_, T>> {
        self.tried.fetch_add(1, Ordering::Relaxed);
        self.value.try_lock().ok().map(|held| MutexGuard { mutex: self, held: Some(held) })
    }
}

impl<T> MutexGuard<'_, T> {
    /// Whoever waits may have it, but need not.
    pub(crate) fn bump(this: &mut Self) {
        this.unlock();
        *this = this.mutex.lock();
    }

    fn unlock(&mut self) {
        if let Some(held) = self.held.take() {
            self.mutex.tried.fetch_add(1, Ordering::Relaxed);
            drop(held);
        }
    }
}

impl<T> Drop for MutexGuard<'_, T> {
    fn drop(&mut self) {
        self.unlock();
    }
}

impl<T> Deref for MutexGuard<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        self.held.as_ref().expect("it is held")
    }
}

impl<T> DerefMut for MutexGuard<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        self.held.as_mut().expect("it is held")
    }
}
