//! The app the project is for: posts that can be liked.

use foregone::middleware::{OptimisticSync, OptimisticSyncMiddleware, Reply, Request};
use foregone::{Store, im};
use std::convert::Infallible;
use std::future::pending;
use std::hash::{BuildHasherDefault, DefaultHasher};
use tokio::runtime::{Builder, Runtime};

/// Which posts are liked. Hashed without a random seed, so that two maps of the same posts have the same shape.
pub type Posts = im::GenericHashMap<u32, bool, BuildHasherDefault<DefaultHasher>, im::shared_ptr::DefaultSharedPtr>;

/// A store of them.
pub type Likes = Store<Posts, Action>;

/// What can happen.
#[derive(Debug, Clone, Copy)]
pub enum Action {
    /// The user's wish.
    Like(u32, bool),
    /// The server's word.
    LikeIs(u32, bool),
}

/// The reducer.
#[must_use]
pub fn liking(posts: &Posts, action: Action) -> Posts {
    let (Action::Like(post, liked) | Action::LikeIs(post, liked)) = action;
    posts.update(post, liked)
}

/// What becomes of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Server {
    /// It is accepted, one turn of the executor later.
    Accepts,
    /// It stays in flight.
    Hangs,
}

/// The spec of the sync.
#[derive(Debug)]
pub struct Like(pub Server);

impl OptimisticSync<Posts, Action> for Like {
    type Key = u32;
    type Value = bool;
    type Error = Infallible;

    fn key(&self, action: &Action) -> Option<u32> {
        match action {
            Action::Like(post, _) => Some(*post),
            Action::LikeIs(..) => None,
        }
    }

    fn value(&self, posts: &Posts, post: &u32) -> bool {
        posts.get(post).copied().unwrap_or(false)
    }

    fn set(&self, post: &u32, liked: bool) -> Action {
        Action::LikeIs(*post, liked)
    }

    async fn send(&self, _request: Request<u32, bool>) -> Result<Reply<bool>, Infallible> {
        match self.0 {
            Server::Accepts => tokio::task::yield_now().await,
            Server::Hangs => pending().await,
        }
        Ok(Reply::accepted())
    }
}

/// A store of this many posts, none of them liked, kept in step with `server`. Build it within a runtime.
#[must_use]
pub fn likes(posts: u32, server: Server) -> (Likes, OptimisticSyncMiddleware<Posts, Action, Like>) {
    let sync = OptimisticSyncMiddleware::new(Like(server));
    let store = Store::builder(unliked(posts), liking).middleware(sync.clone()).build();
    (store, sync)
}

/// This many posts, none of them liked.
pub(crate) fn unliked(posts: u32) -> Posts {
    (0..posts).map(|post| (post, false)).collect()
}

/// One thread, which runs nothing unless it is entered.
///
/// # Panics
///
/// If the system has no timer.
#[must_use]
pub fn runtime() -> Runtime {
    Builder::new_current_thread().enable_time().build().expect("the system gives a timer")
}
