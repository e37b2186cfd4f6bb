//! What can be undone and redone. It knows no store, and runs no code of the user's but for comparing two groups.

use crate::latest::{Latest, Put};
use crate::platform::Instant;
use crate::watchers::Watchers;
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

/// How many steps can be undone, and how many redone.
///
/// ```
/// use foregone_middleware::History;
///
/// let history = History::<u32, u32, u32>::new(|n| *n, |n| n);
/// assert_eq!((history.steps().undo, history.steps().redo), (0, 0));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Steps {
    /// How many can be undone.
    pub undo: usize,
    /// How many can be redone.
    pub redo: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Direction {
    Back,
    Forth,
}

pub(super) struct Step<T> {
    pub(super) before: T,
    pub(super) after: T,
}

impl<T> Step<T> {
    /// Where it leads from and to.
    pub(super) fn way(&self, direction: Direction) -> (&T, &T) {
        match direction {
            Direction::Back => (&self.after, &self.before),
            Direction::Forth => (&self.before, &self.after),
        }
    }
}

/// A group that the newest step may grow by.
pub(super) struct Open<G> {
    pub(super) group: G,
    pub(super) last: Instant,
}

pub(super) struct Timeline<T, G> {
    past: VecDeque<Arc<Step<T>>>,
    /// The next to be redone is the last.
    future: Vec<Arc<Step<T>>>,
    open: Option<Open<G>>,
    watchers: Watchers<Steps>,
    told: Steps,
}

/// What a change leaves to be done once the lock is released: steps to be dropped, and watchers to be told.
#[must_use]
pub(super) struct Left<T, G> {
    _steps: Vec<Arc<Step<T>>>,
    _group: Option<Open<G>>,
    told: Vec<Put<Steps>>,
}

impl<T, G> Left<T, G> {
    pub(super) fn tell(self) {
        self.told.into_iter().for_each(Put::tell);
    }
}

impl<T, G> Timeline<T, G> {
    pub(super) fn new() -> Self {
        Self {
            past: VecDeque::new(),
            future: Vec::new(),
            open: None,
            watchers: Watchers::default(),
            told: Steps::default(),
        }
    }

    pub(super) fn steps(&self) -> Steps {
        Steps { undo: self.past.len(), redo: self.future.len() }
    }

    pub(super) fn watch(&mut self) -> Latest<Steps> {
        self.watchers.add(self.steps())
    }

    /// The step that leads on from here.
    pub(super) fn next(&self, direction: Direction) -> Option<Arc<Step<T>>> {
        match direction {
            Direction::Back => self.past.back(),
            Direction::Forth => self.future.last(),
        }
        .cloned()
    }

    /// Whether what happens now may grow the newest step, by its group and by the time since it last grew.
    pub(super) fn is_open(&self, group: Option<&G>, now: Instant, pause: Option<Duration>) -> bool
    where
        G: PartialEq,
    {
        let Some(open) = &self.open else { return false };
        let in_time = pause.is_none_or(|pause| now.saturating_duration_since(open.last) < pause);
        in_time && group == Some(&open.group)
    }

    /// The newest step is complete.
    pub(super) fn close(&mut self) -> Left<T, G> {
        let group = self.open.take();
        self.left(Vec::new(), group)
    }

    /// A new step, or the newest one grown.
    pub(super) fn record(
        &mut self,
        step: Option<Step<T>>,
        grows: bool,
        open: Option<Open<G>>,
        cap: usize,
    ) -> Left<T, G> {
        let mut gone: Vec<_> = self.future.drain(..).collect();
        if grows {
            gone.extend(self.past.pop_back());
        }
        // A group that has come back to where it began is no step.
        let group = std::mem::replace(&mut self.open, open.filter(|_| step.is_some()));
        self.past.extend(step.map(Arc::new));
        while self.past.len() > cap {
            gone.extend(self.past.pop_front());
        }
        self.left(gone, group)
    }

    /// `step` was undone or redone; it may be redone or undone as `back`, if that is anything. Nothing is done if it is
    /// not the next one any more.
    pub(super) fn turn_over(
        &mut self,
        step: &Arc<Step<T>>,
        direction: Direction,
        back: Option<Arc<Step<T>>>,
    ) -> Left<T, G> {
        if !self.next(direction).is_some_and(|next| Arc::ptr_eq(&next, step)) {
            return self.left(Vec::new(), None);
        }
        let group = self.open.take();
        let gone = match direction {
            Direction::Back => {
                self.future.extend(back);
                self.past.pop_back()
            }
            Direction::Forth => {
                self.past.extend(back);
                self.future.pop()
            }
        };
        self.left(gone.into_iter().collect(), group)
    }

    pub(super) fn clear(&mut self) -> Left<T, G> {
        let gone = self.past.drain(..).chain(self.future.drain(..)).collect();
        let group = self.open.take();
        self.left(gone, group)
    }

    fn left(&mut self, steps: Vec<Arc<Step<T>>>, group: Option<Open<G>>) -> Left<T, G> {
        let now = self.steps();
        let has_changed = std::mem::replace(&mut self.told, now) != now;
        let told = if has_changed { self.watchers.put(&now) } else { Vec::new() };
        Left { _steps: steps, _group: group, told }
    }
}
