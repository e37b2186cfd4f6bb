//! What every key is doing, kept for readers: never locked for longer than a clone of a persistent map.

use super::status::Status;
use crate::latest::{Latest, LatestSender, Put};
use parking_lot::Mutex;
use std::error::Error;
use std::hash::Hash;

type Statuses<K, E> = im::HashMap<K, Status<E>>;

/// Holds no entry for a key that is idle.
pub(super) struct Board<K, E: Error + 'static>(Mutex<Inner<K, E>>);

struct Inner<K, E: Error + 'static> {
    statuses: Statuses<K, E>,
    watchers: Vec<LatestSender<Statuses<K, E>>>,
}

impl<K: Clone + Eq + Hash, E: Error> Board<K, E> {
    pub(super) fn new() -> Self {
        Self(Mutex::new(Inner { statuses: Statuses::new(), watchers: Vec::new() }))
    }

    pub(super) fn snapshot(&self) -> Statuses<K, E> {
        self.0.lock().statuses.clone()
    }

    pub(super) fn status(&self, key: &K) -> Status<E> {
        self.0.lock().statuses.get(key).cloned().unwrap_or(Status::Idle)
    }

    pub(super) fn watch(&self) -> Latest<Statuses<K, E>> {
        let (sender, latest) = Latest::channel();
        let mut inner = self.0.lock();
        inner.watchers.retain(LatestSender::has_reader);
        sender.send(inner.statuses.clone());
        inner.watchers.push(sender);
        latest
    }

    pub(super) fn set(&self, key: &K, status: Status<E>) {
        drop(self.update(|statuses| match status {
            Status::Idle => statuses.remove(key),
            status => statuses.insert(key.clone(), status),
        }));
    }

    pub(super) fn clear(&self) {
        drop(self.update(std::mem::take));
    }

    /// Gives what `change` gives, to be dropped where an error may do as it likes.
    fn update<R>(&self, change: impl FnOnce(&mut Statuses<K, E>) -> R) -> R {
        let mut inner = self.0.lock();
        let Inner { statuses, watchers } = &mut *inner;
        let changed = change(statuses);
        let mut told = Vec::new();
        watchers.retain(|watcher| {
            let put = watcher.put(statuses.clone());
            let has_reader = put.is_some();
            told.extend(put);
            has_reader
        });
        drop(inner);
        told.into_iter().for_each(Put::tell);
        changed
    }
}
