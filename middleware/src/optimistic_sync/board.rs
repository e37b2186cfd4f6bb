//! What every key is doing, kept for readers: never locked for longer than a clone of a persistent map.

use super::status::Status;
use crate::latest::{Latest, LatestSender};
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
        sender.send(inner.statuses.clone());
        inner.watchers.push(sender);
        latest
    }

    pub(super) fn set(&self, key: &K, status: Status<E>) {
        self.update(|statuses| match status {
            Status::Idle => drop(statuses.remove(key)),
            status => drop(statuses.insert(key.clone(), status)),
        });
    }

    pub(super) fn clear(&self) {
        self.update(Statuses::clear);
    }

    fn update(&self, change: impl FnOnce(&mut Statuses<K, E>)) {
        let inner = &mut *self.0.lock();
        change(&mut inner.statuses);
        let statuses = &inner.statuses;
        inner.watchers.retain(|watcher| watcher.send(statuses.clone()));
    }
}
