//! The current state, and how it is replaced.

use parking_lot::Mutex;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Readers take a reference count under a lock that is held for nothing else, except while a state is edited in place.
#[derive(Debug)]
pub(crate) struct Snapshot<S> {
    current: Mutex<Arc<S>>,
    editing: AtomicBool,
}

impl<S> Snapshot<S> {
    pub(crate) fn new(state: S) -> Self {
        Self { current: Mutex::new(Arc::new(state)), editing: AtomicBool::new(false) }
    }

    /// # Panics
    ///
    /// If the lock is held by an edit of the same thread, as `is_editor` tells: waiting would never end.
    pub(crate) fn get(&self, is_editor: impl FnOnce() -> bool) -> Arc<S> {
        let current = self.current.try_lock().unwrap_or_else(|| {
            assert!(
                !(self.editing.load(Ordering::Relaxed) && is_editor()),
                "a reducer that edits in place must not read the store's state: it has it in its hands"
            );
            self.current.lock()
        });
        Arc::clone(&current)
    }

    /// Gives the state before, for the caller to drop where a state may do as it likes.
    #[must_use]
    pub(crate) fn replace(&self, state: S) -> Arc<S> {
        let state = Arc::new(state);
        std::mem::replace(&mut *self.current.lock(), state)
    }

    /// Changes the state where it is if nobody holds a snapshot of it, else a clone of it, and gives the state before.
    #[must_use]
    pub(crate) fn edit(&self, edit: impl FnOnce(&mut S)) -> Option<Arc<S>>
    where
        S: Clone,
    {
        let mut current = self.current.lock();
        let shared = if let Some(state) = Arc::get_mut(&mut current) {
            let _editing = Editing::begin(&self.editing);
            edit(state);
            return None;
        } else {
            Arc::clone(&current)
        };
        drop(current);
        let mut state = S::clone(&shared);
        edit(&mut state);
        Some(self.replace(state))
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
