//! Counts allocations, of all threads. A program of its own: counting costs time, which others measure.

use foregone_benches::runtime;
use foregone_peers::{Answers, Counted, InFlight, LikeAction as Action, candidates, counter, likes};
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};
use std::alloc::System;
use std::future::pending;
use std::time::Duration;

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

const TIMES: u64 = 10_000;
const KEYS: u32 = 100_000;

#[expect(clippy::cast_precision_loss, reason = "a count has fewer digits than that")]
fn main() {
    let stores = candidates::<u64, u64>();
    let per_dispatch = stores.iter().map(|candidate| {
        let peer = (candidate.build)(counter(0, 0, false));
        peer.dispatch(0..TIMES);
        peer.settle(&|count| *count == TIMES);
        let region = Region::new(ALLOCATOR);
        peer.dispatch(TIMES..2 * TIMES);
        peer.settle(&|count| *count == 2 * TIMES);
        let allocations = region.change().allocations;
        (candidate.name.to_owned(), allocations as f64 / TIMES as f64)
    });
    let per_dispatch = per_dispatch.collect();
    let counted =
        Counted { per_dispatch, in_flight: in_flight(), bare_in_flight: bare_in_flight(), at_rest: at_rest() };
    println!("{}", serde_json::to_string(&counted).expect("numbers and names"));
}

fn in_flight() -> InFlight {
    let runtime = runtime();
    let entered = runtime.enter();
    let (store, sync, server) = likes(Answers::Never, KEYS, Vec::new());
    drop(entered);
    let region = Region::new(ALLOCATOR);
    runtime.block_on(async {
        (0..KEYS).for_each(|post| drop(store.dispatch(Action::Tap(post, 1))));
        while *server.requests.lock() < u64::from(KEYS) {
            tokio::task::yield_now().await;
        }
    });
    let bytes = kept(&region);
    assert_eq!(sync.statuses().snapshot().len(), KEYS as usize, "all of them are in flight");
    InFlight { name: "foregone".into(), bytes, keys: u64::from(KEYS) }
}

/// What an app cannot do without that sends a request for each key from a task, with a deadline, and is told how it ended.
fn bare_in_flight() -> InFlight {
    let runtime = runtime();
    let region = Region::new(ALLOCATOR);
    let tasks: Vec<_> = (0..KEYS)
        .map(|_| {
            runtime.spawn(async {
                let _ = tokio::time::timeout(Duration::from_secs(30), pending::<()>()).await;
            })
        })
        .collect();
    runtime.block_on(tokio::task::yield_now());
    let bytes = kept(&region);
    assert!(tasks.iter().all(|task| !task.is_finished()), "all of them are in flight");
    InFlight { name: "a bare task with a timer".into(), bytes, keys: u64::from(KEYS) }
}

/// The same when all have been answered. What the executor keeps of its queue is counted as well.
fn at_rest() -> f64 {
    let runtime = runtime();
    let entered = runtime.enter();
    let (store, sync, _server) = likes(Answers::AtOnce, KEYS, Vec::new());
    drop(entered);
    let tap = |value| {
        runtime.block_on(async {
            (0..KEYS).for_each(|post| drop(store.dispatch(Action::Tap(post, value))));
            sync.flush().await;
        });
    };
    // What grows to its size once, such as the server's own map, is there before the second time.
    tap(1);
    let region = Region::new(ALLOCATOR);
    tap(2);
    assert!(sync.statuses().all_idle(), "none of them is in flight");
    kept(&region)
}

#[expect(clippy::cast_precision_loss, reason = "a count has fewer digits than that")]
fn kept(region: &Region<'_, System>) -> f64 {
    let change = region.change();
    (change.bytes_allocated as f64 - change.bytes_deallocated as f64) / f64::from(KEYS)
}
