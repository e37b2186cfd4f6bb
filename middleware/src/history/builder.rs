//! How a `History` is set up.

use super::History;
use super::config::Config;
use super::record::Inner;
use crate::key::Tag;
use crate::platform::{MaybeSend, MaybeSync};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// Sets up a [`History`]. Made by [`History::builder`].
///
/// ```
/// use foregone_middleware::History;
/// use std::time::Duration;
///
/// enum Action { Type(u32, char), Check(u32), FromServer(String), Restore(String) }
///
/// # struct State { text: String }
/// let history = History::builder(|state: &State| state.text.clone(), Action::Restore)
///     .record(|action| !matches!(action, Action::FromServer(_)))
///     .group(|action| if let Action::Type(field, _) = action { Some(*field) } else { None })
///     .pause(Duration::from_secs(2))
///     .cap(1000)
///     .build();
/// ```
#[must_use = "a builder does nothing until `build` is called"]
pub struct HistoryBuilder<S, A, T, G = ()> {
    config: Config<S, A, T>,
    group: Box<dyn Tag<A, G>>,
}

impl<S, A, T> HistoryBuilder<S, A, T> {
    pub(super) fn new(
        select: impl Fn(&S) -> T + MaybeSend + MaybeSync + 'static,
        restore: impl Fn(T) -> A + MaybeSend + MaybeSync + 'static,
    ) -> Self {
        let part = Box::new((select, restore));
        let record = Box::new(|_: &A| Some(()));
        Self { config: Config { part, record, merge: None, pause: None, cap: 100 }, group: Box::new(|_: &A| None) }
    }
}

impl<S: 'static, A: 'static, T: Clone + PartialEq, G: PartialEq> HistoryBuilder<S, A, T, G> {
    /// Which actions are steps; all of them unless you say otherwise. Leave out what the user did not do: a server's
    /// answer, another device's change. `restore` is not asked about.
    pub fn record(mut self, record: impl Fn(&A) -> bool + MaybeSend + MaybeSync + 'static) -> Self {
        self.config.record = Box::new(move |action: &A| record(action).then_some(()));
        self
    }

    /// Consecutive steps of the same group are one: the letters of a word, the way of a slider. A recorded action of
    /// another group, or of none, ends it, also if it changes nothing; so does an undo or a redo.
    ///
    /// Groups are compared under a lock: their `PartialEq` must neither panic nor use a store.
    pub fn group<H: PartialEq>(
        self,
        group: impl Fn(&A) -> Option<H> + MaybeSend + MaybeSync + 'static,
    ) -> HistoryBuilder<S, A, T, H> {
        HistoryBuilder { config: self.config, group: Box::new(group) }
    }

    /// A group ends as well when it did not grow for this long. There is no such limit unless you set it.
    pub fn pause(mut self, pause: Duration) -> Self {
        self.config.pause = Some(pause);
        self
    }

    /// How many steps are kept, 100 unless you say otherwise; the oldest are forgotten.
    pub fn cap(mut self, steps: usize) -> Self {
        self.config.cap = steps;
        self
    }

    /// How to undo a step over a change that was not recorded, instead of forgetting it: `merge(from, to, now)` makes of
    /// `now` what it is when that which leads from `from` to `to` is done to it, and leaves everything else as it is.
    ///
    /// ```
    /// use foregone_middleware::History;
    /// use im::ordmap::DiffItem; // `foregone::im`, in an app
    ///
    /// type Items = im::OrdMap<u32, String>;
    ///
    /// fn merge(from: &Items, to: &Items, now: &Items) -> Items {
    ///     from.diff(to).fold(now.clone(), |items, change| match change {
    ///         DiffItem::Add(id, item) | DiffItem::Update { new: (id, item), .. } => items.update(*id, item.clone()),
    ///         DiffItem::Remove(id, _) => items.without(id),
    ///     })
    /// }
    ///
    /// let history = History::<Items, Items, Items>::builder(Items::clone, |items| items).merge(merge).build();
    /// ```
    pub fn merge(mut self, merge: impl Fn(&T, &T, &T) -> T + MaybeSend + MaybeSync + 'static) -> Self {
        self.config.merge = Some(Box::new(merge));
        self
    }

    /// The middleware, to be plugged into a store.
    #[must_use]
    pub fn build(self) -> History<S, A, T, G> {
        History(Arc::new(Inner::new(self.config, self.group)))
    }
}

impl<S, A, T, G> fmt::Debug for HistoryBuilder<S, A, T, G> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.config.fmt_as("HistoryBuilder", f)
    }
}
