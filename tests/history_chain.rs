//! A history among other middlewares, subscribers and panics.

mod text;

use foregone::middleware::{
    BatchActions, Completion, FailureKind, History, HistoryError, Next, OptimisticSync, OptimisticSyncMiddleware,
    Outcome, Reply, Request, StoreApi,
};
use foregone::{Store, im};
use std::convert::Infallible;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex};
use text::{Action, Undoable, each_letter, reduce, store, why, write};

#[test]
fn the_restoring_action_goes_through_the_whole_chain_and_is_told() {
    let seen: Arc<Mutex<Vec<Action>>> = Arc::default();
    let log = Arc::clone(&seen);
    let history = Undoable::new(String::clone, Action::Restore);
    let store = Store::builder_by_mut(String::new(), reduce)
        .middleware_fn(move |_, action: Action, next| {
            log.lock().unwrap().push(action.clone());
            next.run(action)
        })
        .middleware(history.clone())
        .build();
    let told: Arc<Mutex<Vec<String>>> = Arc::default();
    let screen = Arc::clone(&told);
    let _watching = store.subscribe(move |text| screen.lock().unwrap().push(text.clone()));
    write(&store, "a");
    history.undo();
    history.redo();
    assert_eq!(
        *seen.lock().unwrap(),
        [Action::Type('a'), Action::Restore(String::new()), Action::Restore("a".to_owned())]
    );
    assert_eq!(*told.lock().unwrap(), ["a", "", "a"]);
}

#[test]
fn what_gets_around_the_history_is_not_overwritten_either() {
    let history = Undoable::new(String::clone, Action::Restore);
    let later = Arc::new(Mutex::new(None));
    let held = Arc::clone(&later);
    let store = Store::builder_by_mut(String::new(), reduce)
        .middleware(history.clone())
        .middleware_fn(move |_, action, next| {
            *held.lock().unwrap() = Some(next.defer());
            next.run(action)
        })
        .build();
    let around = |letter| later.lock().unwrap().take().unwrap().run(Action::Type(letter));
    write(&store, "a");
    around('b');
    assert_eq!(why(&history.undo()), Some(HistoryError::Changed));
    assert_eq!(*store.state(), "ab");
    assert!(!history.can_undo());
    write(&store, "c");
    around('d');
    write(&store, "e");
    assert_eq!(history.steps().undo, 1, "what came before is forgotten");
    history.undo();
    assert_eq!(*store.state(), "abcd");
    assert!(!history.can_undo());
}

#[test]
fn a_reducer_that_does_not_restore_is_named_and_the_step_stays() {
    let obeys = Arc::new(Mutex::new(false));
    let may = Arc::clone(&obeys);
    let history = Undoable::new(String::clone, Action::Restore);
    let store = Store::builder_by_mut(String::new(), move |text: &mut String, action| {
        if *may.lock().unwrap() || !matches!(action, Action::Restore(_)) {
            reduce(text, action);
        }
    })
    .middleware(history.clone())
    .build();
    write(&store, "ab");
    assert_eq!(why(&history.undo()), Some(HistoryError::Ignored));
    assert_eq!((history.steps().undo, history.steps().redo), (2, 0));
    *obeys.lock().unwrap() = true;
    history.undo();
    assert_eq!(*store.state(), "a");
    *obeys.lock().unwrap() = false;
    assert_eq!(why(&history.redo()), Some(HistoryError::Ignored));
    assert_eq!((history.steps().undo, history.steps().redo), (1, 1));
}

#[test]
fn a_dispatch_with_all_that_is_dispatched_within_is_one_step() {
    let split =
        || BatchActions::new(|action| if let Action::Many(actions) = action { Ok(actions) } else { Err(action) });
    let ab = || Action::Many(vec![Action::Type('a'), Action::Type('b')]);
    let history = Undoable::new(String::clone, Action::Restore);
    let outside = Store::builder_by_mut(String::new(), reduce).middleware(history.clone()).middleware(split()).build();
    write(&outside, "x");
    outside.dispatch(ab());
    assert_eq!(history.steps().undo, 2);
    history.undo();
    assert_eq!(*outside.state(), "x");
    assert!(history.can_undo());
    let history = Undoable::new(String::clone, Action::Restore);
    let inside = Store::builder_by_mut(String::new(), reduce).middleware(split()).middleware(history.clone()).build();
    inside.dispatch(ab());
    assert_eq!(history.steps().undo, 2);
}

#[test]
fn an_action_may_ask_for_an_undo_wherever_the_middleware_stands_that_takes_it() {
    for history_first in [true, false] {
        let history = Undoable::new(String::clone, Action::Restore);
        let undo = history.clone();
        let asks = move |_: &dyn StoreApi<String, Action>, action: Action, next: Next<'_, String, Action>| {
            if action == Action::Undo { undo.undo() } else { next.run(action) }
        };
        let builder = Store::builder_by_mut(String::new(), reduce);
        let store = if history_first {
            builder.middleware(history.clone()).middleware_fn(asks).build()
        } else {
            builder.middleware_fn(asks).middleware(history.clone()).build()
        };
        write(&store, "ab");
        store.dispatch(Action::Undo);
        assert_eq!(*store.state(), "a");
        assert_eq!((history.steps().undo, history.steps().redo), (1, 1), "the undo is no step");
        store.dispatch(Action::Undo);
        write(&store, "c");
        assert_eq!((history.steps().undo, history.steps().redo), (1, 0));
    }
}

#[test]
fn a_subscriber_may_undo() {
    let (store, history) = each_letter();
    let undo = history.clone();
    let watching = store.subscribe(move |text| {
        if text.ends_with('x') {
            undo.undo();
        }
    });
    write(&store, "axb");
    assert_eq!(*store.state(), "ab");
    drop(watching);
    history.redo();
    assert_eq!(*store.state(), "ab", "the b dropped what could be redone");
}

#[test]
fn an_undo_within_an_undo_is_refused() {
    let history = Undoable::new(String::clone, Action::Restore);
    let (again, inner) = (history.clone(), Arc::new(Mutex::new(None)));
    let said = Arc::clone(&inner);
    let store = Store::builder_by_mut(String::new(), reduce)
        .middleware_fn(move |_, action, next| {
            if matches!(action, Action::Restore(_)) {
                *said.lock().unwrap() = why(&again.undo());
            }
            next.run(action)
        })
        .middleware(history.clone())
        .build();
    write(&store, "ab");
    history.undo();
    assert_eq!(*inner.lock().unwrap(), Some(HistoryError::Busy));
    assert_eq!(*store.state(), "a");
}

#[test]
fn after_a_panic_the_history_goes_on() {
    let (store, history) = each_letter();
    write(&store, "a");
    assert!(catch_unwind(AssertUnwindSafe(|| store.dispatch(Action::Type('!')))).is_err());
    write(&store, "b");
    history.undo();
    history.undo();
    assert_eq!(*store.state(), "");
}

#[test]
fn without_a_store_nothing_is_undone_and_in_a_second_store_nothing_is_recorded() {
    let (first, history) = each_letter();
    let second = store(&history);
    write(&second, "b");
    assert!(!history.can_undo());
    write(&first, "a");
    drop(first);
    assert_eq!(history.undo().failure().unwrap().kind(), FailureKind::Cancelled);
    assert_eq!(*second.state(), "b");
}

/// A switch that is synced.
struct Switch(Arc<Mutex<Vec<bool>>>);

impl OptimisticSync<bool, bool> for Switch {
    type Key = ();
    type Value = bool;
    type Error = Infallible;

    fn key(&self, _to: &bool) -> Option<()> {
        Some(())
    }

    fn value(&self, on: &bool, (): &()) -> bool {
        *on
    }

    fn set(&self, (): &(), on: bool) -> bool {
        on
    }

    async fn send(&self, request: Request<(), bool>) -> Result<Reply<bool>, Infallible> {
        self.0.lock().unwrap().push(request.value);
        Ok(Reply::accepted())
    }
}

#[tokio::test(start_paused = true)]
async fn a_restored_toggle_is_synced_and_the_undo_says_whether_the_server_agreed() {
    for history_first in [true, false] {
        let sent = Arc::new(Mutex::new(Vec::new()));
        let history = History::<bool, bool, bool>::new(|on| *on, |on| on);
        let sync = OptimisticSyncMiddleware::new(Switch(Arc::clone(&sent)));
        let builder = Store::builder(false, |_: &bool, to: bool| to);
        let store = if history_first {
            builder.middleware(history.clone()).middleware(sync).build()
        } else {
            builder.middleware(sync).middleware(history.clone()).build()
        };
        assert_eq!(store.dispatch(true).await.unwrap(), Outcome::Confirmed);
        assert_eq!(history.undo().await.unwrap(), Outcome::Confirmed);
        assert_eq!(history.redo().await.unwrap(), Outcome::Confirmed);
        assert_eq!(*sent.lock().unwrap(), [true, false, true]);
        assert!(*store.state());
    }
}

type Likes = im::OrdSet<u32>;

#[derive(Debug)]
enum Tap {
    Toggle(u32),
    Is(u32, bool),
    Restore(Likes),
}

/// Likes that are synced, each by itself.
struct Like(Arc<Mutex<Vec<(u32, bool)>>>);

impl OptimisticSync<Likes, Tap> for Like {
    type Key = u32;
    type Value = bool;
    type Error = Infallible;

    fn key(&self, tap: &Tap) -> Option<u32> {
        if let Tap::Toggle(post) = tap { Some(*post) } else { None }
    }

    fn value(&self, likes: &Likes, post: &u32) -> bool {
        likes.contains(post)
    }

    fn set(&self, post: &u32, liked: bool) -> Tap {
        Tap::Is(*post, liked)
    }

    async fn send(&self, request: Request<u32, bool>) -> Result<Reply<bool>, Infallible> {
        self.0.lock().unwrap().push((request.key, request.value));
        Ok(Reply::accepted())
    }
}

#[tokio::test(start_paused = true)]
async fn a_restored_part_of_many_keys_is_synced_key_by_key_if_it_is_taken_apart() {
    let sent = Arc::new(Mutex::new(Vec::new()));
    let history = History::builder(Likes::clone, Tap::Restore).group(|_| Some(())).build();
    let reduce = |likes: &Likes, tap| match tap {
        Tap::Toggle(post) if !likes.contains(&post) => likes.update(post),
        Tap::Toggle(post) | Tap::Is(post, false) => likes.without(&post),
        Tap::Is(post, true) => likes.update(post),
        Tap::Restore(likes) => likes,
    };
    let store = Store::builder(Likes::new(), reduce)
        .middleware(history.clone())
        .middleware_fn(|store, tap, next| match tap {
            Tap::Restore(likes) => likes
                .symmetric_difference(Likes::clone(&store.state()))
                .into_iter()
                .fold(Completion::applied(), |all, post| all.join(store.dispatch(Tap::Toggle(post)))),
            tap => next.run(tap),
        })
        .middleware(OptimisticSyncMiddleware::new(Like(Arc::clone(&sent))))
        .build();
    for post in [1, 2] {
        assert_eq!(store.dispatch(Tap::Toggle(post)).await.unwrap(), Outcome::Confirmed);
    }
    assert_eq!(history.undo().await.unwrap(), Outcome::Confirmed);
    assert!(store.state().is_empty());
    assert_eq!(*sent.lock().unwrap(), [(1, true), (2, true), (1, false), (2, false)]);
    assert_eq!((history.steps().undo, history.steps().redo), (0, 1));
}
