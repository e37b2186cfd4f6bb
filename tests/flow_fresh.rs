//! What went well a short while ago is not done again; and only the newest call says so.

mod effects;
mod outcomes;

use effects::{Action, Effects, State, failure, load, reduce, settle};
use foregone::Store;
use foregone::middleware::{FailureKind, Fresh, Outcome};
use outcomes::{Outcomes, ended};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::advance;

const SECOND: Duration = Duration::from_secs(1);

/// Fresh for ten seconds, ten numbers to a key; those that end in 9 are forced.
fn ten_seconds() -> Fresh<Action, u32> {
    Fresh::new("load", 10 * SECOND, |action: &Action| load(action).map(|number| number / 10))
        .forced(|action| load(action).is_some_and(|number| number % 10 == 9))
}

fn store() -> (Store<State, Action>, Fresh<Action, u32>, Effects) {
    let (fresh, effects) = (ten_seconds(), Effects::default());
    let store = Store::builder(State::new(), reduce).middleware(fresh.clone()).middleware(effects.clone()).build();
    (store, fresh, effects)
}

async fn succeed(store: &Store<State, Action>, effects: &Effects, number: u32) {
    let completion = store.dispatch(Action::Load(number));
    effects.end(number, Ok(Outcome::Confirmed));
    assert_eq!(completion.await.unwrap(), Outcome::Confirmed);
}

fn skips(store: &Store<State, Action>, number: u32) -> bool {
    ended(store.dispatch(Action::Load(number))).as_deref() == Some("Skipped")
}

#[tokio::test(start_paused = true)]
async fn a_key_that_went_well_is_skipped_until_the_time_is_over() {
    let (store, _fresh, effects) = store();
    succeed(&store, &effects, 10).await;
    advance(Duration::from_millis(9_999)).await;
    assert!(skips(&store, 11));
    assert_eq!(*store.state(), [Action::Load(10)], "it was not applied");
    advance(Duration::from_millis(1)).await;
    assert_eq!(ended(store.dispatch(Action::Load(12))), None);
    assert_eq!(effects.running(), [12]);
}

#[tokio::test(start_paused = true)]
async fn the_time_begins_when_it_has_ended_and_not_when_it_began() {
    let (store, _fresh, effects) = store();
    store.dispatch(Action::Load(10));
    advance(60 * SECOND).await;
    effects.end(10, Ok(Outcome::Confirmed));
    settle().await;
    advance(9 * SECOND).await;
    assert!(skips(&store, 11));
}

#[tokio::test(start_paused = true)]
async fn other_keys_and_untagged_actions_get_through() {
    let (store, _fresh, effects) = store();
    succeed(&store, &effects, 10).await;
    store.dispatch(Action::Load(20));
    store.dispatch(Action::Note(10));
    assert_eq!(*store.state(), [Action::Load(10), Action::Load(20), Action::Note(10)]);
}

#[tokio::test(start_paused = true)]
async fn whoever_comes_while_one_is_under_way_ends_when_it_does() {
    let (store, _fresh, effects) = store();
    for (number, end, joined) in [
        (10, Ok(Outcome::Confirmed), "Skipped"),
        (20, Err(failure(FailureKind::Rejected)), "rejected: out of order"),
        (30, Ok(Outcome::Superseded), "Superseded"),
    ] {
        let mut outcomes = Outcomes::default();
        store.dispatch(Action::Load(number));
        outcomes.watch(1, store.dispatch(Action::Load(number + 1)));
        outcomes.watch(2, store.dispatch(Action::Load(number + 2)));
        settle().await;
        assert!(outcomes.news().is_empty());
        assert_eq!(effects.running(), [number]);
        effects.end(number, end);
        settle().await;
        assert_eq!(outcomes.news(), [(1, joined.to_owned()), (2, joined.to_owned())]);
    }
}

#[tokio::test(start_paused = true)]
async fn after_a_failure_the_next_one_goes_through() {
    let (store, _fresh, effects) = store();
    for end in [Err(failure(FailureKind::Unknown)), Ok(Outcome::Superseded)] {
        store.dispatch(Action::Load(10));
        effects.end(10, end);
        settle().await;
    }
    store.dispatch(Action::Load(11));
    assert_eq!(effects.running(), [11]);
}

#[tokio::test(start_paused = true)]
async fn a_forced_one_goes_through_and_if_it_fails_the_earlier_success_still_counts() {
    let (store, _fresh, effects) = store();
    succeed(&store, &effects, 10).await;
    advance(6 * SECOND).await;
    let forced = store.dispatch(Action::Load(19));
    effects.end(19, Err(failure(FailureKind::Unknown)));
    forced.await.unwrap_err();
    advance(3 * SECOND).await;
    assert!(skips(&store, 11), "nine seconds after the success");
    advance(SECOND).await;
    assert_eq!(ended(store.dispatch(Action::Load(12))), None, "and no longer than that");
}

#[tokio::test(start_paused = true)]
async fn a_forced_one_that_goes_well_makes_it_fresh_from_then_on() {
    let (store, _fresh, effects) = store();
    succeed(&store, &effects, 10).await;
    advance(6 * SECOND).await;
    succeed(&store, &effects, 19).await;
    advance(9 * SECOND).await;
    assert!(skips(&store, 11));
}

#[tokio::test(start_paused = true)]
async fn an_older_call_that_ends_while_a_newer_one_is_under_way_changes_nothing() {
    let (store, fresh, effects) = store();
    let mut outcomes = Outcomes::default();
    outcomes.watch(10, store.dispatch(Action::Load(10)));
    outcomes.watch(11, store.dispatch(Action::Load(11)));
    store.dispatch(Action::Load(19));
    outcomes.watch(12, store.dispatch(Action::Load(12)));
    effects.end(10, Ok(Outcome::Confirmed));
    settle().await;
    assert_eq!(outcomes.news(), [(10, "Confirmed".to_owned()), (11, "Skipped".to_owned())]);
    assert!(fresh.statuses().of(&1).is_waiting(), "the newest is still under way");
    effects.end(19, Err(failure(FailureKind::Unknown)));
    settle().await;
    assert_eq!(outcomes.news(), [(12, "outcome unknown: out of order".to_owned())]);
    assert_eq!(ended(store.dispatch(Action::Load(13))), None, "the older success came too late to count");
}

#[tokio::test(start_paused = true)]
async fn an_older_success_that_comes_after_a_newer_one_makes_the_key_no_fresher() {
    let (store, fresh, effects) = store();
    store.dispatch(Action::Load(10));
    succeed(&store, &effects, 19).await;
    advance(6 * SECOND).await;
    effects.end(10, Ok(Outcome::Confirmed));
    settle().await;
    advance(4 * SECOND).await;
    assert_eq!(ended(store.dispatch(Action::Load(11))), None);
    assert!(fresh.statuses().of(&1).is_waiting());
}

#[tokio::test(start_paused = true)]
async fn when_a_forced_one_fails_the_one_that_is_still_under_way_is_joined_again() {
    let (store, fresh, effects) = store();
    store.dispatch(Action::Load(10));
    store.dispatch(Action::Load(19));
    effects.end(19, Err(failure(FailureKind::Rejected)));
    settle().await;
    assert!(fresh.statuses().of(&1).is_waiting());
    let joined = store.dispatch(Action::Load(11));
    effects.end(10, Ok(Outcome::Confirmed));
    assert_eq!(joined.await.unwrap(), Outcome::Skipped);
    assert!(skips(&store, 12));
    assert!(fresh.statuses().all_idle());
}

#[tokio::test(start_paused = true)]
async fn an_older_failure_that_comes_late_takes_nothing_from_a_newer_success() {
    let (store, fresh, effects) = store();
    store.dispatch(Action::Load(10));
    succeed(&store, &effects, 19).await;
    effects.end(10, Err(failure(FailureKind::Rejected)));
    settle().await;
    assert!(skips(&store, 11));
    assert!(fresh.statuses().all_idle());
}

#[tokio::test(start_paused = true)]
async fn what_is_invalidated_goes_through_again_and_other_keys_do_not() {
    let (store, fresh, effects) = store();
    succeed(&store, &effects, 10).await;
    succeed(&store, &effects, 20).await;
    fresh.invalidate(&1);
    assert_eq!(ended(store.dispatch(Action::Load(11))), None);
    assert!(skips(&store, 21));
    effects.end(11, Ok(Outcome::Confirmed));
    settle().await;
    fresh.invalidate_all();
    assert_eq!(ended(store.dispatch(Action::Load(12))), None);
    assert_eq!(ended(store.dispatch(Action::Load(22))), None);
}

#[tokio::test(start_paused = true)]
async fn one_that_was_invalidated_while_under_way_does_not_make_its_key_fresh() {
    for all in [false, true] {
        let (store, fresh, effects) = store();
        let mut outcomes = Outcomes::default();
        outcomes.watch(10, store.dispatch(Action::Load(10)));
        outcomes.watch(11, store.dispatch(Action::Load(11)));
        if all {
            fresh.invalidate_all();
        } else {
            fresh.invalidate(&1);
        }
        assert!(fresh.statuses().of(&1).is_waiting());
        effects.end(10, Ok(Outcome::Confirmed));
        settle().await;
        assert_eq!(outcomes.news(), [(10, "Confirmed".to_owned()), (11, "Skipped".to_owned())]);
        assert!(fresh.statuses().all_idle());
        store.dispatch(Action::Load(12));
        assert_eq!(effects.running(), [12]);
    }
}

#[tokio::test(start_paused = true)]
async fn nobody_joins_one_that_was_invalidated() {
    let (store, fresh, effects) = store();
    store.dispatch(Action::Load(10));
    fresh.invalidate(&1);
    store.dispatch(Action::Load(11));
    assert_eq!(effects.running(), [10, 11]);
    effects.end(11, Ok(Outcome::Confirmed));
    effects.end(10, Err(failure(FailureKind::Rejected)));
    settle().await;
    assert!(skips(&store, 12), "the newer one counts");
}

#[tokio::test(start_paused = true)]
async fn an_action_that_sets_nothing_going_has_gone_well_at_once() {
    let store =
        Store::builder(State::new(), reduce).middleware(Fresh::new("all", SECOND, |_: &Action| Some(()))).build();
    assert_eq!(ended(store.dispatch(Action::Note(1))).as_deref(), Some("Applied"));
    assert_eq!(ended(store.dispatch(Action::Note(2))).as_deref(), Some("Skipped"));
}

#[tokio::test(start_paused = true)]
async fn with_no_time_at_all_nothing_is_skipped_and_for_ever_is_for_ever() {
    for (duration, second) in [(Duration::ZERO, "Applied"), (Duration::MAX, "Skipped")] {
        let fresh = Fresh::new("all", duration, |_: &Action| Some(()));
        let store = Store::builder(State::new(), reduce).middleware(fresh).build();
        store.dispatch(Action::Note(1));
        advance(3600 * SECOND).await;
        settle().await;
        assert_eq!(ended(store.dispatch(Action::Note(2))).as_deref(), Some(second));
    }
}

#[tokio::test(start_paused = true)]
async fn a_panic_further_in_leaves_the_key_as_it_was() {
    let fresh = Fresh::new("all", 10 * SECOND, |_: &u32| Some(())).forced(|n| *n > 1);
    let store = Store::builder(0, |_: &u32, n: u32| if n == 3 { panic!("as the test says") } else { n })
        .middleware(fresh.clone())
        .build();
    store.dispatch(1);
    assert!(std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| store.dispatch(3))).is_err());
    assert!(fresh.statuses().all_idle());
    assert_eq!(ended(store.dispatch(1)).as_deref(), Some("Skipped"), "it had gone well before");
    store.dispatch(2);
    assert_eq!(*store.state(), 2);
}

#[tokio::test(start_paused = true)]
async fn with_the_store_everybody_ends() {
    let (store, fresh, effects) = store();
    succeed(&store, &effects, 20).await;
    let (first, joined) = (store.dispatch(Action::Load(10)), store.dispatch(Action::Load(11)));
    drop(store);
    assert_eq!(first.await.unwrap_err().kind(), FailureKind::Unknown);
    assert_eq!(joined.await.unwrap_err().kind(), FailureKind::Unknown);
    settle().await;
    assert!(fresh.statuses().all_idle());
}

/// A number, and what counts its clones.
type Counted = (u32, Arc<()>);

/// Tells how many keys are kept: each that is fresh is, in two places.
fn counted() -> (Store<u32, u32>, Fresh<u32, Counted>, impl Fn() -> usize) {
    let clones = Arc::new(());
    let of_tag = Arc::clone(&clones);
    let fresh = Fresh::new("all", 10 * SECOND, move |n: &u32| Some((*n, Arc::clone(&of_tag))));
    let store = Store::builder(0, |_: &u32, n: u32| n).middleware(fresh.clone()).build();
    (store, fresh, move || (Arc::strong_count(&clones) - 2) / 2)
}

#[tokio::test(start_paused = true)]
async fn keys_that_are_no_longer_fresh_are_forgotten_without_a_dispatch_that_sweeps_them() {
    let (store, _fresh, kept) = counted();
    store.dispatch(1);
    settle().await;
    advance(5 * SECOND).await;
    store.dispatch(2);
    for (seconds, left) in [(5, 1), (10, 0)] {
        advance(seconds * SECOND).await;
        settle().await;
        assert_eq!(kept(), left);
    }
    assert_eq!(tokio::runtime::Handle::current().metrics().num_alive_tasks(), 0, "nor is there a timer left");
}

#[tokio::test(start_paused = true)]
async fn many_keys_cost_one_timer_and_are_kept_for_at_most_twice_their_time() {
    let (store, fresh, kept) = counted();
    for n in 0..3000 {
        store.dispatch(n);
        advance(SECOND / 50).await;
    }
    settle().await;
    assert!((500..=1000).contains(&kept()), "as many as come by in 10 to 20 seconds");
    assert_eq!(tokio::runtime::Handle::current().metrics().num_alive_tasks(), 1);
    fresh.invalidate_all();
    assert_eq!(kept(), 0);
    for n in 0..3000 {
        store.dispatch(n);
        fresh.invalidate(&(n, Arc::new(())));
        assert!(kept() <= 1);
    }
}
