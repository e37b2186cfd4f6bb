//! What an effect waits for: an action, a state, a task of its own.

mod listening;
mod watchdog;

use foregone::Store;
use foregone::middleware::Listening;
use listening::{All, Api, SECOND, Seen, State, is, settle, store, store_that_withholds};
use std::future::{Future, pending};
use std::sync::{Arc, Mutex, mpsc};
use watchdog::must_end;

/// Runs an effect that follows the action 0, which is dispatched.
fn begin<F: Future<Output = ()> + Send + 'static>(
    (store, listeners): (&Store<State, u32>, &All),
    effect: impl Fn(Api) -> F + Send + Sync + 'static,
) -> Listening {
    let listening = listeners.on(is(0), move |_, api| effect(api));
    store.dispatch(0);
    listening
}

#[tokio::test(start_paused = true)]
async fn a_take_gives_the_next_action_that_matches_once_it_was_applied() {
    let (store, listeners) = store();
    let _effect = begin((&store, &listeners), |api| async move {
        let n = api.take(|n| (*n > 5).then_some(*n)).await;
        api.dispatch(n * 10).await.unwrap();
    });
    settle().await;
    for n in [1, 7, 8] {
        store.dispatch(n);
    }
    settle().await;
    assert_eq!(*store.state(), [0, 1, 7, 8, 70]);
}

#[tokio::test(start_paused = true)]
async fn a_take_misses_nothing_from_its_call_on_though_it_was_not_polled_yet() {
    let (store, listeners) = store();
    let _effect = begin((&store, &listeners), |api| async move {
        let next = api.take(is(2));
        api.dispatch(2);
        let n = next.await;
        api.dispatch(n * 10);
    });
    settle().await;
    assert_eq!(*store.state(), [0, 2, 20]);
}

#[tokio::test(start_paused = true)]
async fn a_take_before_the_async_block_misses_nothing_after_the_action() {
    let (store, listeners) = store();
    let _effect = listeners.on(is(1), |_, api| {
        let next = api.take(is(2));
        async move {
            let n = next.await;
            api.dispatch(n * 10);
        }
    });
    store.dispatch(1);
    store.dispatch(2);
    settle().await;
    assert_eq!(*store.state(), [1, 2, 20]);
}

#[test]
fn a_take_misses_nothing_that_another_thread_dispatches_before_the_effect_waits() {
    must_end(|| {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).build().unwrap();
        let (store, listeners) = runtime.block_on(async { store() });
        let (begun, has_begun) = mpsc::channel();
        let (go_on, may_go_on) = mpsc::channel::<()>();
        let (done, is_done) = mpsc::channel();
        let may_go_on = Arc::new(Mutex::new(may_go_on));
        let _effect = begin((&store, &listeners), move |api| {
            let (begun, done, may_go_on) = (begun.clone(), done.clone(), Arc::clone(&may_go_on));
            async move {
                let next = api.take(is(2));
                begun.send(()).unwrap();
                may_go_on.lock().unwrap().recv().unwrap();
                done.send(next.await).unwrap();
            }
        });
        has_begun.recv().unwrap();
        store.dispatch(2);
        go_on.send(()).unwrap();
        assert_eq!(is_done.recv().unwrap(), 2);
    });
}

#[tokio::test(start_paused = true)]
async fn a_take_that_is_polled_by_turns_misses_nothing_in_between() {
    let (store, listeners) = store();
    let _effect = begin((&store, &listeners), |api| async move {
        let mut next = api.take(is(2));
        let mut ticks = 0;
        let n = loop {
            tokio::select! {
                biased;
                () = api.sleep(SECOND) => {
                    ticks += 1;
                    if ticks == 3 {
                        api.dispatch(2);
                    }
                }
                n = &mut next => break n,
            }
        };
        api.dispatch(n * 10 + ticks);
    });
    tokio::time::sleep(SECOND * 5).await;
    assert_eq!(*store.state(), [0, 2, 23]);
}

#[tokio::test(start_paused = true)]
async fn a_take_does_not_count_what_is_withheld_further_in() {
    let (store, listeners) = store_that_withholds(5);
    let _effect = begin((&store, &listeners), |api| async move {
        let n = api.take(|n| (*n >= 5).then_some(*n)).await;
        api.dispatch(n * 10);
    });
    settle().await;
    store.dispatch(5);
    store.dispatch(6);
    settle().await;
    assert_eq!(*store.state(), [0, 6, 60]);
}

#[tokio::test(start_paused = true)]
async fn with_a_limit_it_gives_none_when_that_has_passed() {
    let (store, listeners) = store();
    let began = store.now();
    let _effect = begin((&store, &listeners), move |api| async move {
        assert_eq!(api.take(is(2)).within(SECOND).await, None);
        assert_eq!(api.condition(|list| list.len() > 5).within(SECOND).await, None);
        assert_eq!(api.store().now().map(|now| now - began), Some(SECOND * 2));
        assert_eq!(api.take(is(3)).within(SECOND).await, Some(3));
        api.dispatch(4);
    });
    tokio::time::sleep(SECOND * 5 / 2).await;
    store.dispatch(3);
    settle().await;
    assert_eq!(*store.state(), [0, 3, 4]);
}

#[tokio::test(start_paused = true)]
async fn a_condition_that_holds_is_met_at_once() {
    let (store, listeners) = store();
    let _effect = begin((&store, &listeners), |api| async move {
        assert_eq!(*api.condition(|list| list.len() == 1).await, [0]);
        api.dispatch(1);
    });
    settle().await;
    assert_eq!(*store.state(), [0, 1]);
}

#[tokio::test(start_paused = true)]
async fn a_condition_misses_no_state_however_short_it_lasts() {
    let (store, listeners) = store();
    let seen = Seen::default();
    let notes = seen.clone();
    let _effect = begin((&store, &listeners), move |api| {
        let (met, notes) = (api.condition(|list| list.len() == 3), notes.clone());
        async move { notes.note(format!("{:?} by {:?}", met.await, api.state())) }
    });
    for n in [1, 2, 3] {
        store.dispatch(n);
    }
    settle().await;
    assert_eq!(seen.all(), ["[0, 1, 2] by [0, 1, 2, 3]"]);
}

#[tokio::test(start_paused = true)]
async fn what_waits_and_is_dropped_leaves_nothing_behind() {
    let (store, listeners) = store();
    let held = Arc::new(());
    let holds = Arc::clone(&held);
    let effect = begin((&store, &listeners), move |api| {
        let [take, also, condition] = [0; 3].map(|_| Arc::clone(&holds));
        async move {
            for _ in 0..100 {
                let (take, condition) = (Arc::clone(&take), Arc::clone(&condition));
                drop(api.take(move |_| Some(Arc::clone(&take))));
                let met = api.condition(move |_| Arc::strong_count(&condition) == 0);
                assert!(met.within(SECOND).await.is_none());
            }
            let taken = api.take(move |n: &u32| (*n == 1).then_some(Arc::clone(&also)));
            drop(taken.await);
            pending::<()>().await;
        }
    });
    tokio::time::sleep(SECOND * 101).await;
    assert_eq!(Arc::strong_count(&held), 5, "the effect itself, what it begins with, and the last take");
    store.dispatch(1);
    settle().await;
    assert_eq!(Arc::strong_count(&held), 4);
    drop(effect);
    settle().await;
    assert_eq!(Arc::strong_count(&held), 1);
}
