//! What a middleware may rely on: its place in the chain, the state around it, and what it dispatches.

mod watchdog;

use foregone::Store;
use foregone::middleware::{Completion, Failure, FailureKind, Middleware, Next, Outcome, StoreApi, WeakStore};
use std::sync::{Arc, Mutex, OnceLock};
use watchdog::must_end;

#[derive(Debug, Clone, Copy, PartialEq)]
enum Action {
    Add(u32),
    /// A middleware makes two of it.
    Twice(u32),
    Withheld,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the shape of a reducer")]
fn reduce(n: &u32, action: Action) -> u32 {
    match action {
        Action::Add(add) => n + add,
        Action::Twice(_) | Action::Withheld => panic!("never gets here"),
    }
}

type Trace = Arc<Mutex<Vec<String>>>;

/// Notes each action on its way in and out, with the state.
struct Tracer(&'static str, Trace);

impl Middleware<u32, Action> for Tracer {
    fn handle(&self, store: &dyn StoreApi<u32, Action>, action: Action, next: Next<'_, u32, Action>) -> Completion {
        let Self(name, trace) = self;
        trace.lock().unwrap().push(format!("{name} in {action:?} at {}", store.state()));
        let completion = next.run(action);
        trace.lock().unwrap().push(format!("{name} out at {}", store.state()));
        completion
    }
}

fn twice(store: &dyn StoreApi<u32, Action>, action: Action, next: Next<'_, u32, Action>) -> Completion {
    match action {
        Action::Twice(n) => store.dispatch(Action::Add(n)).join(store.dispatch(Action::Add(n))),
        action => next.run(action),
    }
}

#[test]
fn the_first_middleware_is_the_outermost_and_each_sees_the_state_before_and_after() {
    let trace = Trace::default();
    let store = Store::builder(0, reduce)
        .middleware(Tracer("outer", Arc::clone(&trace)))
        .middleware(Tracer("inner", Arc::clone(&trace)))
        .build();
    store.dispatch(Action::Add(1));
    assert_eq!(
        *trace.lock().unwrap(),
        ["outer in Add(1) at 0", "inner in Add(1) at 0", "inner out at 1", "outer out at 1"]
    );
}

#[test]
fn what_a_middleware_dispatches_is_applied_at_once_and_passes_those_outside_of_it_too() {
    let trace = Trace::default();
    let store = Store::builder(0, reduce)
        .middleware(Tracer("outer", Arc::clone(&trace)))
        .middleware(twice)
        .middleware(Tracer("inner", Arc::clone(&trace)))
        .build();
    store.dispatch(Action::Twice(1));
    assert_eq!(
        *trace.lock().unwrap(),
        [
            "outer in Twice(1) at 0",
            "outer in Add(1) at 0",
            "inner in Add(1) at 0",
            "inner out at 1",
            "outer out at 1",
            "outer in Add(1) at 1",
            "inner in Add(1) at 1",
            "inner out at 2",
            "outer out at 2",
            "outer out at 2",
        ]
    );
}

#[test]
fn a_middleware_may_withhold_an_action_and_say_why() {
    #[derive(Debug, thiserror::Error)]
    #[error("not today")]
    struct NotToday;
    let seen: Arc<Mutex<Vec<bool>>> = Arc::default();
    let noted = Arc::clone(&seen);
    let store = Store::builder(0, reduce)
        .middleware_fn(move |_, action, next| {
            let completion = next.run(action);
            noted.lock().unwrap().push(completion.failure().is_some());
            completion
        })
        .middleware_fn(|_, action, next| match action {
            Action::Withheld => Completion::failed(Failure::new(FailureKind::Rejected, NotToday)),
            action => next.run(action),
        })
        .build();
    let withheld = pollster::block_on(store.dispatch(Action::Withheld).into_future()).unwrap_err();
    assert!(withheld.kind() == FailureKind::Rejected && withheld.downcast_ref::<NotToday>().is_some());
    let added = pollster::block_on(store.dispatch(Action::Add(1)).into_future());
    assert_eq!((added.unwrap(), *store.state()), (Outcome::Applied, 1));
    assert_eq!(*seen.lock().unwrap(), [true, false], "those outside of it see that at once");
}

#[test]
fn closures_need_no_annotations_and_may_change_the_action() {
    let store = Store::builder(0, |n: &i32, add: i32| n + add)
        .middleware_fn(|_store, add, next| next.run(add * 2))
        .middleware_fn(|store, add, next| next.run(add + *store.state()))
        .build();
    store.dispatch(1);
    store.dispatch(1);
    assert_eq!(*store.state(), 6);
}

#[test]
fn every_middleware_is_attached_once_with_a_handle_of_its_store_that_works_already() {
    #[derive(Clone, Default)]
    struct Attached(Arc<OnceLock<WeakStore<u32, Action>>>);
    impl Middleware<u32, Action> for Attached {
        fn handle(&self, store: &dyn StoreApi<u32, Action>, action: Action, next: Next<'_, u32, Action>) -> Completion {
            assert!(self.0.get().unwrap().is(store) && store.weak().is(store));
            next.run(action)
        }
        fn attach(&self, store: WeakStore<u32, Action>) {
            assert!(self.0.set(store.clone()).is_ok(), "once");
            drop(store.dispatch(Action::Add(5)));
        }
    }
    let attached = Attached::default();
    let store = Store::builder(0, reduce).middleware(attached.clone()).build();
    assert_eq!(*store.state(), 5);
    store.dispatch(Action::Add(1));
    let other = Store::builder(0, reduce).middleware(twice).build();
    other.dispatch(Action::Twice(1));
    assert_eq!(attached.0.get().unwrap().state().as_deref(), Some(&6));
}

#[test]
fn a_turn_within_a_turn_is_the_same_turn() {
    must_end(|| {
        let store = Store::builder(0, reduce)
            .middleware_fn(|store, action, next| {
                let mut next = Some(next);
                let mut completion = None;
                store.turn(&mut || {
                    completion = next.take().map(|next| next.run(action));
                    store.weak().turn(|store| assert!(*store.state() > 0));
                });
                completion.expect("the body runs, once")
            })
            .build();
        let calls = Arc::new(Mutex::new(0));
        let counted = Arc::clone(&calls);
        let _watching = store.subscribe(move |_| *counted.lock().unwrap() += 1);
        store.dispatch(Action::Add(1));
        assert_eq!((*store.state(), *calls.lock().unwrap()), (1, 1));
    });
}

#[test]
fn hundreds_of_dispatches_may_be_nested_in_each_other() {
    let store = Store::builder(0, reduce)
        .middleware_fn(|store, action, next| {
            let completion = next.run(action);
            if *store.state() < 500 { completion.join(store.dispatch(action)) } else { completion }
        })
        .build();
    store.dispatch(Action::Add(1));
    assert_eq!(*store.state(), 500);
}

#[test]
fn a_builder_and_next_say_how_many_middlewares_there_are() {
    let builder = Store::builder(0, reduce)
        .middleware_fn(|_, action, next| {
            let shown = format!("{next:?}");
            assert!(shown.contains("middlewares_left: 1"), "{shown}");
            next.run(action)
        })
        .middleware(twice);
    let shown = format!("{builder:?}");
    assert!(shown.contains("middlewares: 2"), "{shown}");
    builder.build().dispatch(Action::Add(1));
}
