//! Nothing piles up.

use foregone::Store;
use foregone::middleware::{OptimisticSync, OptimisticSyncMiddleware, Reply, Request};
use std::collections::HashMap;
use std::hash::{Hash, Hasher};
use std::sync::Arc;
use std::time::Duration;

/// A key whose clones are counted.
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

fn counted(id: u32, count: &Arc<()>) -> Counted {
    Counted { id, _count: Arc::clone(count) }
}

struct Slow(Arc<()>);

/// Key 0 takes for ever, odd keys fail.
impl OptimisticSync<State, (u32, i64)> for Slow {
    type Key = Counted;
    type Value = i64;
    type Error = std::io::Error;

    fn key(&self, action: &(u32, i64)) -> Option<Counted> {
        Some(counted(action.0, &self.0))
    }
    fn value(&self, state: &State, key: &Counted) -> i64 {
        state.get(&key.id).copied().unwrap_or(0)
    }
    fn set(&self, key: &Counted, value: i64) -> (u32, i64) {
        (key.id, value)
    }
    async fn send(&self, request: Request<Counted, i64>) -> Result<Reply<i64>, std::io::Error> {
        match request.key.id {
            0 => std::future::pending().await,
            key if key % 2 == 1 => Err(std::io::Error::other("odd")),
            _ => Ok(Reply::accepted()),
        }
    }
}

type State = HashMap<u32, i64>;
type Sync = OptimisticSyncMiddleware<State, (u32, i64), Slow>;

fn app() -> (Store<State, (u32, i64)>, Sync, Arc<()>) {
    let count = Arc::new(());
    let sync = OptimisticSyncMiddleware::builder(Slow(Arc::clone(&count))).max_in_flight(1).build().unwrap();
    let store = Store::builder_by_mut(State::new(), |state: &mut State, (key, value)| {
        state.insert(key, value);
    })
    .middleware(sync.clone())
    .build();
    (store, sync, count)
}

async fn settle() {
    tokio::time::sleep(Duration::from_millis(1)).await;
}

#[tokio::test(start_paused = true)]
async fn taps_that_are_cancelled_while_they_are_queued_leave_nothing_in_the_queue() {
    let (store, sync, count) = app();
    store.dispatch((0, 1));
    settle().await;
    let before = Arc::strong_count(&count);
    for value in 0..1_000 {
        store.dispatch((2, value));
        sync.cancel(&counted(2, &count));
        settle().await;
    }
    let more = Arc::strong_count(&count) - before;
    assert!(more < 5, "{more} clones of one key");
    sync.clear();
    store.dispatch((2, 7)).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_refresh_that_is_kept_does_not_pile_up_what_settles_meanwhile() {
    let (store, sync, count) = app();
    let refresh = sync.refresh();
    for value in 0..1_000 {
        store.dispatch((2, value)).await.unwrap();
    }
    sync.flush().await;
    let kept = Arc::strong_count(&count);
    assert!(kept < 10, "{kept} clones of one key");
    drop(refresh);
    assert_eq!(Arc::strong_count(&count), 2);
}

#[tokio::test(start_paused = true)]
async fn a_failure_that_a_refresh_has_put_right_leaves_only_its_status() {
    let (store, sync, count) = app();
    store.dispatch((1, 1)).await.unwrap_err();
    sync.flush().await;
    let refresh = sync.refresh();
    assert!(refresh.put(&counted(1, &count), 5));
    drop(refresh);
    let statuses = 1;
    assert_eq!(Arc::strong_count(&count), 2 + statuses);
}
