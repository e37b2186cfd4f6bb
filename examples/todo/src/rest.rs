//! Waiting for a key to have nothing to do.

use foregone::middleware::{Key, Statuses};

/// Ends when nothing is under way for this key.
pub(crate) async fn at_rest<K: Key, E: Clone>(statuses: &Statuses<K, E>, key: &K) {
    let mut statuses = statuses.watch();
    while let Some(statuses) = statuses.next().await {
        if !statuses.get(key).is_some_and(|status| status.is_waiting()) {
            return;
        }
    }
}
