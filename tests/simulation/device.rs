//! A device: its runtime, its store, and a user who taps.

use crate::client::Client;
use crate::random::Random;
use crate::server::{DEADLINE, Server};
use crate::taps::Taps;
use foregone::middleware::{DeviceId, ExponentialBuilder, OptimisticSyncMiddleware};
use foregone::{Store, Subscription, im};
use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::runtime::{Builder, Runtime};

pub(crate) type State = im::HashMap<u8, u64>;
pub(crate) type Sync = OptimisticSyncMiddleware<State, Action, Client>;

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

/// What the user wants to see, for as long as the server has not answered.
type Wanted = Arc<Mutex<HashMap<u8, u64>>>;

pub(crate) struct Device {
    pub(crate) random: Random,
    pub(crate) server: Server,
    pub(crate) id: DeviceId,
    /// Its clock is paused: it moves when this device is given time, and by no more than that.
    pub(crate) runtime: Runtime,
    pub(crate) sync: Sync,
    pub(crate) store: Store<State, Action>,
    pub(crate) watching: Subscription,
    keys: u8,
    pub(crate) rolls_back: bool,
    wanted: Wanted,
    /// What a task or a subscriber saw that must not be.
    pub(crate) wrong: Arc<Mutex<Option<&'static str>>>,
    /// Cancelled, so that without a newer tap nobody can know what the server made of it.
    pub(crate) in_doubt: HashSet<u8>,
    pub(crate) taps: Taps,
}

impl Device {
    /// The how-manieth device it is makes its id.
    pub(crate) fn new(number: u64, keys: u8, server: Server) -> Self {
        let random = server.random.clone();
        let runtime = Builder::new_current_thread().enable_time().start_paused(true).build().expect("a runtime");
        let id = DeviceId::from(u128::from(number));
        let client = Client { server: server.clone(), device: number };
        let mut builder = OptimisticSyncMiddleware::builder(client.clone()).deadline(DEADLINE).device(id);
        if random.percent(50) {
            let backoff = ExponentialBuilder::default().with_min_delay(Duration::from_millis(random.below(500) + 1));
            let jitter_seed = random.below(u64::MAX);
            builder = builder.retry(backoff.with_jitter().with_jitter_seed(jitter_seed));
        }
        if random.percent(40) {
            builder = builder.max_in_flight(usize::try_from(random.below(2)).unwrap() + 1);
        }
        let policy = random.below(3);
        builder = match policy {
            0 => builder,
            1 => builder.roll_back_on_failure(),
            _ => builder.reload_on_failure(move |key| client.clone().load(key)),
        };
        let sync = builder.build().unwrap();
        let held = (0..keys).map(|key| (key, server.holds(key))).collect();
        let entered = runtime.enter();
        let store = Store::builder(held, reduce).middleware(sync.clone()).build();
        drop(entered);
        let (wanted, wrong) = (Wanted::default(), Arc::default());
        let watching = watch(&store, &sync, &wanted, &wrong);
        Self {
            taps: Taps::new(random.percent(50)),
            random,
            server,
            id,
            runtime,
            sync,
            store,
            watching,
            keys,
            rolls_back: policy == 1,
            wanted,
            wrong,
            in_doubt: HashSet::new(),
        }
    }

    pub(crate) fn keys(&self) -> std::ops::Range<u8> {
        0..self.keys
    }

    pub(crate) fn shows(&self, key: u8) -> u64 {
        shown(&self.store.state(), key)
    }

    pub(crate) fn passes(&self, time: Duration) {
        self.runtime.block_on(async { tokio::time::sleep(time).await });
    }

    pub(crate) fn something_happens(&mut self) {
        let key = u8::try_from(self.random.below(u64::from(self.keys))).unwrap();
        match self.random.below(100) {
            0..80 => self.tap(key),
            80..86 if self.sync.status(&key).is_waiting() => {
                let value = self.taps.value(&self.random);
                self.wanted.lock().unwrap().insert(key, value);
                self.store.dispatch(Action::Outside(key, value));
                self.taps.is_not_last(key);
                self.server.count("outside", 1);
            }
            86..93 => {
                self.wanted.lock().unwrap().remove(&key);
                self.sync.cancel(&key);
                self.in_doubt.insert(key);
                self.taps.is_not_last(key);
                self.server.count("cancels", 1);
            }
            93..94 => self.log_out_and_in(),
            94..100 => self.looks(key),
            _ => {}
        }
    }

    pub(crate) fn tap(&mut self, key: u8) {
        let value = self.taps.value(&self.random);
        self.wanted.lock().unwrap().insert(key, value);
        let completion = self.store.dispatch(Action::Tap(key, value));
        assert_eq!(self.shows(key), value, "a tap shows at once");
        self.in_doubt.remove(&key);
        self.taps.push(key, value, completion);
        self.server.count("taps", 1);
    }

    fn log_out_and_in(&mut self) {
        self.wanted.lock().unwrap().clear();
        self.sync.clear();
        for key in self.keys() {
            self.store.dispatch(Action::Outside(key, self.server.holds(key)));
        }
        self.in_doubt.clear();
        self.taps.none_is_last();
        self.server.count("log-outs", 1);
    }

    /// Looks what the server holds, and shows that if nothing newer was done here meanwhile.
    fn looks(&self, key: u8) {
        let (refresh, server, id, wrong) = (self.sync.refresh(), self.server.clone(), self.id, Arc::clone(&self.wrong));
        self.runtime.spawn(async move {
            let (value, version) = server.load(key).await;
            if refresh.put(&key, value) && server.has_written_since(id, key, version) {
                wrong.lock().unwrap().get_or_insert("E: what the server held before this device's own write was shown");
            }
        });
        self.server.count("refreshes", 1);
    }
}

fn watch(
    store: &Store<State, Action>,
    sync: &Sync,
    wanted: &Wanted,
    wrong: &Arc<Mutex<Option<&'static str>>>,
) -> Subscription {
    let (wanted, sync, wrong) = (Arc::clone(wanted), sync.clone(), Arc::clone(wrong));
    store.subscribe(move |state| {
        for (&key, &value) in &*wanted.lock().unwrap() {
            if sync.status(&key).is_waiting() && shown(state, key) != value {
                wrong.lock().unwrap().get_or_insert("B: the screen shows something else than what was wanted last");
            }
        }
    })
}
