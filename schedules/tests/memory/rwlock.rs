//! Loom's `RwLock`, and what `parking_lot`'s can do beyond it: a read that turns into a write, with no other write in
//! between.

use crate::sync::{AtomicUsize, Mutex, MutexGuard, Ordering};
use loom::sync::{RwLockReadGuard, RwLockWriteGuard};
use std::ops::{Deref, DerefMut};

#[derive(Debug)]
pub(crate) struct RwLock<T> {
    value: loom::sync::RwLock<T>,
    /// Of whoever writes, or reads and may come to write.
    writer: Mutex<()>,
    /// As in [`Mutex`].
    tried: AtomicUsize,
}

pub(crate) struct RwLockUpgradableReadGuard<'a, T> {
    lock: &'a RwLock<T>,
    value: RwLockReadGuard<'a, T>,
    writer: MutexGuard<'a, ()>,
}

pub(crate) struct WriteGuard<'a, T> {
    tried: &'a AtomicUsize,
    value: RwLockWriteGuard<'a, T>,
    _writer: MutexGuard<'a, ()>,
}

impl<T> RwLock<T> {
    pub(crate) fn new(value: T) -> Self {
        Self { value: loom::sync::RwLock::new(value), writer: Mutex::new(()), tried: AtomicUsize::new(0) }
    }

    pub(crate) fn read(&self) -> RwLockReadGuard<'_, T> {
        self.value.read().expect("no panic comes through")
    }

    pub(crate) fn try_read(&self) -> Option<RwLockReadGuard<'_, T>> {
        self.tried.fetch_add(1, Ordering::Relaxed);
        self.value.try_read().ok()
    }

    pub(crate) fn upgradable_read(&self) -> RwLockUpgradableReadGuard<'_, T> {
        let writer = self.writer.lock();
        RwLockUpgradableReadGuard { lock: self, value: self.read(), writer }
    }

    pub(crate) fn write(&self) -> WriteGuard<'_, T> {
        self.write_as(self.writer.lock())
    }

    fn write_as<'a>(&'a self, writer: MutexGuard<'a, ()>) -> WriteGuard<'a, T> {
        let value = self.value.write().expect("no panic comes through");
        WriteGuard { tried: &self.tried, value, _writer: writer }
    }
}

impl<'a, T> RwLockUpgradableReadGuard<'a, T> {
    pub(crate) fn upgrade(this: Self) -> WriteGuard<'a, T> {
        drop(this.value);
        this.lock.write_as(this.writer)
    }
}

impl<T> Drop for WriteGuard<'_, T> {
    fn drop(&mut self) {
        self.tried.fetch_add(1, Ordering::Relaxed);
    }
}

impl<T> Deref for RwLockUpgradableReadGuard<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

impl<T> Deref for WriteGuard<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

impl<T> DerefMut for WriteGuard<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.value
    }
}
