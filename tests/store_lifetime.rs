//! The last handle that users hold ends everything.

mod watchdog;

use foregone::Store;
use foregone::middleware::{Abandoned, Completion, FailureKind, Middleware, Next, StoreApi, WeakStore};
use futures_util::FutureExt;
use std::future::pending;
use std::sync::{Arc, Mutex, OnceLock, Weak, mpsc};
use std::thread;
use watchdog::must_end;

type State = Arc<u32>;

/// Starts an effect without end for each action; it holds a weak handle and a guard.
#[derive(Default, Clone)]
struct Endless {
    store: Arc<OnceLock<WeakStore<State, u32>>>,
    guards: Arc<Mutex<Vec<Weak<()>>>>,
}

impl Endless {
    fn store(&self) -> &WeakStore<State, u32> {
        self.store.get().unwrap()
    }

    fn running(&self) -> usize {
        self.guards.lock().unwrap().iter().filter(|guard| guard.strong_count() > 0).count()
    }
}

impl Middleware<State, u32> for Endless {
    fn handle(&self, store: &dyn StoreApi<State, u32>, action: u32, next: Next<'_, State, u32>) -> Completion {
        let completion = next.run(action);
        let (resolver, ended) = Completion::pending();
        let (guard, weak) = (Arc::new(()), store.weak());
        self.guards.lock().unwrap().push(Arc::downgrade(&guard));
        store.spawn(Box::pin(async move {
            let _held = (guard, weak, resolver);
            pending::<()>().await;
        }));
        completion.join(ended)
    }

    fn attach(&self, store: WeakStore<State, u32>) {
        assert!(self.store.set(store).is_ok(), "attached once");
    }
}

fn endless() -> (Store<State, u32>, Endless, Weak<u32>) {
    let endless = Endless::default();
    let state = Arc::new(0);
    let watched = Arc::downgrade(&state);
    // It keeps its part of the state, so that the first one is the last.
    let store = Store::builder(state, |state: &State, _| Arc::clone(state)).middleware(endless.clone()).build();
    (store, endless, watched)
}

async fn settle() {
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn the_state_goes_with_the_last_handle_whatever_effects_subscriptions_and_weak_handles_there_are() {
    let (store, endless, state) = endless();
    let clone = store.clone();
    let _watching = store.subscribe(|_| ());
    let _selected = store.select(|n| **n);
    let _callback = store.subscribe_selected(|n| **n, |_| ());
    let _ignored = store.dispatch(1);
    settle().await;
    drop(store);
    assert!(state.upgrade().is_some(), "a clone is left");
    assert_eq!(clone.state(), Arc::new(Arc::new(0)));
    drop(clone);
    assert!(state.upgrade().is_none());
    assert!(endless.store().state().is_none());
}

#[tokio::test]
async fn effects_end_with_the_last_handle_and_those_who_wait_for_them_are_told() {
    let (store, endless, _) = endless();
    let waiting = [store.dispatch(1), store.dispatch(2)];
    settle().await;
    assert_eq!(endless.running(), 2);
    drop(store);
    for completion in waiting {
        let failure = completion.await.unwrap_err();
        assert_eq!(failure.kind(), FailureKind::Unknown);
        assert!(failure.downcast_ref::<Abandoned>().is_some());
    }
    assert_eq!(endless.running(), 0);
}

#[test]
fn effects_on_the_background_thread_end_with_the_last_handle() {
    must_end(|| {
        let (store, endless, _) = endless();
        let completion = store.dispatch(1);
        assert_eq!(endless.running(), 1);
        drop(store);
        assert!(pollster::block_on(completion.into_future()).is_err());
        // Its guard is dropped before its resolver, as fields of a tuple are.
        assert_eq!(endless.running(), 0);
    });
}

#[test]
fn a_stream_ends_with_the_last_handle_and_keeps_no_state_that_was_read() {
    let (store, state) = quiet();
    let mut states = store.snapshots();
    drop(states.next().now_or_never());
    drop(store);
    assert!(state.upgrade().is_none());
    assert!(states.next().now_or_never().unwrap().is_none());
}

fn quiet() -> (Store<State, u32>, Weak<u32>) {
    let state = Arc::new(0);
    let watched = Arc::downgrade(&state);
    (Store::new(state, |state: &State, _| Arc::clone(state)), watched)
}

#[test]
fn a_weak_handle_says_that_the_store_is_gone() {
    let (store, endless, _) = endless();
    let weak = endless.store().clone();
    assert_eq!(weak.state().map(|state| **state), Some(0));
    assert_eq!(weak.turn(|store| **store.state()), Some(0));
    assert!(format!("{weak:?}").contains("alive"));
    drop(store);
    assert!(weak.state().is_none());
    assert_eq!(weak.turn(|_| unreachable!("there is no store to take a turn in")), None::<()>);
    assert!(format!("{weak:?}").contains("dropped"));
    let completion = weak.dispatch(1);
    assert_eq!(completion.failure().map(foregone::middleware::Failure::kind), Some(FailureKind::Cancelled));
    assert!(pollster::block_on(completion.into_future()).unwrap_err().downcast_ref::<Abandoned>().is_some());
}

#[test]
fn a_subscriber_that_holds_its_store_lets_go_of_it_with_its_subscription() {
    let (store, state) = quiet();
    let own = store.clone();
    let watching = store.subscribe(move |_| drop(own.state()));
    drop(store);
    assert!(state.upgrade().is_some(), "the callback holds a handle");
    drop(watching);
    assert!(state.upgrade().is_none());
}

#[test]
fn the_last_handle_may_go_while_another_thread_is_in_a_turn_by_a_weak_one() {
    must_end(|| {
        let (store, endless, state) = endless();
        let (in_turn, entered) = mpsc::channel();
        let (release, released) = mpsc::channel::<()>();
        let weak = endless.store().clone();
        let other = thread::spawn(move || {
            weak.turn(|store| {
                in_turn.send(()).unwrap();
                released.recv().unwrap();
                **store.state()
            })
        });
        entered.recv().unwrap();
        drop(store);
        release.send(()).unwrap();
        assert_eq!(other.join().unwrap(), Some(0), "a turn that has begun is finished");
        assert!(state.upgrade().is_none());
    });
}

#[test]
fn the_last_handle_may_go_in_a_callback() {
    must_end(|| {
        let (store, endless, state) = endless();
        let weak = endless.store().clone();
        let last = Arc::new(Mutex::new(None));
        let mut ends = Some(Arc::clone(&last));
        std::mem::forget(store.subscribe(move |_| {
            if let Some(last) = ends.take() {
                drop(last.lock().unwrap().take());
            }
        }));
        *last.lock().unwrap() = Some(store);
        drop(weak.dispatch(1));
        assert!(state.upgrade().is_none());
    });
}
