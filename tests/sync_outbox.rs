//! With an outbox, what was wanted survives the program.

mod marks;

use foregone::Store;
use foregone::middleware::{
    DeviceId, FailureKind, OptimisticSyncMiddleware, Outbox, OutboxChange, OutboxContents, Outcome, SavedIntent,
    Server, SyncError,
};
use marks::{Action, Api, ApiError, App, Fate, pause, reduce};
use std::sync::{Arc, Mutex};
use std::time::Duration;

#[derive(Debug, thiserror::Error)]
#[error("the disk is full")]
struct Full;

#[derive(Debug, Default)]
struct Inner {
    kept: OutboxContents<(), i32>,
    /// So many writes fail.
    failures: u32,
    /// What is written arrives after this many milliseconds.
    takes: u64,
}

/// A disk that outlives every program.
#[derive(Debug, Clone, Default)]
struct Disk(Arc<Mutex<Inner>>);

impl Disk {
    fn intent(&self) -> Option<SavedIntent<i32>> {
        self.0.lock().unwrap().kept.intents.get(&()).cloned()
    }

    fn wants(&self) -> Option<i32> {
        self.intent().and_then(|intent| intent.value)
    }

    fn fails(&self, failures: u32) -> &Self {
        self.0.lock().unwrap().failures = failures;
        self
    }

    fn takes(&self, millis: u64) -> &Self {
        self.0.lock().unwrap().takes = millis;
        self
    }

    fn device(&self) -> Option<DeviceId> {
        self.0.lock().unwrap().kept.device
    }

    async fn write(&self, change: OutboxChange<(), i32>) -> Result<(), Full> {
        let takes = self.0.lock().unwrap().takes;
        pause(takes).await;
        let mut inner = self.0.lock().unwrap();
        if inner.failures > 0 {
            inner.failures -= 1;
            return Err(Full);
        }
        inner.kept.device = Some(change.device);
        inner.kept.last_number = inner.kept.last_number.max(change.last_number);
        match change.intent {
            Some(intent) => inner.kept.intents.insert((), intent),
            None => inner.kept.intents.remove(&()),
        };
        Ok(())
    }
}

impl Outbox<(), i32> for Disk {
    type Error = Full;

    async fn load(&self) -> Result<OutboxContents<(), i32>, Full> {
        Ok(self.0.lock().unwrap().kept.clone())
    }

    /// What was begun is written to its end, also when the program that began it is gone.
    async fn save(&self, change: OutboxChange<(), i32>) -> Result<(), Full> {
        let disk = self.clone();
        tokio::spawn(async move { disk.write(change).await }).await.unwrap()
    }
}

/// A run of the program, which shows what the server holds when it starts.
async fn run(api: &Api, disk: &Disk) -> App {
    let builder =
        OptimisticSyncMiddleware::builder(api.clone()).deadline(Duration::from_secs(1)).roll_back_on_failure();
    let sync = builder.outbox(disk.clone()).await.unwrap().build().unwrap();
    let store = Store::builder(api.value(), reduce).middleware(sync.clone()).build();
    sync.resume();
    (store, sync, api.clone())
}

async fn rest(app: &App) -> (i32, i32) {
    app.1.flush().await;
    (*app.0.state(), app.2.value())
}

#[tokio::test(start_paused = true)]
async fn what_is_wanted_is_written_before_it_is_sent_and_removed_once_it_is_settled() {
    let (api, disk) = (Api::new(Server::Marks), Disk::default());
    let app = run(&api, disk.takes(100)).await;
    let tap = app.0.dispatch(Action::Set(1));
    assert_eq!(*app.0.state(), 1, "the screen waits for no disk");
    pause(90).await;
    assert_eq!((api.sent(), disk.wants()), (Vec::<i32>::new(), None));
    pause(20).await;
    assert_eq!((api.sent(), disk.wants()), (vec![1], Some(1)));
    assert_eq!(tap.await.unwrap(), Outcome::Confirmed);
    assert_eq!(rest(&app).await, (1, 1));
    assert_eq!(disk.intent(), None);
}

#[tokio::test(start_paused = true)]
async fn a_crash_before_the_request_loses_nothing() {
    let (api, disk) = (Api::new(Server::Marks), Disk::default());
    let first = run(&api, disk.takes(100)).await;
    first.0.dispatch(Action::Set(1));
    pause(50).await;
    drop(first);
    pause(1_000).await;
    assert_eq!((api.sent(), disk.wants()), (Vec::<i32>::new(), Some(1)));

    let second = run(&api, &disk).await;
    assert_eq!(*second.0.state(), 1, "shown as soon as the program runs");
    assert_eq!(rest(&second).await, (1, 1));
    assert_eq!((api.written(), disk.intent()), (vec![1], None));
}

#[tokio::test(start_paused = true)]
async fn a_crash_between_request_and_answer_makes_it_take_effect_once() {
    for kind in [Server::Marks, Server::MarksAndRevisions] {
        let (api, disk) = (Api::new(kind), Disk::default());
        let first = run(&api, &disk).await;
        api.script(Fate::Arrives(20, 500));
        first.0.dispatch(Action::Set(1));
        pause(10).await;
        drop(first);
        let second = run(&api, &disk).await;
        assert_eq!(*second.0.state(), 1);
        assert_eq!(rest(&second).await, (1, 1));
        let sent = api.held().sent.clone();
        assert_eq!((sent.len(), sent[0].number, sent[0].device), (2, sent[1].number, sent[1].device));
        assert_eq!((api.written(), disk.intent()), (vec![1], None), "{kind:?}");
        assert_eq!(disk.device(), Some(sent[0].device), "the device is the same over all runs");
        assert_eq!(second.0.dispatch(Action::Set(2)).await.unwrap(), Outcome::Confirmed);
        assert!(api.held().sent[2].number > sent[0].number, "and its numbers go on");
    }
}

#[tokio::test(start_paused = true)]
async fn a_tap_takes_the_place_of_what_an_earlier_run_left() {
    let (api, disk) = (Api::new(Server::Marks), Disk::default());
    let first = run(&api, &disk).await;
    api.script(Fate::Arrives(60_000, 0));
    first.0.dispatch(Action::Set(1));
    pause(10).await;
    drop(first);
    api.script(Fate::Lost(100));
    let second = run(&api, &disk).await;
    pause(10).await;
    assert_eq!(second.0.dispatch(Action::Set(2)).await.unwrap(), Outcome::Confirmed);
    pause(100_000).await;
    assert_eq!(rest(&second).await, (2, 2));
    assert_eq!(api.written(), [2]);
}

#[tokio::test(start_paused = true)]
async fn what_was_cancelled_stays_cancelled_after_a_crash() {
    let (api, disk) = (Api::new(Server::Marks), Disk::default());
    let first = run(&api, disk.takes(50)).await;
    let tap = first.0.dispatch(Action::Set(1));
    pause(10).await;
    first.1.cancel(&());
    assert_eq!(*first.0.state(), 0);
    assert_eq!(tap.await.unwrap_err().kind(), FailureKind::Cancelled);
    drop(first);
    pause(1_000).await;
    let second = run(&api, &disk).await;
    assert_eq!(rest(&second).await, (0, 0));
    assert_eq!((api.sent(), disk.intent()), (Vec::<i32>::new(), None));
}

#[tokio::test(start_paused = true)]
async fn a_value_that_cannot_be_written_is_not_sent_and_its_dispatch_says_so() {
    let (api, disk) = (Api::new(Server::Marks), Disk::default());
    let app = run(&api, disk.fails(1)).await;
    let failure = app.0.dispatch(Action::Set(1)).await.unwrap_err();
    assert_eq!(failure.kind(), FailureKind::Cancelled, "it is not in effect and will not be");
    assert!(matches!(failure.downcast_ref::<SyncError<ApiError>>(), Some(SyncError::NotSaved(_))));
    assert!(failure.downcast_ref::<Full>().is_some());
    assert_eq!(rest(&app).await, (0, 0));
    assert!(api.sent().is_empty());
    assert_eq!(app.0.dispatch(Action::Set(2)).await.unwrap(), Outcome::Confirmed);
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_removed_is_removed_later() {
    let (api, disk) = (Api::new(Server::Marks), Disk::default());
    let app = run(&api, &disk).await;
    let tap = app.0.dispatch(Action::Set(1));
    pause(10).await;
    disk.fails(3);
    assert_eq!(tap.await.unwrap(), Outcome::Confirmed);
    assert_eq!(disk.wants(), Some(1));
    assert_eq!(rest(&app).await, (1, 1));
    assert_eq!(disk.intent(), None);
}

#[tokio::test(start_paused = true)]
async fn clearing_removes_what_is_written_and_shutting_down_does_not() {
    let (api, disk) = (Api::new(Server::Marks), Disk::default());
    let app = run(&api, &disk).await;
    api.script(Fate::Lost(500));
    app.0.dispatch(Action::Set(1));
    pause(10).await;
    assert!(app.1.shutdown(Duration::from_millis(100)).await.is_err());
    assert_eq!(disk.wants(), Some(1), "for the next run");
    drop(app);
    api.script(Fate::Lost(500));
    let app = run(&api, &disk).await;
    pause(10).await;
    app.1.clear();
    app.1.flush().await;
    assert_eq!(disk.intent(), None, "after a log-out it is nobody's wish");
    drop(app);
    let app = run(&api, &disk).await;
    assert_eq!(rest(&app).await, (0, 0));
}

/// The disk went back in time, as when a backup is restored.
#[tokio::test(start_paused = true)]
async fn what_an_older_backup_wants_does_not_take_effect_after_what_came_since() {
    let (api, disk) = (Api::new(Server::Marks), Disk::default());
    let first = run(&api, &disk).await;
    api.script(Fate::Lost(500));
    first.0.dispatch(Action::Set(1));
    pause(10).await;
    let backup = disk.0.lock().unwrap().kept.clone();
    assert_eq!(first.0.dispatch(Action::Set(2)).await.unwrap(), Outcome::Confirmed);
    first.1.flush().await;
    drop(first);
    disk.0.lock().unwrap().kept = backup;
    let second = run(&api, &disk).await;
    assert_eq!(rest(&second).await, (2, 2));
    assert_eq!(api.written(), [2]);
    assert_eq!(second.0.dispatch(Action::Set(3)).await.unwrap(), Outcome::Confirmed);
}
