//! When a listener's effect begins, and how it runs.

use super::Listeners;
use super::effect_api::EffectApi;
use super::listening::Listening;
use super::watchers::{Place, Then, Watch, Watchers};
use crate::effects::runs::{Cut, Runs, Take, next_id};
use crate::platform::{MaybeSend, MaybeSync};
use crate::store_api::StoreApi;
use parking_lot::Mutex;
use std::future::Future;
use std::sync::{Arc, Weak};
use tracing::error;

/// What a listener does, and those of its effects that are running.
pub(super) struct Reaction<S, A, E> {
    effect: E,
    take: Take,
    place: Place,
    runs: Arc<Runs<()>>,
    /// Weak: this is one of them.
    watchers: Weak<Watchers<S, A>>,
}

impl<S, A, E> Reaction<S, A, E>
where
    S: MaybeSend + MaybeSync + 'static,
    A: 'static,
{
    pub(super) fn new(listeners: &Listeners<S, A>, effect: E) -> Self {
        let watchers = Arc::downgrade(&listeners.watchers);
        Self { effect, take: listeners.take, place: Place::new(watchers.clone()), runs: Runs::new(), watchers }
    }

    pub(super) fn place(&self) -> &Place {
        &self.place
    }

    pub(super) fn listening(&self) -> Listening {
        Listening::new(self.place.clone(), Arc::clone(&self.runs))
    }

    /// Within the turn in which the action was applied.
    fn begin<T, F>(&self, store: &dyn StoreApi<S, A>, before: Arc<S>, event: T)
    where
        E: Fn(T, EffectApi<S, A>) -> F,
        F: Future + MaybeSend + 'static,
    {
        let Some(mut run) = self.runs.begin((), next_id(), self.take) else { return };
        let api = EffectApi {
            store: store.weak(),
            before,
            watchers: Weak::clone(&self.watchers),
            place: self.place.clone(),
            runs: Arc::clone(&self.runs),
            stop: Arc::clone(run.stop()),
        };
        let effect = (self.effect)(event, api);
        let effect = Box::pin(async { drop(effect.await) });
        store.spawn(Box::pin(async move {
            if let Err(Cut::Panicked(panic)) = run.drive(|| effect).await {
                error!(target: "foregone", panic, "the effect of a listener panicked");
            }
        }));
    }
}

/// Follows an action.
pub(super) struct OnAction<S, A, M, E> {
    pub(super) matches: M,
    pub(super) reaction: Reaction<S, A, E>,
}

impl<S, A, T, F, M, E> Watch<S, A> for OnAction<S, A, M, E>
where
    S: MaybeSend + MaybeSync + 'static,
    A: 'static,
    T: 'static,
    M: Fn(&A) -> Option<T> + MaybeSend + MaybeSync,
    E: Fn(T, EffectApi<S, A>) -> F + MaybeSend + MaybeSync,
    F: Future + MaybeSend + 'static,
{
    fn see<'w>(&'w self, store: &dyn StoreApi<S, A>, action: &A) -> Option<Then<'w, S, A>> {
        let event = (self.matches)(action)?;
        let before = store.state();
        Some(Box::new(move |store, is_applied| {
            if is_applied {
                self.reaction.begin(store, before, event);
            }
        }))
    }
}

/// Follows a change.
pub(super) struct OnChange<S, A, T, M, E> {
    pub(super) selector: M,
    /// What the selector took last, if it did.
    pub(super) last: Mutex<Option<T>>,
    pub(super) reaction: Reaction<S, A, E>,
}

impl<S, A, T, F, M, E> Watch<S, A> for OnChange<S, A, T, M, E>
where
    S: MaybeSend + MaybeSync + 'static,
    A: 'static,
    T: PartialEq + Clone + MaybeSend + 'static,
    M: Fn(&S) -> T + MaybeSend + MaybeSync,
    E: Fn((T, T), EffectApi<S, A>) -> F + MaybeSend + MaybeSync,
    F: Future + MaybeSend + 'static,
{
    fn see<'w>(&'w self, store: &dyn StoreApi<S, A>, _action: &A) -> Option<Then<'w, S, A>> {
        let before = store.state();
        Some(Box::new(move |store, _is_applied| {
            let new = (self.selector)(&store.state());
            let last = self.last.lock().take();
            let old = last.unwrap_or_else(|| (self.selector)(&before));
            let has_changed = old != new;
            let kept = self.last.lock().replace(new.clone());
            drop(kept);
            if has_changed {
                self.reaction.begin(store, before, (old, new));
            }
        }))
    }
}
