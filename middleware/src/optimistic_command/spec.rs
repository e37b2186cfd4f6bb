//! What a user says about one kind of command: the trait to implement.

use super::error::CommandError;
use super::idempotency_key::IdempotencyKey;
use crate::key::Key;
use crate::optimistic_sync::ErrorKind;
use crate::outcome::FailureKind;
use crate::platform::{MaybeSend, MaybeSync};
use std::error::Error;
use std::future::Future;
use std::sync::Arc;

/// Something the user does once, which shows at once and which the server has to carry out: create, delete, submit.
///
/// Your own reducer applies the action that [`key`](Self::key) tags. Whatever else is written to the state is an
/// ordinary action, made by [`undo`](Self::undo), [`apply`](Self::apply), [`reload`](Self::reload) or
/// [`on_finish`](Self::on_finish) and dispatched through the whole chain.
///
/// The command's own record, [`Command`](Self::Command), is made once, as the action is dispatched, and kept until the
/// command has ended: what it needs to be run, and to be undone. A temporary id belongs there. Whatever `undo` needs has
/// to be in it, since other commands and other people change the state meanwhile.
///
/// Seven items are required. `run`, `reload` and `on_finish` may be written as an `async fn`.
///
/// ```
/// use foregone_middleware::{CommandCall, ErrorKind, OptimisticCommand};
/// use std::collections::BTreeMap;
/// use std::sync::atomic::{AtomicI64, Ordering};
///
/// /// Texts by id. Those below zero are temporary: the server has yet to give the real one.
/// type Todos = BTreeMap<i64, String>;
///
/// enum Action {
///     /// The id is set by the spec.
///     Add(i64, String),
///     Remove(i64),
///     HasId(i64, i64),
/// }
///
/// fn reduce(todos: &Todos, action: Action) -> Todos {
///     let mut todos = todos.clone();
///     match action {
///         Action::Add(id, text) => drop(todos.insert(id, text)),
///         Action::Remove(id) => drop(todos.remove(&id)),
///         // Only if it is still there: the user may have removed it meanwhile.
///         Action::HasId(temporary, id) => drop(todos.remove(&temporary).map(|text| todos.insert(id, text))),
///     }
///     todos
/// }
///
/// struct AddTodo { api: Api, last: AtomicI64 }
///
/// struct NewTodo { temporary: i64, text: String }
///
/// impl OptimisticCommand<Todos, Action> for AddTodo {
///     type Key = ();
///     type Command = NewTodo;
///     type Output = i64;
///     type Error = ApiError;
///
///     fn key(&self, action: &Action) -> Option<()> {
///         matches!(action, Action::Add(..)).then_some(())
///     }
///     fn command(&self, _: &Todos, (): &(), action: &mut Action) -> Option<NewTodo> {
///         let Action::Add(id, text) = action else { return None };
///         *id = self.last.fetch_sub(1, Ordering::Relaxed);
///         Some(NewTodo { temporary: *id, text: text.clone() })
///     }
///     async fn run(&self, call: CommandCall<'_, (), NewTodo>) -> Result<i64, ApiError> {
///         self.api.add(&call.command.text, &call.idempotency_key.to_string()).await
///     }
///     fn undo(&self, todos: &Todos, new: &NewTodo) -> Option<Action> {
///         todos.contains_key(&new.temporary).then_some(Action::Remove(new.temporary))
///     }
///     fn apply(&self, new: &NewTodo, id: i64) -> Option<Action> {
///         Some(Action::HasId(new.temporary, id))
///     }
///     fn error_kind(&self, error: &ApiError) -> ErrorKind {
///         match error.status {
///             408 | 429 | 502..=504 => ErrorKind::Transient,
///             400..=499 => ErrorKind::Refused,
///             _ => ErrorKind::Unknown,
///         }
///     }
/// }
/// # struct Api;
/// # #[derive(Debug, thiserror::Error)] #[error("{status}")] struct ApiError { status: u16 }
/// # impl Api { async fn add(&self, _: &str, _: &str) -> Result<i64, ApiError> { Ok(1) } }
/// # let spec = AddTodo { api: Api, last: AtomicI64::new(-1) };
/// # let mut action = Action::Add(0, "tea".to_owned());
/// # let new = spec.command(&Todos::new(), &(), &mut action).unwrap();
/// # let todos = reduce(&Todos::new(), action);
/// # assert_eq!(todos.keys().copied().collect::<Vec<_>>(), [-1]);
/// # assert!(reduce(&todos, spec.undo(&todos, &new).unwrap()).is_empty());
/// # assert!(reduce(&todos, spec.apply(&new, 7).unwrap()).contains_key(&7));
/// ```
///
/// A spec must not own a store or a clone of its middleware: they would keep each other alive.
///
/// # Panics
///
/// A panic in `key`, `command` or `idempotency_key` reaches the caller of `dispatch`, and frees the key. A panic in
/// `run` fails the command with [`CommandError::Panicked`], wherever in it, and is rolled back; one in `apply` is
/// [`CommandError::Answer`], and is not. In any other function it is reported as a `tracing` error.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not say how to carry out a command of state `{S}`, given by action `{A}`",
    note = "implement `OptimisticCommand<{S}, {A}>` for it"
)]
pub trait OptimisticCommand<S, A>: MaybeSend + MaybeSync + 'static {
    /// Of which only one is under way at a time: `()` for one form, `PostId` for deletions. Of several kinds of command
    /// in one spec, it has to tell the kind as well: `(Kind, PostId)`. If every action brings a key of its own, all are
    /// under way at once.
    type Key: Key;

    /// What one command is: what [`run`](Self::run) sends, [`undo`](Self::undo) takes back and [`apply`](Self::apply)
    /// completes.
    type Command: MaybeSend + MaybeSync + 'static;

    /// What the server answers: the id of what was created, `()`.
    type Output: MaybeSend;

    /// What [`run`](Self::run) fails with. `anyhow::Error`, `Box<dyn Error>` and `String` are no errors themselves:
    /// wrap them in a type of your own.
    type Error: Error + MaybeSend + MaybeSync + 'static;

    /// The tag: whose command is this action? `None` for one that is none.
    fn key(&self, action: &A) -> Option<Self::Key>;

    /// The record of a tagged action that is about to be applied, from the state before it. Called once for each
    /// dispatch. A temporary id is put into the action here, and into the record. `None` if it is no command after all:
    /// the action is passed on as it is.
    fn command(&self, state: &S, key: &Self::Key, action: &mut A) -> Option<Self::Command>;

    /// Has the server carry it out: called once, and once more for each retry, always with the same command. At most one
    /// is running per key; at its deadline the future is dropped, without a word to it.
    ///
    /// It must not block its thread: others would wait, and its deadline could not pass.
    ///
    /// # Errors
    ///
    /// Whatever [`error_kind`](Self::error_kind) can tell apart.
    fn run(
        &self,
        call: CommandCall<'_, Self::Key, Self::Command>,
    ) -> impl Future<Output = Result<Self::Output, Self::Error>> + MaybeSend;

    /// The action that takes back what this command put into the state, and nothing of anyone else's. Called with the
    /// state of that moment; `None` if nothing is left of the command there.
    ///
    /// Best untagged, as that of `apply` and `reload`. Tagged with a key of this spec, it is not run when it is this
    /// middleware that dispatches it; tagged by another spec, it is a command there.
    fn undo(&self, state: &S, command: &Self::Command) -> Option<A>;

    /// The action that puts the server's answer into the state: the temporary id becomes the real one. It runs before the
    /// key is free for the next. By default, the answer changes nothing.
    fn apply(&self, command: &Self::Command, output: Self::Output) -> Option<A> {
        let _ = (command, output);
        None
    }

    /// What an error of `run` says about the server: only what is [transient](ErrorKind::Transient) or
    /// [unknown](ErrorKind::Unknown) is tried again. Everything is unknown unless you know better.
    fn error_kind(&self, error: &Self::Error) -> ErrorKind {
        let _ = error;
        ErrorKind::Unknown
    }

    /// By what the server knows a command again. Random by default.
    ///
    /// After an unknown failure, the user may want to try again what may have been done already. A form that draws a key
    /// when it is opened, hands it on in its action and has it returned here is submitted once, however often the user
    /// tries.
    fn idempotency_key(&self, command: &Self::Command) -> IdempotencyKey {
        let _ = command;
        IdempotencyKey::random()
    }

    /// Whether to ask the server what it holds, now that this command has ended. By default, if it failed after it was
    /// sent, or its answer could not be applied.
    fn should_reload(&self, end: &CommandEnd<Self::Key, Self::Command, Self::Error>) -> bool {
        end.error.is_some() && end.attempts > 0
    }

    /// Asks the server what it holds for this key, and gives the action that shows it. Called when the key has come to
    /// rest, once, if [`should_reload`](Self::should_reload) said so of one of its commands. It has the deadline of an
    /// attempt. If it fails, that is reported, and the command's own failure stays what it is. By default, nothing is
    /// asked.
    ///
    /// The action is to show what this key is about, and nothing else: commands of other keys may be under way.
    ///
    /// # Errors
    ///
    /// As `run`.
    fn reload(&self, key: &Self::Key) -> impl Future<Output = Result<Option<A>, Self::Error>> + MaybeSend {
        let _ = key;
        async { Ok(None) }
    }

    /// Whether to show what a reload gave. `is_outdated`: a command of this key has begun since the server was asked. By
    /// default, if it is not outdated.
    ///
    /// Edits that are no commands of this spec are not known here: compare with the state.
    fn should_apply_reload(&self, state: &S, key: &Self::Key, is_outdated: bool) -> bool {
        let _ = (state, key);
        !is_outdated
    }

    /// Runs once for every command that was applied, after its key was released, however it ended; not after a
    /// [`clear`](super::OptimisticCommandMiddleware::clear). The action it returns is dispatched; a tagged one is a
    /// command of its own.
    ///
    /// Nothing waits for it but [`flush`](super::OptimisticCommandMiddleware::flush). It has the deadline of an attempt.
    fn on_finish(
        &self,
        end: &CommandEnd<Self::Key, Self::Command, Self::Error>,
    ) -> impl Future<Output = Option<A>> + MaybeSend {
        let _ = end;
        async { None }
    }
}

/// One attempt at a command.
#[derive(Debug)]
#[non_exhaustive]
pub struct CommandCall<'a, K, C> {
    /// Its key.
    pub key: &'a K,
    /// What is to be carried out.
    pub command: &'a C,
    /// By what the server knows it again: the same for every attempt.
    pub idempotency_key: IdempotencyKey,
    /// Which attempt it is, from 1.
    pub attempt: u32,
}

/// How a command ended.
#[derive(Debug)]
#[non_exhaustive]
pub struct CommandEnd<K, C, E: Error + 'static> {
    /// Its key.
    pub key: K,
    /// What was to be carried out.
    pub command: Arc<C>,
    /// By what the server knows it.
    pub idempotency_key: IdempotencyKey,
    /// How often it was sent.
    pub attempts: u32,
    /// What its failure means for the server; none if the server carried it out.
    pub failed: Option<FailureKind>,
    /// What went wrong. Of a command that the server carried out, it is why its [answer](CommandError::Answer) could not
    /// be applied.
    pub error: Option<Arc<CommandError<E>>>,
}
