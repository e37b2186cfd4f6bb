//! The asynchronous part of a command: its attempts, and the pauses between them.

use super::calls::{Due, Token};
use super::drive::Driver;
use super::error::CommandError;
use super::idempotency_key::IdempotencyKey;
use super::settled::Settled;
use super::spec::{CommandCall, OptimisticCommand};
use super::tail::Tail;
use crate::epochs::Epochs;
use crate::platform::BoxFuture;
use crate::status::Phase;
use crate::store_api::StoreApi;
use crate::within::{CutOff, within};
use std::convert::Infallible;
use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use tokio::sync::oneshot;
use tracing::{Instrument, debug, debug_span};

/// What follows an attempt.
pub(super) enum After<S: 'static, A: 'static, P: OptimisticCommand<S, A>> {
    /// Another one, unless it is withdrawn during the pause.
    Again { pause: BoxFuture<()>, withdrawn: oneshot::Receiver<Infallible> },
    /// Nothing; none if the command was gone already.
    Ended(Option<Settled<S, A, P>>),
}

/// Starts a command in the background.
pub(super) fn start<S: 'static, A: 'static, P: OptimisticCommand<S, A>>(
    driver: &Arc<Driver<S, A, P>>,
    store: &dyn StoreApi<S, A>,
    key: P::Key,
    Due { token, command, idempotency_key }: Due<P::Command>,
) {
    let span = debug_span!(target: "foregone", "command", ?key, %idempotency_key);
    let ended = driver.epochs.ended();
    let flight = Flight { driver: Arc::clone(driver), key, token, command, idempotency_key, landed: false };
    let effect = async move {
        Epochs::are_gone(ended).await;
        if let Some(tail) = flight.fly().await {
            // Boxed, so that a call in flight keeps no room for it.
            Box::pin(tail.run()).await;
        }
    };
    store.spawn(driver.epochs.limit(effect.instrument(span)));
}

/// A command whose turn it is. However it ends, also when the executor drops it, that is known exactly once.
struct Flight<S: 'static, A: 'static, P: OptimisticCommand<S, A>> {
    driver: Arc<Driver<S, A, P>>,
    key: P::Key,
    token: Token,
    command: Arc<P::Command>,
    idempotency_key: IdempotencyKey,
    landed: bool,
}

impl<S: 'static, A: 'static, P: OptimisticCommand<S, A>> Flight<S, A, P> {
    async fn fly(mut self) -> Option<Tail<S, A, P>> {
        loop {
            let attempt = self.begin()?;
            debug!(target: "foregone", attempt, "sending");
            let call =
                CommandCall { key: &self.key, command: &*self.command, idempotency_key: self.idempotency_key, attempt };
            let driver = &self.driver;
            let result = driver.within(pin!(async { driver.spec.run(call).await })).await;
            match self.land(result.and_then(|answer| answer.map_err(CommandError::Run))) {
                After::Again { pause, withdrawn } => tokio::select! {
                    biased;
                    _ = withdrawn => return None,
                    () = pause => {}
                },
                After::Ended(settled) => return settled?.tell(),
            }
        }
    }

    /// Gives the attempt that is made now, or none if there is to be none.
    fn begin(&self) -> Option<u32> {
        let driver = &self.driver;
        let begun = driver.plugged.turn(|store| {
            let attempt = driver.calls.lock().attempt(&self.key, self.token)?;
            if attempt > 1 {
                driver.statuses.set(&self.key, Phase::Running { attempt }, store.now());
            }
            Some(attempt)
        });
        begun.flatten()
    }

    fn land(&mut self, result: Result<P::Output, CommandError<P::Error>>) -> After<S, A, P> {
        let driver = &self.driver;
        let after = driver.plugged.turn(|store| driver.settle(store, &self.key, self.token, result));
        // Without a store, there is nothing to settle; the rest is for the drop.
        let Some(after) = after else { return After::Ended(None) };
        self.landed = matches!(after, After::Ended(_));
        after
    }
}

impl<S: 'static, A: 'static, P: OptimisticCommand<S, A>> Drop for Flight<S, A, P> {
    fn drop(&mut self) {
        if !self.landed {
            self.driver.stopped(&self.key, self.token);
        }
    }
}

impl<S: 'static, A: 'static, P: OptimisticCommand<S, A>> Driver<S, A, P> {
    /// What the future gives, unless it panics or the deadline comes first.
    pub(super) async fn within<T>(&self, future: impl Future<Output = T>) -> Result<T, CommandError<P::Error>> {
        within(self.plugged.store(), self.config.deadline, future).await.map_err(|cut_off| match cut_off {
            CutOff::Panicked(message) => CommandError::Panicked(message),
            CutOff::TimedOut(deadline) => CommandError::TimedOut(deadline),
        })
    }
}
