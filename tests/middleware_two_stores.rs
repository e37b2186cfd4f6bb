//! One middleware in two stores: the second one is refused, and nothing that the first does is mixed up with it.

mod effects;

use effects::{Action, Effects, State, load, reduce, settle};
use foregone::Store;
use foregone::middleware::{
    Completion, Debounce, Dropped, ExponentialBuilder, FailureKind, Fresh, Listeners, Middleware, NonReentrant, Online,
    Poll, PollControl, Retry, Sequential, Throttle, Thunk, ThunkMiddleware, Timeout,
};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

const SECOND: Duration = Duration::from_secs(1);

fn store(middleware: impl Middleware<State, Action>, effects: &Effects) -> Store<State, Action> {
    Store::builder(State::new(), reduce).middleware(middleware).middleware(effects.clone()).build()
}

fn is_refused(completion: &Completion) -> bool {
    completion.failure().is_some_and(|failure| {
        failure.kind() == FailureKind::Cancelled && failure.downcast_ref() == Some(&Dropped::PluggedTwice)
    })
}

/// What it tags is refused in the second store, at once and for good, and goes through in the first.
async fn knows_its_store(middleware: impl Middleware<State, Action> + Clone) {
    let effects = Effects::default();
    let (first, second) = (store(middleware.clone(), &effects), store(middleware, &effects));
    assert!(is_refused(&second.dispatch(Action::Load(1))));
    second.dispatch(Action::Note(1));
    assert_eq!(*second.state(), [Action::Note(1)], "what it does not tag goes through, and nothing else");
    assert!(!is_refused(&first.dispatch(Action::Load(1))));
    drop(first);
    settle().await;
    assert!(is_refused(&second.dispatch(Action::Load(1))));
}

#[tokio::test(start_paused = true)]
async fn flow_control_of_one_store_refuses_what_it_tags_in_another() {
    knows_its_store(Debounce::new("load", SECOND, load)).await;
    knows_its_store(Throttle::new("load", SECOND, load)).await;
    knows_its_store(Online::new("load", load)).await;
    knows_its_store(Fresh::new("load", SECOND, load)).await;
    knows_its_store(NonReentrant::new("load", load)).await;
    knows_its_store(Sequential::new("load", load)).await;
    knows_its_store(Retry::new("load", ExponentialBuilder::new(), load)).await;
    knows_its_store(Timeout::new("load", SECOND, load).unwrap()).await;
    let poll = Poll::new("note", SECOND, |action| load(action).map(PollControl::Start), |key| Action::Note(*key));
    knows_its_store(poll.unwrap()).await;
}

#[tokio::test(start_paused = true)]
async fn thunks_of_one_store_are_not_run_in_another() {
    let thunks = ThunkMiddleware::<State, Action, u32>::new(|action| match action {
        Action::Load(key) => Ok(Thunk::new(|_| async { Ok(()) }).take_leading(key)),
        note @ Action::Note(_) => Err(note),
    });
    knows_its_store(thunks).await;
}

#[tokio::test(start_paused = true)]
async fn a_store_of_another_state_is_another_store() {
    let one = NonReentrant::new("load", load);
    let first = Store::builder(State::new(), reduce).middleware(one.clone()).build();
    let second = Store::builder(0, |n: &u32, _: Action| n + 1).middleware(one).build();
    assert!(is_refused(&second.dispatch(Action::Load(1))));
    assert!(!is_refused(&first.dispatch(Action::Load(1))));
}

#[tokio::test(start_paused = true)]
async fn listeners_hear_the_first_store_that_they_were_plugged_into_and_end_with_that() {
    let (listeners, heard) = (Listeners::<State, Action>::new(), Arc::new(AtomicUsize::new(0)));
    let count = Arc::clone(&heard);
    listeners
        .on(load, move |_, _| {
            count.fetch_add(1, Ordering::Relaxed);
            async {}
        })
        .detach();
    let effects = Effects::default();
    let first =
        Store::builder(State::new(), reduce).middleware(listeners.clone()).middleware(listeners.clone()).build();
    let second = store(listeners, &effects);
    second.dispatch(Action::Load(1));
    assert_eq!((heard.load(Ordering::Relaxed), second.state().len()), (0, 1), "a second store is not heard");
    drop(second);
    first.dispatch(Action::Load(1));
    assert_eq!(heard.load(Ordering::Relaxed), 1, "once, also where they are plugged in twice");
}
