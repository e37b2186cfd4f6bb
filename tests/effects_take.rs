//! Take latest, leading, every; and cancel.

mod pages;
mod watchdog;

use foregone::middleware::{Dropped, FailureKind, Outcome, Thunk, ThunkError};
use pages::{Action, Page, is_free, later, run, second, settle, store};
use std::sync::{Arc, Mutex, mpsc};
use watchdog::must_end;

/// Says when it begins and when its future is dropped.
struct Spoken(u32, Arc<Mutex<Vec<String>>>);

impl Spoken {
    fn begin(n: u32, log: &Arc<Mutex<Vec<String>>>) -> Self {
        log.lock().unwrap().push(format!("{n} begins"));
        Self(n, Arc::clone(log))
    }
}

impl Drop for Spoken {
    fn drop(&mut self) {
        self.1.lock().unwrap().push(format!("{} gone", self.0));
    }
}

fn spoken(n: u32, log: &Arc<Mutex<Vec<String>>>) -> Page {
    let log = Arc::clone(log);
    Thunk::new(move |store| async move {
        let _spoken = Spoken::begin(n, &log);
        store.sleep(second()).await;
        store.dispatch(Action::Note(n));
        Ok(())
    })
}

#[tokio::test(start_paused = true)]
async fn take_latest_ends_the_older_one_which_is_superseded_and_gone_before_the_newer_begins() {
    let (store, thunks) = store();
    let log = Arc::default();
    let older = run(&store, spoken(1, &log).take_latest(7));
    settle().await;
    let newer = run(&store, spoken(2, &log).take_latest(7));
    assert_eq!(older.await.unwrap(), Outcome::Superseded);
    assert!(thunks.statuses().of(&7).is_waiting(), "the newer one is under way");
    assert_eq!(newer.await.unwrap(), Outcome::Confirmed);
    assert_eq!(*log.lock().unwrap(), ["1 begins", "1 gone", "2 begins", "2 gone"]);
    assert_eq!(*store.state(), [2]);
    assert!(thunks.statuses().all_idle());
}

#[tokio::test(start_paused = true)]
async fn of_a_burst_only_the_last_begins() {
    let (store, _thunks) = store();
    let log = Arc::default();
    let burst: Vec<_> = (0..5).map(|n| run(&store, spoken(n, &log).take_latest(7))).collect();
    let mut outcomes = Vec::new();
    for completion in burst {
        outcomes.push(completion.await.unwrap());
    }
    assert_eq!(outcomes, [&[Outcome::Superseded; 4][..], &[Outcome::Confirmed]].concat());
    assert_eq!(*log.lock().unwrap(), ["4 begins", "4 gone"]);
}

#[test]
fn take_latest_waits_for_an_older_one_that_another_thread_is_running() {
    must_end(|| {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).build().unwrap();
        let (begun, has_begun) = mpsc::channel();
        let (go_on, may_go_on) = mpsc::channel();
        let (store, _thunks) = runtime.block_on(async { store() });
        let older = Page::new(move |store| async move {
            begun.send(()).unwrap();
            may_go_on.recv().unwrap();
            store.dispatch(Action::Note(1));
            Ok(())
        });
        let older = run(&store, older.take_latest(7));
        has_begun.recv().unwrap();
        let newer = Page::new(|store| async move {
            store.dispatch(Action::Note(2));
            Ok(())
        });
        let newer = run(&store, newer.take_latest(7));
        // The other worker has had its chance to run the newer one.
        runtime.block_on(runtime.spawn(async {})).unwrap();
        go_on.send(()).unwrap();
        runtime.block_on(newer.into_future()).unwrap();
        assert_eq!(*store.state(), [1, 2], "what the older one had in hand does not come after the newer one");
        runtime.block_on(older.into_future()).unwrap();
    });
}

#[tokio::test(start_paused = true)]
async fn one_that_is_superseded_by_what_it_dispatches_itself_ends_there() {
    let (store, _thunks) = store();
    let older = Thunk::new(|store| async move {
        store.dispatch(Action::Run(later(2).take_latest(7))).await?;
        store.dispatch(Action::Note(1));
        Ok(())
    });
    assert_eq!(run(&store, older.take_latest(7)).await.unwrap(), Outcome::Superseded);
    tokio::time::sleep(second() * 2).await;
    assert_eq!(*store.state(), [2]);
}

#[tokio::test(start_paused = true)]
async fn take_leading_leaves_out_the_newer_one_which_says_so() {
    let (store, _thunks) = store();
    let older = run(&store, later(1).take_leading(7));
    let failure = run(&store, later(2).take_leading(7)).await.unwrap_err();
    assert_eq!((failure.kind(), failure.downcast_ref()), (FailureKind::Cancelled, Some(&Dropped::Busy)));
    older.await.unwrap();
    run(&store, later(3).take_leading(7)).await.unwrap();
    assert_eq!(*store.state(), [1, 3]);
}

#[tokio::test(start_paused = true)]
async fn after_a_cancel_the_next_one_may_begin_at_once() {
    let (store, thunks) = store();
    let older = run(&store, later(1).take_leading(7));
    settle().await;
    thunks.cancel(&7);
    let newer = run(&store, later(2).take_leading(7));
    assert!(older.await.is_err());
    newer.await.unwrap();
    assert_eq!(*store.state(), [2]);
}

#[tokio::test(start_paused = true)]
async fn by_default_they_run_side_by_side_and_the_key_is_under_way_until_the_last_has_ended() {
    let (store, thunks) = store();
    let first = run(&store, later(1).key(7));
    tokio::time::sleep(second() / 2).await;
    let second = run(&store, later(2).key(7));
    first.await.unwrap();
    assert!(thunks.statuses().of(&7).is_waiting());
    second.await.unwrap();
    assert!(thunks.statuses().all_idle());
    assert_eq!(*store.state(), [1, 2]);
}

#[tokio::test(start_paused = true)]
async fn other_keys_and_thunks_without_one_are_left_alone() {
    let (store, _thunks) = store();
    let all = [later(1).take_latest(1), later(2).take_latest(2), later(3), later(4).take_latest(1)];
    let completions = all.map(|thunk| run(&store, thunk));
    for completion in completions {
        completion.await.unwrap();
    }
    assert_eq!(*store.state(), [2, 3, 4]);
}

#[tokio::test(start_paused = true)]
async fn one_that_is_cancelled_before_it_began_never_does_and_says_that_nothing_was_done() {
    let (store, thunks) = store();
    let log = Arc::default();
    let completion = run(&store, spoken(1, &log).key(7));
    thunks.cancel(&7);
    let failure = completion.await.unwrap_err();
    assert_eq!((failure.kind(), failure.downcast_ref()), (FailureKind::Cancelled, Some(&Dropped::Withdrawn)));
    assert!(log.lock().unwrap().is_empty());
    assert!(thunks.statuses().all_idle());
}

#[tokio::test(start_paused = true)]
async fn one_that_is_cancelled_while_it_runs_is_dropped_and_says_that_something_may_be_done() {
    let (store, thunks) = store();
    let log = Arc::default();
    let completion = run(&store, spoken(1, &log).key(7));
    settle().await;
    thunks.cancel(&7);
    let failure = completion.await.unwrap_err();
    assert_eq!((failure.kind(), failure.downcast_ref()), (FailureKind::Unknown, Some(&ThunkError::Cancelled)));
    assert_eq!(*log.lock().unwrap(), ["1 begins", "1 gone"]);
    assert!(thunks.statuses().all_idle(), "nobody has to be told of what was asked for");
}

#[tokio::test(start_paused = true)]
async fn one_is_cancelled_by_its_id_and_all_at_once() {
    let (store, thunks) = store();
    let (one, other) = (later(1), later(2).key(7));
    let id = one.id();
    let (one, other) = (run(&store, one), run(&store, other));
    thunks.cancel_one(id);
    assert!(one.await.is_err());
    other.await.unwrap();
    run(&store, later(3));
    run(&store, later(4).key(7));
    thunks.cancel_all();
    tokio::time::sleep(second() * 2).await;
    assert_eq!(*store.state(), [2]);
}

#[tokio::test(start_paused = true)]
async fn one_that_has_ended_leaves_nothing_behind() {
    let (store, _thunks) = store();
    let held = Arc::new(());
    for take in [Page::take_latest, Page::take_leading, Page::key] {
        let holds = Arc::clone(&held);
        let thunk = Thunk::new(move |_| async move {
            drop(holds);
            Ok(())
        });
        run(&store, take(thunk, 7)).await.unwrap();
        assert!(is_free(&held));
    }
}
