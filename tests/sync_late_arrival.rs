//! A request that reaches the server after its deadline: no client can call it back, but a server that keeps the
//! highest number per key and device can refuse it.

use foregone::Store;
use foregone::middleware::{DeviceId, OptimisticSync, OptimisticSyncMiddleware, Outcome, Reply, Request};
use std::convert::Infallible;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// Who wrote the value, with which number.
type Mark = Option<(DeviceId, u64)>;

#[derive(Debug, Clone, Default)]
struct Server {
    held: Arc<Mutex<(i32, Mark)>>,
    keeps_marks: bool,
}

impl Server {
    fn receive(&self, request: &Request<(), i32>) {
        let mut held = self.held.lock().unwrap();
        let is_late = held.1.is_some_and(|(device, mark)| device == request.device && request.number < mark);
        if !(self.keeps_marks && is_late) {
            *held = (request.value, Some((request.device, request.number)));
        }
    }
}

impl OptimisticSync<i32, i32> for Server {
    type Key = ();
    type Value = i32;
    type Error = Infallible;

    fn key(&self, _action: &i32) -> Option<()> {
        Some(())
    }

    fn value(&self, state: &i32, (): &()) -> i32 {
        *state
    }

    fn set(&self, (): &(), value: i32) -> i32 {
        value
    }

    /// The first value travels for a minute, and cannot be called back.
    async fn send(&self, request: Request<(), i32>) -> Result<Reply<i32>, Infallible> {
        let travel = Duration::from_secs(if request.value == 1 { 60 } else { 1 });
        let server = self.clone();
        let travelling = tokio::spawn(async move {
            tokio::time::sleep(travel).await;
            server.receive(&request);
        });
        travelling.await.unwrap();
        Ok(Reply::accepted())
    }
}

async fn overtake(keeps_marks: bool) -> (i32, i32) {
    let server = Server { keeps_marks, ..Server::default() };
    let sync = OptimisticSyncMiddleware::builder(server.clone()).deadline(Duration::from_secs(5)).build().unwrap();
    let store = Store::builder(0, |_: &i32, to| to).middleware(sync.clone()).build();
    store.dispatch(1);
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(store.dispatch(2).await.unwrap(), Outcome::Confirmed);
    tokio::time::sleep(Duration::from_secs(120)).await;
    let held = server.held.lock().unwrap().0;
    (*store.state(), held)
}

#[tokio::test(start_paused = true)]
async fn a_server_that_keeps_marks_refuses_it() {
    assert_eq!(overtake(true).await, (2, 2));
}

/// The limit that the README states. If this ever fails, the README can promise more.
#[tokio::test(start_paused = true)]
async fn a_plain_server_takes_it() {
    assert_eq!(overtake(false).await, (2, 1));
}
