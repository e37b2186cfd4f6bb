//! What a user of the handle asks for: cancel, flush, clear, shutdown.

use super::Unfinished;
use super::drive::Driver;
use super::error::SyncError;
use super::lane::Verdict;
use super::lanes::{Cleared, Waiter};
use super::settled::{Settled, outcome};
use super::spec::OptimisticSync;
use crate::status::Phase;
use std::sync::Arc;
use std::time::Duration;

impl<S: 'static, A: 'static, P: OptimisticSync<S, A>> Driver<S, A, P> {
    pub(super) fn cancel(self: &Arc<Self>, key: &P::Key) {
        let settled = self.turn(|store| {
            let shown = self.spec.value(&store.state(), key);
            let settlement = self.lanes.lock().cancel(key, &shown);
            if self.statuses.of(key).failure().is_some() {
                self.statuses.set(key, Phase::Idle, store.now());
            }
            let settlement = settlement?;
            let mut settled = Settled { waiters: Vec::new(), finish: None };
            let error = Some(Arc::new(SyncError::Cancelled));
            self.perform(store, key, Some(&shown), settlement, error, &mut settled);
            Some(settled)
        });
        if let Some(settled) = settled.flatten()
            && let Some(tail) = settled.tell()
        {
            tail.spawn();
        }
    }

    pub(super) async fn flush(&self) {
        loop {
            let told = self.quiet.notified();
            if self.lanes.lock().is_quiet() {
                return;
            }
            told.await;
        }
    }

    pub(super) fn tell_if_quiet(&self) {
        if self.lanes.lock().is_quiet() {
            self.quiet.notify_waiters();
        }
    }

    /// Drops everything under way, but for what the outbox has. Gives the number of keys that had not settled.
    pub(super) fn clear(&self, why: impl Fn() -> SyncError<P::Error>) -> usize {
        let mut cleared = self.turn(|_| self.drop_all()).unwrap_or_else(|| self.drop_all());
        self.tell_all(cleared.waiters(), why);
        cleared.unsettled
    }

    /// As [`clear`](Self::clear), and what the outbox has is removed.
    pub(super) fn clear_for_good(self: &Arc<Self>, why: impl Fn() -> SyncError<P::Error>) {
        let waiters = self.turn(|store| {
            let mut cleared = self.drop_all();
            let waiters = cleared.waiters();
            let on_disk = cleared.into_what_is_on_disk();
            self.lanes.lock().keep_what_is_on_disk(on_disk);
            self.send_ready(store);
            waiters
        });
        match waiters {
            Some(waiters) => self.tell_all(waiters, why),
            None => {
                self.clear(why);
            }
        }
    }

    fn drop_all(&self) -> Cleared<P::Key, P::Value> {
        let cleared = self.lanes.lock().clear();
        self.statuses.clear();
        self.epochs.end();
        cleared
    }

    fn tell_all(&self, waiters: Vec<(Waiter, Verdict)>, why: impl Fn() -> SyncError<P::Error>) {
        for (waiter, verdict) in waiters {
            waiter.resolve(outcome(verdict, Some(&Arc::new(why()))));
        }
        self.quiet.notify_waiters();
    }

    /// Nothing that waits here will ever be answered.
    pub(super) fn store_is_gone(&self) {
        self.clear(|| SyncError::Stopped);
    }

    pub(super) async fn shutdown(&self, deadline: Duration) -> Result<(), Unfinished> {
        // The turn below waits for a tap that was let in before this: `flush` then knows of it.
        self.lanes.lock().shut_down();
        let Some(deadline) = self.turn(|store| store.sleep(deadline)) else { return Ok(()) };
        tokio::select! {
            biased;
            () = self.flush() => Ok(()),
            () = deadline => Err(Unfinished { keys: self.clear(|| SyncError::ShutDown) }),
        }
    }
}
