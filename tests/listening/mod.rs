//! A store that lists what it is told, with listeners that note what they see.
#![allow(dead_code, reason = "every test file compiles this and uses a part of it")]

use foregone::middleware::{BoxFuture, Completion, Dropped, EffectApi, Failure, FailureKind, Listeners};
use foregone::{Builder, Store};
use std::sync::{Arc, Mutex};
use std::time::Duration;

pub(crate) const SECOND: Duration = Duration::from_secs(1);

pub(crate) type State = Vec<u32>;
pub(crate) type All = Listeners<State, u32>;
pub(crate) type Api = EffectApi<State, u32>;

pub(crate) fn store() -> (Store<State, u32>, All) {
    let listeners = Listeners::new();
    (builder().middleware(listeners.clone()).build(), listeners)
}

/// A middleware behind the listeners lets this action get no further.
pub(crate) fn store_that_withholds(withheld: u32) -> (Store<State, u32>, All) {
    let listeners = Listeners::new();
    let builder = builder().middleware(listeners.clone()).middleware_fn(move |_, n, next| {
        if n == withheld {
            return Completion::failed(Failure::new(FailureKind::Cancelled, Dropped::Busy));
        }
        next.run(n)
    });
    (builder.build(), listeners)
}

pub(crate) fn builder() -> Builder<State, u32> {
    Store::builder(State::new(), |list: &State, n| [list.as_slice(), &[n]].concat())
}

pub(crate) fn is(wanted: u32) -> impl Fn(&u32) -> Option<u32> {
    move |n| (*n == wanted).then_some(*n)
}

#[derive(Clone, Default)]
pub(crate) struct Seen(Arc<Mutex<Vec<String>>>);

impl Seen {
    pub(crate) fn note(&self, what: impl ToString) {
        self.0.lock().unwrap().push(what.to_string());
    }

    pub(crate) fn all(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

/// An effect that notes its action a second after it began.
pub(crate) fn slow(seen: &Seen) -> impl Fn(u32, Api) -> BoxFuture<()> + use<> {
    let notes = seen.clone();
    move |n, api| {
        let notes = notes.clone();
        Box::pin(async move {
            api.sleep(SECOND).await;
            notes.note(n);
        })
    }
}

/// Lets everything run that can run now.
pub(crate) async fn settle() {
    tokio::time::sleep(SECOND / 100).await;
}
