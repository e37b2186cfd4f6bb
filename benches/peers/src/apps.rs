//! The apps: a counter, whose cost is the store's, and a map whose cost is the update's.

use crate::{Setup, State};
use foregone_benches::Posts;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

/// Entries of the map.
pub const LARGE: u32 = 100_000;

impl State for u64 {
    fn first() -> Self {
        0
    }

    fn applied(&self) -> u64 {
        *self
    }
}

/// Counts.
#[must_use]
pub fn counter(middlewares: usize, subscribers: usize, threads: bool) -> Setup<u64, u64> {
    Setup {
        reduce: |count, by| count + by,
        edit: |count, by| *count += by,
        action: |_| 1,
        middlewares,
        seen: (0..subscribers).map(|_| AtomicU64::new(0)).collect(),
        threads,
    }
}

/// Many posts in a persistent map. The counter comes first: whoever compares two states is done with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Large {
    applied: u64,
    posts: Posts,
}

impl State for Large {
    fn first() -> Self {
        Self { applied: 0, posts: (0..LARGE).map(|post| (post, false)).collect() }
    }

    fn applied(&self) -> u64 {
        self.applied
    }
}

/// Changes one post at a time, all over the map.
#[must_use]
pub fn large_map() -> Setup<Large, (u32, bool)> {
    Setup {
        reduce: |state, (post, liked)| Large { applied: state.applied + 1, posts: state.posts.update(post, liked) },
        edit: |state, (post, liked)| {
            state.applied += 1;
            state.posts.insert(post, liked);
        },
        action: |n| {
            let post = u32::try_from(n * 7919 % u64::from(LARGE)).unwrap_or(0);
            // Always another value than before: setting the same one again is a shortcut in some stores.
            (post, n / u64::from(LARGE) % 2 == 0)
        },
        middlewares: 0,
        seen: Arc::default(),
        threads: false,
    }
}
