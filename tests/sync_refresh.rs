//! Values that come from the server unasked-for: never taken for a wish, never put over what is newer.

mod server;

use server::{Action, Answer, app, pass, settle, shown};

const KEY: u32 = 1;

#[tokio::test(start_paused = true)]
async fn data_from_the_server_is_not_taken_for_the_users_wish() {
    let (store, sync, server) = app();
    store.dispatch(Action::Set(KEY, 1));
    let refresh = sync.refresh();
    pass(50).await;
    assert!(!refresh.put(&KEY, 0), "it is older than the tap");
    assert_eq!(shown(&store.state(), KEY), 1);
    assert!(refresh.put(&2, 8), "another key");
    sync.flush().await;
    assert_eq!(server.sent(), [1]);
    assert_eq!((shown(&store.state(), KEY), shown(&store.state(), 2)), (1, 8));
}

#[tokio::test(start_paused = true)]
async fn a_poll_that_began_before_a_write_and_lands_after_it_is_ignored() {
    let (store, sync, server) = app();
    let poll = sync.refresh();
    store.dispatch(Action::Set(KEY, 1)).await.unwrap();
    settle().await;
    assert!(!poll.put(&KEY, 0));
    assert_eq!((shown(&store.state(), KEY), server.holds(KEY)), (1, 1));
    drop(poll);
    assert!(sync.refresh().put(&KEY, 6), "one that begins now is newer");
    assert_eq!(shown(&store.state(), KEY), 6);
}

#[tokio::test(start_paused = true)]
async fn a_refresh_of_an_old_session_is_ignored() {
    let (store, sync, _server) = app();
    let refresh = sync.refresh();
    sync.clear();
    assert!(!refresh.put(&KEY, 5));
    assert_eq!(shown(&store.state(), KEY), 0);
}

#[tokio::test(start_paused = true)]
async fn a_refresh_over_a_kept_failure_is_the_new_ground() {
    let (store, sync, server) = app();
    server.script(100, Answer::Fail);
    store.dispatch(Action::Set(KEY, 1)).await.unwrap_err();
    assert!(sync.refresh().put(&KEY, 3));
    sync.cancel(&KEY);
    assert_eq!(shown(&store.state(), KEY), 3);
}

#[tokio::test(start_paused = true)]
async fn of_two_refreshes_the_one_that_began_later_is_the_newer() {
    let (store, sync, _server) = app();
    let (slow, quick) = (sync.refresh(), sync.refresh());
    assert!(quick.put(&KEY, 2));
    assert!(quick.put(&KEY, 3), "it may have more to say");
    assert!(!slow.put(&KEY, 1));
    assert_eq!(shown(&store.state(), KEY), 3);
    assert!(slow.put(&5, 1), "of another key it is the newest");
    drop((slow, quick));
    assert!(sync.refresh().put(&KEY, 7));
}
