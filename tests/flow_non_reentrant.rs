//! One at a time of each key; what is left out says so.

mod effects;

use effects::{Action, Effects, State, failure, load, reduce, settle};
use foregone::Store;
use foregone::middleware::{Dropped, FailureKind, NonReentrant, Outcome, Status};
use futures_util::StreamExt;
use std::sync::Arc;
use std::task::{Context, Wake, Waker};

fn store() -> (Store<State, Action>, NonReentrant<Action, u32>, Effects) {
    let (one, effects) = (NonReentrant::new("load", load), Effects::default());
    let store = Store::builder(State::new(), reduce).middleware(one.clone()).middleware(effects.clone()).build();
    (store, one, effects)
}

#[tokio::test(start_paused = true)]
async fn while_one_is_under_way_another_of_the_same_key_is_left_out_and_says_so() {
    let (store, _one, effects) = store();
    let first = store.dispatch(Action::Load(1));
    let failure = store.dispatch(Action::Load(1)).await.unwrap_err();
    assert_eq!(failure.kind(), FailureKind::Cancelled);
    assert!(matches!(failure.downcast_ref(), Some(Dropped::Busy)));
    assert_eq!(*store.state(), [Action::Load(1)], "it was not applied");
    effects.end(1, Ok(Outcome::Confirmed));
    assert_eq!(first.await.unwrap(), Outcome::Confirmed);
}

#[tokio::test(start_paused = true)]
async fn other_keys_and_untagged_actions_get_through() {
    let (store, _one, effects) = store();
    store.dispatch(Action::Load(1));
    store.dispatch(Action::Load(2));
    store.dispatch(Action::Note(1));
    assert_eq!(*store.state(), [Action::Load(1), Action::Load(2), Action::Note(1)]);
    assert_eq!(effects.running(), [1, 2]);
}

#[tokio::test(start_paused = true)]
async fn whoever_learns_that_it_has_ended_may_begin_the_next() {
    let (store, _one, effects) = store();
    for outcome in [Ok(Outcome::Confirmed), Err(failure(FailureKind::Rejected))] {
        let completion = store.dispatch(Action::Load(1));
        effects.end(1, outcome.clone());
        assert_eq!(completion.await.is_ok(), outcome.is_ok());
        assert!(store.dispatch(Action::Load(1)).failure().is_none());
        effects.end(1, Ok(Outcome::Applied));
        settle().await;
    }
}

#[tokio::test(start_paused = true)]
async fn an_action_that_sets_nothing_going_frees_its_key_at_once() {
    let one = NonReentrant::new("all", |_: &Action| Some(()));
    let store = Store::builder(State::new(), reduce).middleware(one).build();
    store.dispatch(Action::Note(1));
    store.dispatch(Action::Note(2));
    assert_eq!(store.state().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_panic_further_in_frees_the_key() {
    let one = NonReentrant::new("all", |_: &u32| Some(()));
    let store = Store::builder(0, |_: &u32, n: u32| if n == 0 { panic!("as the test says") } else { n })
        .middleware(one.clone())
        .build();
    assert!(std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| store.dispatch(0))).is_err());
    assert!(one.statuses().all_idle());
    store.dispatch(1);
    assert_eq!(*store.state(), 1);
}

#[tokio::test(start_paused = true)]
async fn the_status_tells_what_is_under_way_and_what_failed_until_it_is_dismissed_or_begun_again() {
    let (store, one, effects) = store();
    let began = store.now();
    store.dispatch(Action::Load(1));
    assert!(matches!(one.statuses().of(&1), Status::Running { attempt: 1, since } if since == began));
    tokio::time::advance(std::time::Duration::from_secs(3)).await;
    effects.end(1, Err(failure(FailureKind::Rejected)));
    settle().await;
    let Status::Failed { error, since, dismissed: false } = one.statuses().of(&1) else { panic!("failed") };
    assert_eq!((error.kind(), since - began), (FailureKind::Rejected, std::time::Duration::from_secs(3)));
    assert!(one.statuses().dismiss(&1));
    assert!(matches!(one.statuses().of(&1), Status::Failed { dismissed: true, .. }));
    store.dispatch(Action::Load(1));
    assert!(!one.statuses().dismiss(&1), "there is nothing to dismiss any more");
    effects.end(1, Ok(Outcome::Confirmed));
    settle().await;
    assert!(one.statuses().all_idle(), "nothing is kept of a key at rest");
}

#[tokio::test(start_paused = true)]
async fn a_store_that_is_dropped_frees_its_keys() {
    let (store, one, effects) = store();
    let completion = store.dispatch(Action::Load(1));
    drop(store);
    assert_eq!(completion.await.unwrap_err().kind(), FailureKind::Unknown);
    assert!(one.statuses().all_idle());
    drop(effects);
}

/// Whoever watches may be woken on the thread that ends an effect, and dispatch there and then: as early as a dispatch
/// can come.
struct DispatchWhenWoken(Store<State, Action>);

impl Wake for DispatchWhenWoken {
    fn wake(self: Arc<Self>) {
        self.0.dispatch(Action::Load(1));
    }
}

#[tokio::test(start_paused = true)]
async fn one_that_begins_as_the_one_before_it_ends_keeps_its_key() {
    let (store, one, effects) = store();
    store.dispatch(Action::Load(1));
    let mut statuses = one.statuses().watch();
    let waker = Waker::from(Arc::new(DispatchWhenWoken(store.clone())));
    let mut cx = Context::from_waker(&waker);
    assert!(statuses.poll_next_unpin(&mut cx).is_ready());
    assert!(statuses.poll_next_unpin(&mut cx).is_pending());
    effects.end(1, Ok(Outcome::Confirmed));
    settle().await;
    assert_eq!(effects.running(), [1], "the one dispatched when the first had ended");
    assert!(one.statuses().of(&1).is_waiting());
    assert!(matches!(store.dispatch(Action::Load(1)).failure().unwrap().downcast_ref(), Some(Dropped::Busy)));
}
