//! A hundred moves of a slider, a few requests: the first at once, each other when the one before was answered.
//!
//! `cargo run --example slider`

use foregone::Store;
use foregone::middleware::{OptimisticSync, OptimisticSyncMiddleware, Reply, Request};
use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::time::Duration;

/// The whole action: the slider was moved, or set, to this.
struct Volume(u8);

struct Slider {
    requests: Arc<AtomicU32>,
}

impl OptimisticSync<u8, Volume> for Slider {
    type Key = ();
    type Value = u8;
    type Error = Infallible;

    fn key(&self, Volume(_): &Volume) -> Option<()> {
        Some(())
    }

    fn value(&self, volume: &u8, (): &()) -> u8 {
        *volume
    }

    fn set(&self, (): &(), volume: u8) -> Volume {
        Volume(volume)
    }

    async fn send(&self, request: Request<(), u8>) -> Result<Reply<u8>, Infallible> {
        self.requests.fetch_add(1, Relaxed);
        println!("request: volume {}", request.value);
        tokio::time::sleep(Duration::from_millis(300)).await;
        Ok(Reply::accepted())
    }
}

#[tokio::main]
async fn main() {
    let requests = Arc::new(AtomicU32::new(0));
    let sync = OptimisticSyncMiddleware::new(Slider { requests: Arc::clone(&requests) });
    let store = Store::builder(0, |_: &u8, Volume(volume)| volume.min(100)).middleware(sync.clone()).build();
    for volume in 1..=100 {
        store.dispatch(Volume(volume));
        assert_eq!(*store.state(), volume, "the slider never lags");
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    sync.flush().await;
    println!("100 moves, {} requests, volume {}", requests.load(Relaxed), store.state());
}
