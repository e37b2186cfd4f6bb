//! What a spec may look like: keys, several of them in one store, tagged `set`, functions that panic.

use foregone::Store;
use foregone::middleware::{
    FailureKind, OptimisticSync, OptimisticSyncMiddleware, Outcome, Reply, Request, Status, SyncError,
};
use std::convert::Infallible;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

#[derive(Clone, Debug, Default, PartialEq)]
struct State {
    flags: foregone::im::HashMap<(Kind, u32), bool>,
    volume: u8,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Kind {
    Like,
    Follow,
}

#[derive(Clone, Copy, Debug)]
enum Action {
    Flag(Kind, u32, bool),
    Volume(u8),
}

fn reduce(state: &mut State, action: Action) {
    match action {
        Action::Flag(kind, id, on) => drop(state.flags.insert((kind, id), on)),
        Action::Volume(volume) => state.volume = volume.min(100),
    }
}

type Sent<T> = Arc<Mutex<Vec<T>>>;

/// A key that is a tuple; `set` returns the very action that is tagged.
struct Flags(Sent<((Kind, u32), bool)>);

impl OptimisticSync<State, Action> for Flags {
    type Key = (Kind, u32);
    type Value = bool;
    type Error = Infallible;

    fn key(&self, action: &Action) -> Option<Self::Key> {
        if let Action::Flag(kind, id, _) = action { Some((*kind, *id)) } else { None }
    }

    fn value(&self, state: &State, key: &Self::Key) -> bool {
        state.flags.get(key).copied().unwrap_or(false)
    }

    fn set(&self, &(kind, id): &Self::Key, on: bool) -> Action {
        Action::Flag(kind, id, on)
    }

    async fn send(&self, request: Request<Self::Key, bool>) -> Result<Reply<bool>, Infallible> {
        tokio::time::sleep(Duration::from_millis(100)).await;
        self.0.lock().unwrap().push((request.key, request.value));
        // The server knows better about one of them.
        Ok(Reply::value(request.value && request.key.1 != 13))
    }
}

/// Which function panics, in which call of it.
#[derive(Clone, Copy, Default, PartialEq)]
enum Bomb {
    #[default]
    None,
    Value(u32),
    Set,
    Another,
    Kind,
}

#[derive(Default)]
struct Volume {
    sent: Sent<u8>,
    bomb: Bomb,
    values: AtomicU32,
}

impl OptimisticSync<State, Action> for Volume {
    type Key = ();
    type Value = u8;
    type Error = std::io::Error;

    fn key(&self, action: &Action) -> Option<()> {
        matches!(action, Action::Volume(_)).then_some(())
    }

    fn value(&self, state: &State, (): &()) -> u8 {
        let call = self.values.fetch_add(1, Ordering::Relaxed) + 1;
        assert!(self.bomb != Bomb::Value(call), "value panics");
        state.volume
    }

    fn set(&self, (): &(), volume: u8) -> Action {
        assert!(self.bomb != Bomb::Set, "set panics");
        Action::Volume(volume)
    }

    async fn send(&self, request: Request<(), u8>) -> Result<Reply<u8>, std::io::Error> {
        tokio::time::sleep(Duration::from_millis(100)).await;
        self.sent.lock().unwrap().push(request.value);
        if self.bomb == Bomb::Kind { Err(std::io::Error::other("no")) } else { Ok(Reply::value(50)) }
    }

    fn error_kind(&self, _error: &std::io::Error) -> foregone::middleware::ErrorKind {
        panic!("error_kind panics")
    }

    fn should_send_another(&self, follow_up: &foregone::middleware::FollowUp<u8>) -> bool {
        assert!(self.bomb != Bomb::Another, "should_send_another panics");
        follow_up.is_newer && follow_up.wanted != follow_up.sent
    }
}

#[tokio::test(start_paused = true)]
async fn several_specs_live_in_one_store() {
    let (flags, volume) = (Sent::default(), Sent::default());
    let one = OptimisticSyncMiddleware::new(Flags(Arc::clone(&flags)));
    let two = OptimisticSyncMiddleware::new(Volume { sent: Arc::clone(&volume), ..Volume::default() });
    let store = Store::builder_by_mut(State::default(), reduce).middleware(one.clone()).middleware(two.clone()).build();
    store.dispatch(Action::Flag(Kind::Like, 1, true));
    store.dispatch(Action::Flag(Kind::Follow, 1, true));
    store.dispatch(Action::Volume(200));
    tokio::join!(one.flush(), two.flush());
    let mut flags = flags.lock().unwrap().clone();
    flags.sort_by_key(|((kind, _), _)| *kind as u8);
    assert_eq!(flags, [((Kind::Like, 1), true), ((Kind::Follow, 1), true)]);
    assert_eq!(*volume.lock().unwrap(), [100], "what the reducer made of it is what is sent");
    assert_eq!(store.state().volume, 50, "and what the server made of it is what is shown");
}

#[tokio::test(start_paused = true)]
async fn the_action_that_set_returns_may_be_the_tagged_one() {
    let sent = Sent::default();
    let sync = OptimisticSyncMiddleware::new(Flags(Arc::clone(&sent)));
    let store = Store::builder_by_mut(State::default(), reduce).middleware(sync.clone()).build();
    let key = (Kind::Like, 13);
    assert_eq!(store.dispatch(Action::Flag(Kind::Like, 13, true)).await.unwrap(), Outcome::Confirmed);
    sync.flush().await;
    assert_eq!(store.state().flags.get(&key), Some(&false), "the server's answer is shown");
    assert_eq!(*sent.lock().unwrap(), [(key, true)], "and not sent back");
}

#[tokio::test(start_paused = true)]
async fn one_action_may_concern_two_specs_and_its_outcome_is_that_of_both() {
    let (one, two) = (Sent::default(), Sent::default());
    let store = Store::builder_by_mut(State::default(), reduce)
        .middleware(OptimisticSyncMiddleware::new(Volume { sent: Arc::clone(&one), ..Volume::default() }))
        .middleware(OptimisticSyncMiddleware::new(Volume {
            sent: Arc::clone(&two),
            bomb: Bomb::Kind,
            ..Volume::default()
        }))
        .build();
    let failure = store.dispatch(Action::Volume(7)).await.unwrap_err();
    assert_eq!(failure.downcast_ref::<std::io::Error>().unwrap().to_string(), "no");
    assert_eq!((one.lock().unwrap()[0], two.lock().unwrap()[0]), (7, 7));
}

#[tokio::test(start_paused = true)]
async fn a_spec_that_panics_while_an_answer_is_taken_fails_that_dispatch_and_frees_the_key() {
    for bomb in [Bomb::Value(3), Bomb::Another] {
        let sent = Sent::default();
        let sync = OptimisticSyncMiddleware::new(Volume { sent: Arc::clone(&sent), bomb, ..Volume::default() });
        let store = Store::builder_by_mut(State::default(), reduce).middleware(sync.clone()).build();
        let failure = store.dispatch(Action::Volume(7)).await.unwrap_err();
        assert_eq!(failure.kind(), FailureKind::Unknown);
        let error = failure.downcast_ref::<SyncError<std::io::Error>>().unwrap();
        assert!(matches!(error, SyncError::Panicked(message) if message.ends_with("panics")));
        sync.flush().await;
        store.dispatch(Action::Volume(8));
        sync.flush().await;
        assert_eq!(*sent.lock().unwrap(), [7, 8]);
    }
}

#[tokio::test(start_paused = true)]
async fn a_set_that_panics_is_said_and_frees_the_key() {
    let sent = Sent::default();
    let sync = OptimisticSyncMiddleware::new(Volume { sent: Arc::clone(&sent), bomb: Bomb::Set, ..Volume::default() });
    let store = Store::builder_by_mut(State::default(), reduce).middleware(sync.clone()).build();
    assert_eq!(store.dispatch(Action::Volume(7)).await.unwrap(), Outcome::Confirmed);
    assert!(matches!(sync.status(&()), Status::Failed { error, .. } if matches!(*error, SyncError::Panicked(_))));
    sync.flush().await;
    store.dispatch(Action::Volume(8)).await.unwrap();
    assert_eq!(*sent.lock().unwrap(), [7, 8]);
}

#[tokio::test(start_paused = true)]
async fn a_value_that_panics_during_a_tap_reaches_the_caller_and_blocks_nothing() {
    let sent = Sent::default();
    let spec = Volume { sent: Arc::clone(&sent), bomb: Bomb::Value(2), ..Volume::default() };
    let store = Store::builder_by_mut(State::default(), reduce).middleware(OptimisticSyncMiddleware::new(spec)).build();
    let tap = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| store.dispatch(Action::Volume(7))));
    assert!(tap.is_err());
    assert_eq!(store.dispatch(Action::Volume(8)).await.unwrap(), Outcome::Confirmed);
    assert_eq!(*sent.lock().unwrap(), [8]);
}

#[test]
fn a_plain_synchronous_program_gets_its_effects_run() {
    let sent = Sent::default();
    let sync = OptimisticSyncMiddleware::new(Flags(Arc::clone(&sent)));
    let store = Store::builder_by_mut(State::default(), reduce).middleware(sync.clone()).build();
    store.dispatch(Action::Flag(Kind::Like, 1, true));
    pollster::block_on(sync.flush());
    assert_eq!(sent.lock().unwrap().len(), 1);
}
