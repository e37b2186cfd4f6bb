//! The same work with a store and without one, in this order.

use crate::likes::unliked;
use crate::{
    Action, Bare, Cpu, Posts, Server, Subject, bare_counter, callbacks, counter, likes, liking, runtime, subscribe,
};
use foregone::Store;
use std::hint::black_box;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Barrier};
use std::thread;

type Pair = (Subject, Subject);

/// One action through this many middlewares.
pub(crate) fn dispatch(middlewares: usize) -> Pair {
    let (store, bare) = (counter(middlewares), bare_counter());
    let store = Subject::each(move || drop(store.dispatch(black_box(1))));
    (store, Subject::each(move || bare.dispatch(black_box(1))))
}

/// One action that this many subscribers are told of.
pub(crate) fn subscribers(subscribers: usize) -> Pair {
    let (store, bare) = (counter(0), bare_counter());
    let (watching, mut callbacks) = (subscribe(&store, subscribers), callbacks(subscribers));
    let store = Subject::each(move || {
        store.dispatch(black_box(1));
        black_box(&watching);
    });
    let bare = Subject::each(move || {
        bare.dispatch(black_box(1));
        let count = bare.state();
        for callback in black_box(&mut callbacks) {
            callback(&count);
        }
    });
    (store, bare)
}

/// One action, while three other threads dispatch as well.
pub(crate) fn four_threads() -> Pair {
    let (store, bare) = (counter(0), bare_counter());
    let store = four_times(move || drop(store.dispatch(black_box(1))));
    (store, four_times(move || bare.dispatch(black_box(1))))
}

fn four_times(once: impl Fn() + Sync + 'static) -> Subject {
    Subject::batch(Cpu::Process, move |times| {
        let start = Barrier::new(4);
        let quarter = || {
            start.wait();
            (0..times / 4).for_each(|_| once());
        };
        thread::scope(|scope| (0..4).for_each(|_| drop(scope.spawn(quarter))));
    })
}

/// The current state.
pub(crate) fn read() -> Pair {
    let (store, bare) = (counter(0), bare_counter());
    let store = Subject::each(move || drop(black_box(store.state())));
    (store, Subject::each(move || drop(black_box(bare.state()))))
}

/// The current state, while another thread dispatches.
pub(crate) fn read_under_writer() -> Pair {
    let (store, bare) = (Arc::new(counter(0)), Arc::new(bare_counter()));
    let (writing_store, writing_bare) = (Arc::clone(&store), Arc::clone(&bare));
    let store = beside(move || drop(writing_store.dispatch(1)), move || drop(black_box(store.state())));
    let bare = beside(move || writing_bare.dispatch(1), move || drop(black_box(bare.state())));
    (store, bare)
}

fn beside(write: impl Fn() + Sync + 'static, read: impl Fn() + 'static) -> Subject {
    Subject::batch(Cpu::Thread, move |times| {
        let done = AtomicBool::new(false);
        thread::scope(|scope| {
            scope.spawn(|| {
                while !done.load(Ordering::Relaxed) {
                    write();
                }
            });
            (0..times).for_each(|_| read());
            done.store(true, Ordering::Relaxed);
        });
    })
}

/// One update in a map of 100,000 entries.
pub(crate) fn large_map(in_place: bool) -> Pair {
    const LARGE: u32 = 100_000;
    let builder = if in_place {
        Store::builder_in_place(unliked(LARGE), |posts: &mut Posts, action| {
            let (Action::Like(post, liked) | Action::LikeIs(post, liked)) = action;
            posts.insert(post, liked);
        })
    } else {
        Store::builder(unliked(LARGE), liking)
    };
    let (store, bare) = (builder.build(), Bare::new(unliked(LARGE), liking));
    let (mut next, mut bare_next) = (walk(LARGE), walk(LARGE));
    (Subject::each(move || drop(store.dispatch(next()))), Subject::each(move || bare.dispatch(bare_next())))
}

/// A different post each time, all over the map.
fn walk(posts: u32) -> impl FnMut() -> Action {
    let mut post = 0;
    move || {
        post = (post + 7919) % posts;
        black_box(Action::Like(post, post & 1 == 0))
    }
}

/// A tap while the key's request is in flight, beside its reducer.
pub(crate) fn coalesced_tap() -> Pair {
    const POSTS: u32 = 1000;
    let runtime = runtime();
    let entered = runtime.enter();
    let (store, _sync) = likes(POSTS, Server::Hangs);
    drop(entered);
    store.dispatch(Action::Like(7, true));
    let bare = Bare::new(unliked(POSTS), liking);
    let (mut toggle, mut bare_toggle) = (toggle(7), toggle(7));
    let store = Subject::each(move || {
        store.dispatch(toggle());
        black_box(&runtime);
    });
    (store, Subject::each(move || bare.dispatch(bare_toggle())))
}

fn toggle(post: u32) -> impl FnMut() -> Action {
    let mut liked = true;
    move || {
        liked = !liked;
        black_box(Action::Like(post, liked))
    }
}

/// From a tap to its outcome, beside its reducer and a task that does what the server does.
pub(crate) fn cycle() -> Pair {
    const POSTS: u32 = 1000;
    let (store_runtime, bare_runtime) = (runtime(), runtime());
    let entered = store_runtime.enter();
    let (store, _sync) = likes(POSTS, Server::Accepts);
    drop(entered);
    let bare = Bare::new(unliked(POSTS), liking);
    let (mut next, mut bare_next) = (walk(POSTS), walk(POSTS));
    let store = Subject::batch(Cpu::Thread, move |times| {
        store_runtime.block_on(async {
            for _ in 0..times {
                store.dispatch(next()).await.expect("the server accepts");
            }
        });
    });
    let bare = Subject::batch(Cpu::Thread, move |times| {
        bare_runtime.block_on(async {
            for _ in 0..times {
                bare.dispatch(bare_next());
                tokio::spawn(tokio::task::yield_now()).await.expect("nothing panics");
            }
        });
    });
    (store, bare)
}
