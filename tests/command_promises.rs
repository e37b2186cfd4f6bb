//! What a command promises: at once, once, and taken back if it fails.

mod commands;

use commands::{ADD, Action, Answer, ApiError, Kind, Record, State, add, app, app_with, names, settle};
use foregone::middleware::{CommandError, Dropped, FailureKind, IdempotencyKey, Outcome, Status};
use std::sync::{Arc, Barrier};
use std::time::Duration;

#[tokio::test(start_paused = true)]
async fn a_command_shows_before_dispatch_returns_and_is_sent_once() {
    let (store, commands, server) = app();
    let added = store.dispatch(add("tea"));
    assert_eq!(*store.state(), State::unit(-1, "tea"), "with its temporary id");
    assert_eq!(added.await.unwrap(), Outcome::Confirmed);
    commands.flush().await;
    assert_eq!(*store.state(), State::unit(1, "tea"), "with the id that the server gave it");
    assert_eq!(server.holds(), *store.state());
    assert_eq!(server.asked_to_add(), ["tea"]);
}

#[tokio::test(start_paused = true)]
async fn what_comes_while_its_key_is_busy_is_left_out_and_says_so() {
    let (store, commands, server) = app();
    let first = store.dispatch(add("tea"));
    settle().await;
    let failure = store.dispatch(add("rum")).await.unwrap_err();
    assert_eq!(failure.kind(), FailureKind::Cancelled);
    assert!(matches!(failure.downcast_ref(), Some(Dropped::Busy)));
    assert_eq!(names(&store.state()), ["tea"], "it was not applied");
    first.await.unwrap();
    commands.flush().await;
    assert_eq!(server.asked_to_add(), ["tea"]);
    assert_eq!(store.dispatch(add("rum")).await.unwrap(), Outcome::Confirmed, "the key is free again");
    assert_eq!(names(&server.holds()), ["tea", "rum"]);
}

#[tokio::test(start_paused = true)]
async fn commands_of_another_kind_or_target_do_not_wait() {
    let (store, commands, server) = app();
    for (id, name) in [(8, "gin"), (9, "rum")] {
        store.dispatch(Action::Put(id, name));
    }
    let all = [add("tea"), Action::Remove(8), Action::Remove(9)].map(|action| store.dispatch(action));
    settle().await;
    assert_eq!(server.in_flight(), 3);
    assert_eq!(names(&store.state()), ["tea"]);
    for each in all {
        assert_eq!(each.await.unwrap(), Outcome::Confirmed);
    }
    commands.flush().await;
    assert_eq!(server.requests()[1].key, (Kind::Remove, 8));
}

#[tokio::test(start_paused = true)]
async fn a_refused_command_is_taken_back() {
    let (store, commands, server) = app();
    server.script(100, Answer::Refuse);
    let failure = store.dispatch(add("tea")).await.unwrap_err();
    assert_eq!(failure.kind(), FailureKind::Rejected);
    assert_eq!(failure.downcast_ref::<ApiError>(), Some(&ApiError::Refused));
    assert!(store.state().is_empty());
    let Status::Failed { error, .. } = commands.status(&ADD) else { panic!("failed") };
    assert!(matches!(*error, CommandError::Run(ApiError::Refused)));
}

#[tokio::test(start_paused = true)]
async fn taking_back_undoes_the_commands_own_part_and_nothing_of_anyone_elses() {
    let (store, _commands, server) = app();
    store.dispatch(Action::Put(7, "gin"));
    store.dispatch(Action::Put(8, "ale"));
    server.script(100, Answer::Refuse);
    let removed = store.dispatch(Action::Remove(7));
    settle().await;
    store.dispatch(Action::Put(8, "beer"));
    store.dispatch(Action::Put(9, "rum"));
    removed.await.unwrap_err();
    assert_eq!(names(&store.state()), ["gin", "beer", "rum"], "gin is back, and the rest as it was left");
}

#[tokio::test(start_paused = true)]
async fn what_is_not_there_any_more_is_not_taken_back() {
    let (store, _commands, server) = app();
    store.dispatch(Action::Put(7, "gin"));
    server.script(100, Answer::Refuse).script(100, Answer::Refuse);
    let removed = store.dispatch(Action::Remove(7));
    let added = store.dispatch(add("tea"));
    settle().await;
    store.dispatch(Action::Put(7, "gin and tonic"));
    store.dispatch(Action::Take(-1));
    let before = store.state();
    removed.await.unwrap_err();
    added.await.unwrap_err();
    assert_eq!(*store.state(), *before);
    assert!(Arc::ptr_eq(&before, &store.state()), "no action was even made");
}

#[tokio::test(start_paused = true)]
async fn what_undo_needs_is_captured_before_anything_asynchronous() {
    let (store, _commands, server) = app();
    store.dispatch(Action::Put(7, "gin"));
    server.script(100, Answer::Refuse);
    let removed = store.dispatch(Action::Remove(7));
    store.dispatch(Action::Show(State::new()));
    removed.await.unwrap_err();
    assert_eq!(server.requests()[0].command, Record::Remove { id: 7, was: Some("gin") });
    assert_eq!(*store.state(), State::unit(7, "gin"));
}

#[tokio::test(start_paused = true)]
async fn a_panic_in_run_is_taken_back_also_before_its_first_await() {
    for answer in [Answer::PanicBeforeAwait, Answer::PanicAfterAwait] {
        let (store, commands, server) = app();
        server.script(100, answer);
        let failure = store.dispatch(add("tea")).await.unwrap_err();
        assert_eq!(failure.kind(), FailureKind::Unknown);
        assert!(
            matches!(failure.downcast_ref(), Some(CommandError::<ApiError>::Panicked(message)) if message.starts_with("scripted panic"))
        );
        assert!(store.state().is_empty());
        commands.flush().await;
        store.dispatch(add("rum")).await.unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn an_attempt_without_end_is_cut_off_at_its_deadline_and_its_outcome_is_unknown() {
    let (store, commands, server) = app_with(|b| b.deadline(Duration::from_secs(2)));
    server.script(0, Answer::Never);
    let start = tokio::time::Instant::now();
    let failure = store.dispatch(add("tea")).await.unwrap_err();
    assert_eq!(start.elapsed(), Duration::from_secs(2));
    assert_eq!(failure.kind(), FailureKind::Unknown);
    assert_eq!(failure.to_string(), "outcome unknown: no answer within 2000 ms");
    assert!(store.state().is_empty());
    assert_eq!(server.in_flight(), 0);
    commands.flush().await;
    store.dispatch(add("rum")).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn an_error_after_the_server_did_it_is_unknown_and_not_taken_for_a_no() {
    let (store, _commands, server) = app();
    server.script(100, Answer::DoneThenLost);
    let failure = store.dispatch(add("tea")).await.unwrap_err();
    assert_eq!(failure.kind(), FailureKind::Unknown);
    assert_eq!(names(&server.holds()), ["tea"]);
    assert!(store.state().is_empty(), "it is taken back: nobody knows");
}

#[tokio::test(start_paused = true)]
async fn every_command_has_an_idempotency_key_of_its_own() {
    let (store, commands, server) = app();
    store.dispatch(add("tea")).await.unwrap();
    commands.flush().await;
    store.dispatch(add("tea")).await.unwrap();
    let keys: Vec<IdempotencyKey> = server.requests().iter().map(|request| request.idempotency_key).collect();
    assert_ne!(keys[0], keys[1]);
    assert_eq!(names(&server.holds()), ["tea", "tea"]);
}

#[tokio::test(start_paused = true)]
async fn the_key_is_free_when_the_outcome_is_known_and_when_subscribers_see_the_answer() {
    let (store, commands, server) = app();
    let again = store.clone();
    let _watching = store.subscribe(move |state| {
        if state.len() == 1 && state.contains_key(&1) {
            assert!(again.dispatch(add("rum")).failure().is_none(), "the key is busy");
        }
    });
    store.dispatch(add("tea")).await.unwrap();
    commands.flush().await;
    assert_eq!(names(&server.holds()), ["tea", "rum"]);
    assert_eq!(server.holds(), *store.state());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_threads_that_dispatch_at_once_exactly_one_is_let_in() {
    let (store, commands, server) = app();
    server.script(0, Answer::Never);
    let start = Arc::new(Barrier::new(8));
    let threads: Vec<_> = (0..8)
        .map(|_| {
            let (store, start) = (store.clone(), Arc::clone(&start));
            std::thread::spawn(move || {
                start.wait();
                store.dispatch(add("tea")).failure().is_none()
            })
        })
        .collect();
    let let_in = threads.into_iter().map(|thread| thread.join().unwrap()).filter(|is_in| *is_in).count();
    assert_eq!((let_in, store.state().len()), (1, 1));
    commands.clear();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_many_threads_queue_is_all_run_one_at_a_time() {
    let (store, commands, server) = app_with(|b| b.queued());
    let start = Arc::new(Barrier::new(4));
    let threads: Vec<_> = (0..4)
        .map(|_| {
            let (store, start, server) = (store.clone(), Arc::clone(&start), server.clone());
            std::thread::spawn(move || {
                start.wait();
                for _ in 0..100 {
                    server.script(0, Answer::Accept);
                    store.dispatch(add("tea"));
                }
            })
        })
        .collect();
    for thread in threads {
        thread.join().unwrap();
    }
    commands.flush().await;
    assert_eq!((server.holds().len(), server.most_in_flight()), (400, 1));
    assert_eq!(*store.state(), server.holds());
    assert!(commands.statuses().all_idle());
}
