//! What tells apart the targets of one kind of action.

use crate::platform::{MaybeSend, MaybeSync};
use std::fmt::Debug;
use std::hash::Hash;

/// What tells apart the targets of one kind of action: `PostId`, `(List, Page)`, `()` if there is only one. Every type
/// that can be one is one.
///
/// Its `Clone`, `Eq`, `Hash` and `Drop` run under a lock: they must neither panic nor use a store.
pub trait Key: Clone + Eq + Hash + Debug + MaybeSend + MaybeSync + 'static {}

impl<K: Clone + Eq + Hash + Debug + MaybeSend + MaybeSync + 'static> Key for K {}

/// `Fn(&A) -> Option<K>`, with the bounds of the platform: which actions are tagged, and whose they are.
pub(crate) trait Tag<A, K>: MaybeSend + MaybeSync {
    fn key(&self, action: &A) -> Option<K>;
}

impl<A, K, F: Fn(&A) -> Option<K> + MaybeSend + MaybeSync> Tag<A, K> for F {
    fn key(&self, action: &A) -> Option<K> {
        self(action)
    }
}
