//! A thunk sees the store, and its end is the end of its dispatch.

mod pages;

use foregone::middleware::{
    Abandoned, CompletionFuture, Dropped, Failure, FailureKind, NonReentrant, Outcome, Status, Thunk, ThunkError,
    ThunkMiddleware,
};
use futures_util::FutureExt;
use futures_util::task::{ArcWake, Context, waker};
use pages::{Action, Page, Thunks, builder, is_free, later, run, second, settle, store, thunks};
use std::future::{IntoFuture, pending};
use std::pin::pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use tokio::time::timeout;

#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("no such page")]
struct NoSuchPage;

#[tokio::test(start_paused = true)]
async fn its_end_is_the_end_of_its_dispatch() {
    let (store, _thunks) = store();
    let began = store.now();
    let completion = run(&store, later(7));
    settle().await;
    assert!(store.state().is_empty());
    assert_eq!(completion.await.unwrap(), Outcome::Confirmed);
    assert_eq!((&*store.state(), store.now() - began), (&vec![7], second()));
}

#[tokio::test(start_paused = true)]
async fn an_action_may_carry_one_or_stand_for_one_and_the_others_reach_the_reducer() {
    let (store, _thunks) = store();
    store.dispatch(Action::Load(1)).await.unwrap();
    assert_eq!(store.dispatch(Action::Note(2)).await.unwrap(), Outcome::Applied);
    assert_eq!(*store.state(), [1, 2]);
}

#[tokio::test(start_paused = true)]
async fn it_reads_the_state_as_it_is_by_then() {
    let (store, _thunks) = store();
    let sum = Arc::new(AtomicUsize::new(0));
    let seen = Arc::clone(&sum);
    let thunk = Page::new(move |store| async move {
        store.sleep(second()).await;
        seen.store(store.state().ok_or(Abandoned)?.len(), Ordering::Relaxed);
        Ok(())
    });
    let completion = run(&store, thunk);
    store.dispatch(Action::Note(1));
    store.dispatch(Action::Note(2));
    completion.await.unwrap();
    assert_eq!(sum.load(Ordering::Relaxed), 2);
}

#[tokio::test(start_paused = true)]
async fn what_it_dispatches_goes_through_the_whole_chain_also_another_thunk() {
    let seen: Arc<Mutex<Vec<String>>> = Arc::default();
    let log = Arc::clone(&seen);
    let store = builder()
        .middleware_fn(move |_, action, next| {
            log.lock().unwrap().push(format!("{action:?}").chars().take(7).collect());
            next.run(action)
        })
        .middleware(thunks())
        .build();
    let outer = Thunk::new(|store| async move {
        store.dispatch(Action::Load(1)).await?;
        Ok(())
    });
    run(&store, outer).await.unwrap();
    assert_eq!(*seen.lock().unwrap(), ["Run(Thu", "Load(1)", "Note(1)"]);
}

#[tokio::test(start_paused = true)]
async fn it_runs_where_effects_run_and_not_in_the_turn_of_its_dispatch() {
    let (store, _thunks) = store();
    let begun = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&begun);
    let completion = run(
        &store,
        Thunk::new(move |_| {
            count.fetch_add(1, Ordering::Relaxed);
            async { Ok(()) }
        }),
    );
    assert_eq!(begun.load(Ordering::Relaxed), 0);
    completion.await.unwrap();
    assert_eq!(begun.load(Ordering::Relaxed), 1);
}

#[tokio::test(start_paused = true)]
async fn an_error_of_any_type_is_found_in_the_failure_and_is_unknown_unless_the_thunk_says_more() {
    let (store, _thunks) = store();
    let failure = run(&store, Thunk::new(|_| async { Err(NoSuchPage)? })).await.unwrap_err();
    assert_eq!(failure.kind(), FailureKind::Unknown);
    assert_eq!(failure.downcast_ref(), Some(&NoSuchPage));
    let said = run(&store, Thunk::new(|_| async { Err("in so many words")? })).await.unwrap_err();
    assert_eq!(said.to_string(), "outcome unknown: in so many words");
    let rejected = Thunk::new(|_| async { Err(Failure::new(FailureKind::Rejected, NoSuchPage))? });
    let failure = run(&store, rejected).await.unwrap_err();
    assert_eq!((failure.kind(), failure.downcast_ref()), (FailureKind::Rejected, Some(&NoSuchPage)));
}

#[tokio::test(start_paused = true)]
async fn a_panic_ends_its_dispatch_with_a_named_error_and_harms_nobody() {
    let (store, thunks) = store();
    let other = run(&store, later(1));
    let at_once = Thunk::new(|_| -> std::future::Ready<_> { panic!("at once") });
    let in_between = Thunk::new(|store| async move {
        store.sleep(second() / 2).await;
        panic!("in between")
    });
    for (thunk, message) in [(at_once, "at once"), (in_between.key(4), "in between")] {
        let failure = run(&store, thunk).await.unwrap_err();
        assert_eq!(failure.kind(), FailureKind::Unknown);
        assert_eq!(failure.downcast_ref(), Some(&ThunkError::Panicked(message.to_owned())));
    }
    assert!(thunks.statuses().of(&4).failure().is_some());
    assert_eq!(other.await.unwrap(), Outcome::Confirmed);
}

#[tokio::test(start_paused = true)]
async fn it_ends_with_the_store_which_it_does_not_keep_alive() {
    let (store, thunks) = store();
    let held = Arc::new(());
    let holds = Arc::clone(&held);
    let completion = run(
        &store,
        Thunk::new(move |store| async move {
            store.sleep(second()).await;
            drop(holds);
            Ok(())
        })
        .key(1),
    );
    settle().await;
    drop(store);
    let failure = completion.await.unwrap_err();
    assert_eq!((failure.kind(), failure.downcast_ref()), (FailureKind::Unknown, Some(&Abandoned)));
    settle().await;
    assert!(is_free(&held) && thunks.statuses().all_idle());
}

#[tokio::test(start_paused = true)]
async fn what_decides_in_front_sees_the_action_that_stands_for_it_until_the_thunk_has_ended() {
    let one = NonReentrant::new("load", |action: &Action| match action {
        Action::Load(page) => Some(*page),
        Action::Note(_) | Action::Run(_) => None,
    });
    let store = builder().middleware(one).middleware(thunks()).build();
    let first = store.dispatch(Action::Load(1));
    let failure = store.dispatch(Action::Load(1)).await.unwrap_err();
    assert_eq!(failure.downcast_ref(), Some(&Dropped::Busy));
    first.await.unwrap();
    store.dispatch(Action::Load(1)).await.unwrap();
    assert_eq!(*store.state(), [1, 1]);
}

#[tokio::test(start_paused = true)]
async fn the_status_of_its_key_tells_that_it_is_under_way_and_how_it_failed() {
    let (store, thunks) = store();
    let completion = run(&store, Thunk::new(|_| async { Err(NoSuchPage)? }).key(1));
    run(&store, later(2));
    assert!(matches!(thunks.statuses().of(&1), Status::Running { attempt: 1, .. }));
    completion.await.unwrap_err();
    let failed = thunks.statuses().of(&1);
    assert_eq!(failed.failure().and_then(Failure::downcast_ref), Some(&NoSuchPage));
    run(&store, later(1).key(1)).await.unwrap();
    assert!(thunks.statuses().all_idle());
}

#[tokio::test(start_paused = true)]
async fn whoever_learns_that_it_has_ended_finds_its_key_free() {
    let (store, thunks) = store();
    for n in 0..3 {
        run(&store, later(n).take_leading(1)).await.unwrap();
        assert!(thunks.statuses().all_idle());
    }
    assert_eq!(*store.state(), [0, 1, 2]);
}

#[tokio::test(start_paused = true)]
async fn an_action_need_not_be_clone_nor_a_key_be_given() {
    enum Own {
        Add(i32),
        Run(Thunk<i32, Own>),
    }
    let store = foregone::Store::builder(0, |n: &i32, action| if let Own::Add(add) = action { n + add } else { *n })
        .middleware(ThunkMiddleware::<i32, Own>::new(|action| match action {
            Own::Run(thunk) => Ok(thunk),
            add @ Own::Add(_) => Err(add),
        }))
        .build();
    let thunk = Thunk::new(|store| async move {
        store.dispatch(Own::Add(2)).await?;
        Ok(())
    });
    store.dispatch(Own::Run(thunk)).await.unwrap();
    assert_eq!(*store.state(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_flush_waits_for_every_thunk_with_a_key_or_without_and_for_those_that_they_start() {
    let (store, thunks) = store();
    assert!(thunks.flush().now_or_never().is_some(), "none is running");
    let began = store.now();
    run(&store, later(1));
    run(&store, later(2).key(2));
    let starts_another = Thunk::new(|store| async move {
        store.sleep(second()).await;
        store.dispatch(Action::Load(3));
        Ok(())
    });
    run(&store, starts_another);
    assert!(thunks.flush().now_or_never().is_none(), "they are about to run");
    thunks.flush().await;
    assert_eq!((&*store.state(), store.now() - began), (&vec![1, 2, 3], 2 * second()));
}

/// Looks, at the moment it is woken, whether everything has ended by then.
struct Looks {
    thunks: Thunks,
    completions: Mutex<Vec<CompletionFuture>>,
    found: Mutex<Option<bool>>,
}

impl ArcWake for Looks {
    fn wake_by_ref(this: &Arc<Self>) {
        let have_ended = this.completions.lock().unwrap().iter_mut().all(|dispatch| dispatch.now_or_never().is_some());
        *this.found.lock().unwrap() = Some(have_ended && !this.thunks.statuses().any_waiting());
    }
}

#[tokio::test(start_paused = true)]
async fn whoever_has_waited_for_a_flush_finds_every_key_at_rest_and_every_dispatch_ended() {
    let failing = || Thunk::new(|_| async { Err(NoSuchPage)? });
    let panicking = || Thunk::new(|_| async { panic!("on purpose") });
    for ends in [
        vec![later(1)],
        vec![later(1).key(1)],
        vec![failing().key(1)],
        vec![panicking().key(1)],
        vec![later(1).take_latest(1), later(2).take_latest(1)],
    ] {
        let (store, thunks) = store();
        let completions = ends.into_iter().map(|thunk| run(&store, thunk).into_future()).collect();
        let looks =
            Arc::new(Looks { thunks: thunks.clone(), completions: Mutex::new(completions), found: Mutex::default() });
        let waker = waker(Arc::clone(&looks));
        let mut flush = pin!(thunks.flush());
        assert!(flush.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
        tokio::time::sleep(2 * second()).await;
        assert_eq!(*looks.found.lock().unwrap(), Some(true));
        assert!(flush.now_or_never().is_some());
    }
}

#[tokio::test(start_paused = true)]
async fn giving_up_on_a_flush_changes_nothing_and_a_store_that_is_dropped_ends_it() {
    let (store, thunks) = store();
    run(&store, Thunk::new(|_| pending()));
    run(&store, Thunk::new(|_| pending()).key(1));
    let mut flush = pin!(thunks.flush());
    assert!(timeout(second(), flush.as_mut()).await.is_err());
    assert!(timeout(second(), thunks.flush()).await.is_err());
    run(&store, later(1)).await.unwrap();
    drop(store);
    timeout(second(), flush).await.expect("nothing runs any more");
    assert!(thunks.statuses().all_idle());
}
