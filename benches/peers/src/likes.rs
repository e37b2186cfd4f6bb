//! foregone's side of what the JavaScript peers do with taps, keys in flight and overlaps.

use foregone::middleware::{ErrorKind, OptimisticSync, OptimisticSyncMiddleware, Reply, Request};
use foregone::{Store, im};
use parking_lot::Mutex;
use std::fmt;
use std::future::pending;
use std::sync::Arc;
use tokio::sync::oneshot;

/// What is shown for each post.
pub type Posts = im::HashMap<u32, u64>;

/// A store of them.
pub type Likes = Store<Posts, Action>;

/// Its sync.
pub type Sync = OptimisticSyncMiddleware<Posts, Action, Like>;

/// What can happen.
#[derive(Debug, Clone, Copy)]
pub enum Action {
    /// The user's wish.
    Tap(u32, u64),
    /// The server's word.
    Is(u32, u64),
}

/// How the server answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answers {
    /// One turn of the executor later.
    AtOnce,
    /// When the script says so.
    Scripted,
    /// Not at all.
    Never,
}

/// A definite no.
#[derive(Debug)]
pub struct Refused;

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("refused")
    }
}

impl std::error::Error for Refused {}

/// A server of likes.
#[derive(Debug)]
pub struct Server {
    answers: Answers,
    /// What it holds.
    pub values: Mutex<Posts>,
    /// How many requests it has seen.
    pub requests: Mutex<u64>,
    /// Values that it refuses.
    pub refuses: Vec<u64>,
    /// Requests that wait for the script, by their values.
    pub waiting: Mutex<Vec<(u64, oneshot::Sender<()>)>>,
}

/// The spec of the sync.
#[derive(Debug)]
pub struct Like(Arc<Server>);

impl OptimisticSync<Posts, Action> for Like {
    type Key = u32;
    type Value = u64;
    type Error = Refused;

    fn key(&self, action: &Action) -> Option<u32> {
        if let Action::Tap(post, _) = action { Some(*post) } else { None }
    }

    fn value(&self, posts: &Posts, post: &u32) -> u64 {
        posts.get(post).copied().unwrap_or(0)
    }

    fn set(&self, post: &u32, value: u64) -> Action {
        Action::Is(*post, value)
    }

    async fn send(&self, request: Request<u32, u64>) -> Result<Reply<u64>, Refused> {
        *self.0.requests.lock() += 1;
        let refused = self.0.refuses.contains(&request.value);
        if !refused && self.0.answers != Answers::Never {
            self.0.values.lock().insert(request.key, request.value);
        }
        match self.0.answers {
            Answers::AtOnce => tokio::task::yield_now().await,
            Answers::Scripted => {
                let (sender, answered) = oneshot::channel();
                self.0.waiting.lock().push((request.value, sender));
                answered.await.expect("the script answers before it ends");
            }
            Answers::Never => pending().await,
        }
        if refused { Err(Refused) } else { Ok(Reply::accepted()) }
    }

    fn error_kind(&self, _: &Refused) -> ErrorKind {
        ErrorKind::Refused
    }
}

/// A store kept in step with a server, with exact rollback. Build it within a runtime.
///
/// # Panics
///
/// Never: its settings are constants.
#[must_use]
pub fn likes(answers: Answers, keys: u32, refuses: Vec<u64>) -> (Likes, Sync, Arc<Server>) {
    let server = Arc::new(Server {
        answers,
        values: Mutex::default(),
        requests: Mutex::new(0),
        refuses,
        waiting: Mutex::default(),
    });
    let sync = OptimisticSyncMiddleware::builder(Like(Arc::clone(&server)))
        .roll_back_on_failure()
        .build()
        .expect("settings that agree");
    let reduce = |posts: &Posts, action| {
        let (Action::Tap(post, value) | Action::Is(post, value)) = action;
        posts.update(post, value)
    };
    let posts = (0..keys).map(|post| (post, 0)).collect();
    (Store::builder(posts, reduce).middleware(sync.clone()).build(), sync, server)
}
