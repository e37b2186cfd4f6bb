//! Commands between other middlewares: those that withhold, panic, dispatch, or call the handle from within.

mod commands;

use commands::{ADD, Action, Answer, Commands, Server, State, add, commands, names, reduce, server, settle};
use foregone::Store;
use foregone::middleware::{
    CommandError, Completion, Dropped, ExponentialBuilder, Failure, FailureKind, Next, OptimisticCommandBuilder,
    Outcome, StoreApi,
};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex};
use std::time::Duration;

type Chain<'a> = Next<'a, State, Action>;
type Builder = OptimisticCommandBuilder<commands::Spec>;

/// The app, with another middleware further in.
fn app_around(
    set_up: fn(Builder) -> Builder,
    inner: impl Fn(&Commands, &dyn StoreApi<State, Action>, Action, Chain<'_>) -> Completion + Send + Sync + 'static,
) -> (Store<State, Action>, Commands, Server) {
    let server = server();
    let commands = commands(&server, set_up);
    let handle = commands.clone();
    let store = Store::builder(State::new(), reduce)
        .middleware(commands.clone())
        .middleware_fn(move |store, action, next| inner(&handle, store, action, next))
        .build();
    (store, commands, server)
}

fn offline() -> Completion {
    Completion::failed(Failure::new(FailureKind::Rejected, Dropped::Offline))
}

/// Whether it is the first time.
fn once(seen: &Mutex<bool>) -> bool {
    !std::mem::replace(&mut seen.lock().unwrap(), true)
}

#[tokio::test(start_paused = true)]
async fn what_is_withheld_further_in_is_not_sent_and_its_failure_is_passed_on() {
    let seen = Mutex::new(false);
    let (store, commands, server) = app_around(
        |b| b,
        move |_, _, action, next| {
            if matches!(action, Action::Add(..)) && once(&seen) { offline() } else { next.run(action) }
        },
    );
    assert!(matches!(store.dispatch(add("tea")).await.unwrap_err().downcast_ref(), Some(Dropped::Offline)));
    assert!(commands.statuses().all_idle());
    commands.flush().await;
    assert_eq!(server.requests(), []);
    assert_eq!(store.dispatch(add("rum")).await.unwrap(), Outcome::Confirmed, "the key is free");
}

#[tokio::test(start_paused = true)]
async fn what_was_applied_and_failed_further_in_is_taken_back() {
    let (store, commands, server) = app_around(
        |b| b,
        |_, _, action, next| {
            let is_add = matches!(action, Action::Add(..));
            let completion = next.run(action);
            if is_add { offline().join(completion) } else { completion }
        },
    );
    assert_eq!(store.dispatch(add("tea")).await.unwrap_err().kind(), FailureKind::Rejected);
    assert!(store.state().is_empty());
    commands.flush().await;
    assert_eq!(server.requests(), []);
}

#[tokio::test(start_paused = true)]
async fn a_panic_further_in_reaches_the_caller_takes_back_what_was_applied_and_frees_the_key() {
    for after in [false, true] {
        let seen = Mutex::new(false);
        let (store, commands, server) = app_around(
            |b| b,
            move |_, _, action, next| {
                let panics = matches!(action, Action::Add(..)) && once(&seen);
                assert!(!panics || after, "as the test says");
                let completion = next.run(action);
                assert!(!panics, "as the test says");
                completion
            },
        );
        assert!(catch_unwind(AssertUnwindSafe(|| store.dispatch(add("tea")))).is_err());
        assert!(store.state().is_empty());
        commands.flush().await;
        assert_eq!(server.requests(), []);
        assert_eq!(store.dispatch(add("rum")).await.unwrap(), Outcome::Confirmed);
    }
}

#[tokio::test(start_paused = true)]
async fn a_dispatch_of_the_same_key_from_within_is_busy_or_waits() {
    for queued in [false, true] {
        let seen = Mutex::new(false);
        let inner: Mutex<Option<Completion>> = Mutex::default();
        let inner = Arc::new(inner);
        let kept = Arc::clone(&inner);
        let (store, commands, server) =
            app_around(if queued { |b| b.queued() } else { |b| b }, move |_, store, action, next| {
                if matches!(action, Action::Add(..)) && once(&seen) {
                    *kept.lock().unwrap() = Some(store.dispatch(add("rum")));
                }
                next.run(action)
            });
        let outer = store.dispatch(add("tea"));
        let inner = inner.lock().unwrap().take().unwrap();
        assert_eq!(inner.failure().is_some(), !queued);
        assert_eq!(outer.await.unwrap(), Outcome::Confirmed);
        commands.flush().await;
        let expected: &[&str] = if queued { &["tea", "rum"] } else { &["tea"] };
        assert_eq!(server.asked_to_add(), expected, "the one that was admitted first is sent first");
        assert_eq!(*store.state(), server.holds());
    }
}

#[tokio::test(start_paused = true)]
async fn the_key_is_not_free_while_an_answer_is_written() {
    let late: Arc<Mutex<Vec<Completion>>> = Arc::default();
    let kept = Arc::clone(&late);
    let (store, commands, server) = app_around(
        |b| b,
        move |_, store, action, next| {
            if matches!(action, Action::HasId(..) | Action::Take(_)) {
                kept.lock().unwrap().push(store.dispatch(add("late")));
            }
            next.run(action)
        },
    );
    server.script(100, Answer::Accept).script(100, Answer::Refuse);
    store.dispatch(add("tea")).await.unwrap();
    store.dispatch(add("rum")).await.unwrap_err();
    commands.flush().await;
    let late = std::mem::take(&mut *late.lock().unwrap());
    assert_eq!(late.len(), 2);
    for dispatch in late {
        assert!(matches!(dispatch.await.unwrap_err().downcast_ref(), Some(Dropped::Busy)));
    }
    assert_eq!(names(&store.state()), ["tea"]);
}

#[tokio::test(start_paused = true)]
async fn a_log_out_while_an_answer_is_written_changes_no_outcome_and_runs_no_hook() {
    let (store, commands, server) = app_around(
        |b| b,
        |commands, _, action, next| {
            if matches!(action, Action::HasId(..)) {
                commands.clear();
            }
            next.run(action)
        },
    );
    assert_eq!(store.dispatch(add("tea")).await.unwrap(), Outcome::Confirmed, "the server did it");
    commands.flush().await;
    settle().await;
    assert_eq!(server.finished(), []);
    assert!(commands.statuses().all_idle());
}

#[tokio::test(start_paused = true)]
async fn a_log_out_while_a_command_is_applied_keeps_it_from_being_sent() {
    let (store, commands, server) = app_around(
        |b| b,
        |commands, _, action, next| {
            let completion = next.run(action);
            commands.clear();
            completion
        },
    );
    let failure = store.dispatch(add("tea")).await.unwrap_err();
    assert_eq!(failure.kind(), FailureKind::Cancelled);
    assert!(matches!(failure.downcast_ref(), Some(CommandError::<commands::ApiError>::Cleared)));
    commands.flush().await;
    assert_eq!(server.requests(), []);
    assert_eq!(names(&store.state()), ["tea"], "a log-out leaves the state to its own action");
}

#[tokio::test(start_paused = true)]
async fn a_cancel_from_within_a_dispatch_withdraws_those_before_it() {
    let (store, commands, server) = app_around(
        |b| b.queued(),
        |commands, _, action, next| {
            if matches!(action, Action::Add(_, "gin")) {
                commands.cancel(&ADD);
            }
            next.run(action)
        },
    );
    let [tea, rum, gin] = ["tea", "rum", "gin"].map(|name| store.dispatch(add(name)));
    assert_eq!(tea.await.unwrap_err().kind(), FailureKind::Cancelled);
    assert_eq!(rum.await.unwrap_err().kind(), FailureKind::Cancelled);
    assert_eq!(gin.await.unwrap(), Outcome::Confirmed);
    commands.flush().await;
    assert_eq!(server.asked_to_add(), ["gin"]);
    assert_eq!(*store.state(), server.holds());
}

#[tokio::test(start_paused = true)]
async fn what_waits_behind_one_that_is_withheld_begins() {
    let (store, commands, server) = app_around(
        |b| b.queued(),
        |_, store, action, next| {
            if matches!(action, Action::Add(_, "tea")) {
                store.dispatch(add("rum"));
                return offline();
            }
            next.run(action)
        },
    );
    store.dispatch(add("tea")).await.unwrap_err();
    tokio::time::timeout(Duration::from_secs(60), commands.flush()).await.expect("it ends");
    assert_eq!(server.asked_to_add(), ["rum"]);
    assert_eq!(*store.state(), server.holds());
}

#[tokio::test(start_paused = true)]
async fn one_that_is_withheld_outdates_no_reload() {
    let (store, commands, server) = app_around(
        |b| b,
        |_, _, action, next| if matches!(action, Action::Add(_, "rum")) { offline() } else { next.run(action) },
    );
    server.script(100, Answer::Lost);
    server.reload_gives(500, Ok(Some(Action::Put(9, "tea"))));
    store.dispatch(add("tea")).await.unwrap_err();
    settle().await;
    store.dispatch(add("rum")).await.unwrap_err();
    commands.flush().await;
    assert_eq!(names(&store.state()), ["tea"]);
}

#[tokio::test(start_paused = true)]
async fn one_that_cancels_those_before_it_and_is_withheld_leaves_nothing_behind_but_their_reload() {
    let (store, commands, server) = app_around(
        |b| b.queued().retry(ExponentialBuilder::default()),
        |commands, _, action, next| {
            if matches!(action, Action::Add(_, "rum")) {
                commands.cancel(&ADD);
                return offline();
            }
            next.run(action)
        },
    );
    server.script(100, Answer::Transient);
    let tea = store.dispatch(add("tea"));
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert!(store.dispatch(add("rum")).await.is_err());
    assert_eq!(tea.await.unwrap_err().kind(), FailureKind::Unknown);
    assert!(commands.statuses().all_idle(), "nothing is under way any more");
    commands.flush().await;
    assert_eq!(server.reloaded(), [ADD], "what the server made of the first can be asked");
}
