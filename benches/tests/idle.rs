//! What has ended costs nothing: a key at rest, a subscription that was dropped.

use allocation_counter::measure;
use foregone_benches::{Action, Posts, Server, counter, likes, runtime, subscribe};

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

#[test]
fn subscriptions_that_were_dropped_retain_nothing() {
    let store = counter(0);
    let mut watching = Vec::new();
    let came = measure(|| {
        watching = subscribe(&store, 10_000);
        store.dispatch(1);
    });
    // Places are given back when more than half of them are vacant, not only with the last. The vector of handles stays.
    let went = measure(|| watching.truncate(4_000));
    let freed = -went.bytes_current;
    assert!(freed * 4 > came.bytes_current, "{freed} of {} bytes are freed with most of them", came.bytes_current);
    let all = measure(|| watching = Vec::new());
    let retained = came.bytes_current + went.bytes_current + all.bytes_current;
    assert!(retained <= SMALL, "{retained} bytes retained");
}
