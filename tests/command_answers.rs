//! What goes wrong after the server did it never takes back what the server did.

mod commands;

use commands::{
    ADD, APPLY_PANICS, Action, Answer, ApiError, Finished, Hook, REDUCER_PANICS, Record, State, add, app, app_with,
    commands, names, pass, reduce, server,
};
use foregone::Store;
use foregone::middleware::{CommandError, Completion, Dropped, Failure, FailureKind, Outcome, Status};
use std::time::Duration;

const TEMPORARY: i64 = -1;

#[tokio::test(start_paused = true)]
async fn a_panic_while_the_answer_is_applied_takes_nothing_back_and_is_told_by_name() {
    for (id, message) in [(APPLY_PANICS, "apply panics"), (REDUCER_PANICS, "the reducer panics")] {
        let (store, commands, server) = app();
        server.script(100, Answer::AcceptAs(id));
        assert_eq!(store.dispatch(add("tea")).await.unwrap(), Outcome::Confirmed);
        assert_eq!(*store.state(), State::unit(TEMPORARY, "tea"), "it is still on the screen");
        let Status::Failed { error, .. } = commands.status(&ADD) else { panic!("the status tells of it") };
        assert!(matches!(&*error, CommandError::Answer(why) if why == message), "{error}");
        commands.flush().await;
        let [Finished { failed, error, .. }] = &server.finished()[..] else { panic!("once") };
        assert_eq!(*failed, None, "the server did it");
        let said = format!("the server did it, but its answer could not be applied: {message}");
        assert_eq!(error.as_deref(), Some(&*said));
        assert_eq!(server.reloaded(), [ADD], "what the server holds can still be asked");
        store.dispatch(add("rum")).await.unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_a_middleware_withholds_is_told_by_name() {
    let server = server();
    let commands = commands(&server, |b| b);
    let store = Store::builder(State::new(), reduce)
        .middleware(commands.clone())
        .middleware_fn(|_, action, next| match action {
            Action::HasId(..) => Completion::failed(Failure::new(FailureKind::Cancelled, Dropped::Offline)),
            action => next.run(action),
        })
        .build();
    assert_eq!(store.dispatch(add("tea")).await.unwrap(), Outcome::Confirmed);
    let Status::Failed { error, .. } = commands.status(&ADD) else { panic!("the status tells of it") };
    assert!(matches!(&*error, CommandError::Answer(why) if why == "cancelled: there is no connection"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn the_finish_hook_runs_once_after_release_however_it_ended() {
    let (store, commands, server) = app();
    server.script(100, Answer::Accept).script(100, Answer::Refuse);
    server.hook(Hook::Gives(50, add("from the hook")));
    store.dispatch(add("tea")).await.unwrap();
    pass(200).await;
    commands.flush().await;
    let finished = server.finished();
    assert_eq!(
        finished[0],
        Finished { command: Record::Add { temporary: -1, name: "tea" }, failed: None, error: None, attempts: 1 }
    );
    assert_eq!(finished[1].failed, Some(FailureKind::Rejected), "what the hook returned was a command of its own");
    assert_eq!(finished[1].error.as_deref(), Some("refused"));
    assert_eq!(finished.len(), 2);
    assert_eq!(names(&store.state()), ["tea"]);
}

#[tokio::test(start_paused = true)]
async fn a_hook_that_fails_changes_no_outcome_and_holds_no_key() {
    for hook in [Hook::Panics, Hook::Never, Hook::Gives(0, Action::HasId(0, REDUCER_PANICS))] {
        let (store, commands, server) = app_with(|b| b.deadline(Duration::from_secs(2)));
        server.hook(hook);
        assert_eq!(store.dispatch(add("tea")).await.unwrap(), Outcome::Confirmed);
        assert_eq!(store.dispatch(add("rum")).await.unwrap(), Outcome::Confirmed);
        commands.flush().await;
        assert!(commands.statuses().all_idle());
        assert_eq!(names(&store.state()), ["tea", "rum"]);
        assert_eq!(server.finished().len(), 2);
    }
}

#[tokio::test(start_paused = true)]
async fn a_hook_sees_what_was_dispatched_meanwhile_left_as_it_is() {
    let (store, commands, server) = app();
    server.hook(Hook::Gives(500, Action::Put(9, "from the hook")));
    store.dispatch(add("tea")).await.unwrap();
    store.dispatch(Action::Put(8, "rum"));
    commands.flush().await;
    assert_eq!(names(&store.state()), ["tea", "rum", "from the hook"]);
}

#[tokio::test(start_paused = true)]
async fn an_undo_that_panics_hides_no_failure_and_frees_the_key() {
    let server = server();
    let commands = commands(&server, |b| b);
    let store = Store::builder(State::new(), |state: &State, action| {
        assert!(action != Action::Take(TEMPORARY), "the reducer panics");
        reduce(state, action)
    })
    .middleware(commands.clone())
    .build();
    server.script(100, Answer::Refuse);
    let failure = store.dispatch(add("tea")).await.unwrap_err();
    assert_eq!(failure.downcast_ref::<ApiError>(), Some(&ApiError::Refused));
    assert_eq!(failure.kind(), FailureKind::Rejected);
    store.dispatch(add("rum")).await.unwrap();
}
