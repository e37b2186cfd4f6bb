//! Several of one kind in one chain: what each outcome then is, and which chains a store refuses.

mod effects;
mod outcomes;

use effects::{Action, Effects, State, failure, load, reduce, settle};
use foregone::middleware::{
    ExponentialBuilder, FailureKind, Fresh, NonReentrant, Online, Outcome, Queue, Retry, RoleError, Sequential,
    WhileOffline,
};
use foregone::{Builder, Store};
use outcomes::{Outcomes, ended};
use std::time::Duration;
use tokio::time::advance;

const SECOND: Duration = Duration::from_secs(1);
const BUSY: &str = "cancelled: another one of this key is under way";
const UNKNOWN: &str = "outcome unknown: out of order";

/// Ten numbers to a key.
fn key(action: &Action) -> Option<u32> {
    load(action).map(|number| number / 10)
}

fn online() -> Online<Action, u32> {
    Online::new("load", key)
}

fn fresh() -> Fresh<Action, u32> {
    Fresh::new("load", 60 * SECOND, key).forced(|action| load(action).is_some_and(|number| number % 10 == 9))
}

fn one() -> NonReentrant<Action, u32> {
    NonReentrant::new("load", key)
}

fn sequential() -> Sequential<Action, u32> {
    Sequential::new("load", key)
}

fn retry() -> Retry<Action, u32> {
    Retry::new("load", ExponentialBuilder::new().with_max_times(1), key)
}

fn chain() -> Builder<State, Action> {
    Store::builder(State::new(), reduce)
}

struct All {
    online: Online<Action, u32>,
    fresh: Fresh<Action, u32>,
    retry: Retry<Action, u32>,
    effects: Effects,
    store: Store<State, Action>,
    outcomes: Outcomes,
}

impl All {
    fn new() -> Self {
        let (online, fresh, retry, effects) = (online(), fresh(), retry(), Effects::default());
        let store = chain()
            .middleware(online.clone())
            .middleware(fresh.clone())
            .middleware(one())
            .middleware(retry.clone())
            .middleware(effects.clone())
            .build();
        Self { online, fresh, retry, effects, store, outcomes: Outcomes::default() }
    }

    fn dispatch(&mut self, number: u32) {
        self.outcomes.watch(number, self.store.dispatch(Action::Load(number)));
    }

    async fn end(&self, number: u32, end: Result<Outcome, FailureKind>) {
        self.effects.end(number, end.map_err(failure));
        settle().await;
    }

    fn is_at_rest(&self) -> bool {
        self.online.statuses().all_idle() && self.fresh.statuses().all_idle() && self.retry.statuses().all_idle()
    }

    async fn assert_news<const N: usize>(&mut self, expected: [(u32, &str); N]) {
        settle().await;
        assert_eq!(self.outcomes.news(), expected.map(|(number, told)| (number, told.to_owned())));
    }
}

#[tokio::test(start_paused = true)]
async fn what_was_asked_for_twice_offline_is_done_once_online_with_as_many_attempts_as_it_takes() {
    let mut all = All::new();
    all.online.set_online(false);
    all.dispatch(10);
    all.dispatch(11);
    all.dispatch(20);
    all.assert_news([]).await;
    assert!(all.effects.running().is_empty());
    all.online.set_online(true);
    settle().await;
    assert_eq!(all.effects.running(), [10, 20], "the second one of a key joins the first");
    all.end(10, Err(FailureKind::Unknown)).await;
    advance(SECOND).await;
    settle().await;
    assert_eq!(all.effects.running(), [20, 10]);
    all.end(10, Ok(Outcome::Confirmed)).await;
    all.assert_news([(10, "Confirmed"), (11, "Skipped")]).await;
    all.dispatch(12);
    all.assert_news([(12, "Skipped")]).await;
    all.end(20, Ok(Outcome::Confirmed)).await;
    all.assert_news([(20, "Confirmed")]).await;
    assert_eq!(*all.store.state(), [10, 20, 10].map(Action::Load));
    assert!(all.is_at_rest());
}

#[tokio::test(start_paused = true)]
async fn going_offline_holds_back_what_is_new_and_not_the_attempts_of_what_is_under_way() {
    let mut all = All::new();
    all.dispatch(10);
    all.online.set_online(false);
    all.dispatch(11);
    all.end(10, Err(FailureKind::Unknown)).await;
    advance(SECOND).await;
    settle().await;
    assert_eq!(all.effects.running(), [10]);
    all.end(10, Ok(Outcome::Confirmed)).await;
    all.assert_news([(10, "Confirmed")]).await;
    all.online.set_online(true);
    all.assert_news([(11, "Skipped")]).await;
    assert!(all.is_at_rest());
}

#[tokio::test(start_paused = true)]
async fn a_forced_one_during_a_pause_is_left_out_and_ends_neither_the_pause_nor_what_joined() {
    let mut all = All::new();
    all.dispatch(10);
    all.dispatch(11);
    all.end(10, Err(FailureKind::Unknown)).await;
    all.dispatch(19);
    all.assert_news([(19, BUSY)]).await;
    advance(SECOND).await;
    settle().await;
    all.end(10, Ok(Outcome::Confirmed)).await;
    all.assert_news([(10, "Confirmed"), (11, "Skipped")]).await;
    all.dispatch(12);
    all.assert_news([(12, "Skipped")]).await;
    assert!(all.is_at_rest());
}

#[tokio::test(start_paused = true)]
async fn the_last_failure_is_that_of_all_who_joined_and_the_next_one_goes_through() {
    let mut all = All::new();
    all.dispatch(10);
    all.dispatch(11);
    all.end(10, Err(FailureKind::Unknown)).await;
    assert!(all.retry.cancel(&1));
    all.assert_news([(10, UNKNOWN), (11, UNKNOWN)]).await;
    all.dispatch(12);
    settle().await;
    assert_eq!(all.effects.running(), [12]);
    all.end(12, Err(FailureKind::Rejected)).await;
    all.assert_news([(12, "rejected: out of order")]).await;
    assert!(all.fresh.statuses().of(&1).failure().is_some() && all.retry.statuses().of(&1).failure().is_some());
}

#[tokio::test(start_paused = true)]
async fn with_the_store_everybody_ends() {
    let mut all = All::new();
    all.dispatch(10);
    all.dispatch(11);
    all.dispatch(20);
    all.end(20, Err(FailureKind::Unknown)).await;
    all.online.set_online(false);
    all.dispatch(30);
    settle().await;
    let All { online, fresh, retry, effects, store, mut outcomes } = all;
    drop(store);
    settle().await;
    let abandoned = "the store was dropped before the outcome was known";
    let expected = [(10, "outcome unknown"), (11, "outcome unknown"), (20, "outcome unknown"), (30, "cancelled")];
    assert_eq!(outcomes.news(), expected.map(|(number, kind)| (number, format!("{kind}: {abandoned}"))));
    assert!(online.statuses().all_idle() && fresh.statuses().all_idle() && retry.statuses().all_idle());
    drop(effects);
}

#[tokio::test(start_paused = true)]
async fn what_waited_for_a_connection_then_waits_for_its_turn_and_a_pause_holds_up_the_turns() {
    let (online, effects) = (online(), Effects::default());
    let store = chain()
        .middleware(online.clone())
        .middleware(sequential())
        .middleware(retry())
        .middleware(effects.clone())
        .build();
    let mut outcomes = Outcomes::default();
    online.set_online(false);
    for number in [10, 11, 20] {
        outcomes.watch(number, store.dispatch(Action::Load(number)));
    }
    online.set_online(true);
    settle().await;
    assert_eq!(effects.running(), [10, 20]);
    effects.end(10, Err(failure(FailureKind::Unknown)));
    effects.end(20, Ok(Outcome::Confirmed));
    settle().await;
    assert!(effects.running().is_empty(), "10 pauses, and 11 waits for it");
    advance(SECOND).await;
    settle().await;
    effects.end(10, Err(failure(FailureKind::Unknown)));
    settle().await;
    assert_eq!(effects.running(), [11], "10 had its attempts");
    effects.end(11, Ok(Outcome::Confirmed));
    settle().await;
    let expected = [(10, UNKNOWN), (11, "Confirmed"), (20, "Confirmed")];
    assert_eq!(outcomes.news(), expected.map(|(number, told)| (number, told.to_owned())));
}

#[tokio::test(start_paused = true)]
async fn a_forced_one_waits_for_its_turn_and_keeps_its_key_fresh() {
    let (fresh, effects) = (fresh(), Effects::default());
    let store = chain().middleware(fresh).middleware(sequential()).middleware(effects.clone()).build();
    let mut outcomes = Outcomes::default();
    for number in [10, 19, 11] {
        outcomes.watch(number, store.dispatch(Action::Load(number)));
    }
    settle().await;
    assert_eq!(effects.running(), [10]);
    effects.end(10, Ok(Outcome::Confirmed));
    settle().await;
    assert_eq!(outcomes.news(), [(10, "Confirmed".to_owned())], "11 has joined the forced one");
    effects.end(19, Ok(Outcome::Confirmed));
    settle().await;
    assert_eq!(outcomes.news(), [(11, "Skipped".to_owned()), (19, "Confirmed".to_owned())]);
    assert_eq!(ended(store.dispatch(Action::Load(12))).as_deref(), Some("Skipped"));
}

#[tokio::test(start_paused = true)]
async fn what_is_left_out_further_in_is_no_success_and_takes_nothing_from_one_under_way() {
    let (fresh, effects) = (fresh(), Effects::default());
    let store = chain()
        .middleware(fresh.clone())
        .middleware(sequential().queue(Queue::DropNewest(0)))
        .middleware(effects.clone())
        .build();
    store.dispatch(Action::Load(10));
    assert!(store.dispatch(Action::Load(19)).failure().is_some(), "known at once, from however far in");
    let joined = store.dispatch(Action::Load(11));
    effects.end(10, Ok(Outcome::Confirmed));
    assert_eq!(joined.await.unwrap(), Outcome::Skipped);
    store.dispatch(Action::Load(19));
    fresh.invalidate(&1);
    for _ in 0..2 {
        assert!(store.dispatch(Action::Load(12)).failure().is_some(), "the first of them made nothing fresh");
    }
}

#[tokio::test(start_paused = true)]
async fn a_chain_in_the_wrong_order_is_refused() {
    let order = |built: Builder<State, Action>| match built.try_build() {
        Err(RoleError::Order { outer, inner, .. }) => (outer, inner),
        other => panic!("{other:?}"),
    };
    assert_eq!(order(chain().middleware(fresh()).middleware(online())), ("Fresh", "Online"));
    assert_eq!(order(chain().middleware(sequential()).middleware(fresh())), ("Sequential", "Fresh"));
    assert_eq!(order(chain().middleware(sequential()).middleware(online())), ("Sequential", "Online"));
    assert_eq!(order(chain().middleware(retry()).middleware(sequential())), ("Retry", "Sequential"));
    assert_eq!(order(chain().middleware(retry()).middleware(fresh())), ("Retry", "Fresh"));
    assert_eq!(order(chain().middleware(retry()).middleware(online())), ("Retry", "Online"));
}

#[tokio::test(start_paused = true)]
async fn two_that_decide_the_same_are_refused_unless_they_are_of_different_kinds() {
    let twice = |built: Builder<State, Action>| matches!(built.try_build(), Err(RoleError::Twice { .. }));
    assert!(twice(chain().middleware(one()).middleware(sequential())));
    assert!(twice(chain().middleware(sequential()).middleware(sequential())));
    assert!(twice(chain().middleware(fresh()).middleware(fresh())));
    assert!(twice(chain().middleware(retry()).middleware(retry())));
    assert!(twice(chain().middleware(online()).middleware(online())));
    let other = Online::new("other", key).while_offline(WhileOffline::Fail);
    assert!(chain().middleware(sequential()).middleware(other).try_build().is_ok());
}
