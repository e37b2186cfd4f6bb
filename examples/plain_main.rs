//! A program without a runtime: effects run on a thread of the library's, and the program waits before it ends.
//!
//! `cargo run --example plain_main`

use foregone::Store;
use foregone::middleware::{OptimisticSync, OptimisticSyncMiddleware, Reply, Request};
use std::convert::Infallible;

struct Counter;

impl OptimisticSync<i32, i32> for Counter {
    type Key = ();
    type Value = i32;
    type Error = Infallible;

    fn key(&self, _to: &i32) -> Option<()> {
        Some(())
    }

    fn value(&self, state: &i32, (): &()) -> i32 {
        *state
    }

    fn set(&self, (): &(), value: i32) -> i32 {
        value
    }

    async fn send(&self, request: Request<(), i32>) -> Result<Reply<i32>, Infallible> {
        println!("request: {}", request.value);
        Ok(Reply::accepted())
    }
}

fn main() {
    let sync = OptimisticSyncMiddleware::new(Counter);
    let store = Store::builder(0, |_: &i32, to| to).middleware(sync.clone()).build();
    for to in 1..=5 {
        store.dispatch(to);
    }
    pollster::block_on(sync.flush());
    println!("on the screen and at the server: {}", store.state());
}
