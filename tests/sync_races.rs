//! What arrives at the worst moment.

mod server;

use foregone::Store;
use foregone::middleware::{Completion, Failure, FailureKind, OptimisticSyncMiddleware, Outcome, Status};
use server::{Action, Answer, Server, Spec, State, app, app_with, reduce, shown};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

const KEY: u32 = 1;

#[tokio::test(start_paused = true)]
async fn a_subscriber_that_taps_while_the_answer_is_being_written_is_sent() {
    let (store, sync, server) = app();
    server.script(100, Answer::Say(10));
    let tapping = store.clone();
    let _watching = store.subscribe(move |state| {
        if shown(state, KEY) == 10 {
            tapping.dispatch(Action::Set(KEY, 2));
        }
    });
    store.dispatch(Action::Set(KEY, 1));
    sync.flush().await;
    assert_eq!(server.sent(), [1, 2]);
    assert_eq!((shown(&store.state(), KEY), server.holds(KEY)), (2, 2));
}

#[tokio::test(start_paused = true)]
async fn a_middleware_that_taps_while_the_answer_is_being_written_is_sent() {
    let server = Server::default();
    server.script(100, Answer::Say(10));
    let spec = Spec { server: server.clone(), another: |f| f.is_newer && f.wanted != f.sent };
    let sync = OptimisticSyncMiddleware::new(spec);
    let store = Store::builder(State::new(), reduce)
        .middleware(sync.clone())
        .middleware_fn(|store, action, next| {
            let is_answer = action == Action::Shown(KEY, 10);
            let completion = next.run(action);
            if is_answer {
                store.dispatch(Action::Set(KEY, 2));
            }
            completion
        })
        .build();
    let tap = store.dispatch(Action::Set(KEY, 1));
    sync.flush().await;
    assert_eq!(tap.await.unwrap(), Outcome::Confirmed);
    assert_eq!(server.sent(), [1, 2]);
    assert_eq!((shown(&store.state(), KEY), server.holds(KEY)), (2, 2));
    assert!(matches!(sync.status(&KEY), Status::Idle));
}

#[tokio::test(start_paused = true)]
async fn a_tap_right_after_a_failure_and_before_its_hook_is_sent_once() {
    let (store, sync, server) = app();
    server.script(100, Answer::Fail);
    let failed = store.dispatch(Action::Set(KEY, 1));
    failed.await.unwrap_err();
    store.dispatch(Action::Set(KEY, 2));
    sync.flush().await;
    assert_eq!(server.sent(), [1, 2]);
    assert_eq!(server.finished().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_stuck_key_delays_no_other() {
    let (store, _sync, server) = app();
    server.script(0, Answer::Never);
    store.dispatch(Action::Set(1, 1));
    let start = tokio::time::Instant::now();
    store.dispatch(Action::Set(2, 1)).await.unwrap();
    assert_eq!(start.elapsed().as_millis(), 100);
}

#[tokio::test(start_paused = true)]
async fn an_action_withheld_further_in_is_neither_shown_nor_sent() {
    let server = Server::default();
    let sync = OptimisticSyncMiddleware::new(Spec { server: server.clone(), another: |_| false });
    let store = Store::builder(State::new(), reduce)
        .middleware(sync.clone())
        .middleware_fn(|_store, _action, _next| {
            Completion::failed(Failure::new(FailureKind::Rejected, std::io::Error::other("not now")))
        })
        .build();
    store.dispatch(Action::Set(KEY, 1)).await.unwrap_err();
    sync.flush().await;
    assert!(server.sent().is_empty());
}

#[tokio::test(start_paused = true)]
async fn what_was_applied_is_sent_though_a_middleware_further_in_failed_at_something_else() {
    let server = Server::default();
    let sync = OptimisticSyncMiddleware::new(Spec { server: server.clone(), another: |_| false });
    let store = Store::builder(State::new(), reduce)
        .middleware(sync.clone())
        .middleware_fn(|_store, action, next| {
            let full = Failure::new(FailureKind::Rejected, std::io::Error::other("the disk is full"));
            next.run(action).join(Completion::failed(full))
        })
        .build();
    let tap = store.dispatch(Action::Set(KEY, 1));
    assert_eq!(shown(&store.state(), KEY), 1);
    sync.flush().await;
    assert_eq!(server.sent(), [1]);
    assert_eq!(tap.await.unwrap_err().to_string(), "rejected: the disk is full");
}

#[test]
fn taps_from_many_threads_lose_nothing() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let _entered = runtime.enter();
    let (store, sync, server) = app_with(|b| b.max_in_flight(3));
    for _ in 0..10_000 {
        server.script(0, Answer::Accept);
    }
    let taps = AtomicUsize::new(0);
    let go = std::sync::Barrier::new(4);
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let (store, taps, go) = (&store, &taps, &go);
            scope.spawn(move || {
                go.wait();
                for tap in 0..500 {
                    store.dispatch(Action::Add((tap + thread) % 5, 1));
                    taps.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
    });
    runtime.block_on(sync.flush());
    let on_screen: i64 = (0..5).map(|key| shown(&store.state(), key)).sum();
    assert_eq!(on_screen, 2_000, "every tap was applied to what the one before had made");
    for key in 0..5 {
        assert_eq!(server.holds(key), shown(&store.state(), key));
    }
    assert_eq!(server.most_in_flight_per_key(), 1);
    assert!(server.most_in_flight() <= 3);
}

#[test]
fn a_runtime_that_ends_under_a_store_leaves_no_dispatch_without_an_outcome() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let (store, sync, _server) = {
        let _entered = runtime.enter();
        app_with(|b| b.retry(foregone::middleware::ExponentialBuilder::default()))
    };
    let before = store.dispatch(Action::Set(KEY, 1));
    drop(runtime);
    pollster::block_on(before).unwrap_err();
    let after = store.dispatch(Action::Set(KEY, 2));
    pollster::block_on(after).unwrap_err();
    pollster::block_on(sync.flush());
    assert!(matches!(sync.status(&KEY), Status::Failed { .. }));
}

#[test]
fn a_runtime_that_ends_with_many_keys_queued_ends_them_all() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let (store, sync, server) = {
        let _entered = runtime.enter();
        app_with(|b| b.max_in_flight(1))
    };
    let taps: Vec<_> = (0..20_000).map(|key| store.dispatch(Action::Set(key, 1))).collect();
    drop(runtime);
    for tap in taps {
        pollster::block_on(tap).unwrap_err();
    }
    pollster::block_on(sync.flush());
    assert!(server.sent().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_tap_from_a_callback_of_another_store_is_sent() {
    let ((first, one, _), (second, two, server)) = (app(), app());
    let tapped = Arc::new(AtomicBool::new(false));
    let _watching = first.subscribe({
        let second = second.clone();
        move |_| {
            if !tapped.swap(true, Ordering::Relaxed) {
                second.dispatch(Action::Set(KEY, 4));
            }
        }
    });
    first.dispatch(Action::Set(KEY, 1));
    tokio::join!(one.flush(), two.flush());
    assert_eq!(server.holds(KEY), 4);
}

#[test]
fn a_session_after_clear_waits_for_the_requests_of_the_one_before_to_be_gone() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let _entered = runtime.enter();
    let (store, sync, server) = app();
    server.script(0, Answer::Never).script(0, Answer::Accept);
    let most = runtime.block_on(runtime.spawn(async move {
        store.dispatch(Action::Set(KEY, 1));
        while server.in_flight() == 0 {
            tokio::task::yield_now().await;
        }
        sync.clear();
        // A worker runs the task that was spawned last before the one that was woken before.
        store.dispatch(Action::Set(KEY, 2)).await.unwrap();
        server.most_in_flight_per_key()
    }));
    assert_eq!(most.unwrap(), 1);
}
