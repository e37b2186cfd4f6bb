//! What failed is tried again, by the newest dispatch of its key, until somebody has had enough.

mod effects;
mod outcomes;

use effects::{Action, Effects, State, failure, load, reduce, settle};
use foregone::Store;
use foregone::middleware::{
    Completion, ExponentialBuilder, FailureKind, NonReentrant, OptimisticSync, OptimisticSyncMiddleware, Outcome,
    Reply, Request, Retry, RoleError, Status,
};
use outcomes::{Outcomes, ended};
use std::time::Duration;
use tokio::time::advance;

const SECOND: Duration = Duration::from_secs(1);

/// After 1, 2 and 4 seconds.
fn doubling() -> ExponentialBuilder {
    ExponentialBuilder::new()
}

/// Ten numbers to a key.
fn retry(backoff: ExponentialBuilder) -> Retry<Action, u32> {
    Retry::new("load", backoff, |action: &Action| load(action).map(|number| number / 10))
}

fn store(retry: &Retry<Action, u32>) -> (Store<State, Action>, Effects) {
    let effects = Effects::default();
    let store = Store::builder(State::new(), reduce).middleware(retry.clone()).middleware(effects.clone()).build();
    (store, effects)
}

async fn fail(effects: &Effects, number: u32) {
    effects.end(number, Err(failure(FailureKind::Unknown)));
    settle().await;
}

async fn pass(duration: Duration) {
    advance(duration).await;
    settle().await;
}

const UNKNOWN: &str = "outcome unknown: out of order";

#[tokio::test(start_paused = true)]
async fn it_is_tried_again_after_pauses_that_grow_until_it_goes_well() {
    let (store, effects) = store(&retry(doubling()));
    let completion = store.dispatch(Action::Load(10));
    for seconds in [1, 2, 4] {
        fail(&effects, 10).await;
        pass(Duration::from_millis(seconds * 1000 - 1)).await;
        assert!(effects.running().is_empty());
        pass(Duration::from_millis(1)).await;
        assert_eq!(effects.running(), [10]);
    }
    effects.end(10, Ok(Outcome::Confirmed));
    assert_eq!(completion.await.unwrap(), Outcome::Confirmed);
    assert_eq!(store.state().len(), 4, "the reducer has seen each attempt");
}

#[tokio::test(start_paused = true)]
async fn it_ends_with_the_last_failure_when_there_are_no_attempts_left() {
    let retry = retry(doubling().with_max_times(1));
    let (store, effects) = store(&retry);
    let mut outcomes = Outcomes::default();
    outcomes.watch(10, store.dispatch(Action::Load(10)));
    fail(&effects, 10).await;
    assert!(outcomes.news().is_empty());
    pass(SECOND).await;
    fail(&effects, 10).await;
    assert_eq!(outcomes.news(), [(10, UNKNOWN.to_owned())]);
    assert_eq!(retry.statuses().of(&1).failure().unwrap().kind(), FailureKind::Unknown);
}

#[tokio::test(start_paused = true)]
async fn it_may_go_on_without_end_up_to_a_longest_pause() {
    let (store, effects) = store(&retry(doubling().with_max_delay(5 * SECOND).without_max_times()));
    store.dispatch(Action::Load(10));
    for _ in 0..100 {
        fail(&effects, 10).await;
        pass(5 * SECOND).await;
    }
    assert_eq!(effects.running(), [10]);
}

#[tokio::test(start_paused = true)]
async fn a_pause_beyond_the_end_of_the_clock_is_a_very_long_one() {
    let retry = retry(doubling().with_min_delay(Duration::MAX).without_max_delay());
    let (store, effects) = store(&retry);
    let completion = store.dispatch(Action::Load(10));
    fail(&effects, 10).await;
    assert!(matches!(retry.statuses().of(&1), Status::Waiting { .. }));
    assert_eq!(ended(completion), None);
}

#[tokio::test(start_paused = true)]
async fn what_was_rejected_or_cancelled_is_not_tried_again() {
    let (store, effects) = store(&retry(doubling()));
    for kind in [FailureKind::Rejected, FailureKind::Cancelled] {
        let completion = store.dispatch(Action::Load(10));
        effects.end(10, Err(failure(kind)));
        assert_eq!(completion.await.unwrap_err().kind(), kind);
    }
    pass(60 * SECOND).await;
    assert!(effects.running().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_predicate_may_say_otherwise() {
    let (store, effects) = store(&retry(doubling()).when(|failure| failure.kind() == FailureKind::Rejected));
    let completion = store.dispatch(Action::Load(10));
    effects.end(10, Err(failure(FailureKind::Rejected)));
    settle().await;
    pass(SECOND).await;
    fail(&effects, 10).await;
    assert_eq!(ended(completion).as_deref(), Some(UNKNOWN));
}

#[tokio::test(start_paused = true)]
async fn what_is_withheld_further_in_is_known_at_once_and_takes_over_from_nobody() {
    let (retry, effects) = (retry(doubling()), Effects::default());
    let store = Store::builder(State::new(), reduce)
        .middleware(retry.clone())
        .middleware(NonReentrant::new("other", load))
        .middleware_fn(|_, action, next| match action {
            Action::Load(29) => Completion::failed(failure(FailureKind::Rejected)),
            action => next.run(action),
        })
        .middleware(effects.clone())
        .build();
    store.dispatch(Action::Load(10));
    assert!(store.dispatch(Action::Load(10)).failure().is_some());
    assert!(matches!(retry.statuses().of(&1), Status::Running { .. }));
    fail(&effects, 10).await;
    assert!(matches!(retry.statuses().of(&1), Status::Waiting { .. }));
    assert!(store.dispatch(Action::Load(29)).failure().is_some());
    assert_eq!(retry.statuses().of(&2).failure().unwrap().kind(), FailureKind::Rejected);
    assert!(!retry.cancel(&2), "nothing is going on");
}

#[tokio::test(start_paused = true)]
async fn untagged_actions_and_those_that_set_nothing_going_pass_through() {
    let retry = Retry::new("all", doubling(), |action: &Action| (*action != Action::Note(1)).then_some(()));
    let store = Store::builder(State::new(), reduce).middleware(retry.clone()).build();
    assert_eq!(ended(store.dispatch(Action::Note(1))).as_deref(), Some("Applied"));
    assert_eq!(ended(store.dispatch(Action::Note(2))).as_deref(), Some("Applied"));
    assert!(retry.statuses().all_idle());
}

#[tokio::test(start_paused = true)]
async fn a_pause_can_be_cut_short() {
    let retry = retry(doubling());
    let (store, effects) = store(&retry);
    assert!(!retry.retry_now(&1));
    let completion = store.dispatch(Action::Load(10));
    assert!(!retry.retry_now(&1), "it is in no pause");
    fail(&effects, 10).await;
    assert!(retry.retry_now(&1));
    settle().await;
    assert_eq!(effects.running(), [10]);
    effects.end(10, Ok(Outcome::Confirmed));
    assert_eq!(completion.await.unwrap(), Outcome::Confirmed);
    pass(60 * SECOND).await;
    assert!(effects.running().is_empty(), "the pause does not end once more");
}

#[tokio::test(start_paused = true)]
async fn a_pause_that_is_cancelled_ends_with_the_last_failure() {
    let retry = retry(doubling());
    let (store, effects) = store(&retry);
    assert!(!retry.cancel(&1));
    let completion = store.dispatch(Action::Load(10));
    fail(&effects, 10).await;
    assert!(retry.cancel(&1));
    assert_eq!(completion.await.unwrap_err().kind(), FailureKind::Unknown);
    assert!(retry.statuses().of(&1).failure().is_some());
    pass(60 * SECOND).await;
    assert!(effects.running().is_empty());
}

#[tokio::test(start_paused = true)]
async fn an_attempt_under_way_that_is_cancelled_is_the_last_and_may_go_well() {
    let (well, badly) = (Ok(Outcome::Confirmed), Err(failure(FailureKind::Unknown)));
    for (end, told) in [(well, "Confirmed"), (badly, UNKNOWN)] {
        let retry = retry(doubling());
        let (store, effects) = store(&retry);
        let completion = store.dispatch(Action::Load(10));
        assert!(retry.cancel(&1));
        effects.end(10, end);
        settle().await;
        assert_eq!(ended(completion).as_deref(), Some(told));
        let next = store.dispatch(Action::Load(11));
        fail(&effects, 11).await;
        assert_eq!(ended(next), None, "the next one is tried again");
    }
}

#[tokio::test(start_paused = true)]
async fn a_newer_one_of_the_key_ends_the_pause_of_an_older_one() {
    let (store, effects) = store(&retry(doubling()));
    let mut outcomes = Outcomes::default();
    outcomes.watch(10, store.dispatch(Action::Load(10)));
    outcomes.watch(20, store.dispatch(Action::Load(20)));
    fail(&effects, 10).await;
    fail(&effects, 20).await;
    outcomes.watch(11, store.dispatch(Action::Load(11)));
    settle().await;
    assert_eq!(outcomes.news(), [(10, "Superseded".to_owned())]);
    pass(SECOND).await;
    assert_eq!(effects.running(), [11, 20], "the older one is not tried again, another key's is");
}

#[tokio::test(start_paused = true)]
async fn an_older_one_that_fails_after_a_newer_one_came_is_not_tried_again() {
    let retry = retry(doubling());
    let (store, effects) = store(&retry);
    let mut outcomes = Outcomes::default();
    for number in [10, 11, 12] {
        outcomes.watch(number, store.dispatch(Action::Load(number)));
    }
    effects.end(11, Ok(Outcome::Confirmed));
    fail(&effects, 10).await;
    assert_eq!(outcomes.news(), [(10, "Superseded".to_owned()), (11, "Confirmed".to_owned())]);
    assert!(matches!(retry.statuses().of(&1), Status::Running { attempt: 1, .. }), "that of the newest");
    effects.end(12, Ok(Outcome::Confirmed));
    settle().await;
    assert!(retry.statuses().all_idle());
    assert_eq!(outcomes.news(), [(12, "Confirmed".to_owned())]);
}

#[tokio::test(start_paused = true)]
async fn the_status_tells_which_attempt_is_under_way_and_until_when_it_pauses() {
    let retry = retry(doubling());
    let (store, effects) = store(&retry);
    let began = store.now();
    store.dispatch(Action::Load(10));
    assert!(matches!(retry.statuses().of(&1), Status::Running { attempt: 1, since } if since == began));
    pass(SECOND).await;
    fail(&effects, 10).await;
    let Status::Waiting { until, since } = retry.statuses().of(&1) else { panic!("it waits") };
    assert_eq!((until - began, since), (2 * SECOND, began));
    pass(SECOND).await;
    assert!(matches!(retry.statuses().of(&1), Status::Running { attempt: 2, since } if since == began));
    effects.end(10, Ok(Outcome::Confirmed));
    settle().await;
    assert!(retry.statuses().all_idle(), "nothing is kept of a key at rest");
    assert!(!retry.cancel(&1), "nothing is going on");
}

#[tokio::test(start_paused = true)]
async fn a_panic_in_a_later_attempt_ends_its_dispatch_and_harms_no_other() {
    let retry = retry(doubling());
    let effects = Effects::default();
    let store = Store::builder(State::new(), |state: &State, action| {
        assert!(state.is_empty(), "as the test says");
        reduce(state, action)
    })
    .middleware(retry.clone())
    .middleware(effects.clone())
    .build();
    let completion = store.dispatch(Action::Load(10));
    fail(&effects, 10).await;
    pass(SECOND).await;
    assert_eq!(completion.await.unwrap_err().kind(), FailureKind::Unknown);
    assert!(retry.statuses().all_idle());
}

#[tokio::test(start_paused = true)]
async fn with_the_store_attempts_and_pauses_end() {
    let retry = retry(doubling());
    let (store, effects) = store(&retry);
    let (running, paused) = (store.dispatch(Action::Load(10)), store.dispatch(Action::Load(20)));
    fail(&effects, 20).await;
    drop(store);
    assert_eq!(running.await.unwrap_err().kind(), FailureKind::Unknown);
    assert_eq!(paused.await.unwrap_err().kind(), FailureKind::Unknown);
    settle().await;
    assert!(retry.statuses().all_idle());
    assert!(!retry.retry_now(&2));
    drop(effects);
}

struct Toggle;

impl OptimisticSync<State, Action> for Toggle {
    type Key = u32;
    type Value = usize;
    type Error = effects::Broken;

    fn key(&self, action: &Action) -> Option<u32> {
        load(action)
    }

    fn value(&self, state: &State, _: &u32) -> usize {
        state.len()
    }

    fn set(&self, key: &u32, _: usize) -> Action {
        Action::Note(*key)
    }

    async fn send(&self, _: Request<u32, usize>) -> Result<Reply<usize>, effects::Broken> {
        Ok(Reply::accepted())
    }
}

#[tokio::test(start_paused = true)]
async fn a_store_refuses_to_repeat_what_is_shown_before_the_server_agrees() {
    let sync = OptimisticSyncMiddleware::builder(Toggle).kind("load").build().unwrap();
    let refused = Store::builder(State::new(), reduce).middleware(retry(doubling())).middleware(sync).try_build();
    assert!(matches!(refused, Err(RoleError::Alone { outer: "Retry", .. })));
}
