//! An effect follows an action, or a change.

mod log;

use foregone::Store;
use foregone::middleware::{Completion, Dropped, EffectApi, Failure, FailureKind, Listeners};
use foregone::tracing::Level;
use log::Log;
use std::sync::{Arc, Mutex};
use std::time::Duration;

const SECOND: Duration = Duration::from_secs(1);

type State = Vec<u32>;
type All = Listeners<State, u32>;

fn store() -> (Store<State, u32>, All) {
    let listeners = Listeners::new();
    (builder().middleware(listeners.clone()).build(), listeners)
}

fn builder() -> foregone::Builder<State, u32> {
    Store::builder(State::new(), |list: &State, n| [list.as_slice(), &[n]].concat())
}

fn is(wanted: u32) -> impl Fn(&u32) -> Option<u32> {
    move |n| (*n == wanted).then_some(*n)
}

#[derive(Clone, Default)]
struct Seen(Arc<Mutex<Vec<String>>>);

impl Seen {
    fn note(&self, what: impl ToString) {
        self.0.lock().unwrap().push(what.to_string());
    }

    fn all(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

async fn settle() {
    tokio::time::sleep(SECOND / 100).await;
}

#[tokio::test(start_paused = true)]
async fn it_follows_the_action_that_matches_with_what_was_found_and_the_states_before_and_after() {
    let (store, listeners) = store();
    let seen = Seen::default();
    let notes = seen.clone();
    let _listening = listeners.on(is(2), move |n, api| {
        let notes = notes.clone();
        notes.note(format!("{n}: {:?} to {:?}", api.original_state(), api.state()));
        async move { notes.note(format!("then {:?}", api.state())) }
    });
    for n in [1, 2, 3] {
        store.dispatch(n);
    }
    settle().await;
    assert_eq!(seen.all(), ["2: [1] to [1, 2]", "then [1, 2, 3]"]);
}

#[tokio::test(start_paused = true)]
async fn what_it_dispatches_goes_through_the_whole_chain() {
    let listeners = All::new();
    let store = builder().middleware_fn(|_, n, next| next.run(n * 10)).middleware(listeners.clone()).build();
    let _listening = listeners.on(is(10), |_, api| async move {
        api.dispatch(2).await.unwrap();
        api.dispatch(3);
    });
    store.dispatch(1);
    settle().await;
    assert_eq!(*store.state(), [10, 20, 30]);
}

#[tokio::test(start_paused = true)]
async fn the_dispatch_does_not_wait_for_it() {
    let (store, listeners) = store();
    let _listening = listeners.on(is(1), |_, api| async move { api.sleep(SECOND).await });
    let began = store.now();
    store.dispatch(1).await.unwrap();
    assert_eq!(store.now(), began);
}

#[tokio::test(start_paused = true)]
async fn several_begin_in_the_order_in_which_they_were_added() {
    let (store, listeners) = store();
    let seen = Seen::default();
    let add = |name: &'static str| {
        let notes = seen.clone();
        listeners.on(is(1), move |_, _| {
            notes.note(name);
            async {}
        })
    };
    let _all = [add("first"), add("second"), add("third")];
    store.dispatch(1);
    assert_eq!(seen.all(), ["first", "second", "third"]);
}

#[tokio::test(start_paused = true)]
async fn an_action_that_is_withheld_further_in_starts_none() {
    let listeners = All::new();
    let store = builder()
        .middleware(listeners.clone())
        .middleware_fn(|_, n, next| match n {
            0 => Completion::failed(Failure::new(FailureKind::Cancelled, Dropped::Busy)),
            n => next.run(n),
        })
        .build();
    let seen = Seen::default();
    let notes = seen.clone();
    let _listening = listeners.on(
        |n| Some(*n),
        move |n, _| {
            notes.note(n);
            async {}
        },
    );
    store.dispatch(0);
    store.dispatch(1);
    assert_eq!(seen.all(), ["1"]);
}

fn watch_length(listeners: &All, seen: &Seen) -> foregone::middleware::Listening {
    let notes = seen.clone();
    listeners.on_change(
        |list: &State| list.len() / 2,
        move |old, new, api| {
            notes.note(format!("{old} to {new}, {:?} to {:?}", api.original_state(), api.state()));
            async {}
        },
    )
}

#[tokio::test(start_paused = true)]
async fn it_follows_a_change_of_what_a_selector_takes_and_no_other_action() {
    let (store, listeners) = store();
    let seen = Seen::default();
    store.dispatch(0);
    let _listening = watch_length(&listeners, &seen);
    for n in 1..=3 {
        store.dispatch(n);
    }
    assert_eq!(seen.all(), ["0 to 1, [0] to [0, 1]", "1 to 2, [0, 1, 2] to [0, 1, 2, 3]"]);
}

#[tokio::test(start_paused = true)]
async fn a_change_made_by_a_nested_dispatch_is_followed_once() {
    let listeners = All::new();
    let store = builder()
        .middleware(listeners.clone())
        .middleware_fn(|store, n, next| {
            if n == 1 {
                store.dispatch(2);
                store.dispatch(3);
            }
            next.run(n)
        })
        .build();
    let seen = Seen::default();
    let _listening = watch_length(&listeners, &seen);
    store.dispatch(1);
    assert_eq!(seen.all(), ["0 to 1, [2] to [2, 3]"]);
}

#[tokio::test(start_paused = true)]
async fn listeners_come_and_go_at_any_time_also_from_within_one() {
    let (store, listeners) = store();
    let seen = Seen::default();
    let (notes, more) = (seen.clone(), listeners.clone());
    let kept = Arc::new(Mutex::new(None));
    let keep = Arc::clone(&kept);
    let outer = listeners.on(is(1), move |_, _| {
        let notes = notes.clone();
        let inner = more.on(is(2), move |n, _| {
            notes.note(n);
            async {}
        });
        *keep.lock().unwrap() = Some(inner);
        async {}
    });
    store.dispatch(2);
    store.dispatch(1);
    drop(outer);
    store.dispatch(2);
    kept.lock().unwrap().take();
    store.dispatch(2);
    assert_eq!(seen.all(), ["2"]);
}

/// Notes when it goes on, a second later.
fn slow(seen: &Seen) -> impl Fn(u32, EffectApi<State, u32>) -> foregone::middleware::BoxFuture<()> + use<> {
    let notes = seen.clone();
    move |n, api| {
        let notes = notes.clone();
        Box::pin(async move {
            api.sleep(SECOND).await;
            notes.note(n);
        })
    }
}

#[tokio::test(start_paused = true)]
async fn dropping_it_ends_its_effects_and_letting_it_finish_does_not() {
    let (store, listeners) = store();
    let seen = Seen::default();
    let (dropped, finished) = (listeners.on(is(1), slow(&seen)), listeners.on(is(2), slow(&seen)));
    listeners.on(is(3), slow(&seen)).detach();
    for n in [1, 2, 3] {
        store.dispatch(n);
    }
    settle().await;
    drop(dropped);
    finished.let_finish();
    for n in [1, 2, 3] {
        store.dispatch(n);
    }
    tokio::time::sleep(SECOND * 2).await;
    assert_eq!(seen.all(), ["2", "3", "3"]);
}

#[tokio::test(start_paused = true)]
async fn an_effect_that_unsubscribes_is_the_last_of_its_listener_and_runs_on() {
    let (store, listeners) = store();
    let seen = Seen::default();
    let effect = slow(&seen);
    let _once = listeners.on(is(1), move |n, api| {
        api.unsubscribe();
        effect(n, api)
    });
    store.dispatch(1);
    store.dispatch(1);
    tokio::time::sleep(SECOND * 2).await;
    assert_eq!(seen.all(), ["1"]);
}

#[tokio::test(start_paused = true)]
async fn of_take_latest_the_last_effect_runs_and_of_take_leading_the_first() {
    let (store, listeners) = store();
    let seen = Seen::default();
    let any = |n: &u32| Some(*n);
    let latest = listeners.take_latest().on(any, slow(&seen));
    for n in [1, 2, 3] {
        store.dispatch(n);
        settle().await;
    }
    tokio::time::sleep(SECOND * 2).await;
    assert_eq!(seen.all(), ["3"]);
    drop(latest);
    let _leading = listeners.take_leading().on(any, slow(&seen));
    for n in [1, 2, 3] {
        store.dispatch(n);
    }
    tokio::time::sleep(SECOND * 2).await;
    store.dispatch(4);
    tokio::time::sleep(SECOND * 2).await;
    assert_eq!(seen.all(), ["1", "4"]);
}

#[tokio::test]
async fn a_panic_anywhere_harms_nobody_else_and_is_reported() {
    let (log, _listening) = Log::listen(Level::ERROR);
    let (store, listeners) = store();
    let seen = Seen::default();
    let notes = seen.clone();
    let _all = [
        listeners.on(|_: &u32| -> Option<()> { panic!("matcher") }, |(), _| async {}),
        listeners.on_change(|_: &State| -> u32 { panic!("selector") }, |_, _, _| async {}),
        listeners.on(is(1), |_, _| -> std::future::Ready<()> { panic!("before the block") }),
        listeners.on(is(1), |_, _| async { panic!("within the block") }),
        listeners.on(is(1), |_, api| async move {
            let _forgotten = api.fork(async { panic!("fork") });
            std::future::pending().await
        }),
        listeners.on(is(1), move |n, _| {
            notes.note(n);
            async {}
        }),
    ];
    store.dispatch(1).await.unwrap();
    tokio::task::yield_now().await;
    tokio::task::yield_now().await;
    assert_eq!((seen.all(), &*store.state()), (vec!["1".to_owned()], &vec![1]));
    let lines = log.lines();
    for panic in ["matcher", "selector", "before the block", "within the block", "fork"] {
        let reported = lines.iter().filter(|line| line.contains("ERROR foregone") && line.contains(panic)).count();
        assert_eq!(reported, 1, "{panic:?} in {lines:#?}");
    }
}

#[tokio::test(start_paused = true)]
async fn all_of_it_ends_with_the_store_also_a_listener_that_holds_its_own_handle() {
    let (store, listeners) = store();
    let held = Arc::new(());
    let (holds, own, also) = (Arc::clone(&held), listeners.clone(), Arc::clone(&held));
    listeners
        .on(is(1), move |_, api| {
            let (own, holds) = (own.clone(), Arc::clone(&holds));
            async move {
                let _holds = (own, holds);
                api.take(is(2)).await;
            }
        })
        .detach();
    let kept = listeners.on_change(State::len, move |_, _, _| {
        let _ = &also;
        async {}
    });
    store.dispatch(1);
    settle().await;
    let state = Arc::downgrade(&store.state());
    drop(store);
    settle().await;
    assert_eq!((Arc::strong_count(&held), state.strong_count()), (1, 0));
    drop((listeners, kept));
}
