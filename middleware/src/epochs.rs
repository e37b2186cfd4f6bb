//! What was started before a `clear` ends by it, and what is started after it waits for that.

use crate::platform::{BoxFuture, MaybeSend};
use parking_lot::Mutex;
use std::sync::Arc;
use tokio::sync::watch;

/// An effect holds a receiver of its epoch for as long as it lives.
#[derive(Default)]
pub(crate) struct Epochs(Mutex<Inner>);

#[derive(Default)]
struct Inner {
    current: Arc<watch::Sender<()>>,
    /// Ended, with effects that their executor has not dropped yet.
    ended: Vec<Arc<watch::Sender<()>>>,
}

impl Epochs {
    /// The effect, for as long as this epoch lasts.
    pub(crate) fn limit(&self, effect: impl Future<Output = ()> + MaybeSend + 'static) -> BoxFuture<()> {
        let mut epoch = self.0.lock().current.subscribe();
        // Boxed before it is moved into another future, which would keep room for it twice.
        let effect = Box::pin(effect);
        Box::pin(async move {
            tokio::select! {
                biased;
                _ = epoch.changed() => {}
                () = effect => {}
            }
        })
    }

    pub(crate) fn end(&self) {
        let mut inner = self.0.lock();
        let ended = std::mem::take(&mut inner.current);
        inner.ended.retain(|epoch| epoch.receiver_count() > 0);
        inner.ended.push(Arc::clone(&ended));
        drop(inner);
        ended.send_replace(());
    }

    /// Those that have ended and still have effects.
    pub(crate) fn ended(&self) -> Vec<Arc<watch::Sender<()>>> {
        let mut inner = self.0.lock();
        inner.ended.retain(|epoch| epoch.receiver_count() > 0);
        inner.ended.clone()
    }

    /// Waits until the effects of these epochs are gone: an executor may run a new task before it drops an old one, and
    /// a key would have two requests in flight.
    pub(crate) async fn are_gone(ended: Vec<Arc<watch::Sender<()>>>) {
        for epoch in ended {
            epoch.closed().await;
        }
    }
}
