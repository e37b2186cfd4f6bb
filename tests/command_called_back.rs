//! Code of the user that calls the commands, or panics, from wherever it is called.

mod log;
mod watchdog;

use foregone::Store;
use foregone::middleware::{
    CommandCall, CommandEnd, CommandError, ErrorKind, ExponentialBuilder, FailureKind, IdempotencyKey,
    OptimisticCommand, OptimisticCommandMiddleware, Outcome, Status,
};
use foregone::tracing::Level;
use log::Log;
use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use watchdog::must_end;

type Call = Arc<dyn Fn(&'static str) + Send + Sync>;

/// Adds to the state by key. Tells the test whenever one of its functions is called.
#[derive(Clone)]
struct Meddler {
    call: Arc<Mutex<Call>>,
    fails: u32,
    /// What hook and reload add.
    gives: i64,
}

impl Meddler {
    fn new(fails: u32) -> Self {
        Self { call: Arc::new(Mutex::new(Arc::new(|_| ()))), fails, gives: 0 }
    }

    fn calls(&self, call: impl Fn(&'static str) + Send + Sync + 'static) {
        *self.call.lock().unwrap() = Arc::new(call);
    }

    fn is_called(&self, function: &'static str) {
        let call = Arc::clone(&self.call.lock().unwrap());
        call(function);
    }
}

#[derive(Debug, thiserror::Error)]
#[error("no")]
struct No;

impl OptimisticCommand<i64, i64> for Meddler {
    type Key = i64;
    type Command = i64;
    type Output = ();
    type Error = No;

    fn key(&self, by: &i64) -> Option<i64> {
        self.is_called("key");
        (*by > 0).then_some(*by)
    }
    fn command(&self, _: &i64, _: &i64, by: &mut i64) -> Option<i64> {
        self.is_called("command");
        Some(*by)
    }
    async fn run(&self, call: CommandCall<'_, i64, i64>) -> Result<(), No> {
        self.is_called("run");
        tokio::time::sleep(Duration::from_millis(100)).await;
        if call.attempt <= self.fails { Err(No) } else { Ok(()) }
    }
    fn undo(&self, _: &i64, by: &i64) -> Option<i64> {
        self.is_called("undo");
        Some(-by)
    }
    fn apply(&self, _: &i64, (): ()) -> Option<i64> {
        self.is_called("apply");
        Some(0)
    }
    fn error_kind(&self, _: &No) -> ErrorKind {
        self.is_called("error_kind");
        ErrorKind::Transient
    }
    fn idempotency_key(&self, _: &i64) -> IdempotencyKey {
        self.is_called("idempotency_key");
        7.into()
    }
    fn should_reload(&self, _: &CommandEnd<i64, i64, No>) -> bool {
        self.is_called("should_reload");
        true
    }
    async fn reload(&self, _: &i64) -> Result<Option<i64>, No> {
        self.is_called("reload");
        Ok(Some(self.gives))
    }
    fn should_apply_reload(&self, _: &i64, _: &i64, _: bool) -> bool {
        self.is_called("should_apply_reload");
        true
    }
    async fn on_finish(&self, _: &CommandEnd<i64, i64, No>) -> Option<i64> {
        self.is_called("on_finish");
        Some(self.gives)
    }
}

type Commands = OptimisticCommandMiddleware<i64, i64, Meddler>;

fn app(fails: u32) -> (Store<i64, i64>, Commands, Meddler) {
    app_of(Meddler::new(fails))
}

fn app_of(spec: Meddler) -> (Store<i64, i64>, Commands, Meddler) {
    let back_off = ExponentialBuilder::default().with_max_times(1);
    let commands = OptimisticCommandMiddleware::builder(spec.clone()).retry(back_off).queued().build().unwrap();
    let store = Store::builder(0, |n: &i64, by: i64| n + by).middleware(commands.clone()).build();
    (store, commands, spec)
}

fn on_a_paused_clock<F: Future<Output = ()>>(test: impl FnOnce() -> F + Send + 'static) {
    must_end(|| {
        let builder = &mut tokio::runtime::Builder::new_current_thread();
        builder.enable_time().start_paused(true).build().unwrap().block_on(async { test().await });
    });
}

#[test]
fn every_function_may_use_the_store_and_the_handle() {
    on_a_paused_clock(|| async {
        let called = Arc::new(Mutex::new(BTreeSet::new()));
        for fails in [0, 2] {
            let (store, commands, spec) = app(fails);
            let (weak, handle, seen) = (store.clone(), commands.clone(), Arc::clone(&called));
            spec.calls(move |function| {
                seen.lock().unwrap().insert(function);
                assert!(*weak.state() >= 0);
                handle.cancel(&99);
                let _ = (handle.status(&5), handle.statuses().snapshot());
                if function == "undo" || function == "should_reload" {
                    weak.dispatch(0);
                }
            });
            let outcome = store.dispatch(5).await;
            assert_eq!(outcome.is_ok(), fails == 0);
            commands.flush().await;
            assert_eq!(*store.state(), if fails == 0 { 5 } else { 0 });
            // The closure holds the store.
            spec.calls(|_| ());
        }
        assert_eq!(called.lock().unwrap().len(), 11, "every function was called");
    });
}

#[test]
fn a_log_out_from_any_function_leaves_nothing_under_way() {
    for function in ["command", "run", "undo", "apply", "error_kind", "should_reload", "on_finish", "reload"] {
        on_a_paused_clock(move || async move {
            for fails in [0, 2] {
                let (store, commands, spec) = app(fails);
                let handle = commands.clone();
                spec.calls(move |called| {
                    if called == function {
                        handle.clear();
                    }
                });
                let _ = store.dispatch(5).await;
                let _ = store.dispatch(5).await;
                commands.flush().await;
                assert!(commands.statuses().all_idle() || fails == 2, "{function}");
                spec.calls(|_| ());
                let outcome = store.dispatch(5).await;
                assert_eq!(outcome.is_ok(), fails == 0, "{function}: the key is free");
            }
        });
    }
}

#[test]
fn what_a_hook_or_a_reload_gives_after_a_log_out_is_not_written() {
    for (function, shown) in [("on_finish", 5), ("reload", 5 - 1_000), ("none", 5 - 2_000)] {
        on_a_paused_clock(move || async move {
            let (store, commands, spec) = app_of(Meddler { gives: -1_000, ..Meddler::new(0) });
            let handle = commands.clone();
            spec.calls(move |called| {
                if called == function {
                    handle.clear();
                }
            });
            store.dispatch(5).await.unwrap();
            commands.flush().await;
            tokio::time::sleep(Duration::from_secs(1)).await;
            assert_eq!(*store.state(), shown, "{function}");
            spec.calls(|_| ());
        });
    }
}

#[test]
fn a_panic_before_the_reducer_reaches_the_caller_and_frees_the_key() {
    for function in ["key", "command", "idempotency_key"] {
        on_a_paused_clock(move || async move {
            let (store, commands, spec) = app(0);
            spec.calls(move |called| assert!(called != function, "as the test says"));
            assert!(catch_unwind(AssertUnwindSafe(|| store.dispatch(5))).is_err());
            assert_eq!(*store.state(), 0, "{function}");
            spec.calls(|_| ());
            commands.flush().await;
            assert_eq!(store.dispatch(5).await.unwrap(), Outcome::Confirmed);
        });
    }
}

#[test]
fn a_panic_anywhere_after_that_is_reported_and_frees_the_key() {
    for (function, fails, shown) in [
        ("undo", 2, 5),
        ("error_kind", 2, 0),
        ("should_reload", 0, 5),
        ("should_reload", 2, 0),
        ("reload", 0, 5),
        ("should_apply_reload", 0, 5),
        ("on_finish", 0, 5),
        ("apply", 0, 5),
    ] {
        on_a_paused_clock(move || async move {
            let (log, _guard) = Log::listen(Level::ERROR);
            let (store, commands, spec) = app(fails);
            spec.calls(move |called| assert!(called != function, "as the test says"));
            let outcome = store.dispatch(5).await;
            if let Err(failure) = &outcome {
                assert_eq!(failure.kind(), FailureKind::Unknown);
                assert!(failure.downcast_ref::<No>().is_some(), "{function}: the failure is still its own");
            }
            assert_eq!(outcome.is_ok(), fails == 0);
            commands.flush().await;
            assert_eq!(*store.state(), shown, "{function}");
            assert_eq!(log.lines().len(), 1, "{function} is reported once: {:?}", log.lines());
            assert!(log.lines()[0].contains("as the test says"));
            if function == "apply" {
                let Status::Failed { error, .. } = commands.status(&5) else { panic!("told by the status, too") };
                assert!(matches!(*error, CommandError::Answer(_)));
            }
            spec.calls(|_| ());
            assert_eq!(store.dispatch(5).await.is_ok(), fails == 0, "{function}: the key is free");
        });
    }
}
