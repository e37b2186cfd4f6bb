//! What a user of the handle asks for: cancel, flush, clear, shutdown; and what happens if an executor gives up.

use super::calls::Token;
use super::drive::Driver;
use super::error::CommandError;
use super::settled::Settled;
use super::spec::OptimisticCommand;
use crate::optimistic_sync::Unfinished;
use crate::outcome::FailureKind;
use crate::status::Phase;
use crate::store_api::StoreApi;
use std::sync::Arc;
use std::time::Duration;

impl<S: 'static, A: 'static, P: OptimisticCommand<S, A>> Driver<S, A, P> {
    pub(super) fn cancel(self: &Arc<Self>, key: &P::Key) {
        let settled = self.plugged.turn(|store| {
            let (unsent, waiter) = self.calls.lock().withdraw(key);
            let mut settled = self.end_all(store, key, unsent, || CommandError::Cancelled);
            if self.statuses.of(key).failure().is_some() {
                self.statuses.set(key, Phase::Idle, store.now());
            }
            let unknown = |waiter| (waiter, Err(CommandError::<P::Error>::Cancelled.failure(FailureKind::Unknown)));
            settled.extend(waiter.map(|waiter| Settled { waiter: Some(unknown(waiter)), tail: None }));
            settled
        });
        tell(settled.into_iter().flatten());
    }

    /// The executor has dropped this command: those that wait behind it would fare no better.
    pub(super) fn stopped(self: &Arc<Self>, key: &P::Key, token: Token) {
        let settled = self.plugged.turn(|store| {
            let tokens = self.calls.lock().from(key, token);
            self.end_all(store, key, tokens, || CommandError::Stopped)
        });
        match settled {
            Some(settled) => tell(settled),
            None => drop(self.clear(|| CommandError::Stopped)),
        }
    }

    /// Undoes these, in this order.
    fn end_all(
        self: &Arc<Self>,
        store: &dyn StoreApi<S, A>,
        key: &P::Key,
        tokens: Vec<Token>,
        why: impl Fn() -> CommandError<P::Error>,
    ) -> Vec<Settled<S, A, P>> {
        tokens.into_iter().filter_map(|token| self.end(store, key, token, Err(why()))).collect()
    }

    pub(super) async fn flush(&self) {
        loop {
            let told = self.quiet.notified();
            if self.calls.lock().is_quiet() {
                return;
            }
            told.await;
        }
    }

    pub(super) fn tell_if_quiet(&self) {
        if self.calls.lock().is_quiet() {
            self.quiet.notify_waiters();
        }
    }

    /// Drops everything under way. Gives the number of keys that were not at rest.
    pub(super) fn clear(&self, why: impl Fn() -> CommandError<P::Error>) -> usize {
        let clear = || {
            let cleared = self.calls.lock().clear();
            self.statuses.clear();
            self.epochs.end();
            cleared
        };
        let cleared = self.plugged.turn(|_| clear()).unwrap_or_else(clear);
        let keys = cleared.keys();
        for (waiter, was_sent) in cleared.into_waiters() {
            let kind = if was_sent { FailureKind::Unknown } else { FailureKind::Cancelled };
            waiter.resolve(Err(why().failure(kind)));
        }
        self.quiet.notify_waiters();
        keys
    }

    pub(super) async fn shutdown(&self, deadline: Duration) -> Result<(), Unfinished> {
        self.calls.lock().shut_down();
        let Some(deadline) = self.plugged.turn(|store| store.sleep(deadline)) else { return Ok(()) };
        tokio::select! {
            biased;
            () = self.flush() => Ok(()),
            () = deadline => Err(Unfinished { keys: self.clear(|| CommandError::ShutDown) }),
        }
    }
}

/// Those who wait, once the turn is over.
fn tell<S: 'static, A: 'static, P: OptimisticCommand<S, A>>(settled: impl IntoIterator<Item = Settled<S, A, P>>) {
    for tail in settled.into_iter().filter_map(Settled::tell) {
        tail.spawn();
    }
}
