//! A thunk behind what repeats its action, or puts a limit to it.

use foregone::Store;
use foregone::middleware::{
    Elapsed, ErrorKind, ExponentialBuilder, Failure, FailureKind, Outcome, Retry, Thunk, ThunkError, ThunkMiddleware,
    Timeout,
};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

const SECOND: Duration = Duration::from_secs(1);

#[derive(Clone, Copy)]
enum Action {
    Load,
    Loaded(u32),
}

type Thunks = ThunkMiddleware<u32, Action, ()>;

fn load(action: &Action) -> Option<()> {
    matches!(action, Action::Load).then_some(())
}

/// Each attempt takes a second, and the first `failing` of them fail.
fn thunks(failing: u32) -> (Thunks, Arc<AtomicU32>) {
    let attempts = Arc::new(AtomicU32::new(0));
    let count = Arc::clone(&attempts);
    let thunks = Thunks::new(move |action| {
        let Action::Load = action else { return Err(action) };
        let count = Arc::clone(&count);
        Ok(Thunk::new(move |store| async move {
            let attempt = count.fetch_add(1, Ordering::Relaxed) + 1;
            store.sleep(SECOND).await;
            if attempt <= failing {
                return Err("no connection".into());
            }
            store.dispatch(Action::Loaded(attempt));
            Ok(())
        })
        .key(()))
    });
    (thunks, attempts)
}

fn reduce(loaded: &u32, action: Action) -> u32 {
    if let Action::Loaded(attempt) = action { attempt } else { *loaded }
}

#[tokio::test(start_paused = true)]
async fn one_that_fails_is_run_again_by_a_retry_until_it_does_not() {
    let (thunks, _attempts) = thunks(2);
    let retry = Retry::new("load", ExponentialBuilder::new(), load);
    let store = Store::builder(0, reduce).middleware(retry).middleware(thunks).build();
    assert_eq!(store.dispatch(Action::Load).await.unwrap(), Outcome::Confirmed);
    assert_eq!(*store.state(), 3);
}

#[tokio::test(start_paused = true)]
async fn one_that_is_cancelled_is_not_run_again() {
    let (thunks, attempts) = thunks(0);
    let retry = Retry::new("load", ExponentialBuilder::new(), load);
    let store = Store::builder(0, reduce).middleware(retry.clone()).middleware(thunks.clone()).build();
    let completion = store.dispatch(Action::Load);
    tokio::time::sleep(SECOND / 2).await;
    assert!(thunks.cancel(&()));
    let failure: Failure = completion.await.unwrap_err();
    assert!(!thunks.cancel(&()), "nothing is under way any more");
    assert!(retry.statuses().all_idle(), "what was asked for is no failure to be shown");
    assert_eq!((failure.kind(), failure.downcast_ref()), (FailureKind::Unknown, Some(&ThunkError::Cancelled)));
    tokio::time::sleep(SECOND * 10).await;
    assert_eq!((attempts.load(Ordering::Relaxed), *store.state()), (1, 0));
}

#[tokio::test(start_paused = true)]
async fn one_that_takes_longer_than_a_limit_goes_on_unless_it_is_cancelled() {
    for is_cancelled in [false, true] {
        let (thunks, _attempts) = thunks(0);
        let limit = Timeout::new("load", SECOND / 2, load).unwrap();
        let store = Store::builder(0, reduce).middleware(limit).middleware(thunks.clone()).build();
        let failure = store.dispatch(Action::Load).await.unwrap_err();
        assert!(failure.downcast_ref::<Elapsed>().is_some());
        if is_cancelled {
            thunks.cancel(&());
        }
        tokio::time::sleep(SECOND).await;
        assert_eq!(*store.state(), u32::from(!is_cancelled));
    }
}

#[tokio::test(start_paused = true)]
async fn one_whose_request_was_refused_is_not_run_again_and_one_in_doubt_is() {
    for (kind, ends_as, attempts) in [
        (ErrorKind::Refused, FailureKind::Rejected, 1),
        (ErrorKind::Transient, FailureKind::Unknown, 4),
        (ErrorKind::Unknown, FailureKind::Unknown, 4),
    ] {
        let asked = Arc::new(AtomicU32::new(0));
        let count = Arc::clone(&asked);
        let thunks = Thunks::new(move |_| {
            count.fetch_add(1, Ordering::Relaxed);
            Ok(Thunk::new(move |_| async move { Err(Failure::new(kind.into(), std::fmt::Error))? }))
        });
        let retry = Retry::new("load", ExponentialBuilder::new(), load);
        let store = Store::builder(0, reduce).middleware(retry).middleware(thunks).build();
        let failure = store.dispatch(Action::Load).await.unwrap_err();
        assert_eq!((failure.kind(), asked.load(Ordering::Relaxed)), (ends_as, attempts));
    }
}
