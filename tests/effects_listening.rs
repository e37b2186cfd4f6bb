//! How listeners and their effects end: one by one, and with the store.

mod listening;
mod log;

use foregone::middleware::Listening;
use foregone::tracing::Level;
use listening::{All, SECOND, Seen, State, builder, is, settle, slow, store};
use log::Log;
use std::sync::{Arc, Mutex};

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

#[tokio::test(start_paused = true)]
async fn none_begins_once_it_was_removed_though_its_action_is_just_being_applied() {
    for lets_finish in [true, false] {
        let (store, listeners) = store();
        let seen = Seen::default();
        let second = Arc::new(Mutex::new(None::<Listening>));
        let removes = Arc::clone(&second);
        let _first = listeners.on(is(1), move |_, _| {
            let second = removes.lock().unwrap().take().unwrap();
            if lets_finish {
                second.let_finish();
            }
            async {}
        });
        *second.lock().unwrap() = Some(listeners.on(is(1), slow(&seen)));
        store.dispatch(1);
        tokio::time::sleep(SECOND * 2).await;
        assert!(seen.all().is_empty());
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
    let (seen, asked) = (Seen::default(), Seen::default());
    let (effect, asks) = (slow(&seen), asked.clone());
    let _once = listeners.on(
        move |n| {
            asks.note(n);
            Some(*n)
        },
        move |n, api| {
            api.unsubscribe();
            effect(n, api)
        },
    );
    store.dispatch(1);
    store.dispatch(2);
    tokio::time::sleep(SECOND * 2).await;
    assert_eq!((seen.all(), asked.all()), (vec!["1".to_owned()], vec!["1".to_owned()]));
}

#[tokio::test(start_paused = true)]
async fn an_effect_that_unsubscribes_is_the_last_also_where_the_same_action_is_nested() {
    let listeners = All::new();
    let store = builder()
        .middleware(listeners.clone())
        .middleware_fn(|store, n, next| {
            if store.state().is_empty() {
                next.run(n);
                return store.dispatch(n);
            }
            next.run(n)
        })
        .build();
    let seen = Seen::default();
    let effect = slow(&seen);
    let _once = listeners.on(is(1), move |n, api| {
        api.unsubscribe();
        effect(n, api)
    });
    store.dispatch(1);
    assert_eq!(*store.state(), [1, 1]);
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
            std::future::pending::<()>().await;
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
