//! One after the other of each key; those who wait go on in order, or learn why not.

mod effects;
mod outcomes;

use effects::{Action, Effects, State, failure, load, reduce, settle};
use foregone::Store;
use foregone::middleware::{Completion, Dropped, FailureKind, Next, Outcome, Queue, Sequential, Status, StoreApi};
use futures_util::{FutureExt, StreamExt};
use outcomes::{Outcomes, assert_cancelled_with_store_or_runtime, ended};
use std::cell::RefCell;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering::SeqCst};
use std::sync::{Arc, Barrier, Mutex};
use std::task::{Context, Wake, Waker};
use std::time::Duration;
use tokio::time::advance;

const SECOND: Duration = Duration::from_secs(1);

type Sequence = Sequential<Action, u32>;

/// Ten numbers to a key: 10 to 19 are of key 1.
fn by_tens() -> Sequence {
    Sequential::new("load", |action: &Action| load(action).map(|number| number / 10))
}

fn store(sequential: &Sequence) -> (Store<State, Action>, Effects) {
    let effects = Effects::default();
    let store = Store::builder(State::new(), reduce).middleware(sequential.clone()).middleware(effects.clone()).build();
    (store, effects)
}

#[tokio::test(start_paused = true)]
async fn one_begins_when_the_one_before_of_its_key_has_ended_however_it_ended() {
    let (store, effects) = store(&by_tens());
    let mut outcomes = Outcomes::default();
    for number in [10, 11, 12] {
        outcomes.watch(number, store.dispatch(Action::Load(number)));
    }
    settle().await;
    assert_eq!(effects.running(), [10]);
    assert_eq!(*store.state(), [Action::Load(10)], "who waits has not been applied");
    effects.end(10, Err(failure(FailureKind::Rejected)));
    settle().await;
    assert_eq!(effects.running(), [11]);
    effects.end(11, Ok(Outcome::Confirmed));
    settle().await;
    effects.end(12, Ok(Outcome::Confirmed));
    settle().await;
    let expected = [(10, "rejected: out of order"), (11, "Confirmed"), (12, "Confirmed")];
    assert_eq!(outcomes.news(), expected.map(|(number, told)| (number, told.to_owned())));
    assert_eq!(*store.state(), [Action::Load(10), Action::Load(11), Action::Load(12)]);
}

#[tokio::test(start_paused = true)]
async fn other_keys_and_untagged_actions_do_not_wait() {
    let (store, effects) = store(&by_tens());
    store.dispatch(Action::Load(10));
    store.dispatch(Action::Load(20));
    store.dispatch(Action::Note(10));
    assert_eq!(*store.state(), [Action::Load(10), Action::Load(20), Action::Note(10)]);
    assert_eq!(effects.running(), [10, 20]);
}

#[tokio::test(start_paused = true)]
async fn one_that_comes_after_the_first_has_ended_stands_behind_those_who_wait() {
    let (store, effects) = store(&by_tens());
    let first = store.dispatch(Action::Load(10));
    store.dispatch(Action::Load(11));
    effects.end(10, Ok(Outcome::Confirmed));
    assert_eq!(first.await.unwrap(), Outcome::Confirmed);
    store.dispatch(Action::Load(12));
    settle().await;
    assert_eq!(effects.running(), [11]);
}

#[tokio::test(start_paused = true)]
async fn whoever_learns_that_the_last_one_has_ended_may_begin_at_once() {
    let (store, effects) = store(&by_tens());
    store.dispatch(Action::Load(10));
    let second = store.dispatch(Action::Load(11));
    effects.end(10, Ok(Outcome::Confirmed));
    settle().await;
    effects.end(11, Ok(Outcome::Confirmed));
    second.await.unwrap();
    store.dispatch(Action::Load(12));
    assert_eq!(effects.running(), [12]);
}

#[tokio::test(start_paused = true)]
async fn a_full_queue_leaves_out_the_newest() {
    let (store, effects) = store(&by_tens().queue(Queue::DropNewest(1)));
    store.dispatch(Action::Load(10));
    store.dispatch(Action::Load(11));
    let failure = store.dispatch(Action::Load(12)).failure().cloned().expect("known at once");
    assert_eq!(failure.kind(), FailureKind::Cancelled);
    assert!(matches!(failure.downcast_ref(), Some(Dropped::QueueFull(1))));
    assert!(store.dispatch(Action::Load(20)).failure().is_none(), "each key has a queue of its own");
    effects.end(10, Ok(Outcome::Confirmed));
    settle().await;
    assert!(store.dispatch(Action::Load(13)).failure().is_none(), "there is room again");
    assert_eq!(effects.running(), [20, 11]);
}

#[tokio::test(start_paused = true)]
async fn a_full_queue_may_leave_out_the_oldest_instead() {
    let (store, effects) = store(&by_tens().queue(Queue::DropOldest(2)));
    let mut outcomes = Outcomes::default();
    for number in [10, 11, 12, 13] {
        outcomes.watch(number, store.dispatch(Action::Load(number)));
    }
    settle().await;
    assert_eq!(outcomes.news(), [(11, "cancelled: made room for a newer one".to_owned())]);
    effects.end(10, Ok(Outcome::Confirmed));
    settle().await;
    assert_eq!(effects.running(), [12]);
}

#[tokio::test(start_paused = true)]
async fn with_no_room_nobody_waits() {
    for queue in [Queue::DropNewest(0), Queue::DropOldest(0)] {
        let (store, _effects) = store(&by_tens().queue(queue));
        store.dispatch(Action::Load(10));
        let failure = store.dispatch(Action::Load(11)).await.unwrap_err();
        assert!(matches!(failure.downcast_ref(), Some(Dropped::QueueFull(0))));
    }
}

#[tokio::test(start_paused = true)]
async fn if_the_latest_wins_older_ones_that_wait_are_superseded() {
    let (store, effects) = store(&by_tens().queue(Queue::LatestWins));
    let mut outcomes = Outcomes::default();
    for number in [10, 11, 12, 13] {
        outcomes.watch(number, store.dispatch(Action::Load(number)));
    }
    settle().await;
    assert_eq!(outcomes.news(), [(11, "Superseded".to_owned()), (12, "Superseded".to_owned())]);
    effects.end(10, Ok(Outcome::Confirmed));
    settle().await;
    assert_eq!(effects.running(), [13]);
    assert_eq!(*store.state(), [Action::Load(10), Action::Load(13)]);
}

#[tokio::test(start_paused = true)]
async fn one_that_has_waited_too_long_ends_then_although_the_one_before_never_does() {
    let (store, effects) = store(&by_tens().wait_at_most(5 * SECOND).queue(Queue::DropNewest(1)));
    store.dispatch(Action::Load(10));
    let late = store.dispatch(Action::Load(11));
    settle().await;
    advance(Duration::from_millis(4_999)).await;
    assert!(store.dispatch(Action::Load(12)).failure().is_some(), "it still waits");
    let failure = late.await.unwrap_err();
    assert_eq!(failure.kind(), FailureKind::Cancelled);
    assert!(matches!(failure.downcast_ref(), Some(Dropped::TimedOut(waited)) if *waited == 5 * SECOND));
    assert_eq!(effects.running(), [10]);
    assert!(store.dispatch(Action::Load(13)).failure().is_none(), "it takes no room any more");
    effects.end(10, Ok(Outcome::Confirmed));
    settle().await;
    assert_eq!(effects.running(), [13], "nobody waits for one who has left");
}

#[tokio::test(start_paused = true)]
async fn the_wait_is_limited_and_not_the_work() {
    let (store, effects) = store(&by_tens().wait_at_most(5 * SECOND));
    store.dispatch(Action::Load(10));
    let second = store.dispatch(Action::Load(11));
    settle().await;
    effects.end(10, Ok(Outcome::Confirmed));
    settle().await;
    advance(60 * SECOND).await;
    settle().await;
    effects.end(11, Ok(Outcome::Confirmed));
    assert_eq!(second.await.unwrap(), Outcome::Confirmed);
}

/// 0 never ends by itself, the others at once; the reducer insists on their order.
fn countdown(sequential: &Sequential<u32, ()>, effects: &Effects) -> Store<u32, u32> {
    let effects = effects.clone();
    let reduce = |last: &u32, n: u32| {
        assert!(n == 0 || n == last + 1, "{n} after {last}");
        n
    };
    let stuck = move |_: &dyn StoreApi<u32, u32>, n: u32, next: Next<'_, u32, u32>| {
        let completion = next.run(n);
        if n > 0 {
            return completion;
        }
        let (resolver, pending) = Completion::pending();
        effects.hold(n, resolver);
        pending
    };
    Store::builder(0, reduce).middleware(sequential.clone()).middleware_fn(stuck).build()
}

#[tokio::test(start_paused = true)]
async fn a_hundred_thousand_that_wait_go_on_in_order_and_end_at_once_on_a_small_stack() {
    let (sequential, effects) = (Sequential::new("all", |_: &u32| Some(())), Effects::default());
    let store = countdown(&sequential, &effects);
    let completions: Vec<_> = (0..=100_000).map(|n| store.dispatch(n)).collect();
    effects.end(0, Ok(Outcome::Applied));
    for completion in completions {
        assert_eq!(completion.await.unwrap(), Outcome::Applied);
    }
    assert_eq!(*store.state(), 100_000);
    assert!(sequential.statuses().all_idle());
}

#[test]
fn a_hundred_thousand_that_wait_end_when_their_store_or_their_runtime_does() {
    let (plugged, effects) = (RefCell::new(Vec::new()), Effects::default());
    assert_cancelled_with_store_or_runtime(|| {
        let sequential = Sequential::new("all", |_: &u32| Some(()));
        plugged.borrow_mut().push(sequential.clone());
        let store = countdown(&sequential, &effects);
        let completions = (0..=100_000).map(|n| store.dispatch(n)).skip(1).collect();
        (store, completions)
    });
    assert!(plugged.into_inner().iter().all(|sequential| sequential.statuses().all_idle()));
}

#[tokio::test(start_paused = true)]
async fn a_panic_further_in_costs_nobody_else_their_turn_or_their_outcome() {
    let sequential = Sequential::new("all", |_: &Action| Some(()));
    let effects = Effects::default();
    let store = Store::builder(State::new(), |state: &State, action: Action| {
        assert!(action != Action::Note(1), "as the test says");
        reduce(state, action)
    })
    .middleware(sequential.clone())
    .middleware(effects.clone())
    .build();
    let dispatch = std::panic::AssertUnwindSafe(|| store.dispatch(Action::Note(1)));
    assert!(std::panic::catch_unwind(dispatch).is_err());
    let mut outcomes = Outcomes::default();
    for (number, action) in [(1, Action::Load(1)), (2, Action::Note(1)), (3, Action::Note(3))] {
        outcomes.watch(number, store.dispatch(action));
    }
    settle().await;
    effects.end(1, Ok(Outcome::Confirmed));
    settle().await;
    let news = outcomes.news();
    assert_eq!((&*news[0].1, &*news[2].1), ("Confirmed", "Applied"));
    assert!(news[1].1.starts_with("outcome unknown"), "{}", news[1].1);
    assert_eq!(*store.state(), [Action::Load(1), Action::Note(3)]);
    assert!(sequential.statuses().all_idle());
}

#[tokio::test(start_paused = true)]
async fn one_that_is_dispatched_while_another_of_its_key_is_taken_waits_for_it() {
    let sequential = Sequential::new("all", |_: &u32| Some(()));
    let store = Store::builder(Vec::new(), |seen: &Vec<u32>, n: u32| [seen.as_slice(), &[n]].concat())
        .middleware(sequential)
        .middleware_fn(|store, n, next| {
            if n == 1 {
                store.dispatch(2);
            }
            next.run(n)
        })
        .build();
    store.dispatch(1);
    settle().await;
    assert_eq!(*store.state(), [1, 2]);
}

#[tokio::test(start_paused = true)]
async fn with_the_store_everybody_ends_and_those_who_waited_were_never_applied() {
    let sequential = by_tens();
    let (store, effects) = store(&sequential);
    let (running, waiting) = (store.dispatch(Action::Load(10)), store.dispatch(Action::Load(11)));
    settle().await;
    drop(store);
    assert_eq!(running.await.unwrap_err().kind(), FailureKind::Unknown);
    assert_eq!(waiting.await.unwrap_err().kind(), FailureKind::Cancelled);
    settle().await;
    assert!(sequential.statuses().all_idle());
    drop(effects);
}

#[tokio::test(start_paused = true)]
async fn the_status_runs_until_the_last_one_has_ended_and_tells_how_that_one_did() {
    let sequential = by_tens();
    let (store, effects) = store(&sequential);
    let began = store.now();
    store.dispatch(Action::Load(10));
    store.dispatch(Action::Load(11));
    advance(SECOND).await;
    effects.end(10, Err(failure(FailureKind::Unknown)));
    settle().await;
    assert!(matches!(sequential.statuses().of(&1), Status::Running { attempt: 1, since } if since == began));
    effects.end(11, Err(failure(FailureKind::Rejected)));
    settle().await;
    assert_eq!(sequential.statuses().of(&1).failure().unwrap().kind(), FailureKind::Rejected);
    store.dispatch(Action::Load(12));
    effects.end(12, Ok(Outcome::Confirmed));
    settle().await;
    assert!(sequential.statuses().all_idle(), "nothing is kept of a key at rest");
}

#[test]
fn a_burst_from_many_threads_is_taken_one_by_one_and_loses_nobody() {
    let sequential = Sequential::new("all", |_: &u32| Some(()));
    let under_way = Arc::new(AtomicU32::new(0));
    let counted = Arc::clone(&under_way);
    let store = Store::builder(0, |sum: &u32, n: u32| sum + n)
        .middleware(sequential.clone())
        .middleware_fn(move |store, n, next| {
            let (resolver, completion) = Completion::pending();
            assert_eq!(counted.fetch_add(1, SeqCst), 0, "one at a time");
            let counted = Arc::clone(&counted);
            store.spawn(Box::pin(async move {
                tokio::task::yield_now().await;
                counted.fetch_sub(1, SeqCst);
                resolver.resolve(Ok(Outcome::Confirmed));
            }));
            next.run(n).join(completion)
        })
        .build();
    let barrier = Barrier::new(4);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                barrier.wait();
                let completions: Vec<_> = (0..200).map(|_| store.dispatch(1)).collect();
                for completion in completions {
                    assert_eq!(pollster::block_on(completion.into_future()).unwrap(), Outcome::Confirmed);
                }
            });
        }
    });
    assert_eq!(*store.state(), 800);
    assert!(sequential.statuses().all_idle());
}

#[tokio::test(start_paused = true)]
async fn an_action_that_sets_nothing_going_lets_the_next_one_through_at_once() {
    let store = Store::builder(State::new(), reduce).middleware(Sequential::new("all", |_: &Action| Some(()))).build();
    assert_eq!(ended(store.dispatch(Action::Note(1))).as_deref(), Some("Applied"));
    assert_eq!(ended(store.dispatch(Action::Note(2))).as_deref(), Some("Applied"));
}

/// Dispatches 11 when it is woken: by whoever posts a status or tells an outcome, before they go on.
struct DispatchOnWake {
    store: Store<State, Action>,
    completion: Mutex<Option<Completion>>,
    was_applied_at_once: AtomicBool,
}

impl DispatchOnWake {
    fn new(store: &Store<State, Action>) -> (Arc<Self>, Waker) {
        let (store, completion, was_applied_at_once) = (store.clone(), Mutex::default(), AtomicBool::default());
        let this = Arc::new(Self { store, completion, was_applied_at_once });
        (Arc::clone(&this), Waker::from(this))
    }
}

impl Wake for DispatchOnWake {
    fn wake(self: Arc<Self>) {
        *self.completion.lock().unwrap() = Some(self.store.dispatch(Action::Load(11)));
        self.was_applied_at_once.store(self.store.state().ends_with(&[Action::Load(11)]), SeqCst);
    }
}

#[tokio::test(start_paused = true)]
async fn one_that_comes_at_the_moment_in_which_its_key_comes_to_rest_is_not_forgotten() {
    let sequential = by_tens();
    let (store, effects) = store(&sequential);
    store.dispatch(Action::Load(10));
    let mut statuses = sequential.statuses().watch();
    assert!(statuses.next().await.is_some());
    let (reader, waker) = DispatchOnWake::new(&store);
    assert!(statuses.poll_next_unpin(&mut Context::from_waker(&waker)).is_pending());
    effects.end(10, Ok(Outcome::Confirmed));
    settle().await;
    assert_eq!(effects.running(), [11]);
    assert!(sequential.statuses().of(&1).is_waiting());
    effects.end(11, Ok(Outcome::Confirmed));
    let completion = reader.completion.lock().unwrap().take().expect("it was woken");
    assert_eq!(completion.await.unwrap(), Outcome::Confirmed);
    assert!(sequential.statuses().all_idle());
}

#[tokio::test(start_paused = true)]
async fn one_that_comes_at_the_moment_in_which_the_end_of_the_last_is_told_begins_at_once() {
    for waited in [false, true] {
        let (store, effects) = store(&by_tens());
        if waited {
            store.dispatch(Action::Load(10));
        }
        let mut last = store.dispatch(Action::Load(10)).into_future();
        let (caller, waker) = DispatchOnWake::new(&store);
        assert!(last.poll_unpin(&mut Context::from_waker(&waker)).is_pending());
        for _ in 0..=u32::from(waited) {
            effects.end(10, Ok(Outcome::Confirmed));
            settle().await;
        }
        assert!(caller.was_applied_at_once.load(SeqCst));
    }
}
