//! Commands of one key that wait for each other: each shows at once, and they are run one after the other.

mod commands;

use commands::{ADD, Action, Answer, State, add, app_with, commands, names, pass, reduce, server, settle};
use foregone::Store;
use foregone::middleware::{CommandError, ExponentialBuilder, FailureKind, Outcome, Status};
use std::sync::{Arc, Mutex};
use std::time::Duration;

#[tokio::test(start_paused = true)]
async fn each_shows_at_once_and_they_run_in_order_one_at_a_time() {
    let (store, commands, server) = app_with(|b| b.queued());
    let all = ["tea", "rum", "gin"].map(|name| store.dispatch(add(name)));
    assert_eq!(names(&store.state()), ["gin", "rum", "tea"], "by temporary id, the newest is the lowest");
    settle().await;
    assert_eq!(server.asked_to_add(), ["tea"]);
    for each in all {
        assert_eq!(each.await.unwrap(), Outcome::Confirmed);
    }
    commands.flush().await;
    assert_eq!(server.asked_to_add(), ["tea", "rum", "gin"]);
    assert_eq!(server.most_in_flight(), 1);
    assert_eq!(names(&store.state()), ["tea", "rum", "gin"]);
    assert_eq!(*store.state(), server.holds());
}

#[tokio::test(start_paused = true)]
async fn the_failure_of_an_earlier_one_neither_stops_nor_undoes_a_later_one() {
    let (store, commands, server) = app_with(|b| b.queued());
    server.script(100, Answer::Refuse).script(100, Answer::Lost);
    let [tea, rum, gin] = ["tea", "rum", "gin"].map(|name| store.dispatch(add(name)));
    assert_eq!(tea.await.unwrap_err().kind(), FailureKind::Rejected);
    assert_eq!(names(&store.state()), ["gin", "rum"]);
    assert_eq!(rum.await.unwrap_err().kind(), FailureKind::Unknown);
    assert_eq!(names(&store.state()), ["gin"]);
    assert_eq!(gin.await.unwrap(), Outcome::Confirmed);
    commands.flush().await;
    assert_eq!(*store.state(), server.holds());
    assert_eq!(server.finished().len(), 3, "each has its hook");
}

#[tokio::test(start_paused = true)]
async fn the_next_begins_only_when_the_answer_before_it_is_applied() {
    let server = server();
    let commands = commands(&server, |b| b.queued());
    let sent = Arc::new(Mutex::new(Vec::new()));
    let (sent_by_then, asked) = (Arc::clone(&sent), server.clone());
    let store = Store::builder(State::new(), reduce)
        .middleware(commands.clone())
        .middleware_fn(move |_, action, next| {
            let is_answer = matches!(action, Action::HasId(..));
            let completion = next.run(action);
            if is_answer {
                sent_by_then.lock().unwrap().push(asked.asked_to_add().len());
            }
            completion
        })
        .build();
    store.dispatch(add("tea"));
    store.dispatch(add("rum"));
    commands.flush().await;
    assert_eq!(*sent.lock().unwrap(), [1, 2]);
}

#[tokio::test(start_paused = true)]
async fn one_that_waits_for_a_retry_is_not_overtaken() {
    let (store, commands, server) =
        app_with(|b| b.queued().retry(ExponentialBuilder::default().with_min_delay(Duration::from_secs(1))));
    server.script(100, Answer::Transient);
    store.dispatch(add("tea"));
    store.dispatch(add("rum"));
    pass(500).await;
    assert_eq!(server.asked_to_add(), ["tea"]);
    commands.flush().await;
    assert_eq!(server.asked_to_add(), ["tea", "tea", "rum"]);
}

#[tokio::test(start_paused = true)]
async fn what_was_never_sent_is_withdrawn_for_certain_and_what_is_in_flight_is_not_called_back() {
    let (store, commands, server) = app_with(|b| b.queued());
    let [tea, rum, gin] = ["tea", "rum", "gin"].map(|name| store.dispatch(add(name)));
    pass(50).await;
    commands.cancel(&ADD);
    assert_eq!(names(&store.state()), ["tea"], "what is in flight stays on the screen");
    for unsent in [rum, gin] {
        let failure = unsent.await.unwrap_err();
        assert_eq!(failure.kind(), FailureKind::Cancelled);
        assert!(matches!(failure.downcast_ref(), Some(CommandError::<commands::ApiError>::Cancelled)));
    }
    assert_eq!(tea.await.unwrap_err().kind(), FailureKind::Unknown);
    commands.flush().await;
    assert_eq!(server.asked_to_add(), ["tea"]);
    assert_eq!(*store.state(), server.holds(), "its answer is applied");
    let cancelled = server.finished().iter().filter(|end| end.failed == Some(FailureKind::Cancelled)).count();
    assert_eq!((server.finished().len(), cancelled), (3, 2), "each has its hook");
}

#[tokio::test(start_paused = true)]
async fn withdrawing_goes_from_the_newest_to_the_oldest() {
    let (store, commands, server) = app_with(|b| b.queued());
    store.dispatch(Action::Put(7, "gin"));
    server.script(0, Answer::Never);
    store.dispatch(Action::Remove(7));
    settle().await;
    store.dispatch(Action::Put(7, "ale"));
    let again = store.dispatch(Action::Remove(7));
    store.dispatch(Action::Put(7, "rum"));
    let and_again = store.dispatch(Action::Remove(7));
    commands.cancel(&(commands::Kind::Remove, 7));
    assert_eq!(names(&store.state()), ["rum"], "what the newest took away is back; what was there before is not");
    again.await.unwrap_err();
    and_again.await.unwrap_err();
}

#[tokio::test(start_paused = true)]
async fn a_key_with_a_queue_is_running_until_the_last_has_ended() {
    let (store, commands, server) = app_with(|b| b.queued());
    let began = store.now();
    store.dispatch(add("tea"));
    store.dispatch(add("rum"));
    server.script(100, Answer::Refuse).script(100, Answer::Refuse);
    pass(150).await;
    assert!(matches!(commands.status(&ADD), Status::Running { attempt: 1, since } if since == began));
    pass(100).await;
    assert!(matches!(commands.status(&ADD), Status::Failed { .. }));
}

#[tokio::test(start_paused = true)]
async fn a_long_queue_ends_with_its_runtime_without_a_deep_stack() {
    let (store, commands, server, last) = std::thread::spawn(|| {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        let entered = runtime.enter();
        let (store, commands, server) = app_with(|b| b.queued());
        let mut last = None;
        for _ in 0..5_000 {
            last = Some(store.dispatch(add("tea")));
        }
        drop(entered);
        drop(runtime);
        (store, commands, server, last.unwrap())
    })
    .join()
    .unwrap();
    let failure = last.await.unwrap_err();
    assert_eq!(failure.kind(), FailureKind::Cancelled);
    assert!(matches!(failure.downcast_ref(), Some(CommandError::<commands::ApiError>::Stopped)));
    assert!(store.state().is_empty(), "all are taken back");
    assert_eq!(server.requests(), []);
    commands.flush().await;
}
