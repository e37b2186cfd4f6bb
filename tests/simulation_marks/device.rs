//! A device: its store, a user who taps, and a connection over which the server pushes.

use crate::client::Client;
use crate::random::Random;
use crate::server::Server;
use crate::taps::Taps;
use foregone::middleware::{DeviceId, ExponentialBuilder, OptimisticSyncMiddleware};
use foregone::{Store, im};
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

pub(crate) type State = im::HashMap<u8, u64>;

const DEADLINE: Duration = Duration::from_secs(5);
/// Of virtual time: the longest pause before a fence is sent again, and some.
const REST: Duration = Duration::from_secs(90);

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

pub(crate) struct Device {
    random: Random,
    server: Server,
    sync: OptimisticSyncMiddleware<State, Action, Client>,
    store: Store<State, Action>,
    listening: JoinHandle<()>,
    keys: u8,
    taps: Taps,
}

impl Device {
    /// The how-manieth device it is makes its id.
    pub(crate) fn new(number: u64, keys: u8, server: Server) -> Self {
        let random = server.random.clone();
        let mut builder = OptimisticSyncMiddleware::builder(Client { server: server.clone() })
            .device(DeviceId::from(u128::from(number)))
            .deadline(DEADLINE)
            .roll_back_on_failure();
        if random.percent(50) {
            let backoff = ExponentialBuilder::default().with_min_delay(Duration::from_millis(random.below(500) + 1));
            builder = builder.retry(backoff.with_jitter().with_jitter_seed(random.below(u64::MAX)));
        }
        if random.percent(40) {
            builder = builder.max_in_flight(usize::try_from(random.below(2)).unwrap() + 1);
        }
        let sync = builder.build().unwrap();
        let store = Store::builder(State::new(), reduce).middleware(sync.clone()).build();
        let (connection, mut pushes) = mpsc::unbounded_channel();
        server.lock().listeners.push(connection);
        let (hears, counts) = (sync.clone(), server.clone());
        let listening = tokio::spawn(async move {
            while let Some(push) = pushes.recv().await {
                let is_news = hears.push(&push.key, push.value, push.revision, push.origin).unwrap();
                counts.count("news", u64::from(is_news));
            }
        });
        Self { taps: Taps::new(random.percent(50)), random, server, sync, store, listening, keys }
    }

    pub(crate) fn something_happens(&mut self) {
        let key = u8::try_from(self.random.below(u64::from(self.keys))).unwrap();
        match self.random.below(100) {
            0..85 => self.tap(key),
            85..98 => {
                self.sync.cancel(&key);
                self.taps.is_not_last(key);
                self.server.count("cancels", 1);
            }
            _ => self.log_out_and_in(),
        }
    }

    fn shows(&self, key: u8) -> u64 {
        shown(&self.store.state(), key)
    }

    fn tap(&mut self, key: u8) {
        let value = self.taps.value(&self.random);
        let completion = self.store.dispatch(Action::Tap(key, value));
        assert_eq!(self.shows(key), value, "a tap shows at once");
        self.taps.push(key, value, completion);
        self.server.count("taps", 1);
    }

    fn log_out_and_in(&mut self) {
        self.sync.clear();
        for key in 0..self.keys {
            self.store.dispatch(Action::Outside(key, self.server.holds(key)));
        }
        self.taps.none_is_last();
        self.server.count("log-outs", 1);
    }

    pub(crate) async fn comes_to_rest(&self) {
        let rest = tokio::time::timeout(REST, self.sync.flush()).await;
        rest.expect("F: something never comes to rest");
        assert!(!self.sync.statuses().any_waiting(), "F: a key is not released: {:?}", self.sync.statuses().snapshot());
    }

    pub(crate) fn check(&mut self) {
        assert!(!self.listening.is_finished(), "a push was not taken");
        for key in 0..self.keys {
            assert_eq!(self.shows(key), self.server.holds(key), "I: a device does not show what the server holds");
        }
        self.taps.check(&self.server);
    }
}
