//! A middleware can be tested without a store: against a fake, step by step.

mod fake;

use fake::FakeStore;
use foregone_middleware::{
    Completion, FailureKind, Middleware, Next, OptimisticSync, OptimisticSyncMiddleware, Outcome, Reply, Request,
    Status, StoreApi, SyncError,
};
use futures_util::FutureExt;
use parking_lot::Mutex;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::oneshot;

/// Passes an action on after a minute, unless another comes before: of a burst, the last one.
#[derive(Default)]
struct Debounce(Mutex<u64>);

const MINUTE: Duration = Duration::from_secs(60);

impl Middleware<Vec<u32>, (u32, Option<u64>)> for Debounce {
    fn handle(
        &self,
        store: &dyn StoreApi<Vec<u32>, (u32, Option<u64>)>,
        (n, due): (u32, Option<u64>),
        next: Next<'_, Vec<u32>, (u32, Option<u64>)>,
    ) -> Completion {
        if let Some(number) = due {
            let is_last = *self.0.lock() == number;
            return if is_last { next.run((n, due)) } else { Completion::applied() };
        }
        let number = {
            let mut last = self.0.lock();
            *last += 1;
            *last
        };
        let (sleep, weak) = (store.sleep(MINUTE), store.weak());
        store.spawn(Box::pin(async move {
            sleep.await;
            drop(weak.dispatch((n, Some(number))));
        }));
        Completion::applied()
    }
}

#[test]
fn a_middleware_of_ones_own_is_driven_by_hand() {
    let store = FakeStore::new(Vec::new(), |list, (n, _)| [&list[..], &[n]].concat(), Debounce::default());
    for n in [1, 2, 3] {
        drop(store.dispatch((n, None)));
    }
    assert_eq!((store.poll_effects(), store.state().len()), (3, 0), "nothing before its time");
    store.advance(MINUTE);
    assert_eq!((store.poll_effects(), &*store.state()), (0, &vec![3]));
}

/// The tag is `Set`; `Is` comes from the server.
#[derive(Debug, Clone, Copy)]
enum Action {
    Set(i32),
    Is(i32),
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the shape of a reducer")]
fn reduce(_: &i32, action: Action) -> i32 {
    match action {
        Action::Set(n) | Action::Is(n) => n,
    }
}

#[derive(Debug, thiserror::Error)]
#[error("refused")]
struct Refused;

type Answer = oneshot::Sender<Result<Reply<i32>, Refused>>;

/// Requests wait here to be answered.
#[derive(Clone, Default)]
struct Server(Arc<Mutex<Vec<(i32, Answer)>>>);

impl Server {
    fn take(&self) -> (i32, Answer) {
        self.0.lock().remove(0)
    }
}

impl OptimisticSync<i32, Action> for Server {
    type Key = ();
    type Value = i32;
    type Error = Refused;

    fn key(&self, action: &Action) -> Option<()> {
        matches!(action, Action::Set(_)).then_some(())
    }

    fn value(&self, state: &i32, (): &()) -> i32 {
        *state
    }

    fn set(&self, (): &(), value: i32) -> Action {
        Action::Is(value)
    }

    async fn send(&self, request: Request<(), i32>) -> Result<Reply<i32>, Refused> {
        let (answer, answered) = oneshot::channel();
        self.0.lock().push((request.value, answer));
        answered.await.unwrap_or(Err(Refused))
    }
}

type Sync = OptimisticSyncMiddleware<i32, Action, Server>;

fn synced() -> (Arc<FakeStore<i32, Action>>, Sync, Server) {
    let server = Server::default();
    let sync = Sync::new(server.clone());
    (FakeStore::new(0, reduce, sync.clone()), sync, server)
}

#[test]
fn optimistic_sync_is_driven_by_hand_from_the_tap_to_the_answer() {
    let (store, sync, server) = synced();
    let mut outcome = store.dispatch(Action::Set(1)).into_future();
    assert_eq!(*store.state(), 1, "shown before anything has run");
    assert!(server.0.lock().is_empty());
    assert_eq!(store.poll_effects(), 1);
    let (value, answer) = server.take();
    assert_eq!(value, 1);
    assert!(matches!(sync.status(&()), Status::Running { attempt: 1, .. }));
    assert_eq!(store.poll_effects(), 1, "it waits for the answer");
    assert!((&mut outcome).now_or_never().is_none());
    answer.send(Ok(Reply::value(7))).unwrap();
    assert_eq!(store.poll_effects(), 0);
    assert_eq!(*store.state(), 7, "the answer is applied");
    assert_eq!(outcome.now_or_never().unwrap().unwrap(), Outcome::Confirmed);
    assert!(matches!(sync.status(&()), Status::Idle));
}

#[test]
fn a_tap_while_the_request_is_in_flight_is_followed_up_once() {
    let (store, _sync, server) = synced();
    let first = store.dispatch(Action::Set(1));
    store.poll_effects();
    let (_, answer) = server.take();
    let second = store.dispatch(Action::Set(2));
    assert_eq!((store.poll_effects(), server.0.lock().len()), (1, 0), "one at a time");
    answer.send(Ok(Reply::value(1))).unwrap();
    store.poll_effects();
    assert_eq!(*store.state(), 2, "the older answer is not shown");
    store.poll_effects();
    let (value, answer) = server.take();
    answer.send(Ok(Reply::accepted())).unwrap();
    assert_eq!((store.poll_effects(), value, *store.state()), (0, 2, 2));
    assert_eq!(first.into_future().now_or_never().unwrap().unwrap(), Outcome::Superseded);
    assert_eq!(second.into_future().now_or_never().unwrap().unwrap(), Outcome::Confirmed);
}

#[test]
fn a_deadline_goes_by_the_stores_clock() {
    let (store, _sync, server) = synced();
    let outcome = store.dispatch(Action::Set(1)).into_future();
    store.poll_effects();
    let _request = server.take();
    store.advance(Duration::from_secs(29));
    assert_eq!(store.poll_effects(), 1);
    store.advance(Duration::from_secs(1));
    assert_eq!(store.poll_effects(), 0);
    let failure = outcome.now_or_never().unwrap().unwrap_err();
    assert_eq!(failure.kind(), FailureKind::Unknown);
    assert!(matches!(failure.downcast_ref(), Some(SyncError::<Refused>::TimedOut(_))));
}
