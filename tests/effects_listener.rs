//! An effect follows an action, or a change.

mod listening;

use listening::{All, SECOND, Seen, State, builder, is, settle, store, store_that_withholds};

#[tokio::test(start_paused = true)]
async fn it_follows_the_action_that_matches_with_what_was_found_and_the_states_before_and_after() {
    let (store, listeners) = store();
    let seen = Seen::default();
    let notes = seen.clone();
    let _listening = listeners.on(is(2), move |n, api| {
        let notes = notes.clone();
        notes.note(format!("{n}: {:?} to {:?}", api.original_state(), api.state()));
        async move { notes.note(format!("then {:?}", api.state())) }
    });
    for n in [1, 2, 3] {
        store.dispatch(n);
    }
    settle().await;
    assert_eq!(seen.all(), ["2: [1] to [1, 2]", "then [1, 2, 3]"]);
}

#[tokio::test(start_paused = true)]
async fn what_it_dispatches_goes_through_the_whole_chain() {
    let listeners = All::new();
    let store = builder().middleware_fn(|_, n, next| next.run(n * 10)).middleware(listeners.clone()).build();
    let _listening = listeners.on(is(10), |_, api| async move {
        api.dispatch(2).await.unwrap();
        api.dispatch(3);
    });
    store.dispatch(1);
    settle().await;
    assert_eq!(*store.state(), [10, 20, 30]);
}

#[tokio::test(start_paused = true)]
async fn the_dispatch_does_not_wait_for_it() {
    let (store, listeners) = store();
    let _listening = listeners.on(is(1), |_, api| async move { api.sleep(SECOND).await });
    let began = store.now();
    store.dispatch(1).await.unwrap();
    assert_eq!(store.now(), began);
}

#[tokio::test(start_paused = true)]
async fn several_begin_in_the_order_in_which_they_were_added() {
    let (store, listeners) = store();
    let seen = Seen::default();
    let add = |name: &'static str| {
        let notes = seen.clone();
        listeners.on(is(1), move |_, _| {
            notes.note(name);
            async {}
        })
    };
    let _all = [add("first"), add("second"), add("third")];
    store.dispatch(1);
    assert_eq!(seen.all(), ["first", "second", "third"]);
}

#[tokio::test(start_paused = true)]
async fn an_action_that_is_withheld_further_in_starts_none() {
    let (store, listeners) = store_that_withholds(0);
    let seen = Seen::default();
    let notes = seen.clone();
    let _listening = listeners.on(
        |n| Some(*n),
        move |n, _| {
            notes.note(n);
            async {}
        },
    );
    store.dispatch(0);
    store.dispatch(1);
    assert_eq!(seen.all(), ["1"]);
}

fn watch_length(listeners: &All, seen: &Seen) -> foregone::middleware::Listening {
    let notes = seen.clone();
    listeners.on_change(
        |list: &State| list.len() / 2,
        move |old, new, api| {
            notes.note(format!("{old} to {new}, {:?} to {:?}", api.original_state(), api.state()));
            async {}
        },
    )
}

#[tokio::test(start_paused = true)]
async fn it_follows_a_change_of_what_a_selector_takes_and_no_other_action() {
    let (store, listeners) = store();
    let seen = Seen::default();
    store.dispatch(0);
    let _listening = watch_length(&listeners, &seen);
    for n in 1..=3 {
        store.dispatch(n);
    }
    assert_eq!(seen.all(), ["0 to 1, [0] to [0, 1]", "1 to 2, [0, 1, 2] to [0, 1, 2, 3]"]);
}

#[tokio::test(start_paused = true)]
async fn a_change_made_by_a_nested_dispatch_is_followed_once() {
    let listeners = All::new();
    let store = builder()
        .middleware(listeners.clone())
        .middleware_fn(|store, n, next| {
            if n == 1 {
                store.dispatch(2);
                store.dispatch(3);
            }
            next.run(n)
        })
        .build();
    let seen = Seen::default();
    let _listening = watch_length(&listeners, &seen);
    store.dispatch(1);
    assert_eq!(seen.all(), ["0 to 1, [2] to [2, 3]"]);
}
