//! A dispatch that takes too long is given up, and only that: what it set going is not stopped.

mod effects;

use effects::{Action, Effects, State, failure, load, pass, reduce, settle};
use foregone::Store;
use foregone::middleware::{
    Abandoned, Completion, Elapsed, FailureKind, Middleware, Next, NonReentrant, Outcome, Status, StoreApi, Timeout,
    ZeroDuration,
};
use std::time::Duration;

const LIMIT: Duration = Duration::from_secs(5);

fn timeout() -> Timeout<Action, u32> {
    Timeout::new("load", LIMIT, load).unwrap()
}

fn store(timeout: &Timeout<Action, u32>) -> (Store<State, Action>, Effects) {
    let effects = Effects::default();
    let store = Store::builder(State::new(), reduce).middleware(timeout.clone()).middleware(effects.clone()).build();
    (store, effects)
}

#[tokio::test(start_paused = true)]
async fn one_that_is_over_within_the_limit_ends_as_the_chain_behind_says() {
    let (store, effects) = store(&timeout());
    for outcome in [Ok(Outcome::Confirmed), Err(failure(FailureKind::Rejected))] {
        let completion = store.dispatch(Action::Load(1));
        pass(Duration::from_millis(4_999)).await;
        effects.end(1, outcome.clone());
        assert_eq!(format!("{:?}", completion.await), format!("{outcome:?}"));
    }
}

#[tokio::test(start_paused = true)]
async fn one_that_is_not_ends_at_the_limit_as_unknown() {
    let (store, _effects) = store(&timeout());
    let began = store.now();
    let failure = store.dispatch(Action::Load(1)).await.unwrap_err();
    assert_eq!(store.now() - began, LIMIT);
    assert_eq!(failure.kind(), FailureKind::Unknown);
    assert_eq!(failure.downcast_ref(), Some(&Elapsed(LIMIT)));
    assert_eq!(failure.to_string(), "outcome unknown: not over after 5000 ms");
}

/// Dispatches a `Note` a minute after a `Load`.
struct Slow;

impl Middleware<State, Action> for Slow {
    fn handle(&self, store: &dyn StoreApi<State, Action>, action: Action, next: Next<'_, State, Action>) -> Completion {
        let Action::Load(key) = action else { return next.run(action) };
        let (resolver, completion) = Completion::pending();
        let (minute, weak) = (store.sleep(Duration::from_secs(60)), store.weak());
        store.spawn(Box::pin(async move {
            minute.await;
            weak.dispatch(Action::Note(key));
            resolver.resolve(Ok(Outcome::Confirmed));
        }));
        completion.join(next.run(action))
    }
}

#[tokio::test(start_paused = true)]
async fn the_effect_behind_goes_on_and_what_it_dispatches_is_applied() {
    let timeout = timeout();
    let store = Store::builder(State::new(), reduce).middleware(timeout.clone()).middleware(Slow).build();
    assert!(store.dispatch(Action::Load(1)).await.is_err());
    assert_eq!(*store.state(), [Action::Load(1)]);
    pass(Duration::from_secs(60)).await;
    assert_eq!(*store.state(), [Action::Load(1), Action::Note(1)]);
    assert!(timeout.statuses().of(&1).failure().is_some(), "that it has ended after all is not news");
}

#[tokio::test(start_paused = true)]
async fn what_sets_nothing_going_or_fails_at_once_is_passed_on_as_it_is() {
    let refuse = |_: &dyn StoreApi<State, Action>, action, next: Next<'_, State, Action>| match action {
        Action::Load(1) => Completion::failed(failure(FailureKind::Rejected)),
        action => next.run(action),
    };
    let timeout = timeout();
    let store = Store::builder(State::new(), reduce).middleware(timeout.clone()).middleware_fn(refuse).build();
    assert!(store.dispatch(Action::Load(1)).failure().is_some());
    assert!(timeout.statuses().of(&1).failure().is_some());
    assert_eq!(store.dispatch(Action::Load(2)).await.unwrap(), Outcome::Applied);
    assert!(timeout.statuses().of(&2).is_idle());
}

#[tokio::test(start_paused = true)]
async fn untagged_actions_have_no_limit() {
    let (store, effects) = store(&Timeout::new("note", LIMIT, |_: &Action| None).unwrap());
    let completion = store.dispatch(Action::Load(1));
    pass(LIMIT * 100).await;
    effects.end(1, Ok(Outcome::Confirmed));
    assert_eq!(completion.await.unwrap(), Outcome::Confirmed);
}

#[tokio::test(start_paused = true)]
async fn inside_of_one_at_a_time_it_frees_the_key_at_the_limit() {
    let effects = Effects::default();
    let store = Store::builder(State::new(), reduce)
        .middleware(NonReentrant::new("load", load))
        .middleware(timeout())
        .middleware(effects.clone())
        .build();
    assert!(store.dispatch(Action::Load(1)).await.is_err());
    let second = store.dispatch(Action::Load(1));
    assert!(second.failure().is_none());
    assert_eq!(effects.running(), [1, 1], "the first one still runs");
}

#[tokio::test(start_paused = true)]
async fn of_two_limits_the_shorter_one_counts() {
    let longer = Timeout::new("load", LIMIT * 2, load).unwrap();
    let store = Store::builder(State::new(), reduce)
        .middleware(longer)
        .middleware(timeout())
        .middleware(Effects::default())
        .build();
    let failure = store.dispatch(Action::Load(1)).await.unwrap_err();
    assert_eq!(failure.downcast_ref(), Some(&Elapsed(LIMIT)));
}

#[tokio::test(start_paused = true)]
async fn the_status_is_that_of_the_newest_of_its_key() {
    let timeout = timeout();
    let (store, effects) = store(&timeout);
    store.dispatch(Action::Load(1));
    assert!(matches!(timeout.statuses().of(&1), Status::Running { .. }));
    pass(Duration::from_secs(3)).await;
    store.dispatch(Action::Load(1));
    pass(Duration::from_secs(3)).await;
    assert!(matches!(timeout.statuses().of(&1), Status::Running { .. }), "the first one has reached its limit");
    pass(Duration::from_secs(2)).await;
    let Status::Failed { error, .. } = timeout.statuses().of(&1) else { panic!("so has the second") };
    assert!(error.downcast_ref::<Elapsed>().is_some());
    store.dispatch(Action::Load(1));
    for _ in 0..3 {
        effects.end(1, Ok(Outcome::Confirmed));
    }
    settle().await;
    assert!(timeout.statuses().all_idle());
}

#[tokio::test(start_paused = true)]
async fn with_the_store_its_end_is_unknown_and_its_key_is_free() {
    let timeout = timeout();
    let (store, _effects) = store(&timeout);
    let completion = store.dispatch(Action::Load(1));
    settle().await;
    drop(store);
    assert!(completion.await.unwrap_err().downcast_ref::<Abandoned>().is_some());
    assert!(timeout.statuses().all_idle());
}

#[tokio::test(start_paused = true)]
async fn a_panic_behind_it_frees_the_key() {
    let timeout = Timeout::new("all", LIMIT, |_: &u32| Some(())).unwrap();
    let store = Store::builder(0, |_: &u32, _: u32| panic!("as the test says")).middleware(timeout.clone()).build();
    assert!(std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| store.dispatch(0))).is_err());
    assert!(timeout.statuses().all_idle());
}

#[tokio::test(start_paused = true)]
async fn no_limit_is_too_long_and_one_of_zero_is_an_error() {
    let (store, effects) = store(&Timeout::new("load", Duration::MAX, load).unwrap());
    let completion = store.dispatch(Action::Load(1));
    pass(Duration::from_secs(60 * 60 * 24 * 365)).await;
    effects.end(1, Ok(Outcome::Confirmed));
    assert_eq!(completion.await.unwrap(), Outcome::Confirmed);
    assert_eq!(Timeout::new("load", Duration::ZERO, load).unwrap_err(), ZeroDuration::Limit);
}

#[tokio::test(start_paused = true)]
async fn one_that_is_left_out_further_in_takes_the_status_from_nobody() {
    let (limit, effects) = (timeout(), Effects::default());
    let store = Store::builder(State::new(), reduce)
        .middleware(limit.clone())
        .middleware(NonReentrant::new("load", load))
        .middleware(effects.clone())
        .build();
    let first = store.dispatch(Action::Load(1));
    assert!(store.dispatch(Action::Load(1)).await.is_err());
    assert!(limit.statuses().of(&1).is_waiting(), "the first is under way");
    effects.end(1, Err(failure(FailureKind::Rejected)));
    assert!(first.await.is_err());
    assert!(limit.statuses().of(&1).failure().is_some());
}
