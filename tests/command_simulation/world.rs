//! The user, the screen, and what must hold between them and the server.

use crate::random::Random;
use crate::server::{ApiError, Server};
use foregone::middleware::{
    Abandoned, CommandError, Dropped, ExponentialBuilder, Failure, FailureKind, OptimisticCommandMiddleware, Outcome,
};
use foregone::{Store, Subscription, im};
use std::collections::{BTreeMap, HashSet};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::task::JoinHandle;

/// Its list, and its name, which no other item ever has.
pub(crate) type Item = (i64, u64);
/// Items by id. Ids below zero are temporary.
pub(crate) type State = im::OrdMap<i64, Item>;
type Commands = OptimisticCommandMiddleware<State, Action, Server>;

const LISTS: u64 = 3;

#[derive(Debug, Clone)]
pub(crate) enum Action {
    Add(i64, Item),
    Remove(i64, Item),
    Take(i64),
    Put(i64, Item),
    HasId(i64, i64),
    ShowList(i64, State),
    ShowAll(State),
}

fn reduce(state: &State, action: Action) -> State {
    match action {
        Action::Add(id, item) | Action::Put(id, item) => state.update(id, item),
        Action::Remove(id, _) | Action::Take(id) => state.without(&id),
        Action::HasId(temporary, id) => match state.get(&temporary) {
            Some(item) => state.without(&temporary).update(id, *item),
            None => state.clone(),
        },
        Action::ShowList(list, held) => {
            let others = state.iter().filter(|(_, item)| item.0 != list);
            others.chain(held.iter().filter(|(_, item)| item.0 == list)).map(|(id, item)| (*id, *item)).collect()
        }
        Action::ShowAll(state) => state,
    }
}

/// A dispatch whose outcome is awaited; `command` is none for one that was left out.
struct Dispatch {
    name: u64,
    command: Option<u64>,
    outcome: JoinHandle<Result<Outcome, Failure>>,
}

pub(crate) struct World {
    random: Random,
    server: Server,
    commands: Commands,
    store: Store<State, Action>,
    dispatched: Vec<Dispatch>,
    names: u64,
    /// What a subscriber saw that must not be.
    wrong: Arc<Mutex<Option<String>>>,
}

impl World {
    pub(crate) fn new(seed: u64) -> Self {
        let random = Random::new(seed);
        let server = Server::new(random.clone(), random.percent(50));
        let mut builder = OptimisticCommandMiddleware::builder(server.clone()).deadline(Duration::from_secs(5));
        if random.percent(50) {
            let back_off = ExponentialBuilder::default().with_min_delay(Duration::from_millis(random.below(500) + 1));
            builder = builder.retry(back_off.with_jitter().with_jitter_seed(seed));
        }
        if random.percent(50) {
            builder = builder.queued();
        }
        let commands = builder.build().unwrap();
        let store = Store::builder(State::new(), reduce).middleware(commands.clone()).build();
        Self { random, server, commands, store, dispatched: Vec::new(), names: 0, wrong: Arc::default() }
    }

    pub(crate) async fn run(mut self, dispatches: u32) -> BTreeMap<&'static str, u64> {
        let watching = self.watch();
        while self.dispatched.len() < dispatches as usize {
            self.something_happens();
            if self.random.percent(70) {
                tokio::time::sleep(Duration::from_millis(self.random.below(400))).await;
            }
        }
        self.server.inner.lock().unwrap().healthy = true;
        self.commands.flush().await;
        // What is late has arrived by then.
        tokio::time::sleep(Duration::from_secs(10)).await;
        assert!(!self.commands.statuses().any_waiting(), "something is still waiting at rest");
        let in_doubt = self.outcomes().await;
        self.agree_but_for(&in_doubt);
        if self.server.by_list {
            self.agrees_after_a_reload().await;
        }
        drop(watching);
        assert_eq!(*self.wrong.lock().unwrap(), None);
        std::mem::take(&mut self.server.inner.lock().unwrap().counts)
    }

    /// What is under way stays on the screen, whatever happens to its attempts.
    fn watch(&self) -> Subscription {
        let (server, wrong) = (self.server.clone(), Arc::clone(&self.wrong));
        self.store.subscribe(move |state| {
            let inner = server.inner.lock().unwrap();
            if let Some(id) = inner.pending.keys().find(|id| !state.contains_key(*id)) {
                wrong.lock().unwrap().get_or_insert(format!("{id} is under way and not on the screen"));
            }
        })
    }

    fn something_happens(&mut self) {
        let list = i64::try_from(self.random.below(LISTS)).unwrap();
        match self.random.below(100) {
            0..60 => self.add(list),
            60..90 => {
                let state = self.store.state();
                let real: Vec<_> = state.iter().filter(|(id, _)| **id > 0).collect();
                if !real.is_empty() {
                    let index = self.random.below(u64::try_from(real.len()).unwrap());
                    let (id, item) = real[usize::try_from(index).unwrap()];
                    self.dispatch(Action::Remove(*id, *item), item.1);
                }
            }
            90..97 => {
                let first = self.commands.statuses().snapshot().keys().min().copied();
                if let Some(key) = first {
                    self.commands.cancel(&key);
                    self.server.inner.lock().unwrap().count("cancels");
                }
            }
            _ => {
                self.commands.clear();
                let held = {
                    let mut inner = self.server.inner.lock().unwrap();
                    inner.count("log-outs");
                    inner.pending.clear();
                    inner.unanswered.clear();
                    inner.held.clone()
                };
                self.store.dispatch(Action::ShowAll(held));
            }
        }
    }

    fn add(&mut self, list: i64) {
        self.names += 1;
        self.dispatch(Action::Add(0, (list, self.names)), self.names);
    }

    fn dispatch(&mut self, action: Action, name: u64) {
        let before = self.store.state();
        let last_command = self.server.inner.lock().unwrap().last_command;
        let completion = self.store.dispatch(action);
        let is_busy = completion.failure().is_some_and(|failure| matches!(failure.downcast_ref(), Some(Dropped::Busy)));
        let command = self.server.inner.lock().unwrap().last_command;
        assert_eq!(is_busy, last_command == command, "let in, or left out, for another reason");
        if is_busy {
            assert!(Arc::ptr_eq(&before, &self.store.state()), "left out, and applied all the same");
        }
        let command = (!is_busy).then_some(command);
        self.dispatched.push(Dispatch { name, command, outcome: tokio::spawn(completion.into_future()) });
    }

    /// Checks each, and gives the names of those of which nobody can know.
    async fn outcomes(&mut self) -> HashSet<u64> {
        let mut in_doubt = self.server.inner.lock().unwrap().unanswered.clone();
        for Dispatch { name, command, outcome } in std::mem::take(&mut self.dispatched) {
            let outcome = outcome.await.unwrap();
            let mut inner = self.server.inner.lock().unwrap();
            let Some(number) = command else {
                inner.count("busy");
                continue;
            };
            let (asked, executed) = (inner.asked.contains(&number), inner.executed.contains(&number));
            match outcome {
                Ok(outcome) => {
                    assert_eq!(outcome, Outcome::Confirmed);
                    assert!(executed, "confirmed, and it did not take effect");
                    inner.count("confirmed");
                }
                Err(failure) => {
                    assert!(failure.downcast_ref::<Abandoned>().is_none(), "a dispatch without an outcome");
                    match failure.kind() {
                        FailureKind::Unknown => {
                            assert!(asked, "unknown, and it was never sent: {failure}");
                            in_doubt.insert(name);
                            inner.count("unknown");
                        }
                        FailureKind::Rejected => {
                            assert!(!executed && asked, "rejected, and it took effect");
                            inner.count("rejected");
                        }
                        FailureKind::Cancelled => {
                            assert!(!asked, "cancelled, and it was sent");
                            let why = failure.downcast_ref::<CommandError<ApiError>>();
                            assert!(matches!(why, Some(CommandError::Cancelled | CommandError::Cleared)));
                            inner.count("cancelled");
                        }
                        other => panic!("{other:?} is new"),
                    }
                }
            }
        }
        in_doubt
    }

    fn agree_but_for(&self, in_doubt: &HashSet<u64>) {
        let known = |state: &State| -> Vec<(i64, Item)> {
            state.iter().filter(|(_, item)| !in_doubt.contains(&item.1)).map(|(id, item)| (*id, *item)).collect()
        };
        let held = self.server.inner.lock().unwrap().held.clone();
        assert_eq!(known(&self.store.state()), known(&held), "screen and server differ");
    }

    /// One failure more in each list, and everything is known.
    async fn agrees_after_a_reload(&mut self) {
        for list in 0..i64::try_from(LISTS).unwrap() {
            self.server.inner.lock().unwrap().refuses_next = true;
            self.add(list);
            self.commands.flush().await;
        }
        self.outcomes().await;
        self.agree_but_for(&HashSet::new());
    }
}
