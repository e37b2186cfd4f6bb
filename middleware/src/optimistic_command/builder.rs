//! Everything that can be set, checked before it is used.

use super::{OptimisticCommand, OptimisticCommandMiddleware};
use crate::optimistic_sync::ConfigError;
use backon::ExponentialBuilder;
use std::fmt;
use std::time::Duration;

/// Default deadline of an attempt, in seconds.
const DEADLINE: u64 = 30;

#[derive(Debug)]
pub(super) struct Config {
    pub(super) kind: Option<&'static str>,
    pub(super) deadline: Option<Duration>,
    pub(super) retry: Option<ExponentialBuilder>,
    pub(super) queued: bool,
}

impl Config {
    pub(super) const fn new() -> Self {
        Self { kind: None, deadline: Some(Duration::from_secs(DEADLINE)), retry: None, queued: false }
    }
}

/// Sets up an [`OptimisticCommandMiddleware`]; made by its [`builder`](OptimisticCommandMiddleware::builder).
///
/// ```
/// # use foregone_middleware::{CommandCall, OptimisticCommand};
/// # struct Increment;
/// # impl OptimisticCommand<u8, u8> for Increment {
/// #     type Key = (); type Command = u8; type Output = (); type Error = std::io::Error;
/// #     fn key(&self, _: &u8) -> Option<()> { Some(()) }
/// #     fn command(&self, _: &u8, (): &(), by: &mut u8) -> Option<u8> { Some(*by) }
/// #     async fn run(&self, _: CommandCall<'_, (), u8>) -> Result<(), std::io::Error> { Ok(()) }
/// #     fn undo(&self, _: &u8, by: &u8) -> Option<u8> { Some(0u8.wrapping_sub(*by)) }
/// # }
/// use foregone_middleware::{ExponentialBuilder, OptimisticCommandMiddleware};
/// use std::time::Duration;
///
/// let commands = OptimisticCommandMiddleware::builder(Increment)
///     .deadline(Duration::from_secs(5))
///     .retry(ExponentialBuilder::default().with_jitter())
///     .queued()
///     .build()?;
/// # Ok::<(), foregone_middleware::ConfigError>(())
/// ```
#[must_use = "a builder does nothing until `build` is called"]
pub struct OptimisticCommandBuilder<P> {
    spec: P,
    config: Config,
}

impl<P> OptimisticCommandBuilder<P> {
    pub(super) const fn new(spec: P) -> Self {
        Self { spec, config: Config::new() }
    }

    /// The [kind](crate::Role) of the actions that the spec tags, by which a store refuses to be built with another
    /// middleware that cannot work on the same actions. None unless set: then nothing is refused.
    pub fn kind(mut self, kind: &'static str) -> Self {
        self.config.kind = Some(kind);
        self
    }

    /// How long one attempt may take, from 1 ns; 30 s unless set. At the deadline it is dropped and counts as failed,
    /// with an unknown outcome.
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.config.deadline = Some(deadline);
        self
    }

    /// Lets an attempt take for ever. One that never ends then holds its key until
    /// [`clear`](OptimisticCommandMiddleware::clear) is called.
    pub fn no_deadline(mut self) -> Self {
        self.config.deadline = None;
        self
    }

    /// Runs a command again when it failed with an error that is [transient](crate::ErrorKind::Transient) or
    /// [unknown](crate::ErrorKind::Unknown), or at its deadline. Not unless set. The back-off's number of times counts
    /// attempts after the first. The state is not touched between attempts.
    ///
    /// A server that does not know the [idempotency key](super::IdempotencyKey) may run it twice.
    pub fn retry(mut self, backoff: ExponentialBuilder) -> Self {
        self.config.retry = Some(backoff);
        self
    }

    /// Lets several commands of a key wait for each other: each is applied at once, and runs when the one before it has
    /// ended and its answer was applied. Unless set, one that finds its key busy is left out. How many may wait is not
    /// limited.
    ///
    /// Each is a command of its own: that an earlier one fails neither stops nor undoes a later one. What a later one
    /// builds on (the real id of what was created before it), a spec can keep in `apply`, which is called before the next
    /// `run`; if it never came, `run` has to fail.
    pub fn queued(mut self) -> Self {
        self.config.queued = true;
        self
    }

    /// The middleware, ready to be plugged into one store.
    ///
    /// # Errors
    ///
    /// [`ConfigError::ZeroDeadline`].
    pub fn build<S: 'static, A: 'static>(self) -> Result<OptimisticCommandMiddleware<S, A, P>, ConfigError>
    where
        P: OptimisticCommand<S, A>,
    {
        if self.config.deadline.is_some_and(|deadline| deadline.is_zero()) {
            return Err(ConfigError::ZeroDeadline);
        }
        Ok(OptimisticCommandMiddleware::with_config(self.spec, self.config))
    }
}

impl<P> fmt::Debug for OptimisticCommandBuilder<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.config.fmt(f)
    }
}
