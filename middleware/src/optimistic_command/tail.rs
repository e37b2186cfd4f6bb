//! What follows when a command has ended: the finish hook, and a reload once its key is at rest. Nothing waits for it.

use super::calls::{Released, Token};
use super::drive::{Driver, report};
use super::error::CommandError;
use super::spec::{CommandEnd, OptimisticCommand};
use crate::panic::catch;
use std::sync::Arc;

/// What is left to do for one command, counted as open until this is dropped.
pub(super) struct Tail<S: 'static, A: 'static, P: OptimisticCommand<S, A>> {
    driver: Arc<Driver<S, A, P>>,
    epoch: u64,
    key: P::Key,
    /// What the finish hook is told; none if there is only a reload.
    end: Option<CommandEnd<P::Key, P::Command, P::Error>>,
    /// A reload is due.
    reload: Option<Token>,
}

impl<S: 'static, A: 'static, P: OptimisticCommand<S, A>> Tail<S, A, P> {
    pub(super) fn new(
        driver: &Arc<Driver<S, A, P>>,
        end: CommandEnd<P::Key, P::Command, P::Error>,
        released: &Released<P::Command>,
    ) -> Self {
        let mut tail = Self::without_end(driver, end.key.clone(), released);
        tail.end = Some(end);
        tail
    }

    pub(super) fn without_end(driver: &Arc<Driver<S, A, P>>, key: P::Key, released: &Released<P::Command>) -> Self {
        Self { driver: Arc::clone(driver), epoch: released.epoch, key, end: None, reload: released.reload }
    }

    pub(super) async fn run(self) {
        tokio::join!(self.hook(), self.reload());
    }

    /// As [`run`](Self::run), in the background.
    pub(super) fn spawn(self) {
        let driver = Arc::clone(&self.driver);
        driver.plugged.turn(|store| {
            if driver.calls.lock().is_epoch(self.epoch) {
                store.spawn(driver.epochs.limit(self.run()));
            }
        });
    }

    async fn hook(&self) {
        let Some(end) = &self.end else { return };
        let driver = &self.driver;
        let problem = match driver.within(async { driver.spec.on_finish(end).await }).await {
            Ok(None) => return,
            Ok(Some(action)) => {
                let dispatched = driver.plugged.turn(|store| {
                    if driver.calls.lock().is_epoch(self.epoch) {
                        // What it sets going is not the hook's to report.
                        catch(|| drop(store.dispatch(action)))
                    } else {
                        Ok(())
                    }
                });
                match dispatched {
                    Some(Err(message)) => CommandError::Panicked(message),
                    Some(Ok(())) | None => return,
                }
            }
            Err(problem) => problem,
        };
        report(&self.key, &problem, "the finish hook failed");
    }

    async fn reload(&self) {
        let Some(reload) = self.reload else { return };
        let (driver, key) = (&self.driver, &self.key);
        let problem = match driver.within(async { driver.spec.reload(key).await }).await {
            Ok(Ok(None)) => return,
            Ok(Ok(Some(action))) => match self.show(reload, action) {
                Ok(()) => return,
                Err(problem) => CommandError::Panicked(problem),
            },
            Ok(Err(error)) => CommandError::Run(error),
            Err(problem) => problem,
        };
        report(key, &problem, "a reload failed");
    }

    fn show(&self, reload: Token, action: A) -> Result<(), String> {
        let driver = &self.driver;
        let shown = driver.plugged.turn(|store| {
            let (is_current, is_outdated) = {
                let calls = driver.calls.lock();
                (calls.is_epoch(self.epoch), calls.is_outdated(&self.key, reload))
            };
            if is_current && catch(|| driver.spec.should_apply_reload(&store.state(), &self.key, is_outdated))? {
                driver.write(store, || Some(action))?;
            }
            Ok(())
        });
        shown.unwrap_or(Ok(()))
    }
}

impl<S: 'static, A: 'static, P: OptimisticCommand<S, A>> Drop for Tail<S, A, P> {
    fn drop(&mut self) {
        let mut calls = self.driver.calls.lock();
        calls.tail_ended(self.epoch);
        if let Some(reload) = self.reload {
            calls.reload_ended(&self.key, reload);
        }
        drop(calls);
        self.driver.tell_if_quiet();
    }
}
