//! Lets commands begin and end.
//!
//! Every function here runs in a turn of the store. The order at an end is always the same: apply the answer, or undo
//! the command's own part; only then free the key; let the next one begin. Who waits is told after the turn.

use super::builder::Config;
use super::call::{self, After};
use super::calls::{Admission, Calls, Landed, Released, Token};
use super::error::CommandError;
use super::idempotency_key::IdempotencyKey;
use super::settled::Settled;
use super::spec::{CommandEnd, OptimisticCommand};
use super::tail::Tail;
use crate::completion::Completion;
use crate::epochs::Epochs;
use crate::flow::Dropped;
use crate::middleware::Next;
use crate::optimistic_sync::ErrorKind;
use crate::outcome::{Failure, FailureKind, Outcome};
use crate::panic::catch;
use crate::pause::pause;
use crate::platform::{MaybeSend, MaybeSync};
use crate::plugged::Plugged;
use crate::status::{Phase, Statuses};
use crate::store_api::{StoreApi, WeakStore};
use parking_lot::Mutex;
use std::error::Error;
use std::fmt::{Debug, Display};
use std::sync::Arc;
use tokio::sync::Notify;
use tracing::{debug, error, warn};

pub(super) struct Driver<S, A, P: OptimisticCommand<S, A>> {
    pub(super) spec: P,
    pub(super) config: Config,
    pub(super) plugged: Plugged<S, A>,
    pub(super) calls: Mutex<Calls<P::Key, P::Command>>,
    pub(super) statuses: Statuses<P::Key, Arc<CommandError<P::Error>>>,
    /// Told when nothing is open any more.
    pub(super) quiet: Notify,
    pub(super) epochs: Epochs,
}

impl<S: 'static, A: 'static, P: OptimisticCommand<S, A>> Driver<S, A, P> {
    pub(super) fn new(spec: P, config: Config) -> Self {
        Self {
            spec,
            config,
            plugged: Plugged::new(),
            calls: Mutex::new(Calls::new()),
            statuses: Statuses::new(),
            quiet: Notify::new(),
            epochs: Epochs::default(),
        }
    }

    pub(super) fn plug(&self, store: WeakStore<S, A>) {
        if !self.plugged.plug(store) {
            error!(target: "foregone", error = %CommandError::<P::Error>::PluggedTwice, "its dispatches will be refused");
        }
    }

    /// A tagged action: the reducer applies it, and the server is to carry it out.
    pub(super) fn command(
        self: &Arc<Self>,
        store: &dyn StoreApi<S, A>,
        key: P::Key,
        mut action: A,
        next: Next<'_, S, A>,
    ) -> Completion {
        if !self.plugged.is_only(store) {
            return not_begun(CommandError::<P::Error>::PluggedTwice);
        }
        let admission = self.calls.lock().admit(&key, self.config.queued);
        let token = match admission {
            Admission::Own => return next.run(action),
            Admission::ShutDown => return not_begun(CommandError::<P::Error>::ShutDown),
            Admission::Busy => return Dropped::Busy.completion(),
            Admission::Admitted(token) => token,
        };
        let before = Arc::as_ptr(&store.state());
        let mut admitted = Admitted { driver: self, store, key, token, before, command: None };
        let Some(command) = self.spec.command(&store.state(), &admitted.key, &mut action) else {
            drop(admitted);
            return next.run(action);
        };
        let command = admitted.command.insert(Arc::new(command));
        let idempotency_key = self.spec.idempotency_key(command);
        let completion = next.run(action);
        if completion.failure().is_some() {
            return completion;
        }
        completion.join(admitted.applied(idempotency_key))
    }

    /// Lets the key's next command begin, if it is its turn.
    pub(super) fn start_next(self: &Arc<Self>, store: &dyn StoreApi<S, A>, key: &P::Key) {
        let due = self.calls.lock().start_next(key);
        if let Some(due) = due {
            self.statuses.set(key, Phase::Running { attempt: 1 }, store.now());
            call::start(self, store, key.clone(), due);
        }
    }

    /// An attempt has ended.
    pub(super) fn settle(
        self: &Arc<Self>,
        store: &dyn StoreApi<S, A>,
        key: &P::Key,
        token: Token,
        result: Result<P::Output, CommandError<P::Error>>,
    ) -> After<S, A, P> {
        let error = match result {
            Ok(output) => return After::Ended(self.end(store, key, token, Ok(output))),
            Err(error) => error,
        };
        let kind = self.kind(key, &error);
        let refused = kind == Some(ErrorKind::Refused);
        let attempts = self.calls.lock().failed(key, token, refused);
        if let Some(attempts) = attempts
            && matches!(kind, Some(ErrorKind::Transient | ErrorKind::Unknown))
            && let Some(pause) = pause(self.config.retry, attempts.saturating_sub(1))
        {
            let withdrawn = self.calls.lock().pause(key, token);
            if let Some(withdrawn) = withdrawn {
                warn!(target: "foregone", ?key, %error, ?pause, "will try again");
                let now = store.now();
                self.statuses.set(key, Phase::Waiting { until: now + pause }, now);
                return After::Again { pause: store.sleep(pause), withdrawn };
            }
        }
        After::Ended(self.end(store, key, token, Err(error)))
    }

    /// None for what is never tried again.
    fn kind(&self, key: &P::Key, error: &CommandError<P::Error>) -> Option<ErrorKind> {
        match error {
            CommandError::Run(error) => {
                let kind = catch(|| self.spec.error_kind(error));
                kind.map_err(|message| report(key, &message, "`error_kind` panicked")).ok()
            }
            CommandError::TimedOut(_) => Some(ErrorKind::Unknown),
            _ => None,
        }
    }

    /// A command has ended, well or not. None if it is no more.
    pub(super) fn end(
        self: &Arc<Self>,
        store: &dyn StoreApi<S, A>,
        key: &P::Key,
        token: Token,
        result: Result<P::Output, CommandError<P::Error>>,
    ) -> Option<Settled<S, A, P>> {
        let landed = self.calls.lock().land(key, token)?;
        let Landed { command, idempotency_key, waiter, attempts, refused, withdrawn } = landed;
        let (failed, error) = match result {
            Ok(output) => (None, self.answer(store, key, &command, output).map(CommandError::Answer)),
            Err(error) => {
                self.undo(store, key, &command);
                let failed = match attempts {
                    0 => FailureKind::Cancelled,
                    _ if refused => FailureKind::Rejected,
                    _ => FailureKind::Unknown,
                };
                (Some(failed), Some(error))
            }
        };
        let error = error.map(Arc::new);
        let outcome = match (failed, &error) {
            (Some(kind), Some(error)) => Err(Failure::shared(kind, Arc::<CommandError<_>>::clone(error))),
            _ => Ok(Outcome::Confirmed),
        };
        let why = error.clone();
        let end = CommandEnd { key: key.clone(), command, idempotency_key, attempts, failed, error };
        let owes_reload = catch(|| self.spec.should_reload(&end)).unwrap_or_else(|message| {
            report(key, &message, "`should_reload` panicked");
            false
        });
        let released = self.calls.lock().release(key, token, owes_reload);
        let tail = released.map(|released| self.released(store, end, withdrawn, &released));
        // Nothing depends on this any more, whatever a user's `Display` does.
        if let (Some(outcome), Some(error)) = (failed, why) {
            warn!(target: "foregone", ?key, attempts, ?outcome, %error, "command failed");
        } else {
            debug!(target: "foregone", ?key, attempts, "command confirmed");
        }
        Some(Settled { waiter: waiter.map(|waiter| (waiter, outcome)), tail })
    }

    /// The key is free for the next.
    fn released(
        self: &Arc<Self>,
        store: &dyn StoreApi<S, A>,
        end: CommandEnd<P::Key, P::Command, P::Error>,
        withdrawn: bool,
        released: &Released<P::Command>,
    ) -> Tail<S, A, P> {
        if released.at_rest {
            let phase = match &end.error {
                Some(error) if !withdrawn && end.failed != Some(FailureKind::Cancelled) => {
                    Phase::Failed(Arc::clone(error))
                }
                _ => Phase::Idle,
            };
            self.statuses.set(&end.key, phase, store.now());
        }
        self.start_next(store, &end.key);
        Tail::new(self, end, released)
    }

    /// Puts the server's answer into the state. Gives what went wrong.
    fn answer(
        &self,
        store: &dyn StoreApi<S, A>,
        key: &P::Key,
        command: &P::Command,
        output: P::Output,
    ) -> Option<String> {
        let problem = self.write(store, || self.spec.apply(command, output)).err()?;
        report(key, &problem, "the answer could not be applied");
        Some(problem)
    }

    fn undo(&self, store: &dyn StoreApi<S, A>, key: &P::Key, command: &P::Command) {
        if let Err(problem) = self.write(store, || self.spec.undo(&store.state(), command)) {
            report(key, &problem, "a failed command could not be undone");
        }
    }

    /// Dispatches an action of our own.
    pub(super) fn write(&self, store: &dyn StoreApi<S, A>, make: impl FnOnce() -> Option<A>) -> Result<(), String> {
        let tagged_action = catch(|| make().map(|action| (self.spec.key(&action), action)))?;
        let Some((tagged, action)) = tagged_action else { return Ok(()) };
        let outer = self.calls.lock().set_own(tagged);
        let withheld = catch(|| store.dispatch(action).failure().map(ToString::to_string));
        self.calls.lock().set_own(outer);
        withheld?.map_or(Ok(()), Err)
    }
}

/// A problem that changes no outcome.
pub(super) fn report(key: &impl Debug, error: &dyn Display, what: &'static str) {
    error!(target: "foregone", ?key, %error, "{what}");
}

fn not_begun<E: Error + MaybeSend + MaybeSync + 'static>(error: CommandError<E>) -> Completion {
    Completion::failed(error.failure(FailureKind::Cancelled))
}

/// A command whose action is on its way to the reducer. Unless that is told to have applied it, nothing is sent, and
/// what it did apply is undone.
struct Admitted<'a, S: 'static, A: 'static, P: OptimisticCommand<S, A>> {
    driver: &'a Arc<Driver<S, A, P>>,
    store: &'a dyn StoreApi<S, A>,
    key: P::Key,
    token: Token,
    /// The state before it. Only to be compared: whoever held it would have it cloned by a reducer that works in place.
    before: *const S,
    command: Option<Arc<P::Command>>,
}

impl<S: 'static, A: 'static, P: OptimisticCommand<S, A>> Admitted<'_, S, A, P> {
    fn applied(mut self, idempotency_key: IdempotencyKey) -> Completion {
        let (waiter, pending) = Completion::pending();
        let Some(command) = self.command.take() else { return pending };
        let applied = self.driver.calls.lock().applied(&self.key, self.token, (command, idempotency_key), waiter);
        match applied {
            Ok(()) => self.driver.start_next(self.store, &self.key),
            Err(waiter) => {
                waiter.resolve(Err(CommandError::<P::Error>::Cleared.failure(FailureKind::Cancelled)));
            }
        }
        pending
    }
}

impl<S: 'static, A: 'static, P: OptimisticCommand<S, A>> Drop for Admitted<'_, S, A, P> {
    fn drop(&mut self) {
        let driver = self.driver;
        let is_applying = driver.calls.lock().is_applying(&self.key, self.token);
        let is_applied = is_applying && !std::ptr::eq(self.before, Arc::as_ptr(&self.store.state()));
        if let Some(command) = self.command.take().filter(|_| is_applied) {
            driver.undo(self.store, &self.key, &command);
        }
        let withheld = driver.calls.lock().withhold(&self.key, self.token);
        if let Some(withheld) = withheld {
            if withheld.at_rest {
                // Those before it may have ended within its dispatch.
                driver.statuses.abandon(&self.key);
            }
            if withheld.reload.is_some() {
                Tail::without_end(driver, self.key.clone(), &withheld).spawn();
            }
            driver.start_next(self.store, &self.key);
            driver.tell_if_quiet();
        }
    }
}
