//! What one dispatch set going, and how it ends.

use crate::outcome::{Failure, FailureKind, Outcome};
use crate::platform::MaybeSend;
use crate::store_api::StoreApi;
use std::fmt;
use std::future::{Future, IntoFuture};
use std::pin::Pin;
use std::task::{Context, Poll};
use tokio::sync::oneshot;

type Settled = Result<Outcome, Failure>;

/// The outcome-to-be of one dispatch.
///
/// Free to ignore: the effects run all the same (which is why it is not itself a `Future`: those must be used). `.await`
/// it, or pass `completion.into_future()` to what wants a future, such as `tokio::spawn`. Awaiting it gives exactly one outcome. It allocates nothing where
/// no middleware started an effect.
///
/// To wait for many: `join_all(completions.into_iter().map(IntoFuture::into_future))`, with `futures_util::future::join_all`.
///
/// A dispatch that several middlewares took up has ended when all of them have: the first failure in the order of
/// the chain is its outcome, else the greatest [`Outcome`].
///
/// # Cancel safety
///
/// Dropping a completion, or the future made of it, cancels nothing: it only stops listening.
///
/// ```
/// use foregone_middleware::{Completion, Outcome};
///
/// # pollster::block_on(async {
/// let (resolver, completion) = Completion::pending();
/// resolver.resolve(Ok(Outcome::Confirmed));
/// assert_eq!(completion.join(Completion::applied()).await.unwrap(), Outcome::Confirmed);
/// # });
/// ```
pub struct Completion(Inner);

/// Two words, which every middleware of a chain hands on in registers.
enum Inner {
    Applied,
    Ended(Box<Settled>),
    Pending(oneshot::Receiver<Settled>),
    #[expect(clippy::box_collection, reason = "a vector is three words, and rare")]
    Joined(Box<Vec<Inner>>),
}

impl Completion {
    /// Nothing was set going.
    #[must_use]
    pub const fn applied() -> Self {
        Self(Inner::Applied)
    }

    /// It has failed already.
    #[must_use]
    pub fn failed(failure: Failure) -> Self {
        Self::ended(Err(failure))
    }

    pub(crate) fn ended(outcome: Settled) -> Self {
        Self(Inner::Ended(Box::new(outcome)))
    }

    /// Whether nothing was set going.
    pub(crate) fn is_applied(&self) -> bool {
        matches!(self.0, Inner::Applied)
    }

    /// Something was set going; whoever holds the [`Resolver`] says how it ended.
    #[must_use]
    pub fn pending() -> (Resolver, Self) {
        let (sender, receiver) = oneshot::channel();
        (Resolver(sender), Self(Inner::Pending(receiver)))
    }

    /// The failure, where it is known already that the dispatch has failed: what happens if a middleware further in
    /// withheld the action. So, too, where another has joined that with something it set going itself.
    #[must_use]
    pub fn failure(&self) -> Option<&Failure> {
        self.0.failure()
    }

    /// Whether the outcome is still open.
    pub(crate) fn is_pending(&self) -> bool {
        matches!(self.0, Inner::Pending(_) | Inner::Joined(_))
    }

    /// Calls `ended` once the outcome is known, at once if it is known already, and passes the outcome on after that.
    ///
    /// If the store is dropped before, `ended` is dropped without a call.
    #[must_use]
    pub fn inspect<S, A>(
        self,
        store: &dyn StoreApi<S, A>,
        ended: impl FnOnce(&Result<Outcome, Failure>) + MaybeSend + 'static,
    ) -> Self {
        match &self.0 {
            Inner::Applied => ended(&Ok(Outcome::Applied)),
            Inner::Ended(settled) => ended(settled),
            Inner::Pending(_) | Inner::Joined(_) => {
                let (resolver, completion) = Self::pending();
                store.spawn(Box::pin(async move {
                    let outcome = self.await;
                    ended(&outcome);
                    resolver.resolve(outcome);
                }));
                return completion;
            }
        }
        self
    }

    /// Ends when both have ended.
    #[must_use]
    pub fn join(self, other: Self) -> Self {
        match (self.0, other.0) {
            (Inner::Applied, only) | (only, Inner::Applied) => Self(only),
            (Inner::Joined(mut parts), Inner::Joined(more)) => {
                parts.extend(*more);
                Self(Inner::Joined(parts))
            }
            (Inner::Joined(mut parts), one) => {
                parts.push(one);
                Self(Inner::Joined(parts))
            }
            (one, Inner::Joined(mut parts)) => {
                parts.insert(0, one);
                Self(Inner::Joined(parts))
            }
            (one, other) => Self(Inner::Joined(Box::new(vec![one, other]))),
        }
    }
}

impl IntoFuture for Completion {
    type Output = Result<Outcome, Failure>;
    type IntoFuture = CompletionFuture;

    fn into_future(self) -> CompletionFuture {
        CompletionFuture(self.0)
    }
}

impl fmt::Debug for Completion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Resolves to the outcome of a [`Completion`].
///
/// # Errors
///
/// A [`Failure`] where a middleware reported one, or where it ended without a word ([`Abandoned`]).
pub struct CompletionFuture(Inner);

impl Future for CompletionFuture {
    type Output = Result<Outcome, Failure>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Settled> {
        self.0.poll(cx)
    }
}

impl fmt::Debug for CompletionFuture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Inner {
    fn failure(&self) -> Option<&Failure> {
        match self {
            Self::Ended(settled) => settled.as_ref().as_ref().err(),
            Self::Joined(parts) => parts.iter().find_map(Self::failure),
            Self::Applied | Self::Pending(_) => None,
        }
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Settled> {
        let settled = match self {
            Self::Applied => return Poll::Ready(Ok(Outcome::Applied)),
            Self::Ended(settled) => return Poll::Ready(Settled::clone(settled)),
            Self::Pending(receiver) => match Pin::new(receiver).poll(cx) {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(Ok(settled)) => settled,
                Poll::Ready(Err(_)) => Err(Failure::new(FailureKind::Unknown, Abandoned)),
            },
            Self::Joined(parts) => {
                // From the end, one at a time: what has ended is folded into one, and looked at once only.
                let mut joined = Ok(Outcome::Applied);
                while let Some(mut part) = parts.pop() {
                    let Poll::Ready(settled) = part.poll(cx) else {
                        parts.extend([part, Self::Ended(Box::new(joined))]);
                        return Poll::Pending;
                    };
                    joined = settled.and_then(|outcome| joined.map(|joined| joined.max(outcome)));
                }
                joined
            }
        };
        *self = Self::Ended(Box::new(settled.clone()));
        Poll::Ready(settled)
    }
}

impl fmt::Debug for Inner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Applied => f.debug_tuple("Completion").field(&Settled::Ok(Outcome::Applied)).finish(),
            Self::Ended(settled) => f.debug_tuple("Completion").field(settled).finish(),
            Self::Pending(_) => f.write_str("Completion(pending)"),
            Self::Joined(parts) => f.debug_list().entries(parts.iter()).finish(),
        }
    }
}

/// Says how a pending [`Completion`] ended.
///
/// One that is dropped unused ends its completion as [unknown](FailureKind::Unknown), with [`Abandoned`] as the
/// error: no dispatch waits for ever.
#[derive(Debug)]
pub struct Resolver(oneshot::Sender<Settled>);

impl Resolver {
    /// Ends the completion. Nobody needs to be listening.
    pub fn resolve(self, outcome: Result<Outcome, Failure>) {
        // The receiver is gone when the caller ignored the completion, which it is free to do.
        let _ = self.0.send(outcome);
    }

    /// Ends the completion as `other` does, once that has ended.
    pub(crate) fn follow<S, A>(self, other: Completion, store: &dyn StoreApi<S, A>) {
        drop(other.inspect(store, |outcome| self.resolve(outcome.clone())));
    }
}

/// The store, or the middleware that had taken the action up, went away before it knew the outcome.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the store was dropped before the outcome was known")]
pub struct Abandoned;
