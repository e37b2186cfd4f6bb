//! Many actions, one notification.

mod effects;

use effects::{Effects, failure, settle};
use foregone::Store;
use foregone::middleware::{BatchActions, Completion, FailureKind, Next, Outcome, StoreApi};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex};

type State = Vec<u32>;

#[derive(Debug, Clone)]
enum Action {
    Add(u32),
    Batch(Vec<Action>),
}

fn reduce(state: &mut State, action: Action) {
    match action {
        Action::Add(0) => panic!("as the test says"),
        Action::Add(n) => state.push(n),
        Action::Batch(_) => unreachable!("a batch never gets to the reducer"),
    }
}

fn split(action: Action) -> Result<Vec<Action>, Action> {
    if let Action::Batch(actions) = action { Ok(actions) } else { Err(action) }
}

fn batch(numbers: impl IntoIterator<Item = u32>) -> Action {
    Action::Batch(numbers.into_iter().map(Action::Add).collect())
}

fn store() -> Store<State, Action> {
    Store::builder_by_mut(State::new(), reduce).middleware(BatchActions::new(split)).build()
}

/// What a subscriber is told.
fn told(store: &Store<State, Action>) -> (Arc<Mutex<Vec<State>>>, foregone::Subscription) {
    let told = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&told);
    (told, store.subscribe(move |state| seen.lock().unwrap().push(state.clone())))
}

#[tokio::test]
async fn subscribers_are_told_once_after_the_last_action() {
    let store = store();
    let (told, _telling) = told(&store);
    assert_eq!(store.dispatch(batch([1, 2, 3])).await.unwrap(), Outcome::Applied);
    assert_eq!(*told.lock().unwrap(), [[1, 2, 3]]);
    store.dispatch(batch([]));
    assert_eq!(told.lock().unwrap().len(), 1, "a batch of nothing changes nothing");
}

#[tokio::test]
async fn a_batch_in_a_batch_is_taken_apart_in_its_place() {
    let store = store();
    let (told, _telling) = told(&store);
    store.dispatch(Action::Batch(vec![Action::Add(1), batch([2, 3]), Action::Add(4)]));
    assert_eq!(*told.lock().unwrap(), [[1, 2, 3, 4]]);
}

#[tokio::test]
async fn each_action_goes_through_the_whole_chain_and_only_the_outer_middlewares_see_the_batch() {
    let log = Arc::new(Mutex::new(Vec::new()));
    let note = |place: &'static str| {
        let log = Arc::clone(&log);
        move |_: &dyn StoreApi<State, Action>, action: Action, next: Next<'_, State, Action>| {
            let name = if let Action::Add(n) = action { n.to_string() } else { "batch".to_owned() };
            log.lock().unwrap().push(format!("{place} {name}"));
            next.run(action)
        }
    };
    let store = Store::builder_by_mut(State::new(), reduce)
        .middleware_fn(note("outer"))
        .middleware(BatchActions::new(split))
        .middleware_fn(note("inner"))
        .build();
    store.dispatch(batch([1, 2]));
    assert_eq!(*log.lock().unwrap(), ["outer batch", "outer 1", "inner 1", "outer 2", "inner 2"]);
}

#[tokio::test]
async fn another_thread_never_comes_between_two_actions() {
    let store = Store::builder_by_mut(State::new(), reduce)
        .middleware(BatchActions::new(split))
        .middleware_fn(|_, action, next| {
            std::thread::yield_now();
            next.run(action)
        })
        .build();
    std::thread::scope(|scope| {
        for n in 1..=4 {
            let store = store.clone();
            scope.spawn(move || store.dispatch(batch([n; 200])));
        }
    });
    let changes = store.state().windows(2).filter(|pair| pair[0] != pair[1]).count();
    assert_eq!(changes, 3, "four batches, each in one piece");
}

/// An action is a list, a batch of each of its items; every `Load` is pending until the test ends it.
fn store_of_effects() -> (Store<effects::State, Vec<effects::Action>>, Effects) {
    let effects = Effects::default();
    let started = effects.clone();
    let reduce = |state: &effects::State, one: Vec<effects::Action>| [state.as_slice(), &one].concat();
    let store = Store::builder(effects::State::new(), reduce)
        .middleware(BatchActions::new(|action: Vec<effects::Action>| {
            if action.len() == 1 { Err(action) } else { Ok(action.into_iter().map(|one| vec![one])) }
        }))
        .middleware_fn(move |_, action, next| match effects::load(&action[0]) {
            Some(key) => next.run(action).join(started.start(key)),
            None => next.run(action),
        })
        .build();
    (store, effects)
}

#[tokio::test]
async fn a_batch_has_ended_when_all_of_its_actions_have() {
    use effects::Action::{Load, Note};
    let (store, effects) = store_of_effects();
    let mut ended = tokio::spawn(store.dispatch(vec![Load(1), Note(2), Load(3)]).into_future());
    effects.end(3, Ok(Outcome::Superseded));
    settle().await;
    assert!(!ended.is_finished(), "the first is still under way");
    effects.end(1, Ok(Outcome::Confirmed));
    assert_eq!((&mut ended).await.unwrap().unwrap(), Outcome::Superseded, "the greatest outcome");
}

#[tokio::test]
async fn the_first_failure_in_the_order_of_the_actions_is_the_outcome() {
    use effects::Action::Load;
    let (store, effects) = store_of_effects();
    let ended = store.dispatch(vec![Load(1), Load(2), Load(3)]);
    effects.end(3, Err(failure(FailureKind::Unknown)));
    effects.end(2, Err(failure(FailureKind::Rejected)));
    effects.end(1, Ok(Outcome::Confirmed));
    assert_eq!(ended.await.unwrap_err().kind(), FailureKind::Rejected);
}

#[tokio::test]
async fn a_million_actions_take_no_stack_and_no_completion_if_they_set_nothing_going() {
    let store = Store::builder(0_u64, |sum: &u64, one: Result<u64, u64>| sum + one.unwrap_or(0))
        .middleware(BatchActions::new(|action: Result<u64, u64>| match action {
            Err(many) => Ok((0..many).map(Ok)),
            single => Err(single),
        }))
        .build();
    let told = Arc::new(Mutex::new(0));
    let seen = Arc::clone(&told);
    let _telling = store.subscribe(move |_| *seen.lock().unwrap() += 1);
    let completion = store.dispatch(Err(1_000_000));
    assert_eq!(format!("{completion:?}"), format!("{:?}", Completion::applied()), "nothing to wait for, and no list");
    assert_eq!((*store.state(), *told.lock().unwrap()), (499_999_500_000, 1));
}

#[tokio::test]
async fn if_one_panics_those_before_it_are_applied_and_told() {
    let store = store();
    let (told, _telling) = told(&store);
    assert!(catch_unwind(AssertUnwindSafe(|| store.dispatch(batch([1, 2, 0, 3])))).is_err());
    assert_eq!(*told.lock().unwrap(), [[1, 2]]);
    store.dispatch(batch([4, 5]));
    assert_eq!(*store.state(), [1, 2, 4, 5], "the store goes on");
}
