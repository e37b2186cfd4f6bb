//! What becomes a step, and what makes steps worthless.

use super::config::Config;
use super::timeline::{Direction, Open, Step, Timeline};
use crate::completion::Completion;
use crate::key::Tag;
use crate::middleware::Next;
use crate::store_api::{StoreApi, WeakStore};
use parking_lot::Mutex;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

pub(super) struct Inner<S, A, T, G> {
    pub(super) config: Config<S, A, T>,
    pub(super) group: Box<dyn Tag<A, G>>,
    pub(super) store: OnceLock<WeakStore<S, A>>,
    /// Written to in a turn only, as long as there is a store.
    pub(super) timeline: Mutex<Timeline<T, G>>,
    /// A recorded action is on its way: what is dispatched within it belongs to its step.
    is_recording: Flag,
    pub(super) is_restoring: Flag,
    /// A step was undone or redone within the action that is on its way.
    pub(super) has_restored: Flag,
}

impl<S: 'static, A: 'static, T: Clone + PartialEq, G: PartialEq> Inner<S, A, T, G> {
    pub(super) fn new(config: Config<S, A, T>, group: Box<dyn Tag<A, G>>) -> Self {
        Self {
            config,
            group,
            store: OnceLock::new(),
            timeline: Mutex::new(Timeline::new()),
            is_recording: Flag::default(),
            is_restoring: Flag::default(),
            has_restored: Flag::default(),
        }
    }

    pub(super) fn handle(&self, store: &dyn StoreApi<S, A>, action: A, next: Next<'_, S, A>) -> Completion {
        let is_own = self.store.get().is_some_and(|own| own.is(store));
        if !is_own || self.is_recording.is_up() || self.is_restoring.is_up() {
            return next.run(action);
        }
        if self.config.record.key(&action).is_none() {
            let completion = next.run(action);
            if self.config.merge.is_none() {
                self.forget_if_changed(store);
            }
            return completion;
        }
        let group = self.group.key(&action);
        let before = self.select(store);
        self.has_restored.put_down();
        let recording = self.is_recording.raise();
        let completion = next.run(action);
        drop(recording);
        let after = self.select(store);
        if self.has_restored.is_up() {
            // It was an undo or a redo, which is no step.
            if self.config.merge.is_none() {
                self.forget_if_changed(store);
            }
        } else if before != after {
            self.record(store, before, after, group);
        } else {
            self.close_unless(store, group.as_ref());
        }
        completion
    }

    pub(super) fn select(&self, store: &dyn StoreApi<S, A>) -> T {
        self.config.part.select(&store.state())
    }

    fn record(&self, store: &dyn StoreApi<S, A>, before: T, after: T, group: Option<G>) {
        let now = store.now();
        let has_drifted = self.is_elsewhere(&before);
        if has_drifted && self.config.merge.is_none() {
            self.clear();
        }
        let newest = {
            let timeline = self.timeline.lock();
            let is_open = timeline.is_open(group.as_ref(), now, self.config.pause);
            timeline.next(Direction::Back).filter(|_| is_open && !has_drifted)
        };
        let step = match &newest {
            Some(newest) if newest.before == after => None,
            Some(newest) => Some(Step { before: newest.before.clone(), after }),
            None => Some(Step { before, after }),
        };
        let open = group.map(|group| Open { group, last: now });
        let left = self.timeline.lock().record(step, newest.is_some(), open, self.config.cap);
        left.tell();
    }

    /// An action of another group ends the one before, also if it changes nothing.
    fn close_unless(&self, store: &dyn StoreApi<S, A>, group: Option<&G>) {
        let now = store.now();
        let mut timeline = self.timeline.lock();
        if !timeline.is_open(group, now, self.config.pause) {
            let left = timeline.close();
            drop(timeline);
            left.tell();
        }
    }

    fn forget_if_changed(&self, store: &dyn StoreApi<S, A>) {
        let steps = self.timeline.lock().steps();
        if steps != super::Steps::default() && self.is_elsewhere(&self.select(store)) {
            self.clear();
        }
    }

    /// Whether the steps do not begin or end where the state is: something changed it that was not recorded.
    fn is_elsewhere(&self, now: &T) -> bool {
        let next = |direction| self.timeline.lock().next(direction).map(|step| (step, direction));
        let step = next(Direction::Back).or_else(|| next(Direction::Forth));
        step.is_some_and(|(step, direction)| step.way(direction).0 != now)
    }

    pub(super) fn clear(&self) {
        let left = self.timeline.lock().clear();
        left.tell();
    }
}

/// What is going on in the turn. Only its owner looks.
#[derive(Default)]
pub(super) struct Flag(AtomicBool);

impl Flag {
    pub(super) fn is_up(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    /// Up until what this gives is dropped.
    pub(super) fn raise(&self) -> Raised<'_> {
        self.put_up();
        Raised(self)
    }

    pub(super) fn put_up(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    fn put_down(&self) {
        self.0.store(false, Ordering::Relaxed);
    }
}

pub(super) struct Raised<'a>(&'a Flag);

impl Drop for Raised<'_> {
    fn drop(&mut self) {
        self.0.put_down();
    }
}
