//! Values that come from the server unasked-for: never taken for the user's wish, never put over one.

use super::drive::Driver;
use super::lane::differ;
use super::spec::OptimisticSync;
use std::fmt;
use std::sync::Arc;

/// A look at the server that was begun at a certain moment; made by
/// [`OptimisticSyncMiddleware::refresh`](super::OptimisticSyncMiddleware::refresh).
///
/// Begin it before the question goes to the server, and [`put`](Self::put) each value of the answer. What was changed
/// here since it began is newer than the answer can be, and stays. Don't dispatch an action of your own with what came
/// from the server: while a request is in flight, that is taken for the user's wish, and sent.
///
/// ```
/// # use foregone_middleware::{OptimisticSync, OptimisticSyncMiddleware};
/// async fn reload_all<S: 'static, A: 'static, P>(sync: &OptimisticSyncMiddleware<S, A, P>, api: &Api<P::Key, P::Value>)
/// where
///     P: OptimisticSync<S, A>,
/// {
///     let refresh = sync.refresh();
///     for (key, value) in api.load_all().await {
///         refresh.put(&key, value);
///     }
/// }
/// # struct Api<K, V>(std::marker::PhantomData<(K, V)>);
/// # impl<K, V> Api<K, V> { async fn load_all(&self) -> Vec<(K, V)> { Vec::new() } }
/// ```
pub struct Refresh<S: 'static, A: 'static, P: OptimisticSync<S, A>> {
    driver: Arc<Driver<S, A, P>>,
    begun: (u64, u64),
}

impl<S: 'static, A: 'static, P: OptimisticSync<S, A>> Refresh<S, A, P> {
    pub(super) fn begin(driver: &Arc<Driver<S, A, P>>) -> Self {
        let begun = driver.lanes.lock().refresh_begun();
        Self { driver: Arc::clone(driver), begun }
    }

    /// The server holds `value`: show it, by the action that `set` makes. Gives false, and does nothing, if the key
    /// was changed here since the refresh began, was put by one that began later, was cleared, or the store is gone. A
    /// status that says that the key failed stays until the next dispatch.
    ///
    /// # Panics
    ///
    /// If `value` of the spec panics.
    pub fn put(&self, key: &P::Key, value: P::Value) -> bool {
        let driver = &self.driver;
        let put = driver.turn(|store| {
            let current = driver.lanes.lock().pulled(key, self.begun, &value);
            if current && differ(&driver.spec.value(&store.state(), key), &value) {
                // What goes wrong here is logged there.
                let _ = driver.show(store, key, value);
            }
            current
        });
        put.unwrap_or(false)
    }
}

impl<S: 'static, A: 'static, P: OptimisticSync<S, A>> Drop for Refresh<S, A, P> {
    fn drop(&mut self) {
        self.driver.lanes.lock().refresh_ended();
    }
}

impl<S: 'static, A: 'static, P: OptimisticSync<S, A>> fmt::Debug for Refresh<S, A, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Refresh").finish_non_exhaustive()
    }
}
