//! What a spec may look like, and what it decides.

mod commands;

use commands::settle;
use foregone::Store;
use foregone::middleware::{
    BoxFuture, CommandCall, CommandEnd, CommandError, Completion, ConfigError, Failure, FailureKind, IdempotencyKey,
    NonReentrant, OptimisticCommand, OptimisticCommandMiddleware, Outcome,
};
use futures_util::FutureExt;
use std::collections::HashSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// Adds to the only number there is; `Form` says by which idempotency key. All but `Is` are tagged.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Action {
    Add(i64),
    Form(u128, i64),
    Is(i64),
}

fn reduce(n: &i64, action: Action) -> i64 {
    match action {
        Action::Add(by) | Action::Form(_, by) => n + by,
        Action::Is(n) => n,
    }
}

#[derive(Debug, thiserror::Error)]
#[error("lost")]
struct Lost;

/// The server fails to say that it has done what it was asked, until it is mended.
#[derive(Default)]
struct Inner {
    n: i64,
    done: HashSet<IdempotencyKey>,
    mended: bool,
    outdated: Vec<bool>,
}

#[derive(Clone, Default)]
struct Counter {
    server: Arc<Mutex<Inner>>,
    reloads_always: bool,
    shows_outdated: bool,
}

impl Counter {
    fn n(&self) -> i64 {
        self.server.lock().unwrap().n
    }

    fn mend(&self) {
        self.server.lock().unwrap().mended = true;
    }
}

impl OptimisticCommand<i64, Action> for Counter {
    type Key = ();
    type Command = Action;
    type Output = ();
    type Error = Lost;

    fn key(&self, action: &Action) -> Option<()> {
        (!matches!(action, Action::Is(_))).then_some(())
    }

    fn command(&self, _: &i64, (): &(), action: &mut Action) -> Option<Action> {
        (*action != Action::Add(0)).then_some(*action)
    }

    async fn run(&self, call: CommandCall<'_, (), Action>) -> Result<(), Lost> {
        tokio::time::sleep(Duration::from_millis(100)).await;
        let mut server = self.server.lock().unwrap();
        if let Action::Add(by) | Action::Form(_, by) = *call.command
            && server.done.insert(call.idempotency_key)
        {
            server.n += by;
        }
        if server.mended { Ok(()) } else { Err(Lost) }
    }

    /// The very kind of action that is tagged.
    fn undo(&self, _: &i64, command: &Action) -> Option<Action> {
        if let Action::Add(by) | Action::Form(_, by) = *command { Some(Action::Add(-by)) } else { None }
    }

    fn idempotency_key(&self, command: &Action) -> IdempotencyKey {
        if let Action::Form(key, _) = *command { key.into() } else { IdempotencyKey::random() }
    }

    fn should_reload(&self, end: &CommandEnd<(), Action, Lost>) -> bool {
        self.reloads_always || end.error.is_some()
    }

    async fn reload(&self, (): &()) -> Result<Option<Action>, Lost> {
        if !self.reloads_always {
            return Ok(None);
        }
        let n = self.n();
        tokio::time::sleep(Duration::from_millis(500)).await;
        Ok(Some(Action::Is(n)))
    }

    fn should_apply_reload(&self, _: &i64, (): &(), is_outdated: bool) -> bool {
        self.server.lock().unwrap().outdated.push(is_outdated);
        self.shows_outdated || !is_outdated
    }
}

type Commands = OptimisticCommandMiddleware<i64, Action, Counter>;

fn app_of(counter: Counter) -> (Store<i64, Action>, Commands, Counter) {
    let commands = OptimisticCommandMiddleware::new(counter.clone());
    let store = Store::builder(0, reduce).middleware(commands.clone()).build();
    (store, commands, counter)
}

fn app() -> (Store<i64, Action>, Commands, Counter) {
    app_of(Counter::default())
}

#[tokio::test(start_paused = true)]
async fn the_action_that_undoes_may_be_tagged_and_is_not_sent() {
    let (store, commands, counter) = app();
    store.dispatch(Action::Add(5)).await.unwrap_err();
    commands.flush().await;
    assert_eq!((*store.state(), counter.n()), (0, 5));
    assert_eq!(counter.server.lock().unwrap().done.len(), 1, "no command to add -5");
    counter.mend();
    store.dispatch(Action::Add(2)).await.unwrap();
    assert_eq!(counter.n(), 7, "and the next is a command as ever");
}

#[tokio::test(start_paused = true)]
async fn a_tagged_action_that_is_no_command_after_all_is_passed_on() {
    let (store, commands, counter) = app();
    assert_eq!(store.dispatch(Action::Add(0)).await.unwrap(), Outcome::Applied);
    assert!(commands.statuses().all_idle());
    commands.flush().await;
    assert!(counter.server.lock().unwrap().done.is_empty());
}

#[tokio::test(start_paused = true)]
async fn what_the_reducer_never_saw_is_not_undone() {
    let commands = OptimisticCommandMiddleware::new(Counter::default());
    let store = Store::builder(0, reduce)
        .middleware(commands.clone())
        .middleware_fn(|_, action, next| match action {
            Action::Add(by) if by > 0 => Completion::failed(Failure::new(FailureKind::Rejected, Lost)),
            action => next.run(action),
        })
        .build();
    store.dispatch(Action::Add(5)).await.unwrap_err();
    assert_eq!(*store.state(), 0, "also by a spec that cannot tell from the state");
}

#[tokio::test(start_paused = true)]
async fn a_flush_that_began_while_one_was_let_in_ends_when_it_is_withheld() {
    let commands = OptimisticCommandMiddleware::new(Counter::default());
    let flush = Arc::new(Mutex::new(None));
    let (begun, handle) = (Arc::clone(&flush), commands.clone());
    let store = Store::builder(0, reduce)
        .middleware(commands)
        .middleware_fn(move |_, _, _| {
            let commands = handle.clone();
            let mut flush: BoxFuture<()> = Box::pin(async move { commands.flush().await });
            assert!((&mut flush).now_or_never().is_none(), "something is under way");
            *begun.lock().unwrap() = Some(flush);
            Completion::failed(Failure::new(FailureKind::Rejected, Lost))
        })
        .build();
    store.dispatch(Action::Add(5)).await.unwrap_err();
    let flush = flush.lock().unwrap().take().unwrap();
    assert!(flush.now_or_never().is_some());
}

#[tokio::test(start_paused = true)]
async fn a_form_that_is_submitted_again_after_an_unknown_failure_is_done_once() {
    let (store, _commands, counter) = app();
    let submit = Action::Form(7, 5);
    assert_eq!(store.dispatch(submit).await.unwrap_err().kind(), FailureKind::Unknown);
    counter.mend();
    assert_eq!(store.dispatch(submit).await.unwrap(), Outcome::Confirmed);
    assert_eq!((*store.state(), counter.n()), (5, 5));
}

#[tokio::test(start_paused = true)]
async fn a_spec_decides_whether_to_reload_and_whether_to_show_it() {
    for shows_outdated in [false, true] {
        let (store, commands, counter) = app_of(Counter { reloads_always: true, shows_outdated, ..Counter::default() });
        counter.mend();
        store.dispatch(Action::Add(5)).await.unwrap();
        settle().await;
        store.dispatch(Action::Is(50)).await.unwrap();
        commands.flush().await;
        assert_eq!(*store.state(), 5, "after a success, over an edit that is no command");
        store.dispatch(Action::Add(1)).await.unwrap();
        settle().await;
        store.dispatch(Action::Add(1)).await.unwrap();
        tokio::time::sleep(Duration::from_millis(450)).await;
        assert_eq!(*store.state(), if shows_outdated { 6 } else { 7 });
        commands.flush().await;
        assert_eq!(*store.state(), 7);
        assert_eq!(counter.server.lock().unwrap().outdated, [false, true, false]);
    }
}

#[tokio::test(start_paused = true)]
async fn a_middleware_belongs_to_one_store() {
    let (first, commands, counter) = app();
    let second = Store::builder(0, reduce).middleware(commands.clone()).build();
    let failure = second.dispatch(Action::Add(1)).await.unwrap_err();
    assert_eq!(failure.kind(), FailureKind::Cancelled);
    assert_eq!(failure.to_string(), "cancelled: this middleware is plugged in already: make one for each store");
    assert_eq!(*second.state(), 0);
    counter.mend();
    assert_eq!(first.dispatch(Action::Add(1)).await.unwrap(), Outcome::Confirmed);
    let commands = OptimisticCommandMiddleware::new(counter);
    let twice = Store::builder(0, reduce).middleware(commands.clone()).middleware(commands).build();
    let failure = twice.dispatch(Action::Add(1)).await.unwrap_err();
    assert!(matches!(failure.downcast_ref(), Some(CommandError::<Lost>::PluggedTwice)));
    assert_eq!(*twice.state(), 0);
}

#[test]
fn what_cannot_work_is_refused_by_name() {
    let zero = OptimisticCommandMiddleware::builder(Counter::default()).deadline(Duration::ZERO).build();
    assert_eq!(zero.unwrap_err(), ConfigError::ZeroDeadline);
    let commands = || OptimisticCommandMiddleware::builder(Counter::default()).kind("add").build().unwrap();
    let one = NonReentrant::new("add", |_: &Action| Some(()));
    let refused = Store::builder(0, reduce).middleware(one.clone()).middleware(commands()).try_build();
    let said = "\"add\": NonReentrant and OptimisticCommandMiddleware cannot tag the same actions: an optimistic middleware stands alone";
    assert_eq!(refused.unwrap_err().to_string(), said);
    Store::builder(0, reduce).middleware(commands()).try_build().unwrap();
}

#[test]
fn a_plain_synchronous_program_gets_its_commands_run() {
    struct Instant;
    impl OptimisticCommand<i64, i64> for Instant {
        type Key = ();
        type Command = i64;
        type Output = ();
        type Error = Lost;
        fn key(&self, _: &i64) -> Option<()> {
            Some(())
        }
        fn command(&self, _: &i64, (): &(), by: &mut i64) -> Option<i64> {
            Some(*by)
        }
        async fn run(&self, _: CommandCall<'_, (), i64>) -> Result<(), Lost> {
            Ok(())
        }
        fn undo(&self, _: &i64, by: &i64) -> Option<i64> {
            Some(-by)
        }
    }
    let commands = OptimisticCommandMiddleware::new(Instant);
    let store = Store::builder(0, |n: &i64, by: i64| n + by).middleware(commands.clone()).build();
    assert_eq!(pollster::block_on(async { store.dispatch(2).await }).unwrap(), Outcome::Confirmed);
    pollster::block_on(commands.flush());
    assert_eq!(*store.state(), 2);
}
