//! Every dispatch has exactly one outcome, which may be ignored.

mod watchdog;

use foregone::Store;
use foregone::middleware::{Abandoned, Completion, Failure, FailureKind, Outcome, Resolver};
use futures_util::FutureExt;
use std::error::Error;
use std::future::IntoFuture;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Wake, Waker};
use watchdog::must_end;

type Settled = Result<Outcome, Failure>;

#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
#[error("error {0}")]
struct Own(u32);

#[derive(Debug, thiserror::Error)]
#[error("wrapped")]
struct Wrapped(#[source] Own);

fn failed(n: u32) -> Settled {
    Err(Failure::new(FailureKind::Rejected, Own(n)))
}

/// The outcome in short: `Ok`, or the number of the error.
fn short(settled: Settled) -> Result<Outcome, u32> {
    settled.map_err(|failure| failure.downcast_ref::<Own>().map_or(0, |own| own.0))
}

fn now(completion: Completion) -> Option<Result<Outcome, u32>> {
    completion.into_future().now_or_never().map(short)
}

#[test]
fn a_dispatch_that_set_nothing_going_has_ended_when_it_returns() {
    let store = Store::new(0, |n: &u32, add: u32| n + add);
    assert_eq!(now(store.dispatch(1)), Some(Ok(Outcome::Applied)));
    assert_eq!(now(Completion::failed(failed(3).unwrap_err())), Some(Err(3)));
}

#[test]
fn a_pending_one_ends_when_it_is_resolved_and_not_before() {
    let (resolver, completion) = Completion::pending();
    let mut future = completion.into_future();
    assert!((&mut future).now_or_never().is_none());
    resolver.resolve(Ok(Outcome::Confirmed));
    assert_eq!((&mut future).now_or_never().map(short), Some(Ok(Outcome::Confirmed)));
    assert_eq!(future.now_or_never().map(short), Some(Ok(Outcome::Confirmed)), "asked again, it says the same");
}

#[test]
fn whoever_waits_is_woken() {
    must_end(|| {
        let (resolver, completion) = Completion::pending();
        let (second, other) = Completion::pending();
        let threads = [(resolver, Outcome::Confirmed), (second, Outcome::Superseded)]
            .map(|(resolver, outcome)| std::thread::spawn(move || resolver.resolve(Ok(outcome))));
        let joined = completion.join(other).into_future();
        assert_eq!(pollster::block_on(joined).unwrap(), Outcome::Superseded);
        for thread in threads {
            thread.join().unwrap();
        }
    });
}

/// An end for one of two, known at once or later.
fn ends(later: bool, settled: Settled) -> (Completion, Option<(Resolver, Settled)>) {
    if later {
        let (resolver, completion) = Completion::pending();
        return (completion, Some((resolver, settled)));
    }
    let completion = match settled {
        Ok(Outcome::Applied) => Completion::applied(),
        Err(failure) => Completion::failed(failure),
        Ok(outcome) => {
            let (resolver, completion) = Completion::pending();
            resolver.resolve(Ok(outcome));
            completion
        }
    };
    (completion, None)
}

#[test]
fn joined_ones_end_when_all_have_with_the_first_failure_else_the_greatest_outcome() {
    let outcomes = || [Ok(Outcome::Applied), Ok(Outcome::Confirmed), Ok(Outcome::Superseded), failed(1), failed(2)];
    for at in 0..5 * 5 * 5 {
        let [a, b, c] = [at / 25, at / 5 % 5, at % 5].map(|at| outcomes()[at].clone());
        let expected = [&a, &b, &c].map(|settled| short(settled.clone())).into_iter().reduce(|joined, other| {
            match (joined, other) {
                (Ok(joined), Ok(other)) => Ok(joined.max(other)),
                (Err(first), _) | (Ok(_), Err(first)) => Err(first),
            }
        });
        for late in 0..8_u8 {
            for left_first in [true, false] {
                let parts = [&a, &b, &c].into_iter().zip(0..).map(|(end, bit)| ends(late >> bit & 1 == 1, end.clone()));
                let (completions, resolvers): (Vec<_>, Vec<_>) = parts.unzip();
                let [a, b, c] = <[Completion; 3]>::try_from(completions).unwrap();
                let joined = if left_first { a.join(b).join(c) } else { a.join(b.join(c)) };
                let mut future = joined.into_future();
                for (resolver, settled) in resolvers.into_iter().flatten().rev() {
                    assert!((&mut future).now_or_never().is_none(), "one has not ended");
                    resolver.resolve(settled);
                }
                assert_eq!(future.now_or_never().map(short), expected, "late: {late:03b}");
            }
        }
    }
}

/// Counts how often a task is woken.
#[derive(Default)]
struct Wakes(AtomicUsize);

impl Wake for Wakes {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

#[test]
fn whoever_waits_for_many_is_not_woken_for_each_of_them() {
    let (resolvers, completions): (Vec<_>, Vec<_>) = (0..1000).map(|_| Completion::pending()).unzip();
    let mut future = completions.into_iter().fold(Completion::applied(), Completion::join).into_future();
    let counted = Arc::new(Wakes::default());
    let (waker, mut polls) = (Waker::from(Arc::clone(&counted)), 0);
    for resolver in resolvers {
        if polls <= counted.0.load(Ordering::Relaxed) {
            polls += 1;
            assert!(future.poll_unpin(&mut Context::from_waker(&waker)).is_pending());
        }
        resolver.resolve(Ok(Outcome::Confirmed));
    }
    assert!(future.poll_unpin(&mut Context::from_waker(&waker)).is_ready());
    assert!(polls <= 2, "each poll of a list looks at all of it: {polls} polls");
}

#[test]
fn joined_dispatches_of_several_middlewares_are_one() {
    let resolvers: Arc<Mutex<Vec<Resolver>>> = Arc::default();
    let mut builder = Store::builder(0, |n: &u32, add: u32| n + add);
    for _ in 0..3 {
        let resolvers = Arc::clone(&resolvers);
        builder = builder.middleware_fn(move |_, add, next| {
            let (resolver, mine) = Completion::pending();
            resolvers.lock().unwrap().push(resolver);
            next.run(add).join(mine)
        });
    }
    let store = builder.build();
    let mut future = store.dispatch(1).into_future();
    let mut resolvers = std::mem::take(&mut *resolvers.lock().unwrap());
    for outcome in [Ok(Outcome::Confirmed), failed(7)] {
        resolvers.pop().unwrap().resolve(outcome);
        assert!((&mut future).now_or_never().is_none());
    }
    resolvers.pop().unwrap().resolve(Ok(Outcome::Superseded));
    assert_eq!(future.now_or_never().map(short), Some(Err(7)));
}

#[test]
fn a_failure_that_is_known_is_seen_also_when_it_is_joined_with_what_is_not_known_yet() {
    let (_resolver, pending) = Completion::pending();
    assert!(pending.failure().is_none());
    let failure = || Completion::failed(failed(4).unwrap_err());
    assert!(failure().failure().is_some());
    let (_other, more) = Completion::pending();
    let joined = failure().join(pending).join(more);
    assert_eq!(joined.failure().and_then(Failure::downcast_ref::<Own>), Some(&Own(4)));
}

#[test]
fn a_failure_gives_the_effects_own_error_however_deep_it_lies() {
    let failure = Failure::new(FailureKind::Unknown, Wrapped(Own(9)));
    let (resolver, completion) = Completion::pending();
    resolver.resolve(Err(failure));
    let failure = completion.into_future().now_or_never().unwrap().unwrap_err();
    assert_eq!(failure.downcast_ref::<Own>(), Some(&Own(9)));
    assert!(failure.downcast_ref::<Wrapped>().is_some() && failure.downcast_ref::<Abandoned>().is_none());
    assert_eq!(failure.to_string(), "outcome unknown: wrapped");
    assert_eq!(failure.source().map(ToString::to_string), Some("error 9".to_owned()), "what is not said yet");
}

#[test]
fn the_error_behind_a_failure_is_the_one_it_was_made_of_without_the_kind() {
    for kind in [FailureKind::Rejected, FailureKind::Cancelled, FailureKind::Unknown] {
        let failure = Failure::new(kind, Wrapped(Own(9)));
        assert_eq!(failure.error().to_string(), "wrapped");
        assert!(failure.error().is::<Wrapped>() && failure.source().is_some_and(<dyn Error>::is::<Own>));
    }
}

#[test]
fn a_resolver_that_is_dropped_ends_its_completion_as_unknown() {
    must_end(|| {
        let (resolver, completion) = Completion::pending();
        let waiting = std::thread::spawn(|| pollster::block_on(completion.into_future()));
        drop(resolver);
        let failure = waiting.join().unwrap().unwrap_err();
        assert_eq!(failure.kind(), FailureKind::Unknown);
        assert_eq!(failure.downcast_ref::<Abandoned>(), Some(&Abandoned));
    });
}

#[test]
fn nobody_needs_to_listen() {
    let (resolver, completion) = Completion::pending();
    drop(completion);
    resolver.resolve(Ok(Outcome::Confirmed));
}

#[tokio::test]
async fn dropping_a_completion_or_its_future_cancels_nothing() {
    let (done, mut effects) = tokio::sync::mpsc::unbounded_channel();
    let (gate, open) = tokio::sync::watch::channel(false);
    let store = Store::builder(0, |n: &u32, add: u32| n + add)
        .middleware_fn(move |store, add, next| {
            let (resolver, mine) = Completion::pending();
            let (done, mut open) = (done.clone(), open.clone());
            store.spawn(Box::pin(async move {
                open.wait_for(|open| *open).await.unwrap();
                resolver.resolve(Ok(Outcome::Confirmed));
                done.send(add).unwrap();
            }));
            next.run(add).join(mine)
        })
        .build();
    drop(store.dispatch(1));
    let mut polled = store.dispatch(2).into_future();
    assert!((&mut polled).now_or_never().is_none());
    drop(polled);
    gate.send(true).unwrap();
    assert_eq!([effects.recv().await, effects.recv().await], [Some(1), Some(2)]);
}

#[test]
fn debug_tells_whether_it_has_ended() {
    let (_resolver, pending) = Completion::pending();
    assert!(format!("{pending:?}").contains("pending"));
    assert!(format!("{:?}", Completion::applied()).contains("Applied"));
    assert!(format!("{:?}", Completion::failed(failed(5).unwrap_err())).contains("Own(5)"));
}
