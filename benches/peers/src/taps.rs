//! A burst of taps, and foregone's own.

use crate::likes::{Action, Answers, likes};
use crate::{Cost, cost};
use foregone_benches::runtime;
use serde::{Deserialize, Serialize};

/// Taps of a burst.
pub const TAPS: u32 = 100_000;
/// Keys that are tapped in turn.
pub const KEYS: u32 = 1_000;

/// What a burst of taps took.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Burst {
    /// The library.
    pub name: String,
    /// Per tap, all requests and their answers included.
    pub cost: Cost,
    /// How many taps there were.
    pub taps: u64,
    /// Requests that write.
    pub writes: u64,
    /// Requests that read.
    pub reads: u64,
}

/// All taps of the burst within one turn of the executor, then everything that follows, as in the JavaScript peers.
///
/// # Panics
///
/// If a tap was lost.
#[must_use]
pub fn burst() -> Burst {
    let runtime = runtime();
    let entered = runtime.enter();
    let (store, sync, server) = likes(Answers::AtOnce, KEYS, Vec::new());
    drop(entered);
    let cost = cost(u64::from(TAPS), || {
        runtime.block_on(async {
            for n in 0..TAPS {
                store.dispatch(Action::Tap(n % KEYS, 1 + u64::from(n / KEYS)));
            }
            sync.flush().await;
        });
    });
    let last = u64::from(TAPS / KEYS);
    assert!((0..KEYS).all(|post| store.state()[&post] == last), "a tap was lost on the screen");
    assert_eq!(*server.values.lock(), *store.state(), "a tap was lost on the way to the server");
    let writes = *server.requests.lock();
    Burst { name: "foregone".into(), cost, taps: u64::from(TAPS), writes, reads: 0 }
}
