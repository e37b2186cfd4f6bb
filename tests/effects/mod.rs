//! An app whose effects end when the test says so.
#![allow(dead_code, reason = "every test file compiles this and uses a part of it")]

use foregone::middleware::{Completion, Failure, FailureKind, Middleware, Next, Outcome, Resolver, StoreApi};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// What the reducer has seen, in order.
pub(crate) type State = Vec<Action>;

/// `Load` of a key starts an effect; a `Note` starts none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Action {
    Load(u32),
    Note(u32),
}

pub(crate) fn reduce(state: &State, action: Action) -> State {
    [state.as_slice(), &[action]].concat()
}

pub(crate) fn load(action: &Action) -> Option<u32> {
    if let Action::Load(key) = action { Some(*key) } else { None }
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("out of order")]
pub(crate) struct Broken;

pub(crate) fn failure(kind: FailureKind) -> Failure {
    Failure::new(kind, Broken)
}

/// The innermost middleware: each `Load` that reaches it is pending until [`end`](Self::end) is called.
#[derive(Debug, Clone, Default)]
pub(crate) struct Effects(Arc<Mutex<VecDeque<(u32, Resolver)>>>);

impl Effects {
    /// The keys of the effects that are running, in the order in which they began.
    pub(crate) fn running(&self) -> Vec<u32> {
        self.0.lock().unwrap().iter().map(|(key, _)| *key).collect()
    }

    /// Begins an effect of this key.
    pub(crate) fn start(&self, key: u32) -> Completion {
        let (resolver, completion) = Completion::pending();
        self.hold(key, resolver);
        completion
    }

    /// Begins one by hand.
    pub(crate) fn hold(&self, key: u32, resolver: Resolver) {
        self.0.lock().unwrap().push_back((key, resolver));
    }

    /// Ends the oldest effect of this key.
    pub(crate) fn end(&self, key: u32, outcome: Result<Outcome, Failure>) {
        let mut running = self.0.lock().unwrap();
        let index = running.iter().position(|(running, _)| *running == key).expect("it is running");
        let (_, resolver) = running.remove(index).unwrap();
        drop(running);
        resolver.resolve(outcome);
    }
}

impl Middleware<State, Action> for Effects {
    fn handle(&self, _: &dyn StoreApi<State, Action>, action: Action, next: Next<'_, State, Action>) -> Completion {
        let applied = next.run(action);
        if let Action::Load(key) = action { applied.join(self.start(key)) } else { applied }
    }
}

/// Lets everything run that can run now.
pub(crate) async fn settle() {
    for _ in 0..20 {
        tokio::task::yield_now().await;
    }
}

/// Lets time pass, and everything run that can run by then.
pub(crate) async fn pass(duration: Duration) {
    settle().await;
    tokio::time::sleep(duration).await;
    settle().await;
}
