//! A re-entrant lock out of a checker's plain one.

use crate::sync::thread::{self, ThreadId};
use crate::sync::{Mutex, MutexGuard};
use std::ops::Deref;

/// No checker has one. All of its threads are one to the system, so the inner lock is always free, and lends what is in
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
