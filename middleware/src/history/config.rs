//! What a history is told of the app.

use crate::key::Tag;
use crate::platform::{MaybeSend, MaybeSync};
use std::fmt;
use std::time::Duration;

/// How the part of the state that has a history is read, and the action that writes it.
pub(super) trait Part<S, A, T>: MaybeSend + MaybeSync {
    fn select(&self, state: &S) -> T;
    fn restore(&self, value: T) -> A;
}

impl<S, A, T, F, R> Part<S, A, T> for (F, R)
where
    F: Fn(&S) -> T + MaybeSend + MaybeSync,
    R: Fn(T) -> A + MaybeSend + MaybeSync,
{
    fn select(&self, state: &S) -> T {
        self.0(state)
    }

    fn restore(&self, value: T) -> A {
        self.1(value)
    }
}

/// `Fn(&T, &T, &T) -> T`, with the bounds of the platform.
pub(super) trait Merge<T>: MaybeSend + MaybeSync {
    fn merge(&self, from: &T, to: &T, now: &T) -> T;
}

impl<T, F: Fn(&T, &T, &T) -> T + MaybeSend + MaybeSync> Merge<T> for F {
    fn merge(&self, from: &T, to: &T, now: &T) -> T {
        self(from, to, now)
    }
}

pub(super) struct Config<S, A, T> {
    pub(super) part: Box<dyn Part<S, A, T>>,
    pub(super) record: Box<dyn Tag<A, ()>>,
    pub(super) merge: Option<Box<dyn Merge<T>>>,
    pub(super) pause: Option<Duration>,
    pub(super) cap: usize,
}

impl<S, A, T> Config<S, A, T> {
    pub(super) fn fmt_as(&self, name: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct(name).field("pause", &self.pause).field("cap", &self.cap).finish_non_exhaustive()
    }
}
