//! The end of a window.

use super::windows::{OpensWindows, Token};
use crate::key::Key;
use crate::platform::{BoxFuture, MaybeSend};
use crate::store_api::{StoreApi, WeakStore};
use tokio::sync::oneshot;

/// Waits for the end of one window, which may be moved meanwhile. If it is dropped before, with the store, the window is
/// gone as well.
pub(super) struct Timer<S: 'static, A: MaybeSend + 'static, K: Key, W: OpensWindows<S, A, K>> {
    owner: W,
    store: WeakStore<S, A>,
    key: K,
    token: Token,
}

impl<S: 'static, A: MaybeSend + 'static, K: Key, W: OpensWindows<S, A, K>> Timer<S, A, K, W> {
    pub(super) fn start(owner: W, store: &dyn StoreApi<S, A>, key: K, token: Token, closed: oneshot::Receiver<()>) {
        let timer = Self { owner, store: store.weak(), key, token };
        store.spawn(Box::pin(async move {
            tokio::select! {
                biased;
                _ = closed => {}
                () = timer.run() => {}
            }
        }));
    }

    async fn run(&self) {
        while let Some(pause) = self.store.turn(|store| self.pause_or_end(store)).flatten() {
            pause.await;
        }
    }

    /// What is left of the window. If nothing is, it ends.
    fn pause_or_end(&self, store: &dyn StoreApi<S, A>) -> Option<BoxFuture<()>> {
        let left = self.owner.windows().span(&self.key)?.until.saturating_duration_since(store.now());
        if left.is_zero() {
            self.owner.end(store, &self.key, self.token);
            return None;
        }
        Some(store.sleep(left))
    }
}

impl<S: 'static, A: MaybeSend + 'static, K: Key, W: OpensWindows<S, A, K>> Drop for Timer<S, A, K, W> {
    fn drop(&mut self) {
        let windows = self.owner.windows();
        if let Some(held) = windows.close(&self.key, self.token) {
            windows.statuses.abandon(&self.key);
            drop(held);
        }
    }
}
