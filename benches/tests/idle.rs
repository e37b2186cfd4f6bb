//! A key at rest costs nothing.

use allocation_counter::measure;
use foregone_benches::{Action, Posts, Server, likes, runtime};

const KEYS: u32 = 100_000;
/// Tables are kept at a small size rather than freed; this is a third of a byte per key.
const SMALL: i64 = 32 * 1024;

#[test]
fn keys_that_have_settled_retain_nothing() {
    let runtime = runtime();
    let entered = runtime.enter();
    let (store, sync) = likes(KEYS, Server::Accepts);
    drop(entered);
    // The executor keeps its queue at the greatest length it ever had: that is not what is counted here.
    runtime.block_on(async {
        let tasks: Vec<_> = (0..=KEYS).map(|_| tokio::spawn(async {})).collect();
        for task in tasks {
            task.await.unwrap();
        }
    });
    let tapped = measure(|| (0..KEYS).for_each(|post| drop(store.dispatch(Action::Like(post, true)))));
    assert_eq!(sync.statuses().snapshot().len(), KEYS as usize, "all of them are in flight");
    let settled = measure(|| runtime.block_on(sync.flush()));
    assert!(sync.statuses().all_idle());
    assert_eq!(*store.state(), (0..KEYS).map(|post| (post, true)).collect::<Posts>());
    let retained = tapped.bytes_current + settled.bytes_current;
    assert!(retained <= SMALL, "{} bytes in flight, {retained} bytes at rest", tapped.bytes_current);
}
