//! The newest call of each key that may be tried again, and its pause.

use super::newest::{Call, Newest};
use crate::key::Key;
use crate::platform::LONGEST_PAUSE;
use crate::status::Phase;
use crate::store_api::WeakStore;
use std::time::Duration;
use tokio::sync::oneshot;

pub(super) type Attempts<K> = Newest<K, Pausing>;

/// One call, over all of its attempts.
pub(super) type Attempt<K> = Call<K, Pausing>;

#[derive(Default)]
pub(super) struct Pausing {
    /// Wakes it out of its pause; dropping it does so as well.
    pause: Option<oneshot::Sender<()>>,
    is_last: bool,
}

/// Whether there is to be another attempt.
pub(super) enum Verdict {
    Again,
    /// It was cancelled.
    Last,
    /// A newer call of its key came.
    Superseded,
}

impl<K: Key> Attempts<K> {
    pub(super) fn wake(&self, key: &K) -> bool {
        let pause = self.with(key, |newest| newest.pause.take()).flatten();
        pause.is_some_and(|pause| pause.send(()).is_ok())
    }

    pub(super) fn cancel(&self, key: &K) -> bool {
        let pause = self.with(key, |newest| {
            newest.is_last = true;
            newest.pause.take()
        });
        pause.is_some()
    }
}

impl<K: Key> Attempt<K> {
    pub(super) fn verdict(&self) -> Verdict {
        match self.with(|own| own.is_last) {
            Some(true) => Verdict::Last,
            Some(false) => Verdict::Again,
            None => Verdict::Superseded,
        }
    }

    /// Ends after `pause`, or when it is woken; at once if there is not to be another attempt.
    pub(super) async fn pause<S, A>(&self, store: &WeakStore<S, A>, pause: Duration) {
        let pause = pause.min(LONGEST_PAUSE);
        let paused = store.turn(|store| {
            let (now, woken) = (store.now(), self.wait()?);
            self.post(Phase::Waiting { until: now + pause }, now);
            Some((store.sleep(pause), woken))
        });
        if let Some((sleep, woken)) = paused.flatten() {
            tokio::select! {
                biased;
                _ = woken => {}
                () = sleep => {}
            }
        }
    }

    fn wait(&self) -> Option<oneshot::Receiver<()>> {
        let (wake, woken) = oneshot::channel();
        let waits = self.with(|own| {
            if !own.is_last {
                own.pause = Some(wake);
            }
            !own.is_last
        });
        waits?.then_some(woken)
    }
}
