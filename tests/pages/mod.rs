//! An app whose pages are loaded by effects, which take their time by the paused clock.
#![allow(dead_code, reason = "every test file compiles this and uses a part of it")]

use foregone::middleware::{Completion, Thunk, ThunkMiddleware, WeakStore};
use foregone::{Builder, Store};
use std::sync::Arc;
use std::time::Duration;

/// The notes that the reducer has seen, in order.
pub(crate) type State = Vec<u32>;
pub(crate) type Page = Thunk<State, Action, u32>;
pub(crate) type Thunks = ThunkMiddleware<State, Action, u32>;

#[derive(Debug)]
pub(crate) enum Action {
    Note(u32),
    /// Stands for a thunk that notes the page a second later.
    Load(u32),
    Run(Page),
}

pub(crate) fn builder() -> Builder<State, Action> {
    Store::builder(State::new(), |notes: &State, action| match action {
        Action::Note(n) => [notes.as_slice(), &[n]].concat(),
        Action::Load(_) | Action::Run(_) => panic!("a thunk has reached the reducer"),
    })
}

pub(crate) fn thunks() -> Thunks {
    ThunkMiddleware::new(|action| match action {
        Action::Load(page) => Ok(later(page).key(page)),
        Action::Run(thunk) => Ok(thunk),
        note @ Action::Note(_) => Err(note),
    })
}

pub(crate) fn store() -> (Store<State, Action>, Thunks) {
    let thunks = thunks();
    (builder().middleware(thunks.clone()).build(), thunks)
}

/// Notes `n` a second after it began.
pub(crate) fn later(n: u32) -> Page {
    Thunk::new(move |store: WeakStore<State, Action>| async move {
        store.sleep(second()).await;
        store.dispatch(Action::Note(n)).await?;
        Ok(())
    })
}

pub(crate) fn run(store: &Store<State, Action>, thunk: Page) -> Completion {
    store.dispatch(Action::Run(thunk))
}

pub(crate) fn second() -> Duration {
    Duration::from_secs(1)
}

/// Lets everything run that can run now.
pub(crate) async fn settle() {
    for _ in 0..20 {
        tokio::task::yield_now().await;
    }
}

/// Whether all others are gone that hold it.
pub(crate) fn is_free<T>(held: &Arc<T>) -> bool {
    Arc::strong_count(held) == 1
}
