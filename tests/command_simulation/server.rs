//! A server that knows idempotency keys, fails in every way it can, and checks what reaches it.

use crate::random::Random;
use crate::world::{Action, Item, State};
use foregone::middleware::{CommandCall, ErrorKind, IdempotencyKey, OptimisticCommand};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::{Arc, Mutex};
use std::time::Duration;

pub(crate) const ON_PURPOSE: &str = "on purpose";

pub(crate) type Key = (&'static str, i64);

#[derive(Debug, thiserror::Error)]
pub(crate) enum ApiError {
    #[error("refused")]
    Refused,
    #[error("busy")]
    Busy,
    #[error("lost")]
    Lost,
}

/// One command, with the name of the item that it is about.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Command {
    pub(crate) number: u64,
    pub(crate) id: i64,
    pub(crate) item: Item,
    pub(crate) adds: bool,
}

#[derive(Default)]
pub(crate) struct Inner {
    pub(crate) held: State,
    /// What was answered, by idempotency key.
    answers: HashMap<IdempotencyKey, Result<i64, ()>>,
    commands: HashMap<IdempotencyKey, Command>,
    /// The numbers of those that took effect.
    pub(crate) executed: HashSet<u64>,
    pub(crate) asked: HashSet<u64>,
    in_flight: HashMap<Key, u32>,
    ids: i64,
    commands_made: u64,
    /// On the screen by their temporary ids, until they are undone or answered.
    pub(crate) pending: HashMap<i64, u64>,
    /// Names of what was executed and whose answer is not on the screen.
    pub(crate) unanswered: HashSet<u64>,
    /// The numbers of the commands, by name and kind, in the order of their dispatch.
    pub(crate) last_command: u64,
    pub(crate) healthy: bool,
    pub(crate) refuses_next: bool,
    pub(crate) counts: BTreeMap<&'static str, u64>,
}

impl Inner {
    pub(crate) fn count(&mut self, what: &'static str) {
        *self.counts.entry(what).or_default() += 1;
    }

    /// Once for each idempotency key.
    fn execute(&mut self, key: IdempotencyKey, command: &Command, refuses: bool) -> Result<i64, ApiError> {
        if let Some(answer) = self.answers.get(&key) {
            let answer = *answer;
            self.count("done again");
            return answer.map_err(|()| ApiError::Refused);
        }
        let answer = if refuses || !(command.adds || self.held.contains_key(&command.id)) {
            Err(())
        } else if command.adds {
            self.ids += 1;
            self.held.insert(self.ids, command.item);
            Ok(self.ids)
        } else {
            self.held.remove(&command.id);
            Ok(command.id)
        };
        self.answers.insert(key, answer);
        if answer.is_ok() {
            assert!(self.executed.insert(command.number), "a command ran twice");
        }
        answer.map_err(|()| ApiError::Refused)
    }
}

#[derive(Clone)]
pub(crate) struct Server {
    pub(crate) inner: Arc<Mutex<Inner>>,
    random: Random,
    /// All commands of a list share a key, and a reload shows the list.
    pub(crate) by_list: bool,
}

impl Server {
    pub(crate) fn new(random: Random, by_list: bool) -> Self {
        Self { inner: Arc::default(), random, by_list }
    }

    async fn delay(&self, most: u64) {
        let millis = if self.inner.lock().unwrap().healthy { 10 } else { self.random.below(most) };
        tokio::time::sleep(Duration::from_millis(millis)).await;
    }

    fn panics(&self) -> ! {
        self.inner.lock().unwrap().count("panics");
        std::panic::panic_any(ON_PURPOSE)
    }

    /// It reaches the server long after its deadline.
    fn arrives_late(&self, key: IdempotencyKey, command: &Command) {
        let (inner, command) = (Arc::clone(&self.inner), command.clone());
        inner.lock().unwrap().count("late");
        tokio::spawn(async move {
            tokio::time::sleep(Duration::from_secs(8)).await;
            let _ = inner.lock().unwrap().execute(key, &command, false);
        });
    }
}

/// An attempt that is under way, however it ends.
struct InFlight<'a>(&'a Server, Key, bool);

impl<'a> InFlight<'a> {
    fn begin(server: &'a Server, call: &CommandCall<'_, Key, Command>) -> Self {
        let inner = &mut *server.inner.lock().unwrap();
        let in_flight = inner.in_flight.entry(*call.key).or_default();
        *in_flight += 1;
        assert_eq!(*in_flight, 1, "two attempts in flight for key {:?}", call.key);
        let known = inner.commands.entry(call.idempotency_key).or_insert_with(|| call.command.clone());
        assert_eq!(known, call.command, "another command by the same idempotency key");
        let is_new = inner.asked.insert(call.command.number);
        assert_eq!(is_new, call.attempt == 1, "another idempotency key, or a lost attempt");
        inner.count("attempts");
        Self(server, *call.key, false)
    }
}

impl Drop for InFlight<'_> {
    fn drop(&mut self) {
        let inner = &mut *self.0.inner.lock().unwrap();
        *inner.in_flight.get_mut(&self.1).unwrap() -= 1;
        if !self.2 {
            inner.count("dropped");
        }
    }
}

impl OptimisticCommand<State, Action> for Server {
    type Key = Key;
    type Command = Command;
    /// The id, and whether it is to be applied.
    type Output = (i64, bool);
    type Error = ApiError;

    fn key(&self, action: &Action) -> Option<Key> {
        match action {
            Action::Add(_, (list, _)) | Action::Remove(_, (list, _)) if self.by_list => Some(("list", *list)),
            Action::Add(_, (list, _)) => Some(("add", *list)),
            Action::Remove(id, _) => Some(("remove", *id)),
            _ => None,
        }
    }

    fn command(&self, _: &State, _: &Key, action: &mut Action) -> Option<Command> {
        let inner = &mut *self.inner.lock().unwrap();
        inner.commands_made += 1;
        let number = inner.commands_made;
        inner.last_command = number;
        match action {
            Action::Add(id, item) => {
                *id = -i64::try_from(number).unwrap();
                inner.pending.insert(*id, number);
                Some(Command { number, id: *id, item: *item, adds: true })
            }
            Action::Remove(id, item) => Some(Command { number, id: *id, item: *item, adds: false }),
            _ => None,
        }
    }

    async fn run(&self, call: CommandCall<'_, Key, Command>) -> Result<(i64, bool), ApiError> {
        let mut flight = InFlight::begin(self, &call);
        let fate = if self.inner.lock().unwrap().healthy { 0 } else { self.random.below(100) };
        if fate == 99 {
            flight.2 = true;
            self.panics();
        }
        if fate == 98 {
            self.arrives_late(call.idempotency_key, call.command);
            return std::future::pending().await;
        }
        // Now and then longer than the deadline, before or after it was done.
        self.delay(if fate % 20 == 7 { 8_000 } else { 400 }).await;
        let answer = if (50..60).contains(&fate) {
            Err(ApiError::Lost)
        } else {
            let mut inner = self.inner.lock().unwrap();
            let refuses = std::mem::take(&mut inner.refuses_next) || (40..50).contains(&fate);
            inner.execute(call.idempotency_key, call.command, refuses)
        };
        self.delay(if fate % 20 == 8 { 8_000 } else { 200 }).await;
        flight.2 = true;
        match fate {
            60..65 => Err(ApiError::Busy),
            65..75 => Err(ApiError::Lost),
            97 => self.panics(),
            75..80 => answer.map(|id| (id, false)),
            _ => answer.map(|id| (id, true)),
        }
    }

    fn undo(&self, state: &State, command: &Command) -> Option<Action> {
        let is_shown = state.contains_key(&command.id);
        self.inner.lock().unwrap().pending.remove(&command.id);
        match (command.adds, is_shown) {
            (true, true) => Some(Action::Take(command.id)),
            (false, false) => Some(Action::Put(command.id, command.item)),
            _ => None,
        }
    }

    fn apply(&self, command: &Command, (id, applies): (i64, bool)) -> Option<Action> {
        let mut inner = self.inner.lock().unwrap();
        inner.pending.remove(&command.id);
        if !applies && command.adds {
            inner.count("answer not applied");
            inner.unanswered.insert(command.item.1);
            drop(inner);
            std::panic::panic_any(ON_PURPOSE);
        }
        command.adds.then_some(Action::HasId(command.id, id))
    }

    fn error_kind(&self, error: &ApiError) -> ErrorKind {
        match error {
            ApiError::Refused => ErrorKind::Refused,
            ApiError::Busy => ErrorKind::Transient,
            ApiError::Lost => ErrorKind::Unknown,
        }
    }

    async fn reload(&self, &(_, list): &Key) -> Result<Option<Action>, ApiError> {
        if !self.by_list {
            return Ok(None);
        }
        self.delay(300).await;
        let held = self.inner.lock().unwrap().held.clone();
        self.delay(300).await;
        if !self.inner.lock().unwrap().healthy && self.random.percent(20) {
            return Err(ApiError::Lost);
        }
        Ok(Some(Action::ShowList(list, held)))
    }

    fn should_apply_reload(&self, _: &State, _: &Key, is_outdated: bool) -> bool {
        self.inner.lock().unwrap().count(if is_outdated { "reloads too late" } else { "reloads shown" });
        !is_outdated
    }
}
