//! The user, the screen, and what must hold between them and the server.

use crate::random::Random;
use crate::server::{ApiError, Server};
use foregone::middleware::{
    ExponentialBuilder, Failure, FailureKind, OptimisticSyncMiddleware, Outcome, Status, SyncError,
};
use foregone::{Store, Subscription, im};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::task::JoinHandle;

pub(crate) type State = im::HashMap<u8, u64>;
type Sync = OptimisticSyncMiddleware<State, Action, Server>;
type Settled = Result<Outcome, Failure>;

#[derive(Debug, Clone, Copy)]
pub(crate) enum Action {
    Tap(u8, u64),
    Shown(u8, u64),
    Outside(u8, u64),
}

fn reduce(state: &State, action: Action) -> State {
    let (Action::Tap(key, value) | Action::Shown(key, value) | Action::Outside(key, value)) = action;
    state.update(key, value)
}

pub(crate) fn shown(state: &State, key: u8) -> u64 {
    state.get(&key).copied().unwrap_or(0)
}

/// How often each thing happened.
#[derive(Debug, Default)]
pub(crate) struct Counts(BTreeMap<&'static str, u64>);

impl Counts {
    pub(crate) fn add(&mut self, other: &Self) {
        for (&what, count) in &other.0 {
            self.count(what, *count);
        }
    }

    fn count(&mut self, what: &'static str, times: u64) {
        *self.0.entry(what).or_default() += times;
    }

    pub(crate) fn has_seen_everything(&self) -> bool {
        self.0.len() == 16 && self.0.values().all(|count| *count > 0)
    }
}

/// A dispatch whose outcome is awaited.
struct Tap {
    key: u8,
    value: u64,
    outcome: JoinHandle<Settled>,
}

/// What the user wants to see, for as long as the server has not answered.
type Wanted = Arc<Mutex<HashMap<u8, u64>>>;

pub(crate) struct World {
    random: Random,
    server: Server,
    sync: Sync,
    store: Store<State, Action>,
    /// Every value is dispatched once only, so that it says which dispatch it came from.
    unique: bool,
    keys: u8,
    taps: u32,
    wanted: Wanted,
    /// What a task or a subscriber saw that must not be.
    wrong: Arc<Mutex<Option<&'static str>>>,
    rolls_back: bool,
    /// Cancelled, so that without a newer tap nobody can know what the server made of it.
    in_doubt: HashSet<u8>,
    /// The last tap of each key, if nothing else came after it.
    last: HashMap<u8, usize>,
    dispatched: Vec<Tap>,
    counts: Counts,
}

impl World {
    pub(crate) fn new(seed: u64, taps: u32) -> Self {
        let random = Random::new(seed);
        let server = Server::new(random.clone());
        let mut builder = OptimisticSyncMiddleware::builder(server.clone()).deadline(Duration::from_secs(5));
        if random.percent(50) {
            let backoff = ExponentialBuilder::default().with_min_delay(Duration::from_millis(random.below(500) + 1));
            builder = builder.retry(backoff.with_jitter().with_jitter_seed(seed));
        }
        if random.percent(40) {
            builder = builder.max_in_flight(usize::try_from(random.below(2)).unwrap() + 1);
        }
        let policy = random.below(3);
        let rolls_back = policy == 1;
        builder = match policy {
            0 => builder,
            1 => builder.roll_back_on_failure(),
            _ => {
                let server = server.clone();
                builder.reload_on_failure(move |key| server.clone().load(key))
            }
        };
        let sync = builder.build().unwrap();
        let store = Store::builder(State::new(), reduce).middleware(sync.clone()).build();
        let (unique, keys) = (random.percent(50), u8::try_from(random.below(4)).unwrap() + 1);
        Self {
            random,
            server,
            sync,
            store,
            unique,
            keys,
            taps,
            wanted: Wanted::default(),
            wrong: Arc::default(),
            rolls_back,
            in_doubt: HashSet::new(),
            last: HashMap::new(),
            dispatched: Vec::new(),
            counts: Counts::default(),
        }
    }

    pub(crate) async fn run(mut self) -> (Counts, u64) {
        let watching = self.watch();
        while self.dispatched.len() < self.taps as usize {
            self.something_happens();
            if self.random.percent(70) {
                tokio::time::sleep(Duration::from_millis(self.random.below(400))).await;
            }
        }
        self.server.inner.lock().unwrap().healthy = true;
        self.comes_to_rest().await;
        let outcomes = self.outcomes().await;
        self.check(&outcomes);
        self.agrees_again().await;
        drop(watching);
        assert_eq!(*self.wrong.lock().unwrap(), None);
        self.summary()
    }

    fn watch(&self) -> Subscription {
        let (wanted, sync, wrong) = (Arc::clone(&self.wanted), self.sync.clone(), Arc::clone(&self.wrong));
        self.store.subscribe(move |state| {
            for (&key, &value) in &*wanted.lock().unwrap() {
                if sync.status(&key).is_waiting() && shown(state, key) != value {
                    wrong.lock().unwrap().get_or_insert("B: the screen shows something else than what was wanted last");
                }
            }
        })
    }

    fn something_happens(&mut self) {
        let key = u8::try_from(self.random.below(u64::from(self.keys))).unwrap();
        match self.random.below(100) {
            0..80 => self.tap(key),
            80..86 if self.sync.status(&key).is_waiting() => {
                let value = self.value();
                self.wanted.lock().unwrap().insert(key, value);
                self.store.dispatch(Action::Outside(key, value));
                self.last.remove(&key);
                self.counts.count("outside", 1);
            }
            86..93 => {
                self.wanted.lock().unwrap().remove(&key);
                self.sync.cancel(&key);
                self.in_doubt.insert(key);
                self.last.remove(&key);
                self.counts.count("cancels", 1);
            }
            93..94 => self.log_out_and_in(),
            94..100 => {
                let (refresh, server, wrong) = (self.sync.refresh(), self.server.clone(), Arc::clone(&self.wrong));
                tokio::spawn(async move {
                    if let Ok(value) = server.clone().load(key).await
                        && refresh.put(&key, value)
                        && server.holds(key) != value
                    {
                        wrong.lock().unwrap().get_or_insert("E: an older value of the server was shown");
                    }
                });
                self.counts.count("refreshes", 1);
            }
            _ => {}
        }
    }

    fn value(&self) -> u64 {
        if self.unique { 1_000_000 + self.random.below(1 << 60) } else { self.random.below(3) }
    }

    fn tap(&mut self, key: u8) {
        let value = self.value();
        self.wanted.lock().unwrap().insert(key, value);
        let outcome = tokio::spawn(self.store.dispatch(Action::Tap(key, value)).into_future());
        assert_eq!(shown(&self.store.state(), key), value, "a tap shows at once");
        self.in_doubt.remove(&key);
        self.last.insert(key, self.dispatched.len());
        self.dispatched.push(Tap { key, value, outcome });
    }

    fn log_out_and_in(&mut self) {
        self.wanted.lock().unwrap().clear();
        self.sync.clear();
        for key in 0..self.keys {
            self.store.dispatch(Action::Outside(key, self.server.holds(key)));
        }
        self.in_doubt.clear();
        self.last.clear();
        self.counts.count("log-outs", 1);
    }

    async fn comes_to_rest(&self) {
        let rest = tokio::time::timeout(Duration::from_secs(600), self.sync.flush()).await;
        rest.expect("F: something never comes to rest");
        assert!(!self.sync.statuses().snapshot().values().any(Status::is_waiting), "F: a key is not released");
    }

    async fn outcomes(&mut self) -> Vec<(u8, u64, Settled)> {
        let mut outcomes = Vec::new();
        for tap in self.dispatched.drain(..) {
            let outcome = tokio::time::timeout(Duration::from_secs(1), tap.outcome).await;
            outcomes.push((tap.key, tap.value, outcome.expect("G: a dispatch without an outcome").unwrap()));
        }
        outcomes
    }

    fn check(&mut self, outcomes: &[(u8, u64, Settled)]) {
        for (key, value, outcome) in outcomes {
            let inner = self.server.inner.lock().unwrap();
            let took_effect = inner.held.get(key).is_some_and(|held| held.ever.contains(value));
            let name = match outcome {
                Ok(Outcome::Confirmed) => {
                    assert!(took_effect, "H: confirmed, and the server never accepted it");
                    "confirmed"
                }
                Ok(_) => "superseded",
                Err(failure) if failure.kind() == FailureKind::Unknown => {
                    let was_asked = inner.held.get(key).is_some_and(|held| held.asked.contains(value));
                    // These may come between a request and its first poll.
                    let in_between = matches!(
                        failure.downcast_ref(),
                        Some(SyncError::<ApiError>::Cleared | SyncError::<ApiError>::Cancelled)
                    );
                    assert!(was_asked || in_between, "J: {failure}, and it was never even sent");
                    "unknown"
                }
                Err(failure) => {
                    assert!(!took_effect || !self.unique, "L: {failure}, and it took effect");
                    if failure.kind() == FailureKind::Rejected { "rejected" } else { "cancelled" }
                }
            };
            self.counts.count(name, 1);
        }
        for index in self.last.values() {
            let outcome = &outcomes[*index].2;
            assert!(!matches!(outcome, Ok(Outcome::Superseded)), "J: the newest intent was dropped");
        }
        for key in (0..self.keys).filter(|key| !self.in_doubt.contains(key)) {
            let on_screen = shown(&self.store.state(), key);
            if matches!(self.sync.status(&key), Status::Idle) {
                assert_eq!(on_screen, self.server.holds(key), "I: screen and server differ");
            } else if self.rolls_back && on_screen != 0 {
                let held = &self.server.inner.lock().unwrap().held;
                assert!(held[&key].ever.contains(&on_screen), "M: rolled back to what the server never held");
            }
        }
    }

    /// Whatever failed before, one more tap makes everything agree.
    async fn agrees_again(&mut self) {
        for key in 0..self.keys {
            self.tap(key);
        }
        self.comes_to_rest().await;
        for (key, value, outcome) in self.outcomes().await {
            assert_eq!(outcome.unwrap(), Outcome::Confirmed);
            assert_eq!((shown(&self.store.state(), key), self.server.holds(key)), (value, value), "I");
        }
        assert!(self.sync.statuses().all_idle());
    }

    fn summary(mut self) -> (Counts, u64) {
        let inner = self.server.inner.lock().unwrap();
        let mut hasher = DefaultHasher::new();
        inner.trace.hash(&mut hasher);
        for (what, times) in [
            ("taps", u64::from(self.taps)),
            ("requests", inner.requests),
            ("losses", inner.losses),
            ("refusals", inner.refusals),
            ("panics", inner.panics),
            ("dropped", inner.dropped),
            ("cycles", inner.cycles),
        ] {
            self.counts.count(what, times);
        }
        (self.counts, hasher.finish())
    }
}
