//! Nothing piles up, and nothing keeps a store alive.

use foregone::Store;
use foregone::middleware::{
    CommandCall, ErrorKind, ExponentialBuilder, OptimisticCommand, OptimisticCommandMiddleware,
};
use std::hash::{Hash, Hasher};
use std::sync::Arc;
use std::time::Duration;

/// A key, and a command, whose clones are counted.
#[derive(Debug, Clone)]
struct Counted {
    id: u32,
    _count: Arc<()>,
}

impl PartialEq for Counted {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id
    }
}
impl Eq for Counted {}
impl Hash for Counted {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.id.hash(state);
    }
}

#[derive(Debug, thiserror::Error)]
#[error("odd")]
struct Odd;

struct Spec(Arc<()>);

impl Spec {
    fn counted(&self, id: u32) -> Counted {
        Counted { id, _count: Arc::clone(&self.0) }
    }
}

/// Command 0 takes for ever, odd ones are refused, 10 and its multiples fail for a while.
impl OptimisticCommand<u32, u32> for Spec {
    type Key = Counted;
    type Command = Counted;
    type Output = ();
    type Error = Odd;

    fn key(&self, action: &u32) -> Option<Counted> {
        Some(self.counted(*action))
    }
    fn command(&self, _: &u32, key: &Counted, _: &mut u32) -> Option<Counted> {
        Some(key.clone())
    }
    async fn run(&self, call: CommandCall<'_, Counted, Counted>) -> Result<(), Odd> {
        match call.command.id {
            0 => std::future::pending().await,
            id if id % 2 == 1 || id.is_multiple_of(10) => Err(Odd),
            _ => Ok(()),
        }
    }
    fn undo(&self, state: &u32, _: &Counted) -> Option<u32> {
        (*state == u32::MAX).then_some(0)
    }
    fn error_kind(&self, _: &Odd) -> ErrorKind {
        ErrorKind::Transient
    }
}

type Commands = OptimisticCommandMiddleware<u32, u32, Spec>;

fn app() -> (Store<u32, u32>, Commands, Arc<()>) {
    let count = Arc::new(());
    let long = ExponentialBuilder::default().with_min_delay(Duration::from_secs(3_600)).with_max_times(1);
    let commands = OptimisticCommandMiddleware::builder(Spec(Arc::clone(&count))).no_deadline().queued();
    let commands = commands.retry(long.with_max_delay(Duration::MAX)).build().unwrap();
    let store = Store::builder(0, |_: &u32, id: u32| id).middleware(commands.clone()).build();
    (store, commands, count)
}

async fn settle() {
    tokio::time::sleep(Duration::from_millis(1)).await;
}

/// The count itself, and the spec's.
const NONE: usize = 2;

#[tokio::test(start_paused = true)]
async fn a_key_at_rest_leaves_nothing_behind() {
    let (store, commands, count) = app();
    for id in 1..1_000 {
        store.dispatch(id * 2 + if id % 5 == 0 { 2 } else { 0 }).await.unwrap();
    }
    commands.flush().await;
    assert!(commands.statuses().all_idle());
    assert_eq!(Arc::strong_count(&count), NONE);
}

#[tokio::test(start_paused = true)]
async fn a_failed_one_leaves_only_its_status() {
    let (store, commands, count) = app();
    store.dispatch(1).await.unwrap_err();
    commands.flush().await;
    let status = 1;
    assert_eq!(Arc::strong_count(&count), NONE + status);
    commands.cancel(&Counted { id: 1, _count: Arc::clone(&count) });
    assert_eq!(Arc::strong_count(&count), NONE);
}

#[tokio::test(start_paused = true)]
async fn one_that_is_withdrawn_in_a_pause_leaves_nothing_until_its_end() {
    let (store, commands, count) = app();
    let failing = store.dispatch(10);
    settle().await;
    commands.cancel(&Counted { id: 10, _count: Arc::clone(&count) });
    failing.await.unwrap_err();
    settle().await;
    assert_eq!(Arc::strong_count(&count), NONE, "the hour is not waited for");
}

#[tokio::test(start_paused = true)]
async fn commands_that_wait_and_are_withdrawn_do_not_pile_up() {
    let (store, commands, count) = app();
    store.dispatch(0);
    settle().await;
    let before = Arc::strong_count(&count);
    for _ in 0..1_000 {
        store.dispatch(0);
    }
    commands.cancel(&Counted { id: 0, _count: Arc::clone(&count) });
    settle().await;
    assert_eq!(Arc::strong_count(&count), before);
}

#[tokio::test(start_paused = true)]
async fn a_handle_and_a_command_under_way_keep_no_store_alive() {
    struct Freed(Arc<()>);
    let count = Arc::new(());
    let commands = OptimisticCommandMiddleware::new(Spec(Arc::default()));
    let store = Store::builder_by_mut(0, |state: &mut u32, id| *state = id).middleware(commands.clone()).build();
    let state = Arc::downgrade(&store.state());
    let freed = Freed(Arc::clone(&count));
    let watching = store.subscribe(move |_| drop(Arc::clone(&freed.0)));
    store.dispatch(0);
    settle().await;
    drop((store, watching));
    settle().await;
    assert!(state.upgrade().is_none());
    commands.flush().await;
    assert!(commands.statuses().all_idle());
}
