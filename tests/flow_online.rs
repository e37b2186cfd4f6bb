//! What needs a connection waits for one, in order, or learns at once that there is none.

mod effects;
mod outcomes;

use effects::{Action, Effects, State, failure, load, reduce, settle};
use foregone::Store;
use foregone::middleware::{Completion, Dropped, FailureKind, Online, Outcome, Queue, Status, WhileOffline};
use outcomes::{Outcomes, assert_cancelled_with_store_or_runtime};
use std::cell::RefCell;
use std::sync::Barrier;
use std::time::Duration;

/// Ten numbers to a key.
fn online(while_offline: WhileOffline) -> Online<Action, u32> {
    Online::new("load", |action: &Action| load(action).map(|number| number / 10)).while_offline(while_offline)
}

fn store(online: &Online<Action, u32>) -> (Store<State, Action>, Effects) {
    let effects = Effects::default();
    let store = Store::builder(State::new(), reduce).middleware(online.clone()).middleware(effects.clone()).build();
    (store, effects)
}

fn offline(while_offline: WhileOffline) -> (Store<State, Action>, Online<Action, u32>, Effects) {
    let online = online(while_offline);
    online.set_online(false);
    let (store, effects) = store(&online);
    (store, online, effects)
}

const HOLD: WhileOffline = WhileOffline::Hold(Queue::Unbounded);

#[tokio::test(start_paused = true)]
async fn it_is_online_until_somebody_says_otherwise() {
    let online = online(WhileOffline::default());
    assert!(online.is_online());
    let (store, effects) = store(&online);
    store.dispatch(Action::Load(10));
    assert_eq!(effects.running(), [10]);
    assert!(online.statuses().all_idle());
}

#[tokio::test(start_paused = true)]
async fn what_is_dispatched_offline_goes_on_in_order_when_the_connection_is_back() {
    let (store, online, effects) = offline(HOLD);
    let mut outcomes = Outcomes::default();
    for number in [10, 20, 11] {
        outcomes.watch(number, store.dispatch(Action::Load(number)));
    }
    store.dispatch(Action::Note(1));
    settle().await;
    assert_eq!(*store.state(), [Action::Note(1)], "what is not tagged needs no connection");
    online.set_online(true);
    settle().await;
    assert_eq!(effects.running(), [10, 20, 11], "none waits for the effect of another");
    for (number, end) in [(10, Ok(Outcome::Confirmed)), (20, Err(failure(FailureKind::Rejected)))] {
        effects.end(number, end);
    }
    settle().await;
    assert_eq!(outcomes.news(), [(10, "Confirmed".to_owned()), (20, "rejected: out of order".to_owned())]);
}

#[tokio::test(start_paused = true)]
async fn one_that_comes_when_the_connection_is_back_stands_behind_those_who_wait() {
    let (store, online, effects) = offline(HOLD);
    store.dispatch(Action::Load(10));
    store.dispatch(Action::Load(20));
    online.set_online(true);
    store.dispatch(Action::Load(30));
    assert!(effects.running().is_empty(), "they have not gone on yet");
    settle().await;
    assert_eq!(effects.running(), [10, 20, 30]);
    store.dispatch(Action::Load(40));
    assert_eq!(effects.running(), [10, 20, 30, 40], "nobody waits any more");
}

#[tokio::test(start_paused = true)]
async fn if_the_connection_goes_again_those_who_are_left_stay_in_order() {
    let online = online(HOLD);
    let (effects, switch) = (Effects::default(), online.clone());
    let store = Store::builder(State::new(), reduce)
        .middleware(online.clone())
        .middleware_fn(move |_, action, next| {
            if action == Action::Load(20) {
                switch.set_online(false);
            }
            next.run(action)
        })
        .middleware(effects.clone())
        .build();
    online.set_online(false);
    for number in [10, 20, 30, 40] {
        store.dispatch(Action::Load(number));
    }
    online.set_online(true);
    settle().await;
    assert_eq!(effects.running(), [10, 20]);
    store.dispatch(Action::Load(50));
    online.set_online(true);
    online.set_online(false);
    settle().await;
    assert_eq!(effects.running(), [10, 20], "it was back for too short a time");
    online.set_online(true);
    settle().await;
    assert_eq!(effects.running(), [10, 20, 30, 40, 50]);
}

#[tokio::test(start_paused = true)]
async fn each_time_the_connection_is_back_those_who_waited_go_on() {
    let (store, online, effects) = offline(HOLD);
    for number in [10, 20, 30] {
        online.set_online(false);
        store.dispatch(Action::Load(number));
        settle().await;
        online.set_online(true);
        settle().await;
        assert_eq!(effects.running().last(), Some(&number));
    }
}

#[test]
fn nobody_goes_on_after_a_turn_in_which_the_connection_went() {
    let online = online(HOLD);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_time().build().unwrap();
    let entered = runtime.enter();
    let switch = online.clone();
    let store = Store::builder(State::new(), reduce)
        .middleware_fn(move |_, action, next| {
            if action == Action::Note(1) {
                switch.set_online(true);
                // Whoever lets them go on has time to come as far as the turn, which is taken.
                (0..1000).for_each(|_| std::thread::yield_now());
                switch.set_online(false);
            }
            next.run(action)
        })
        .middleware(online.clone())
        .build();
    drop(entered);
    online.set_online(false);
    let waiting = store.dispatch(Action::Load(10));
    store.dispatch(Action::Note(1));
    runtime.block_on(settle());
    assert_eq!(*store.state(), [Action::Note(1)]);
    online.set_online(true);
    assert_eq!(pollster::block_on(waiting.into_future()).unwrap(), Outcome::Applied);
}

#[tokio::test(start_paused = true)]
async fn a_full_line_leaves_out_the_newest_whatever_its_key() {
    let (store, online, effects) = offline(WhileOffline::Hold(Queue::DropNewest(2)));
    store.dispatch(Action::Load(10));
    store.dispatch(Action::Load(20));
    let failure = store.dispatch(Action::Load(30)).failure().cloned().expect("known at once");
    assert_eq!(failure.kind(), FailureKind::Cancelled);
    assert!(matches!(failure.downcast_ref(), Some(Dropped::QueueFull(2))));
    assert!(online.statuses().of(&3).is_idle());
    online.set_online(true);
    settle().await;
    assert_eq!(effects.running(), [10, 20]);
}

#[tokio::test(start_paused = true)]
async fn a_full_line_may_leave_out_the_oldest_instead() {
    let (store, online, effects) = offline(WhileOffline::Hold(Queue::DropOldest(2)));
    let mut outcomes = Outcomes::default();
    for number in [10, 20, 21, 22] {
        outcomes.watch(number, store.dispatch(Action::Load(number)));
    }
    settle().await;
    let made_room = "cancelled: made room for a newer one".to_owned();
    assert_eq!(outcomes.news(), [(10, made_room.clone()), (20, made_room)]);
    assert!(online.statuses().of(&1).is_idle());
    assert!(matches!(online.statuses().of(&2), Status::Queued { .. }));
    online.set_online(true);
    settle().await;
    assert_eq!(effects.running(), [21, 22]);
}

#[tokio::test(start_paused = true)]
async fn with_no_room_nobody_waits() {
    for queue in [Queue::DropNewest(0), Queue::DropOldest(0)] {
        let (store, _online, _effects) = offline(WhileOffline::Hold(queue));
        let failure = store.dispatch(Action::Load(10)).await.unwrap_err();
        assert!(matches!(failure.downcast_ref(), Some(Dropped::QueueFull(0))));
    }
}

#[tokio::test(start_paused = true)]
async fn if_the_latest_wins_older_ones_of_the_same_key_are_superseded() {
    let (store, online, effects) = offline(WhileOffline::Hold(Queue::LatestWins));
    let mut outcomes = Outcomes::default();
    let began = store.now();
    for number in [10, 20, 11, 12] {
        outcomes.watch(number, store.dispatch(Action::Load(number)));
        tokio::time::advance(Duration::from_secs(1)).await;
    }
    settle().await;
    assert_eq!(outcomes.news(), [(10, "Superseded".to_owned()), (11, "Superseded".to_owned())]);
    assert!(matches!(online.statuses().of(&1), Status::Queued { since } if since == began));
    online.set_online(true);
    settle().await;
    assert_eq!(effects.running(), [20, 12], "in the order of those that count");
}

#[tokio::test(start_paused = true)]
async fn what_is_dropped_is_told_to_its_caller_only() {
    let (store, online, effects) = offline(WhileOffline::Drop);
    let failure = store.dispatch(Action::Load(10)).failure().cloned().expect("known at once");
    assert_eq!(failure.kind(), FailureKind::Cancelled);
    assert!(matches!(failure.downcast_ref(), Some(Dropped::Offline)));
    assert!(online.statuses().all_idle());
    online.set_online(true);
    store.dispatch(Action::Load(11));
    settle().await;
    assert_eq!(effects.running(), [11]);
}

#[tokio::test(start_paused = true)]
async fn what_fails_has_failed_for_all_to_see_until_one_of_its_key_gets_through() {
    let (store, online, _effects) = offline(WhileOffline::Fail);
    let failure = store.dispatch(Action::Load(10)).await.unwrap_err();
    assert!(matches!(failure.downcast_ref(), Some(Dropped::Offline)));
    store.dispatch(Action::Load(20));
    let seen = online.statuses().of(&1);
    assert!(matches!(seen.failure().and_then(|failure| failure.downcast_ref()), Some(Dropped::Offline)));
    online.set_online(true);
    assert!(online.statuses().of(&1).failure().is_some());
    store.dispatch(Action::Load(11));
    assert!(online.statuses().of(&1).is_idle());
    assert!(online.statuses().of(&2).failure().is_some());
    assert!(online.statuses().dismiss(&2));
}

#[tokio::test(start_paused = true)]
async fn the_status_tells_who_waits_until_the_last_of_them_went_on() {
    let online = online(HOLD);
    let (switch, effects) = (online.clone(), Effects::default());
    let store = Store::builder(State::new(), reduce)
        .middleware(online.clone())
        .middleware_fn(move |_, action, next| {
            switch.set_online(false);
            next.run(action)
        })
        .middleware(effects.clone())
        .build();
    online.set_online(false);
    let began = store.now();
    store.dispatch(Action::Load(10));
    tokio::time::advance(Duration::from_secs(1)).await;
    store.dispatch(Action::Load(11));
    for left in [2, 1] {
        assert!(matches!(online.statuses().of(&1), Status::Queued { since } if since == began), "{left} wait");
        online.set_online(true);
        settle().await;
    }
    assert!(online.statuses().all_idle(), "nothing is kept of a key at rest");
    assert_eq!(effects.running(), [10, 11]);
}

#[tokio::test(start_paused = true)]
async fn a_panic_further_in_ends_its_own_dispatch_and_holds_up_nobody() {
    let online = Online::new("all", |_: &Action| Some(()));
    let store = Store::builder(State::new(), |state: &State, action: Action| {
        assert!(action != Action::Note(1), "as the test says");
        reduce(state, action)
    })
    .middleware(online.clone())
    .build();
    online.set_online(false);
    let mut outcomes = Outcomes::default();
    for number in [0, 1, 1, 2] {
        outcomes.watch(number, store.dispatch(Action::Note(number)));
    }
    online.set_online(true);
    settle().await;
    assert_eq!(*store.state(), [Action::Note(0), Action::Note(2)]);
    let news = outcomes.news();
    assert_eq!(news.len(), 4);
    assert!(news[1..3].iter().all(|(_, told)| told.starts_with("outcome unknown")), "{news:?}");
    assert!(online.statuses().all_idle());
}

/// The reducer insists on the order.
fn a_hundred_thousand_offline(online: &Online<u32, u32>) -> (Store<u32, u32>, Vec<Completion>) {
    let reduce = |last: &u32, n: u32| {
        assert_eq!(n, last + 1);
        n
    };
    let store = Store::builder(0, reduce).middleware(online.clone()).build();
    online.set_online(false);
    let completions = (1..=100_000).map(|n| store.dispatch(n)).collect();
    (store, completions)
}

#[tokio::test(start_paused = true)]
async fn a_hundred_thousand_that_wait_go_on_in_order() {
    let online = Online::new("all", |n: &u32| Some(n % 1000));
    let (store, completions) = a_hundred_thousand_offline(&online);
    online.set_online(true);
    for completion in completions {
        assert_eq!(completion.await.unwrap(), Outcome::Applied);
    }
    assert_eq!(*store.state(), 100_000);
    assert!(online.statuses().all_idle());
}

#[test]
fn a_hundred_thousand_that_wait_end_when_their_store_or_their_runtime_does() {
    let plugged = RefCell::new(Vec::new());
    assert_cancelled_with_store_or_runtime(|| {
        let online = Online::new("all", |n: &u32| Some(n % 1000));
        plugged.borrow_mut().push(online.clone());
        a_hundred_thousand_offline(&online)
    });
    assert!(plugged.into_inner().iter().all(|online| online.statuses().all_idle()));
}

#[test]
fn whatever_comes_from_many_threads_while_the_connection_comes_and_goes_keeps_its_order() {
    const EACH: u32 = 500;
    let online = Online::new("all", |(thread, _): &(u32, u32)| Some(*thread));
    let reduce = |last: &[u32; 4], (thread, n): (u32, u32)| {
        let mut last = *last;
        let before = std::mem::replace(&mut last[thread as usize], n);
        assert_eq!(n, before + 1, "thread {thread}");
        last
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_time().build().unwrap();
    let entered = runtime.enter();
    let store = Store::builder([0; 4], reduce).middleware(online.clone()).build();
    drop(entered);
    let barrier = Barrier::new(4);
    let dispatch = |thread| {
        barrier.wait();
        let dispatched = (1..=EACH).map(|n| {
            online.set_online((n + thread) % 8 < 4);
            if n % 8 == 0 {
                std::thread::yield_now();
            }
            store.dispatch((thread, n))
        });
        dispatched.collect::<Vec<_>>()
    };
    let completions = std::thread::scope(|scope| {
        let threads = [0, 1, 2, 3].map(|thread| {
            scope.spawn({
                let dispatch = &dispatch;
                move || dispatch(thread)
            })
        });
        threads.map(|thread| thread.join().expect("it did not panic"))
    });
    online.set_online(true);
    for completion in completions.into_iter().flatten() {
        assert_eq!(pollster::block_on(completion.into_future()).unwrap(), Outcome::Applied);
    }
    assert_eq!(*store.state(), [EACH; 4]);
    assert!(online.statuses().all_idle());
}
