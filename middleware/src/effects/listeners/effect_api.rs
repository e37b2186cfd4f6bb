//! What an effect of a listener sees and can do.

use super::awaited::{Awaited, Condition, Taking};
use super::fork::{Fork, ForkError};
use super::watchers::{Place, Watch, Watchers};
use crate::completion::Completion;
use crate::effects::runs::{Runs, Stop, until_told};
use crate::panic::catch_async;
use crate::platform::{BoxFuture, MaybeSend, MaybeSync};
use crate::store_api::WeakStore;
use std::fmt;
use std::future::{Future, pending};
use std::sync::{Arc, Weak};
use std::time::Duration;
use tokio::sync::oneshot;
use tracing::error;

/// What an effect of a [listener](super::Listeners) sees and can do: the store, waiting, and tasks of its own.
///
/// A cheap handle. It does not keep the store alive.
///
/// ```
/// use foregone_middleware::EffectApi;
///
/// #[derive(PartialEq)]
/// enum Screen { LoggedOut, LoggedIn }
/// enum Action { LogOut, Fetch }
///
/// /// From the first login on, until the user logs out.
/// async fn session(api: EffectApi<Screen, Action>) {
///     let logged_out = api.take(|action| matches!(action, Action::LogOut).then_some(()));
///     api.condition(|screen| *screen == Screen::LoggedIn).await;
///     api.dispatch(Action::Fetch);
///     logged_out.await;
/// }
/// ```
pub struct EffectApi<S, A> {
    pub(super) store: WeakStore<S, A>,
    pub(super) before: Arc<S>,
    pub(super) watchers: Weak<Watchers<S, A>>,
    pub(super) place: Place,
    pub(super) runs: Arc<Runs<()>>,
    pub(super) stop: Arc<Stop>,
}

impl<S, A> EffectApi<S, A>
where
    S: MaybeSend + MaybeSync + 'static,
    A: 'static,
{
    /// The current state. While the store is just being dropped, the [original](Self::original_state) one.
    #[must_use]
    pub fn state(&self) -> Arc<S> {
        self.store.state().unwrap_or_else(|| Arc::clone(&self.before))
    }

    /// The state before the action that the effect follows. It is kept for as long as this is.
    #[must_use]
    pub fn original_state(&self) -> Arc<S> {
        Arc::clone(&self.before)
    }

    /// Sends an action through the whole chain. Applied when it returns.
    pub fn dispatch(&self, action: A) -> Completion {
        self.store.dispatch(action)
    }

    /// The store, for a [turn](WeakStore::turn).
    #[must_use]
    pub fn store(&self) -> &WeakStore<S, A> {
        &self.store
    }

    /// Ends after this time, by the store's clock.
    #[must_use]
    pub fn sleep(&self, duration: Duration) -> BoxFuture<()> {
        self.store.sleep(duration)
    }

    /// Waits for the next action of which `pick` gives something, and gives that, once the action was applied. The next
    /// from this call on, not from the first poll.
    ///
    /// An action that a middleware further in withholds does not count.
    pub fn take<T: MaybeSend + 'static>(
        &self,
        pick: impl Fn(&A) -> Option<T> + MaybeSend + MaybeSync + 'static,
    ) -> Awaited<S, A, T> {
        let (taking, answer) = Taking::new(pick);
        self.wait(Arc::new(taking), answer)
    }

    /// Waits until `holds` is true of the state after an action, or now, and gives that state.
    ///
    /// It misses no state, however short it lasts; what `holds` is true of may have changed when the effect goes on.
    pub fn condition(&self, holds: impl Fn(&S) -> bool + MaybeSend + MaybeSync + 'static) -> Awaited<S, A, Arc<S>> {
        let (condition, answer) = Condition::new(holds);
        let condition = Arc::new(condition);
        let awaited = self.wait(Arc::clone(&condition) as _, answer);
        condition.look(self.state());
        awaited
    }

    fn wait<T>(&self, watch: Arc<dyn Watch<S, A>>, answer: oneshot::Receiver<T>) -> Awaited<S, A, T> {
        let place = Place::new(Weak::clone(&self.watchers));
        if let Some(watchers) = self.watchers.upgrade() {
            watchers.add(&place, watch);
        }
        Awaited { answer, store: self.store.clone(), place }
    }

    /// Runs `task` beside this effect. When the effect has ended, by itself or not, the task is dropped at its next
    /// `.await`: await the [`Fork`] to have it finish.
    ///
    /// A panic in it is reported, and does not end the effect.
    pub fn fork<T: MaybeSend + 'static>(&self, task: impl Future<Output = T> + MaybeSend + 'static) -> Fork<T> {
        let (tell, result) = oneshot::channel();
        let (cancel, cancelled) = oneshot::channel();
        let mut told = self.stop.subscribe();
        self.store.spawn(Box::pin(async move {
            let task = async {
                tokio::select! {
                    biased;
                    () = sent(cancelled) => Err(ForkError::Cancelled),
                    done = catch_async(task) => done.map_err(ForkError::Panicked),
                }
            };
            let ended = until_told(&mut told, task).await.unwrap_or(Err(ForkError::Cancelled));
            if let Err(ForkError::Panicked(panic)) = &ended {
                error!(target: "foregone", panic, "a fork of an effect panicked");
            }
            // Nobody needs to wait for it.
            let _ = tell.send(ended);
        }));
        Fork { result, cancel: Some(cancel) }
    }

    /// Removes the listener: no other effect of it begins. This one, and others that are running, go on.
    pub fn unsubscribe(&self) {
        self.runs.close();
        self.place.leave();
    }
}

/// Never ends if the sender was dropped.
async fn sent(cancelled: oneshot::Receiver<()>) {
    if cancelled.await.is_err() {
        pending::<()>().await;
    }
}

impl<S, A> Clone for EffectApi<S, A> {
    fn clone(&self) -> Self {
        Self {
            store: self.store.clone(),
            before: Arc::clone(&self.before),
            watchers: Weak::clone(&self.watchers),
            place: self.place.clone(),
            runs: Arc::clone(&self.runs),
            stop: Arc::clone(&self.stop),
        }
    }
}

impl<S, A> fmt::Debug for EffectApi<S, A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EffectApi").field("listener", &self.place).finish_non_exhaustive()
    }
}
