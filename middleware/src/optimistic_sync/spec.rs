//! What a user says about one kind of value: the trait to implement.

use super::device::DeviceId;
use super::error::SyncError;
use super::lane::{Server, differ};
use super::reply::Reply;
use crate::outcome::FailureKind;
use crate::platform::{MaybeSend, MaybeSync};
use std::error::Error;
use std::fmt::Debug;
use std::future::Future;
use std::hash::Hash;
use std::sync::Arc;

/// A value that the user changes at will and the server has to catch up with: a like, a switch, a slider.
///
/// Your own reducer applies the optimistic value when it meets the action that [`key`](Self::key) tags. Whatever else
/// is written to the state is an ordinary action, made by [`set`](Self::set) and dispatched through the whole chain.
///
/// Five items are required. `send` may be written as an `async fn`.
///
/// ```
/// use foregone_middleware::{OptimisticSync, Reply, Request};
/// use std::collections::HashSet;
///
/// type PostId = u32;
/// #[derive(Clone, Default)]
/// struct State { liked: HashSet<PostId> }
/// enum Action { ToggleLike(PostId), LikeIs(PostId, bool) }
///
/// struct Like { api: Api }
///
/// impl OptimisticSync<State, Action> for Like {
///     type Key = PostId;
///     type Value = bool;
///     type Error = ApiError;
///
///     fn key(&self, action: &Action) -> Option<PostId> {
///         match action {
///             Action::ToggleLike(post) => Some(*post),
///             Action::LikeIs(..) => None,
///         }
///     }
///     fn value(&self, state: &State, post: &PostId) -> bool {
///         state.liked.contains(post)
///     }
///     fn set(&self, post: &PostId, liked: bool) -> Action {
///         Action::LikeIs(*post, liked)
///     }
///     async fn send(&self, request: Request<PostId, bool>) -> Result<Reply<bool>, ApiError> {
///         let liked = self.api.set_liked(request.key, request.value).await?;
///         Ok(Reply::value(liked))
///     }
/// }
/// # struct Api;
/// # #[derive(Debug, thiserror::Error)] #[error("api")] struct ApiError;
/// # impl Api { async fn set_liked(&self, _: PostId, liked: bool) -> Result<bool, ApiError> { Ok(liked) } }
/// ```
///
/// A spec must not own a store or a clone of its middleware: they would keep each other alive.
///
/// # Panics
///
/// A panic in `key`, or in `value` while an action is dispatched, reaches the caller of `dispatch`. A panic in any
/// function after that fails the key's dispatch with [`SyncError::Panicked`], and nothing else; in `on_finish`, it is
/// reported as a `tracing` error. `Clone`, `Eq`, `Hash`, `PartialEq` and `Drop` of key and value run under a lock: they
/// must neither panic nor use the middleware or its store.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not say how to sync a value of state `{S}`, changed by action `{A}`",
    note = "implement `OptimisticSync<{S}, {A}>` for it"
)]
pub trait OptimisticSync<S, A>: MaybeSend + MaybeSync + 'static {
    /// Tells apart what is synced independently: `PostId`, `(Kind, ItemId)`, `()` for a single switch.
    type Key: Clone + Eq + Hash + Debug + MaybeSend + MaybeSync + 'static;

    /// What is synced. Compared to see whether a follow-up is needed: a value not equal to itself (NaN) counts as
    /// equal to its like.
    type Value: Clone + PartialEq + MaybeSend + 'static;

    /// What [`send`](Self::send) fails with. `anyhow::Error`, `Box<dyn Error>` and `String` are no errors themselves:
    /// wrap them in a type of your own.
    type Error: Error + MaybeSend + MaybeSync + 'static;

    /// The tag: which value does this action change? `None` for an action that changes none.
    ///
    /// A tagged action that finds its key at rest always makes a request, also when it changes nothing: the screen may
    /// be wrong about what the server holds.
    ///
    /// Several kinds of action may share a key.
    fn key(&self, action: &A) -> Option<Self::Key>;

    /// What the state says the value is: read before a tap, after it, and when an answer has come. Also of a key that the
    /// state does not have yet.
    fn value(&self, state: &S, key: &Self::Key) -> Self::Value;

    /// The action that makes it so, for the server's answer, a rollback, a reload: it changes this key's value and
    /// nothing else.
    ///
    /// Best untagged. Tagged with `key`, it is not sent when it is this middleware that dispatches it; tagged with
    /// another key, or by another spec, it counts as a tap there.
    fn set(&self, key: &Self::Key, value: Self::Value) -> A;

    /// Tells the server. At most one runs per key; at its deadline the future is dropped, without a word to it.
    ///
    /// It must not block its thread: others would wait, and its deadline could not pass. A blocking client belongs into
    /// `tokio::task::spawn_blocking`.
    ///
    /// On a runtime with several threads it may begin before the subscribers have been told of the tap.
    ///
    /// # Errors
    ///
    /// Whatever [`error_kind`](Self::error_kind) can tell apart.
    fn send(
        &self,
        request: Request<Self::Key, Self::Value>,
    ) -> impl Future<Output = Result<Reply<Self::Value>, Self::Error>> + MaybeSend;

    /// How the server works, and so what can be promised: [plain](Server::Plain) unless you say otherwise. Asked once,
    /// when the middleware is made.
    fn server(&self) -> Server {
        Server::Plain
    }

    /// Tells a server that keeps [marks](Server#what-a-server-that-keeps-marks-does) that nothing of this device up to a
    /// number may take effect any more. Called only where [`server`](Self::server) says that it keeps them, and there it
    /// is needed: without it, a key whose request got no answer fails with [`ReplyError::NoFence`](super::ReplyError).
    ///
    /// It is what [`cancel`](super::OptimisticSyncMiddleware::cancel) becomes once something was sent, and what follows
    /// when a request has failed for good and may have arrived, or may yet. It is sent again, after pauses of 1 s up to
    /// 64 s, until it is answered, a newer dispatch takes its place, or the middleware is cleared. If it is
    /// [refused](ErrorKind::Refused), or panics, the doubt remains.
    ///
    /// # Errors
    ///
    /// As those of [`send`](Self::send).
    fn fence(
        &self,
        fence: Fence<Self::Key>,
    ) -> impl Future<Output = Result<Reply<Self::Value>, Self::Error>> + MaybeSend {
        drop(fence);
        async { Ok(Reply::no_fence()) }
    }

    /// What an error says. Everything is [`ErrorKind::Unknown`] unless you know better.
    fn error_kind(&self, error: &Self::Error) -> ErrorKind {
        let _ = error;
        ErrorKind::Unknown
    }

    /// Asked after each answered request: is another one needed? By default, if the state has come to want something
    /// else meanwhile than what was sent; and with a server that keeps marks or revisions, if anything newer is wanted at
    /// all, since others may have written between.
    ///
    /// A newer dispatch that it keeps from being sent ends as [`Cancelled`](crate::FailureKind::Cancelled), and the
    /// server's value is shown. Whatever it says, the [limit of follow-ups](super::OptimisticSyncBuilder::follow_up_limit) holds.
    fn should_send_another(&self, follow_up: &FollowUp<Self::Value>) -> bool {
        follow_up.is_newer && (follow_up.by_number || differ(&follow_up.wanted, &follow_up.sent))
    }

    /// Runs once whenever a key has come to rest, after it was released: on success when the state is stable, on
    /// failure at once. The action it returns is dispatched; if a newer intent is under way by then, its value is
    /// shown again right after that action.
    ///
    /// Nothing waits for it but [`flush`](super::OptimisticSyncMiddleware::flush). It has the deadline of a request.
    fn on_finish(
        &self,
        finish: Finish<Self::Key, Self::Value, Self::Error>,
    ) -> impl Future<Output = Option<A>> + MaybeSend {
        drop(finish);
        async { None }
    }
}

/// What an error of `send` says about the server. Over HTTP, usually: 4xx is refused, but for 408 and 429; those, 502, 503
/// and 504 are transient; anything else is unknown.
///
/// A [`Thunk`](crate::Thunk) says the same of its own requests by the [`FailureKind`] that this turns into.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// A definite no to this request: the value is not in effect and will not be. Never retried. The dispatch ends as
    /// [`Rejected`](crate::FailureKind::Rejected), unless an earlier attempt at it failed in a way that leaves doubt.
    Refused,
    /// Worth another try. Retried if a back-off is set. Without one, or when the attempts are used up, the dispatch ends
    /// as [`Unknown`](crate::FailureKind::Unknown): an attempt may have worked.
    Transient,
    /// It may have worked: connection lost, no answer. As [`Transient`](Self::Transient).
    Unknown,
}

/// What a dispatch comes to if its only attempt failed so, and there is no other.
impl From<ErrorKind> for FailureKind {
    fn from(kind: ErrorKind) -> Self {
        match kind {
            ErrorKind::Refused => Self::Rejected,
            ErrorKind::Transient | ErrorKind::Unknown => Self::Unknown,
        }
    }
}

/// One request to the server.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Request<K, V> {
    /// Whose value.
    pub key: K,
    /// The newest value when the request was made: the server is to hold this one.
    pub value: V,
    /// The intent's number: higher than all before it from this middleware, with gaps. A server that keeps the highest one it
    /// has seen per key and device can refuse a request that arrives late.
    pub number: u64,
    /// Who sends it.
    pub device: DeviceId,
    /// Which attempt at this intent it is, from 1.
    pub attempt: u32,
    /// The revision of the value that the server was last known to hold; 0 if it has not said one yet. For a server
    /// that [compares](Server::Compare).
    pub revision: u64,
}

/// A request to let nothing of this device up to `number` take effect any more. See [`OptimisticSync::fence`].
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Fence<K> {
    /// Whose value.
    pub key: K,
    /// Up to and including this one.
    pub number: u64,
    /// Who sends it.
    pub device: DeviceId,
    /// Which attempt it is, those at the value that it follows included; from 1.
    pub attempt: u32,
}

/// What [`OptimisticSync::should_send_another`] decides by.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct FollowUp<V> {
    /// What the state wants now.
    pub wanted: V,
    /// What the server has just accepted.
    pub sent: V,
    /// Whether `wanted` was dispatched, or came into the state, after `sent` went out.
    pub is_newer: bool,
    /// How many follow-ups were sent since the last dispatch.
    pub follow_ups: u32,
    /// Whether the server says which number its answer is about, so that a newer wish is sent though it came back to the
    /// same value.
    pub by_number: bool,
}

/// How a key came to rest.
#[derive(Debug)]
#[non_exhaustive]
pub struct Finish<K, V, E: Error + 'static> {
    /// Whose value.
    pub key: K,
    /// The optimistic value of the dispatch that found the key at rest.
    pub first: V,
    /// The value that was sent last: the one that failed, if there is an error.
    pub last: V,
    /// The value the server was last known to hold.
    pub confirmed: V,
    /// Why it failed, if it did.
    pub error: Option<Arc<SyncError<E>>>,
    /// Dispatches since the key was last at rest.
    pub taps: u32,
    /// Requests made for them. All but the first are retries and follow-ups.
    pub requests: u32,
    /// Requests that were made after a pause, because the one before had failed.
    pub retries: u32,
    /// Dispatches whose value was never sent, since a newer one took their place or it came back to what was sent.
    pub coalesced: u32,
}
