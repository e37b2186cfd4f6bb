//! Undo and redo.

mod builder;
mod config;
mod error;
mod record;
mod restore;
mod timeline;

pub use builder::HistoryBuilder;
pub use error::HistoryError;
pub use timeline::Steps;

use crate::completion::Completion;
use crate::latest::Latest;
use crate::middleware::{Middleware, Next};
use crate::platform::{MaybeSend, MaybeSync};
use crate::store_api::{StoreApi, WeakStore};
use record::Inner;
use std::fmt;
use std::sync::Arc;
use timeline::Direction;
use tracing::error;

/// Undo and redo, of what the selected part of the state was before each step.
///
/// ```text
///  dispatch   Type t   Type e   Check   undo      undo      redo
///  part       t        te       te ✓    te                  te
///  steps      └ one group ┘     └ one   │ Restore "te"      │ Restore "te"
///  part                                 te        (empty)   te
/// ```
///
/// A **step** is what one recorded dispatch changed, with everything that was dispatched within it. To undo one is to
/// dispatch the action that `restore` makes of what was there before: an ordinary action, through the whole chain.
/// Loggers and subscribers see it; and if it is tagged for an
/// [`OptimisticSyncMiddleware`](crate::OptimisticSyncMiddleware), the server is told as if the user had done it by hand,
/// and the [`Completion`] of the undo says whether it agreed. For a part with many keys, let a middleware take the
/// restoring action apart into a tagged one for each key that differs, all dispatched within it. A new step after an undo
/// drops what could be redone.
///
/// # What was not recorded
///
/// An undo never overwrites a change that it did not record. If the selected part was changed by an action that is left
/// out by [`record`](HistoryBuilder::record), the steps are forgotten, and [`can_undo`](Self::can_undo) says so: to
/// restore them would take that change back as well. So select no more than what the user edits; or say how to undo a
/// step and leave everything else as it is, by [`merge`](HistoryBuilder::merge).
///
/// # Limits
///
/// The part is selected and compared once or twice per dispatch, so its comparison should skip what both have in common,
/// as that of `im::OrdMap` and `im::OrdSet` does. An `im::HashMap` looks at every item: a second for a million of them.
/// Put that into a type of your own which is equal if it is `ptr_eq`. A value that is not equal to itself, NaN, always
/// counts as changed, and cannot be undone. Effects are not undone, only the state.
///
/// # Where in the chain
///
/// Add it after what delays or drops actions (`Debounce`, `Throttle`, `Online`), since it records those that pass it;
/// before a [`BatchActions`](crate::BatchActions) for a batch to be one step, after it for as many steps as it has
/// actions.
///
/// This is a cheap handle: clone it before you plug it in. Make one for each store; in a second one it does nothing but
/// say so, as a `tracing` error.
///
/// ```
/// use foregone_middleware::History;
///
/// enum Action { Add(i32), Restore(i32) }
///
/// let history = History::new(|sum: &i32| *sum, Action::Restore);
/// // Store::builder(0, reduce).middleware(history.clone()).build()
/// # fn plugged(_: impl foregone_middleware::Middleware<i32, Action>) {}
/// # plugged(history.clone());
/// // ... later: history.undo()
/// ```
pub struct History<S, A, T, G = ()>(Arc<Inner<S, A, T, G>>);

impl<S: 'static, A: 'static, T: Clone + PartialEq> History<S, A, T> {
    /// With the defaults: every action is recorded, each is a step of its own, and 100 are kept.
    pub fn new(
        select: impl Fn(&S) -> T + MaybeSend + MaybeSync + 'static,
        restore: impl Fn(T) -> A + MaybeSend + MaybeSync + 'static,
    ) -> Self {
        Self::builder(select, restore).build()
    }

    /// To set it up differently. `select` takes the part of the state that has a history, `restore` makes the action that
    /// puts it back.
    pub fn builder(
        select: impl Fn(&S) -> T + MaybeSend + MaybeSync + 'static,
        restore: impl Fn(T) -> A + MaybeSend + MaybeSync + 'static,
    ) -> HistoryBuilder<S, A, T> {
        HistoryBuilder::new(select, restore)
    }
}

impl<S: 'static, A: 'static, T: Clone + PartialEq, G: PartialEq> History<S, A, T, G> {
    /// Undoes the newest step. It has been applied when this returns; the completion is that of the restoring action.
    ///
    /// It may be called from anywhere a dispatch may: from a subscriber, or by a middleware, when an action of yours asks
    /// for it. The dispatch in which it is called is then no step.
    ///
    /// If nothing was undone, the completion has failed with a [`HistoryError`].
    ///
    /// # Panics
    ///
    /// As a dispatch does.
    #[expect(clippy::must_use_candidate, reason = "it is called for what it does")]
    pub fn undo(&self) -> Completion {
        self.0.go(Direction::Back)
    }

    /// Redoes the step that was undone last. Otherwise as [`undo`](Self::undo).
    ///
    /// # Panics
    ///
    /// As a dispatch does.
    #[expect(clippy::must_use_candidate, reason = "it is called for what it does")]
    pub fn redo(&self) -> Completion {
        self.0.go(Direction::Forth)
    }

    /// Forgets all steps: for a document that is closed, or a log-out.
    ///
    /// # Panics
    ///
    /// When called by a reducer.
    pub fn clear(&self) {
        // In a turn, so that a dispatch of another thread is recorded before it or after it.
        let cleared = self.0.store.get().and_then(|store| store.turn(|_| self.0.clear()));
        cleared.unwrap_or_else(|| self.0.clear());
    }
}

impl<S, A, T, G> History<S, A, T, G> {
    /// Whether there is a step to undo.
    #[must_use]
    pub fn can_undo(&self) -> bool {
        self.steps().undo > 0
    }

    /// Whether there is a step to redo.
    #[must_use]
    pub fn can_redo(&self) -> bool {
        self.steps().redo > 0
    }

    /// How many steps there are.
    #[must_use]
    pub fn steps(&self) -> Steps {
        self.0.timeline.lock().steps()
    }

    /// [`steps`](Self::steps) as a stream: now, and whenever they change. For a button alone, use
    /// [`Latest::distinct`]: `history.watch().distinct(|steps| steps.undo > 0)`.
    #[must_use]
    pub fn watch(&self) -> Latest<Steps> {
        self.0.timeline.lock().watch()
    }
}

impl<S, A, T, G> Middleware<S, A> for History<S, A, T, G>
where
    S: 'static,
    A: 'static,
    T: Clone + PartialEq + MaybeSend + MaybeSync + 'static,
    G: PartialEq + MaybeSend + 'static,
{
    fn handle(&self, store: &dyn StoreApi<S, A>, action: A, next: Next<'_, S, A>) -> Completion {
        self.0.handle(store, action, next)
    }

    fn attach(&self, store: WeakStore<S, A>) {
        if self.0.store.set(store).is_err() {
            error!(target: "foregone", history = ?self, "is plugged in already: make one for each store");
        }
    }
}

impl<S, A, T, G> Clone for History<S, A, T, G> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<S, A, T, G> fmt::Debug for History<S, A, T, G> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.config.fmt_as("History", f)
    }
}
