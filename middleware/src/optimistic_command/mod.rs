//! `OptimisticCommandMiddleware`: what the user does once shows at once, is carried out by the server, and taken back if
//! it fails.

mod builder;
mod call;
mod calls;
mod control;
mod drive;
mod error;
mod idempotency_key;
mod settled;
mod spec;
mod tail;

pub use builder::OptimisticCommandBuilder;
pub use error::CommandError;
pub use idempotency_key::IdempotencyKey;
pub use spec::{CommandCall, CommandEnd, OptimisticCommand};

use crate::completion::Completion;
use crate::middleware::{Middleware, Next};
use crate::optimistic_sync::Unfinished;
use crate::role::{Role, Stage};
use crate::status::{Status, Statuses};
use crate::store_api::{StoreApi, WeakStore};
use builder::Config;
use drive::Driver;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// Shows the commands that a [spec](OptimisticCommand) names at once, has the server carry them out, and takes back those
/// that fail.
///
/// # Limits first
///
/// - After an unknown failure (time-out, connection lost) nobody knows whether the server did it. The command is taken
///   back all the same, so the screen may show too little: [`reload`](OptimisticCommand::reload) finds out.
/// - That a command is not done twice over its retries takes a server that knows an [`IdempotencyKey`] again; so, too,
///   where the user tries again what has failed as unknown, for which
///   [`idempotency_key`](OptimisticCommand::idempotency_key) says how.
/// - An attempt that arrives at the server after its deadline may take effect late, also after newer commands.
/// - Nothing survives the program: what has not ended when it does is lost. Call `flush` or `shutdown` first.
///
/// # What happens
///
/// ```text
///  dispatch  add "tea"                           add "rum"     add "gin"
///  screen    tea                                 tea, rum      tea, rum
///  request   └─ run ─ ✗ ─ pause ─ run ── id 7 ┐  └─ run ───────────────── refused ┐
///  screen                               tea   ┘                           tea     ┘
///  outcome                              confirmed              busy       rejected
/// ```
///
/// - Each dispatch of a tagged action is applied at once by your reducer, and sent once, by the spec's `run`. A retry
///   sends the same command with the same idempotency key, and neither state nor subscribers see it.
/// - Only one command per key is under way. Another is left out, and its dispatch says so:
///   [`Cancelled`](crate::FailureKind::Cancelled), with [`Dropped::Busy`](crate::Dropped::Busy). Or it
///   [waits its turn](OptimisticCommandBuilder::queued), and is shown meanwhile.
/// - The answer is applied by the action that the spec's `apply` makes of it. If that goes wrong, the command is
///   confirmed all the same, and its key's status says what went wrong.
/// - A failed command is taken back by the action that the spec's `undo` makes of the state of that moment: its own part,
///   if it is still there, and nothing of anyone else's.
/// - Every dispatch gets exactly one outcome: [`Confirmed`](crate::Outcome::Confirmed) or a
///   [`Failure`](crate::Failure). [`Rejected`](crate::FailureKind::Rejected) and `Cancelled` mean that it is not in
///   effect, and [`Unknown`](crate::FailureKind::Unknown) that nobody can tell.
///
/// If a middleware further in withholds the action, or anything further in panics, nothing is sent; and if the state was
/// replaced by then, the command is taken back.
///
/// This is a cheap handle: clone it before you plug it in, and call status, `flush`, `cancel` and the rest on the clone.
/// It does not keep the store alive. Make one for each store: in a second one, every tagged dispatch is withheld and
/// fails with [`CommandError::PluggedTwice`].
///
/// # Sync or command?
///
/// | | [`OptimisticSync`](crate::OptimisticSync) | [`OptimisticCommand`] |
/// |---|---|---|
/// | the user | changes a value, often | does something, once |
/// | such as | like, switch, slider, text field | create, delete, submit, send |
/// | what counts | the last value | every call |
/// | a second dispatch meanwhile | is applied, and sent if the value differs in the end | is left out, or waits its turn |
/// | requests | as few as possible | one for each call |
/// | a retry sends | the newest value | the same command, with the same idempotency key |
/// | a failure | keeps the value, rolls back, or reloads | takes back its own part, and reloads |
/// | sent twice by mistake | does no harm | needs the idempotency key |
///
/// "Delete" may be either: what is deleted stays so however often that is said.
///
/// # What it tells `tracing`
///
/// Target `foregone`. Each command has a span `command{key, idempotency_key}` of level `DEBUG`; within it:
///
/// | level | event | fields |
/// |---|---|---|
/// | `DEBUG` | `sending` | attempt |
/// | `WARN` | `will try again` | key, error, pause |
/// | `DEBUG` | `command confirmed` | key, attempts |
/// | `WARN` | `command failed` | key, attempts, outcome, error |
/// | `ERROR` | what is wrong with a spec, or with how the middleware is used; a hook or reload that failed | key, error |
pub struct OptimisticCommandMiddleware<S, A, P: OptimisticCommand<S, A>> {
    driver: Arc<Driver<S, A, P>>,
}

impl<S: 'static, A: 'static, P: OptimisticCommand<S, A>> OptimisticCommandMiddleware<S, A, P> {
    /// With the defaults: a deadline of 30 s, no retry, and one that finds its key busy is left out.
    pub fn new(spec: P) -> Self {
        Self::with_config(spec, Config::new())
    }

    /// To set it up differently.
    pub fn builder(spec: P) -> OptimisticCommandBuilder<P> {
        OptimisticCommandBuilder::new(spec)
    }

    fn with_config(spec: P, config: Config) -> Self {
        Self { driver: Arc::new(Driver::new(spec, config)) }
    }

    /// What this key is doing.
    #[must_use]
    pub fn status(&self, key: &P::Key) -> Status<Arc<CommandError<P::Error>>> {
        self.driver.statuses.of(key)
    }

    /// What every key is doing that is not idle.
    #[must_use]
    pub fn statuses(&self) -> &Statuses<P::Key, Arc<CommandError<P::Error>>> {
        &self.driver.statuses
    }

    /// Withdraws the commands of this key that are not in flight, the newest first, and takes them back. Their dispatches
    /// end as [`Cancelled`](crate::FailureKind::Cancelled); as [`Unknown`](crate::FailureKind::Unknown) if it happens in
    /// the pause between two attempts. A [failed](Status::Failed) key is idle again.
    ///
    /// One in flight cannot be called back. Its dispatch ends as `Unknown` at once, and it is not tried again; what it
    /// did stays on the screen, and its key busy, until it ends: then its answer is applied, or it is taken back.
    pub fn cancel(&self, key: &P::Key) {
        self.driver.cancel(key);
    }

    /// Waits until every key is at rest and no finish hook or reload is running. New dispatches prolong it. In `run`,
    /// `on_finish` or `reload` it would wait for itself, until their deadline.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future changes nothing.
    pub async fn flush(&self) {
        self.driver.flush().await;
    }

    /// For a log-out: drops everything under way. Nothing that was started before may write to the state or send
    /// afterwards; attempts in flight are dropped, hooks and reloads too. Dispatches end as
    /// [`Unknown`](crate::FailureKind::Unknown) if they were sent, else as
    /// [`Cancelled`](crate::FailureKind::Cancelled), with [`CommandError::Cleared`]. A command that begins after it
    /// waits until those before it have been dropped. The state is left as it is: reset it by an action of your own.
    pub fn clear(&self) {
        self.driver.clear(|| CommandError::Cleared);
    }

    /// For the end of a program: takes no new dispatches, [flushes](Self::flush), and after `deadline` drops what is
    /// left as [`clear`](Self::clear) does. Once the future is polled, a tagged action is withheld and fails with
    /// [`CommandError::ShutDown`].
    ///
    /// # Errors
    ///
    /// [`Unfinished`] if the deadline passed.
    ///
    /// # Cancel safety
    ///
    /// If the future is dropped, the middleware stays shut and what is under way goes on.
    pub async fn shutdown(&self, deadline: Duration) -> Result<(), Unfinished> {
        self.driver.shutdown(deadline).await
    }
}

impl<S: 'static, A: 'static, P: OptimisticCommand<S, A>> Middleware<S, A> for OptimisticCommandMiddleware<S, A, P> {
    fn handle(&self, store: &dyn StoreApi<S, A>, action: A, next: Next<'_, S, A>) -> Completion {
        match self.driver.spec.key(&action) {
            Some(key) => self.driver.command(store, key, action, next),
            None => next.run(action),
        }
    }

    fn attach(&self, store: WeakStore<S, A>) {
        self.driver.plug(store);
    }

    fn role(&self) -> Option<Role> {
        self.driver.config.kind.map(|kind| Role::new("OptimisticCommandMiddleware", kind, Stage::Apply))
    }
}

impl<S, A, P: OptimisticCommand<S, A>> Clone for OptimisticCommandMiddleware<S, A, P> {
    fn clone(&self) -> Self {
        Self { driver: Arc::clone(&self.driver) }
    }
}

impl<S, A, P: OptimisticCommand<S, A>> fmt::Debug for OptimisticCommandMiddleware<S, A, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.driver.config.fmt(f)
    }
}
