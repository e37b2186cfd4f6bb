//! The current state, and how it is replaced.

use crate::sync::{AtomicBool, Ordering, RwLock, RwLockUpgradableReadGuard};
use std::sync::Arc;

/// Readers take a reference count, and wait for nothing but the moment in which the state is replaced, or for an edit in
/// place.
#[derive(Debug)]
pub(crate) struct Snapshot<S> {
    /// Written to in a turn only, so nobody who writes ever waits for another writer, nor does a reader within a turn.
    current: RwLock<Arc<S>>,
    editing: AtomicBool,
}

impl<S> Snapshot<S> {
    pub(crate) fn new(state: S) -> Self {
        Self { current: RwLock::new(Arc::new(state)), editing: AtomicBool::new(false) }
    }

    /// # Panics
    ///
    /// If the lock is held by an edit of the same thread, as `is_editor` tells: waiting would never end.
    pub(crate) fn get(&self, is_editor: impl FnOnce() -> bool) -> Arc<S> {
        let current = self.current.try_read().unwrap_or_else(|| {
            assert!(
                !(self.editing.load(Ordering::Relaxed) && is_editor()),
                "a reducer that edits in place must not read the store's state: it has it in its hands"
            );
            self.current.read()
        });
        Arc::clone(&current)
    }

    /// Replaces the state by the next one; others go on reading while that is made, and so may `next`. Gives the state
    /// before, for the caller to drop where a state may do as it likes.
    #[must_use]
    pub(crate) fn replace(&self, next: impl FnOnce(&S) -> S) -> Arc<S> {
        let current = self.current.upgradable_read();
        let state = Arc::new(next(&current));
        std::mem::replace(&mut *RwLockUpgradableReadGuard::upgrade(current), state)
    }

    /// Changes the state where it is if nobody holds a snapshot of it, else a clone of it, and gives the state before.
    #[must_use]
    pub(crate) fn edit(&self, edit: impl FnOnce(&mut S)) -> Option<Arc<S>>
    where
        S: Clone,
    {
        let mut current = self.current.write();
        if let Some(state) = Arc::get_mut(&mut current) {
            let _editing = Editing::begin(&self.editing);
            edit(state);
            return None;
        }
        drop(current);
        Some(self.replace(|state| {
            let mut state = state.clone();
            edit(&mut state);
            state
        }))
    }
}

struct Editing<'a>(&'a AtomicBool);

impl<'a> Editing<'a> {
    fn begin(flag: &'a AtomicBool) -> Self {
        flag.store(true, Ordering::Relaxed);
        Self(flag)
    }
}

impl Drop for Editing<'_> {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Relaxed);
    }
}
