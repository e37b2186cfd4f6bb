//! A step back, or forth.

use super::error::{HistoryError, no_store};
use super::record::Inner;
use super::timeline::{Direction, Step};
use crate::completion::Completion;
use crate::store_api::StoreApi;
use std::sync::Arc;

impl<S: 'static, A: 'static, T: Clone + PartialEq, G: PartialEq> Inner<S, A, T, G> {
    pub(super) fn go(&self, direction: Direction) -> Completion {
        let went = self.store.get().and_then(|store| store.turn(|store| self.restore(store, direction)));
        went.unwrap_or_else(no_store)
    }

    fn restore(&self, store: &dyn StoreApi<S, A>, direction: Direction) -> Completion {
        if self.is_restoring.is_up() {
            return HistoryError::Busy.completion();
        }
        let _restoring = self.is_restoring.raise();
        loop {
            let Some(step) = self.timeline.lock().next(direction) else {
                return HistoryError::NothingLeft.completion();
            };
            let (from, to) = step.way(direction);
            let now = self.select(store);
            let is_as_it_was_left = now == *from;
            let target = match &self.config.merge {
                _ if is_as_it_was_left => to.clone(),
                Some(merge) => merge.merge(from, to, &now),
                None => {
                    self.clear();
                    return HistoryError::Changed.completion();
                }
            };
            if target == now {
                // Others have changed it to that already: nobody would see a difference.
                self.turn_over(&step, direction, None);
                continue;
            }
            let completion = store.dispatch(self.config.part.restore(target.clone()));
            if self.select(store) != target {
                let is_withheld = completion.failure().is_some();
                return if is_withheld { completion } else { HistoryError::Ignored.completion() };
            }
            let back = if is_as_it_was_left {
                Arc::clone(&step)
            } else {
                Arc::new(match direction {
                    Direction::Back => Step { before: target, after: now },
                    Direction::Forth => Step { before: now, after: target },
                })
            };
            self.turn_over(&step, direction, Some(back));
            self.has_restored.put_up();
            return completion;
        }
    }

    fn turn_over(&self, step: &Arc<Step<T>>, direction: Direction, back: Option<Arc<Step<T>>>) {
        let left = self.timeline.lock().turn_over(step, direction, back);
        left.tell();
    }
}
