//! Keys come and go by the hundred thousand, and nothing stays behind.
//!
//! `FOREGONE_KEYS=1000000` makes it a million.

use allocation_counter::measure;
use backon::ExponentialBuilder;
use foregone::middleware::{ErrorKind, OptimisticSync, OptimisticSyncMiddleware, Reply, Request};
use foregone::{Store, im};
use tokio::runtime::Builder;

const KEYS: u32 = 100_000;
/// How many are there at a time.
const CROWD: u32 = 500;
/// How often the memory is looked at.
const STAGES: u32 = 10;
/// What a stage may retain. One byte per key would be more than twice this.
const SMALL: i64 = 4 * 1024;

/// Of keys that are there.
type Posts = im::HashMap<u32, bool>;

enum Action {
    Like(u32, bool),
    LikeIs(u32, bool),
    Leave(u32),
}

fn reduce(posts: &Posts, action: Action) -> Posts {
    match action {
        Action::Like(post, liked) | Action::LikeIs(post, liked) => posts.update(post, liked),
        Action::Leave(post) => posts.without(&post),
    }
}

#[derive(Debug, thiserror::Error)]
#[error("not now")]
struct NotNow(ErrorKind);

struct Like;

impl OptimisticSync<Posts, Action> for Like {
    type Key = u32;
    type Value = bool;
    type Error = NotNow;

    fn key(&self, action: &Action) -> Option<u32> {
        match action {
            Action::Like(post, _) => Some(*post),
            Action::LikeIs(..) | Action::Leave(_) => None,
        }
    }

    fn value(&self, posts: &Posts, post: &u32) -> bool {
        posts.get(post).copied().unwrap_or(false)
    }

    fn set(&self, post: &u32, liked: bool) -> Action {
        Action::LikeIs(*post, liked)
    }

    async fn send(&self, request: Request<u32, bool>) -> Result<Reply<bool>, NotNow> {
        tokio::task::yield_now().await;
        match request.key % 10 {
            0 => Err(NotNow(ErrorKind::Refused)),
            1 => Err(NotNow(ErrorKind::Unknown)),
            2 if request.number.is_multiple_of(2) => Err(NotNow(ErrorKind::Transient)),
            3 => std::future::pending().await,
            4 => Ok(Reply::value(false)),
            _ => Ok(Reply::accepted()),
        }
    }

    fn error_kind(&self, error: &NotNow) -> ErrorKind {
        error.0
    }
}

type Sync = OptimisticSyncMiddleware<Posts, Action, Like>;

/// Taps every key of a crowd, cancels some, and lets all of them leave.
async fn crowd(store: &Store<Posts, Action>, sync: &Sync, keys: std::ops::Range<u32>) {
    for key in keys.clone() {
        store.dispatch(Action::Like(key, true));
    }
    tokio::task::yield_now().await;
    for key in keys.clone() {
        match key % 7 {
            0 => drop(store.dispatch(Action::Like(key, false))),
            // One that then fails keeps its status until the next tap.
            1 if key % 10 > 3 => sync.cancel(&key),
            _ => {}
        }
    }
    sync.flush().await;
    for key in keys {
        // What a failure left on the screen.
        sync.cancel(&key);
        store.dispatch(Action::Leave(key));
    }
}

#[test]
fn nothing_is_left_of_keys_that_came_and_went() {
    let runtime = Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    let entered = runtime.enter();
    let retry = ExponentialBuilder::default().with_max_times(2);
    let sync = OptimisticSyncMiddleware::builder(Like).retry(retry).build().unwrap();
    let store = Store::builder(Posts::new(), reduce).middleware(sync.clone()).build();
    drop(entered);
    // Queues are kept at the greatest length they ever had.
    runtime.block_on(crowd(&store, &sync, 0..CROWD));
    let keys = std::env::var("FOREGONE_KEYS").map_or(KEYS, |keys| keys.parse().expect("a number of keys"));
    let mut slope = 0;
    for stage in 1..=STAGES {
        let crowds = keys / STAGES / CROWD;
        let counted = measure(|| {
            runtime.block_on(async {
                for first in (0..crowds).map(|crowd| (stage * crowds + crowd) * CROWD) {
                    crowd(&store, &sync, first..first + CROWD).await;
                }
            });
        });
        let (retained, peak) = (counted.bytes_current, counted.bytes_max);
        println!("{} keys: {retained} bytes retained, {peak} at most", stage * crowds * CROWD);
        assert!(retained <= SMALL, "{retained} bytes retained");
        slope += retained;
        assert!(sync.statuses().all_idle());
        assert!(store.state().is_empty());
        // Each timer belongs to a task.
        assert_eq!(runtime.metrics().num_alive_tasks(), 0);
    }
    println!("slope: {slope} bytes in {keys} keys");
    assert!(slope <= SMALL, "it grows with the keys: {slope} bytes");
}
