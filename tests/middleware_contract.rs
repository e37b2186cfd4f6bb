//! What a middleware may do with an action later, and what a store refuses to be built of.

mod effects;

use effects::{Action, Effects, State, load, reduce, settle};
use foregone::Store;
use foregone::middleware::{
    Abandoned, Completion, Deferred, Latest, Middleware, Next, NonReentrant, Outcome, Role, RoleError, Stage, StoreApi,
};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// Keeps each action, and the way on from here.
#[derive(Clone, Default)]
struct Hold(Arc<Mutex<Vec<Held>>>);

type Held = (Action, Deferred<State, Action>);

impl Middleware<State, Action> for Hold {
    fn handle(&self, _: &dyn StoreApi<State, Action>, action: Action, next: Next<'_, State, Action>) -> Completion {
        self.0.lock().unwrap().push((action, next.defer()));
        Completion::applied()
    }
}

impl Hold {
    fn release(&self) -> Completion {
        let (action, rest) = self.0.lock().unwrap().remove(0);
        rest.run(action)
    }
}

#[tokio::test(start_paused = true)]
async fn a_deferred_action_goes_on_from_where_it_was_held() {
    let (hold, effects, outside) = (Hold::default(), Effects::default(), Arc::new(Mutex::new(0)));
    let counted = Arc::clone(&outside);
    let store = Store::builder(State::new(), reduce)
        .middleware_fn(move |_store, action, next| {
            *counted.lock().unwrap() += 1;
            next.run(action)
        })
        .middleware(hold.clone())
        .middleware(effects.clone())
        .build();
    store.dispatch(Action::Load(1));
    assert!(store.state().is_empty());
    let completion = hold.release();
    assert_eq!(*store.state(), [Action::Load(1)], "it has been applied on return");
    assert_eq!(*outside.lock().unwrap(), 1, "the middleware outside has seen it before, and once");
    effects.end(1, Ok(Outcome::Confirmed));
    assert_eq!(completion.await.unwrap(), Outcome::Confirmed);
}

#[tokio::test(start_paused = true)]
async fn a_deferred_action_may_be_run_within_a_turn_and_is_told_of_once() {
    let hold = Hold::default();
    let release = hold.clone();
    let store = Store::builder(State::new(), reduce)
        .middleware_fn(move |_store, action, next| {
            if action == Action::Note(9) {
                release.release();
                release.release();
                return Completion::applied();
            }
            next.run(action)
        })
        .middleware(hold.clone())
        .build();
    let told = Arc::new(Mutex::new(Vec::new()));
    let telling = Arc::clone(&told);
    let _watching = store.subscribe(move |state| telling.lock().unwrap().push(state.len()));
    for n in [1, 2, 9] {
        store.dispatch(Action::Note(n));
    }
    assert_eq!(*told.lock().unwrap(), [2]);
}

#[tokio::test(start_paused = true)]
async fn what_is_deferred_does_not_keep_the_store_alive_and_says_that_it_is_gone() {
    let hold = Hold::default();
    let store = Store::builder(State::new(), reduce).middleware(hold.clone()).build();
    store.dispatch(Action::Note(1));
    drop(store);
    let failure = hold.release().await.unwrap_err();
    assert!(failure.downcast_ref::<Abandoned>().is_some());
}

#[tokio::test(start_paused = true)]
async fn whoever_inspects_a_completion_is_called_before_the_outcome_is_passed_on() {
    let (effects, seen) = (Effects::default(), Arc::new(Mutex::new(Vec::new())));
    let inspected = Arc::clone(&seen);
    let store = Store::builder(State::new(), reduce)
        .middleware_fn(move |store, action, next| {
            let seen = Arc::clone(&inspected);
            next.run(action).inspect(store, move |outcome| seen.lock().unwrap().push((action, outcome.is_ok())))
        })
        .middleware(effects.clone())
        .build();
    store.dispatch(Action::Note(1));
    assert_eq!(*seen.lock().unwrap(), [(Action::Note(1), true)], "at once, where nothing was set going");
    let completion = store.dispatch(Action::Load(2));
    settle().await;
    assert_eq!(seen.lock().unwrap().len(), 1);
    effects.end(2, Ok(Outcome::Confirmed));
    assert_eq!(completion.await.unwrap(), Outcome::Confirmed);
    assert_eq!(seen.lock().unwrap().last(), Some(&(Action::Load(2), true)));
}

#[tokio::test(start_paused = true)]
async fn work_that_blocks_runs_beside_the_effects_and_one_that_panics_harms_nobody() {
    let (done, ended) = tokio::sync::oneshot::channel();
    let done = Mutex::new(Some(done));
    let store = Store::builder(0, |n: &u32, add: u32| n + add)
        .middleware_fn(move |store, add, next| {
            store.spawn_blocking(Box::new(|| panic!("as the test says")));
            if let Some(done) = done.lock().unwrap().take() {
                store.spawn_blocking(Box::new(|| done.send(()).unwrap()));
            }
            next.run(add)
        })
        .build();
    store.dispatch(1);
    ended.await.unwrap();
    assert_eq!(*store.state(), 1);
}

#[test]
fn two_that_decide_the_same_are_refused_when_the_store_is_built() {
    let twice = || {
        Store::builder(State::new(), reduce)
            .middleware(NonReentrant::new("load", load))
            .middleware(NonReentrant::new("load", load))
    };
    let error = twice().try_build().unwrap_err();
    assert_eq!(error, RoleError::Twice { kind: "load", outer: "NonReentrant", inner: "NonReentrant" });
    assert_eq!(error.to_string(), r#""load": NonReentrant and NonReentrant decide the same: keep one of them"#);
    let panic = std::panic::catch_unwind(|| twice().build()).unwrap_err();
    assert!(panic.downcast_ref::<String>().unwrap().contains("decide the same"));
}

#[test]
fn two_kinds_do_not_meet() {
    let store = Store::builder(State::new(), reduce)
        .middleware(NonReentrant::new("load", load))
        .middleware(NonReentrant::new("save", |_: &Action| None::<()>))
        .try_build();
    assert!(store.is_ok());
}

#[test]
fn of_one_kind_the_order_is_kept_and_an_optimistic_one_stands_alone() {
    let role = |stage| Role::new("it", "kind", stage);
    let in_order = [Stage::Shape, Stage::Connect, Stage::Skip, Stage::Admit, Stage::Retry].map(role);
    assert!(Role::check(in_order).is_ok());
    for (index, outer) in in_order.iter().enumerate() {
        for inner in &in_order[..index] {
            assert!(matches!(Role::check([*outer, *inner]), Err(RoleError::Order { .. })), "{outer} {inner}");
        }
        assert!(matches!(Role::check([*outer, *outer]), Err(RoleError::Twice { .. })));
        for pair in [[*outer, role(Stage::Apply)], [role(Stage::Apply), *outer]] {
            assert!(matches!(Role::check(pair), Err(RoleError::Alone { .. })));
        }
        for anywhere in [Stage::Limit, Stage::Repeat].map(role) {
            assert!(Role::check([*outer, anywhere]).is_ok());
            assert!(Role::check([anywhere, *outer]).is_ok());
        }
    }
    assert!(matches!(Role::check([Stage::Repeat; 2].map(role)), Err(RoleError::Twice { .. })));
    assert!(Role::check([role(Stage::Limit), role(Stage::Retry), role(Stage::Limit)]).is_ok());
}

#[tokio::test(start_paused = true)]
async fn a_part_of_what_a_stream_gives_comes_only_when_it_differs() {
    let (sender, latest) = Latest::channel();
    let mut tens = latest.distinct(|n: &u32| n / 10);
    let reader = tokio::spawn(async move {
        let mut seen = Vec::new();
        while let Some(n) = tens.next().await {
            seen.push(n);
        }
        seen
    });
    for n in [1, 5, 10, 19, 9] {
        sender.send(n);
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    drop(sender);
    assert_eq!(reader.await.unwrap(), [0, 1, 0]);
}
