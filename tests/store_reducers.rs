//! Existing reducers are used as they are, whatever their shape. That the closures compile without annotations of
//! the state is part of the promise.

use foregone::{Reducer, Store, slice};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

/// Counts its clones.
#[derive(Debug, Default)]
struct State {
    n: u32,
    clones: Arc<AtomicU32>,
}

impl Clone for State {
    fn clone(&self) -> Self {
        self.clones.fetch_add(1, Ordering::Relaxed);
        Self { n: self.n, clones: Arc::clone(&self.clones) }
    }
}

#[derive(Clone, Copy)]
enum Action {
    Add(u32),
    Clear,
}

fn by_ref(state: &State, action: Action) -> State {
    let n = match action {
        Action::Add(n) => state.n + n,
        Action::Clear => 0,
    };
    State { n, clones: Arc::clone(&state.clones) }
}

fn by_value(mut state: State, action: Action) -> State {
    by_mut(&mut state, action);
    state
}

fn by_mut(state: &mut State, action: Action) {
    match action {
        Action::Add(n) => state.n += n,
        Action::Clear => state.n = 0,
    }
}

struct Times(u32);

impl Reducer<State, Action> for Times {
    fn reduce(&self, state: &State, action: Action) -> State {
        match action {
            Action::Add(n) => by_ref(state, Action::Add(n * self.0)),
            Action::Clear => by_ref(state, Action::Clear),
        }
    }
}

/// What the store holds after `Clear`, 2 and 3, and how often the state was cloned.
fn run(store: &Store<State, Action>) -> (u32, u32) {
    for action in [Action::Clear, Action::Add(2), Action::Add(3)] {
        store.dispatch(action);
    }
    (store.state().n, store.state().clones.load(Ordering::Relaxed))
}

#[test]
fn functions_of_every_shape_are_reducers_and_none_clones_more_than_once_per_action() {
    assert_eq!(run(&Store::new(State::default(), by_ref)), (5, 0));
    assert_eq!(run(&Store::builder(State::default(), by_ref).build()), (5, 0));
    assert_eq!(run(&Store::builder_by_value(State::default(), by_value).build()), (5, 3));
    assert_eq!(run(&Store::builder_by_mut(State::default(), by_mut).build()), (5, 3));
    assert_eq!(run(&Store::builder_in_place(State::default(), by_mut).build()), (5, 0));
    assert_eq!(run(&Store::builder_with(State::default(), Times(10)).build()), (50, 0));
    assert_eq!(run(&Store::builder_with(State::default(), by_ref).build()), (5, 0));
}

#[test]
fn closures_of_every_shape_need_no_annotation_of_the_state() {
    let by_ref = Store::new(1, |n, add: i32| n + add);
    let by_value = Store::builder_by_value(vec![1], |mut list, n| {
        list.push(n);
        list
    })
    .build();
    let by_mut = Store::builder_by_mut(vec![1], |list, n| list.extend([n])).build();
    let in_place = Store::builder_in_place(vec![1], |list, n| list.extend([n])).build();
    by_ref.dispatch(2);
    by_value.dispatch(2);
    by_mut.dispatch(2);
    in_place.dispatch(2);
    assert_eq!((*by_ref.state(), &*by_value.state()), (3, &vec![1, 2]));
    assert_eq!((&*by_mut.state(), &*in_place.state()), (&vec![1, 2], &vec![1, 2]));
}

#[test]
fn a_reducer_may_carry_what_it_captured() {
    let factor = 3;
    let store = Store::new(0, move |n, add: i32| n + factor * add);
    store.dispatch(2);
    assert_eq!(*store.state(), 6);
}

#[test]
fn an_edit_in_place_clones_only_while_a_snapshot_is_held_and_never_changes_it() {
    let store = Store::builder_in_place(State::default(), by_mut).build();
    let clones = || store.state().clones.load(Ordering::Relaxed);
    let snapshot = store.state();
    store.dispatch(Action::Add(1));
    assert_eq!((snapshot.n, clones()), (0, 1));
    store.dispatch(Action::Add(1));
    assert_eq!((snapshot.n, clones()), (0, 1), "the snapshot is of an older state by now");
    drop(snapshot);
    store.dispatch(Action::Add(1));
    assert_eq!((store.state().n, clones()), (3, 1));
}

#[test]
fn an_edit_in_place_moves_no_state() {
    let store = Store::builder_in_place(State::default(), by_mut).build();
    let place = Arc::as_ptr(&store.state());
    store.dispatch(Action::Add(1));
    assert_eq!(Arc::as_ptr(&store.state()), place);
}

#[test]
fn slice_runs_reducers_of_any_kind_on_their_parts() {
    #[derive(Clone, Default)]
    struct App {
        state: State,
        visits: u32,
    }
    enum Either {
        State(Action),
        Visit,
    }
    let store = Store::builder_by_mut(App::default(), |app, action| match action {
        Either::State(action) => slice(&mut app.state, &Times(2), action),
        Either::Visit => slice(&mut app.visits, &|n: &u32, ()| n + 1, ()),
    })
    .build();
    store.dispatch(Either::State(Action::Add(4)));
    store.dispatch(Either::Visit);
    assert_eq!((store.state().state.n, store.state().visits), (8, 1));
}
