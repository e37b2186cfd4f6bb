//! Those who watch a value that is kept under a lock.

use crate::latest::{Latest, LatestSender, Put};

pub(crate) struct Watchers<T>(Vec<LatestSender<T>>);

impl<T: Clone> Watchers<T> {
    pub(crate) fn add(&mut self, now: T) -> Latest<T> {
        let (sender, latest) = Latest::channel();
        self.0.retain(LatestSender::has_reader);
        sender.send(now);
        self.0.push(sender);
        latest
    }

    /// Gives everybody the value; the caller [tells](Put::tell) them once it has released the lock.
    #[must_use]
    pub(crate) fn put(&mut self, now: &T) -> Vec<Put<T>> {
        let mut told = Vec::new();
        self.0.retain(|watcher| {
            let put = watcher.put(now.clone());
            let has_reader = put.is_some();
            told.extend(put);
            has_reader
        });
        told
    }
}

impl<T> Default for Watchers<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}
