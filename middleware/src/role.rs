//! Which middlewares go together.

use std::fmt;

/// What a middleware does to which kind of action. A store refuses a chain in which two of the same kind cannot work
/// together.
///
/// The kind is a name that you choose, "search" say, and give to every middleware that tags the same actions. Of one
/// kind, from the outermost to the innermost:
///
/// 1. [`Shape`](Stage::Shape): at most one of `Debounce` and `Throttle`, so that what is left out never gets further;
/// 2. [`Connect`](Stage::Connect): `Online`;
/// 3. [`Skip`](Stage::Skip): `Fresh`;
/// 4. [`Admit`](Stage::Admit): at most one of `NonReentrant` and `Sequential`;
/// 5. [`Retry`](Stage::Retry): innermost, or it would try again what was left out on purpose;
/// - [`Limit`](Stage::Limit): `Timeout`, anywhere: outside of a retry it is for all attempts, inside for each;
/// - [`Repeat`](Stage::Repeat): at most one `Poll`, anywhere, since what it dispatches comes by all of them;
/// - [`Apply`](Stage::Apply): `OptimisticSyncMiddleware` and `OptimisticCommandMiddleware` stand alone: they coalesce,
///   queue and retry requests themselves, and an action that is held back or repeated around them would be shown late
///   or applied twice.
///
/// ```
/// use foregone_middleware::{Role, RoleError, Stage};
///
/// let debounce = Role::new("Debounce", "search", Stage::Shape);
/// let retry = Role::new("Retry", "search", Stage::Retry);
/// assert!(Role::check([debounce, retry]).is_ok());
/// assert!(matches!(Role::check([retry, debounce]), Err(RoleError::Order { .. })));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Role {
    name: &'static str,
    kind: &'static str,
    stage: Stage,
}

/// What a middleware does to an action, in the order in which they have to stand, outermost first; where
/// a repeat and a limit stand does not matter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Stage {
    /// Dispatches again and again.
    Repeat,
    /// Decides by the time between actions which of them count.
    Shape,
    /// Waits for a connection.
    Connect,
    /// Leaves out what is not needed yet.
    Skip,
    /// Decides whether, and when, an action may begin while another is under way.
    Admit,
    /// Tries again what failed.
    Retry,
    /// Puts a limit to how long it takes.
    Limit,
    /// Applies it before the server has agreed.
    Apply,
}

impl Role {
    /// The middleware `name` does `stage` to actions of this kind.
    #[must_use]
    pub const fn new(name: &'static str, kind: &'static str, stage: Stage) -> Self {
        Self { name, kind, stage }
    }

    /// Whether these go together, from the outermost to the innermost. A store calls this when it is built.
    ///
    /// # Errors
    ///
    /// For the first two that do not.
    pub fn check(roles: impl IntoIterator<Item = Self>) -> Result<(), RoleError> {
        let mut outer: Vec<Self> = Vec::new();
        for role in roles {
            for before in outer.iter().filter(|before| before.kind == role.kind) {
                before.check_inside(role)?;
            }
            outer.push(role);
        }
        Ok(())
    }

    fn check_inside(self, inner: Self) -> Result<(), RoleError> {
        let (kind, outer, inner_name) = (self.kind, self.name, inner.name);
        match (self.stage, inner.stage) {
            (Stage::Apply, _) | (_, Stage::Apply) => Err(RoleError::Alone { kind, outer, inner: inner_name }),
            (Stage::Limit, _) | (_, Stage::Limit) => Ok(()),
            (before, after) if before == after => Err(RoleError::Twice { kind, outer, inner: inner_name }),
            (Stage::Repeat, _) | (_, Stage::Repeat) => Ok(()),
            (before, after) if before > after => Err(RoleError::Order { kind, outer, inner: inner_name }),
            _ => Ok(()),
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of {:?}", self.name, self.kind)
    }
}

/// Two middlewares of one kind that cannot work together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RoleError {
    /// Both decide the same.
    #[error("{kind:?}: {outer} and {inner} decide the same: keep one of them")]
    Twice {
        /// The kind of action.
        kind: &'static str,
        /// The one further out.
        outer: &'static str,
        /// The one further in.
        inner: &'static str,
    },
    /// They are in the wrong order.
    #[error("{kind:?}: {inner} has to stand outside of {outer}: add it before")]
    Order {
        /// The kind of action.
        kind: &'static str,
        /// The one further out.
        outer: &'static str,
        /// The one further in.
        inner: &'static str,
    },
    /// One of them applies an action at once and cares for its request itself.
    #[error("{kind:?}: {outer} and {inner} cannot tag the same actions: an optimistic middleware stands alone")]
    Alone {
        /// The kind of action.
        kind: &'static str,
        /// The one further out.
        outer: &'static str,
        /// The one further in.
        inner: &'static str,
    },
}
