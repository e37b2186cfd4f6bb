//! What follows when a key has come to rest: the finish hook, and the reload of a failed value. Nothing in the lanes
//! waits for it.

use super::SyncError;
use super::builder::OnFailure;
use super::drive::Driver;
use super::lane::differ;
use super::panic::catch;
use super::refresh::Refresh;
use super::spec::{Finish, OptimisticSync};
use std::sync::Arc;
use tracing::error;

/// What is left to do for one cycle.
pub(super) struct Tail<S: 'static, A: 'static, P: OptimisticSync<S, A>> {
    finish: Finish<P::Key, P::Value, P::Error>,
    open: Open<S, A, P>,
}

impl<S: 'static, A: 'static, P: OptimisticSync<S, A>> Tail<S, A, P> {
    pub(super) fn new(driver: &Arc<Driver<S, A, P>>, epoch: u64, finish: Finish<P::Key, P::Value, P::Error>) -> Self {
        let in_doubt = finish.error.is_some() && finish.requests > 0;
        let reloads = in_doubt && matches!(driver.config.on_failure, OnFailure::Reload(_));
        let reload = reloads.then(|| Refresh::begin(driver));
        Self { finish, open: Open { driver: Arc::clone(driver), epoch, reload } }
    }

    pub(super) async fn run(self) {
        let Self { finish, open } = self;
        let key = finish.key.clone();
        tokio::join!(open.hook(&key, finish), open.reload(&key));
    }

    /// As [`run`](Self::run), in the background.
    pub(super) fn spawn(self) {
        let driver = Arc::clone(&self.open.driver);
        driver.turn(|store| {
            if driver.lanes.lock().is_epoch(self.open.epoch) {
                store.spawn(driver.this_epoch(self.run()));
            }
        });
    }
}

/// Hook and reload, counted as under way until this is dropped.
struct Open<S: 'static, A: 'static, P: OptimisticSync<S, A>> {
    driver: Arc<Driver<S, A, P>>,
    epoch: u64,
    /// Begun when the request failed, so that it cannot overwrite anything newer.
    reload: Option<Refresh<S, A, P>>,
}

impl<S: 'static, A: 'static, P: OptimisticSync<S, A>> Open<S, A, P> {
    async fn hook(&self, key: &P::Key, finish: Finish<P::Key, P::Value, P::Error>) {
        let driver = &self.driver;
        let problem = match driver.within(async { driver.spec.on_finish(finish).await }).await {
            Ok(None) => return,
            Ok(Some(action)) => match driver.turn(|store| catch(|| self.apply(store, key, action))) {
                Some(Err(message)) => SyncError::Panicked(message),
                Some(Ok(())) | None => return,
            },
            Err(problem) => problem,
        };
        error!(target: "foregone", ?key, error = %problem, "the finish hook failed");
    }

    /// The hook's action, and right after it what a newer intent wants to be shown.
    fn apply(&self, store: &dyn crate::StoreApi<S, A>, key: &P::Key, action: A) {
        let driver = &self.driver;
        if !driver.lanes.lock().is_epoch(self.epoch) {
            return;
        }
        drop(store.dispatch(action));
        let pending = driver.lanes.lock().pending_view(key);
        if let Some(view) = pending
            && differ(&view, &driver.spec.value(&store.state(), key))
        {
            // What goes wrong here is logged there; the newer intent's own answer comes by again.
            let _ = driver.show(store, key, view);
        }
    }

    async fn reload(&self, key: &P::Key) {
        let (Some(refresh), OnFailure::Reload(load)) = (&self.reload, &self.driver.config.on_failure) else {
            return;
        };
        let problem = match self.driver.within(async { load.load(key.clone()).await }).await {
            Ok(Ok(value)) => {
                refresh.put(key, value);
                return;
            }
            Ok(Err(error)) => SyncError::Send(error),
            Err(problem) => problem,
        };
        error!(target: "foregone", ?key, error = %problem, "the reload after a failure failed as well");
    }
}

impl<S: 'static, A: 'static, P: OptimisticSync<S, A>> Drop for Open<S, A, P> {
    fn drop(&mut self) {
        self.driver.lanes.lock().tail_ended(self.epoch);
        self.driver.tell_if_quiet();
    }
}
