//! Waiting for an action, or for a state.

use super::watchers::{Place, Then, Watch};
use crate::platform::{MaybeSend, MaybeSync};
use crate::store_api::{StoreApi, WeakStore};
use parking_lot::Mutex;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::sync::oneshot;

/// What an effect waits for: made by [`EffectApi::take`](super::EffectApi::take) and
/// [`EffectApi::condition`](super::EffectApi::condition), and watching from then on, whether or not it is polled.
///
/// If the store is dropped, it never ends: its effect does.
///
/// # Cancel safety
///
/// Dropping it leaves nothing behind. Polled by reference, in a `select!` say, it misses nothing in between.
///
/// ```
/// use foregone_middleware::EffectApi;
/// use std::time::Duration;
///
/// enum Action { Confirm, Delete }
///
/// async fn ask(api: EffectApi<(), Action>) {
///     let confirmed = api.take(|action| matches!(action, Action::Confirm).then_some(()));
///     if confirmed.within(Duration::from_secs(10)).await.is_some() {
///         api.dispatch(Action::Delete);
///     }
/// }
/// ```
///
/// Of several, all within one limit, or the first:
///
/// ```
/// use foregone_middleware::EffectApi;
/// use std::time::Duration;
///
/// #[derive(Clone)]
/// enum Action { User(String), Posts(Vec<String>), Show(String, Vec<String>), Failed }
///
/// async fn show(api: EffectApi<(), Action>) {
///     let user = api.take(|action| if let Action::User(user) = action { Some(user.clone()) } else { None });
///     let posts = api.take(|action| if let Action::Posts(posts) = action { Some(posts.clone()) } else { None });
///     let limit = api.sleep(Duration::from_secs(5));
///     tokio::select! {
///         (user, posts) = async { tokio::join!(user, posts) } => api.dispatch(Action::Show(user, posts)),
///         () = limit => api.dispatch(Action::Failed),
///     };
/// }
/// ```
#[must_use = "a future does nothing unless it is awaited"]
pub struct Awaited<S, A, T> {
    pub(super) answer: oneshot::Receiver<T>,
    pub(super) store: WeakStore<S, A>,
    pub(super) place: Place,
}

impl<S, A, T> Awaited<S, A, T> {
    /// Waits no longer than `limit`, from when the future is first polled: none if it did not come by then.
    pub async fn within(self, limit: Duration) -> Option<T> {
        let sleep = self.store.sleep(limit);
        tokio::select! {
            biased;
            found = self => Some(found),
            () = sleep => None,
        }
    }
}

impl<S, A, T> Future for Awaited<S, A, T> {
    type Output = T;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<T> {
        match Pin::new(&mut self.answer).poll(cx) {
            Poll::Ready(Ok(found)) => Poll::Ready(found),
            // With no store, nothing will come.
            Poll::Ready(Err(_)) | Poll::Pending => Poll::Pending,
        }
    }
}

impl<S, A, T> Drop for Awaited<S, A, T> {
    fn drop(&mut self) {
        self.place.leave();
    }
}

impl<S, A, T> fmt::Debug for Awaited<S, A, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Awaited").field(&self.place).finish()
    }
}

/// Told once.
struct Asker<T>(Mutex<Option<oneshot::Sender<T>>>);

impl<T> Asker<T> {
    fn is_told(&self) -> bool {
        self.0.lock().is_none()
    }

    fn tell(&self, found: T) {
        let asker = self.0.lock().take();
        if let Some(asker) = asker {
            // Whoever asked may be just going.
            let _ = asker.send(found);
        }
    }
}

/// Waits for an action of which `pick` gives something.
pub(super) struct Taking<T, F> {
    pick: F,
    asker: Asker<T>,
}

impl<T, F> Taking<T, F> {
    pub(super) fn new(pick: F) -> (Self, oneshot::Receiver<T>) {
        let (asker, answer) = oneshot::channel();
        (Self { pick, asker: Asker(Mutex::new(Some(asker))) }, answer)
    }
}

impl<S, A, T, F> Watch<S, A> for Taking<T, F>
where
    T: MaybeSend + 'static,
    F: Fn(&A) -> Option<T> + MaybeSend + MaybeSync,
{
    fn see<'w>(&'w self, _store: &dyn StoreApi<S, A>, action: &A) -> Option<Then<'w, S, A>> {
        if self.asker.is_told() {
            return None;
        }
        let found = (self.pick)(action)?;
        Some(Box::new(move |_store, is_applied| {
            if is_applied {
                self.asker.tell(found);
            }
        }))
    }
}

/// Waits for a state of which `holds` is true.
pub(super) struct Condition<S, F> {
    holds: F,
    asker: Asker<Arc<S>>,
}

impl<S, F: Fn(&S) -> bool> Condition<S, F> {
    pub(super) fn new(holds: F) -> (Self, oneshot::Receiver<Arc<S>>) {
        let (asker, answer) = oneshot::channel();
        (Self { holds, asker: Asker(Mutex::new(Some(asker))) }, answer)
    }

    pub(super) fn look(&self, state: Arc<S>) {
        if !self.asker.is_told() && (self.holds)(&state) {
            self.asker.tell(state);
        }
    }
}

impl<S, A, F> Watch<S, A> for Condition<S, F>
where
    S: MaybeSend + MaybeSync,
    F: Fn(&S) -> bool + MaybeSend + MaybeSync,
{
    fn see<'w>(&'w self, _store: &dyn StoreApi<S, A>, _action: &A) -> Option<Then<'w, S, A>> {
        Some(Box::new(|store, _is_applied| self.look(store.state())))
    }
}
