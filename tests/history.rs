//! Undo and redo: every step of the user's, and nothing of anyone else's.

mod text;

use foregone::middleware::{FailureKind, History, HistoryError, Steps};
use foregone::{Store, im};
use std::time::Duration;
use text::{Action, Undoable, each_letter, store, why, write};

fn by_the_word() -> (Store<String, Action>, Undoable<char>) {
    let history = History::builder(String::clone, Action::Restore)
        .group(|action| match action {
            Action::Type(_) => Some('t'),
            Action::Erase => Some('e'),
            _ => None,
        })
        .pause(Duration::from_secs(2))
        .build();
    (store(&history), history)
}

#[test]
fn each_step_is_undone_and_redone_in_its_order() {
    let (store, history) = each_letter();
    write(&store, "abc");
    for expected in ["ab", "a", ""] {
        assert_eq!(why(&history.undo()), None);
        assert_eq!(*store.state(), expected);
    }
    let nothing = history.undo();
    assert_eq!(why(&nothing), Some(HistoryError::NothingLeft));
    assert_eq!(nothing.failure().unwrap().kind(), FailureKind::Cancelled);
    for expected in ["a", "ab", "abc"] {
        history.redo();
        assert_eq!(*store.state(), expected);
    }
    assert_eq!(why(&history.redo()), Some(HistoryError::NothingLeft));
    assert_eq!(*store.state(), "abc");
}

#[test]
fn a_new_step_drops_what_could_be_redone_and_one_that_changes_nothing_does_not() {
    let (store, history) = each_letter();
    write(&store, "ab");
    history.undo();
    store.dispatch(Action::Look);
    assert!(history.can_redo());
    write(&store, "c");
    assert!(!history.can_redo());
    history.undo();
    assert_eq!(*store.state(), "a");
}

#[tokio::test(start_paused = true)]
async fn consecutive_steps_of_a_group_are_one() {
    let (store, history) = by_the_word();
    write(&store, "tea");
    store.dispatch(Action::Erase);
    store.dispatch(Action::Erase);
    write(&store, "oast");
    for expected in ["t", "tea", ""] {
        history.undo();
        assert_eq!(*store.state(), expected);
    }
}

#[tokio::test(start_paused = true)]
async fn another_action_ends_a_group_also_if_it_changes_nothing() {
    let (store, history) = by_the_word();
    write(&store, "tea");
    store.dispatch(Action::Look);
    write(&store, "pot");
    history.undo();
    assert_eq!(*store.state(), "tea");
}

#[tokio::test(start_paused = true)]
async fn a_pause_ends_a_group_and_an_undo_does() {
    let (store, history) = by_the_word();
    write(&store, "a");
    tokio::time::advance(Duration::from_millis(1999)).await;
    write(&store, "b");
    tokio::time::advance(Duration::from_millis(1999)).await;
    write(&store, "c");
    tokio::time::advance(Duration::from_secs(2)).await;
    write(&store, "d");
    history.undo();
    assert_eq!(*store.state(), "abc");
    write(&store, "e");
    history.undo();
    assert_eq!(*store.state(), "abc", "the letter after the undo is a step of its own");
}

#[test]
fn a_group_that_has_come_back_to_where_it_began_is_no_step() {
    let history = History::builder(String::clone, Action::Restore).group(|_| Some(())).build();
    let store = store(&history);
    write(&store, "a");
    store.dispatch(Action::Erase);
    assert!(!history.can_undo());
    write(&store, "b");
    history.undo();
    assert_eq!(*store.state(), "");
}

#[test]
fn the_oldest_steps_are_forgotten_beyond_the_cap() {
    let history = Undoable::builder(String::clone, Action::Restore).cap(2).build();
    let store = store(&history);
    write(&store, "abcd");
    assert_eq!(history.steps().undo, 2);
    history.undo();
    history.undo();
    assert_eq!(why(&history.undo()), Some(HistoryError::NothingLeft));
    assert_eq!(*store.state(), "ab");
    let none = Undoable::builder(String::clone, Action::Restore).cap(0).build();
    write(&text::store(&none), "a");
    assert!(!none.can_undo());
}

#[test]
fn a_change_that_is_not_recorded_is_not_overwritten_the_steps_are_forgotten() {
    let (store, history) = each_letter();
    write(&store, "ab");
    history.undo();
    store.dispatch(Action::FromServer("a"));
    assert!(history.can_undo() && history.can_redo(), "it changed nothing");
    store.dispatch(Action::FromServer("news"));
    assert!(!history.can_undo() && !history.can_redo());
    assert_eq!(why(&history.undo()), Some(HistoryError::NothingLeft));
    assert_eq!(*store.state(), "news");
    write(&store, "xx");
    history.undo();
    assert_eq!(*store.state(), "newsx", "what comes after it is undone again");
}

/// A list of which a server changes other items than the user.
fn shared_list() -> (Store<Items, Edit>, History<Items, Edit, Items>) {
    let history = History::builder(Items::clone, Edit::Restore)
        .record(|edit| matches!(edit, Edit::Mine(..)))
        .merge(|from: &Items, to: &Items, now: &Items| {
            from.diff(to).fold(now.clone(), |items, change| match change {
                im::ordmap::DiffItem::Add(id, text) | im::ordmap::DiffItem::Update { new: (id, text), .. } => {
                    items.update(*id, *text)
                }
                im::ordmap::DiffItem::Remove(id, _) => items.without(id),
            })
        })
        .build();
    let reduce = |items: &Items, edit| match edit {
        Edit::Mine(id, text) | Edit::Theirs(id, text) => items.update(id, text),
        Edit::Restore(items) => items,
    };
    (Store::builder(Items::new(), reduce).middleware(history.clone()).build(), history)
}

type Items = im::OrdMap<u32, &'static str>;

enum Edit {
    Mine(u32, &'static str),
    Theirs(u32, &'static str),
    Restore(Items),
}

#[test]
fn with_a_merge_an_undo_takes_back_its_own_part_and_nothing_of_anyone_elses() {
    let (store, history) = shared_list();
    store.dispatch(Edit::Mine(1, "tea"));
    store.dispatch(Edit::Theirs(2, "milk"));
    store.dispatch(Edit::Mine(1, "coffee"));
    store.dispatch(Edit::Theirs(3, "sugar"));
    history.undo();
    assert_eq!(*store.state(), im::ordmap! { 1 => "tea", 2 => "milk", 3 => "sugar" });
    store.dispatch(Edit::Theirs(2, "cream"));
    history.undo();
    assert_eq!(*store.state(), im::ordmap! { 2 => "cream", 3 => "sugar" });
    history.redo();
    history.redo();
    assert_eq!(*store.state(), im::ordmap! { 1 => "coffee", 2 => "cream", 3 => "sugar" });
}

#[test]
fn with_a_merge_a_step_that_others_have_taken_back_already_is_passed_over() {
    let (store, history) = shared_list();
    store.dispatch(Edit::Mine(1, "tea"));
    store.dispatch(Edit::Mine(1, "coffee"));
    store.dispatch(Edit::Theirs(1, "tea"));
    history.undo();
    assert_eq!(*store.state(), im::ordmap! {});
    assert_eq!(history.steps().undo, 0);
}

#[test]
fn cleared_it_remembers_nothing() {
    let (store, history) = each_letter();
    write(&store, "ab");
    history.undo();
    history.clear();
    assert_eq!(history.steps(), Steps::default());
    assert_eq!(*store.state(), "a");
}

#[tokio::test]
async fn what_can_be_undone_and_redone_is_a_stream_as_well() {
    let (store, history) = by_the_word();
    let mut can_undo = history.watch().distinct(|steps| steps.undo > 0);
    let mut steps = history.watch();
    assert_eq!(can_undo.next().await, Some(false));
    write(&store, "tea");
    assert_eq!(can_undo.next().await, Some(true));
    assert_eq!(steps.next().await.map(|steps| (steps.undo, steps.redo)), Some((1, 0)));
    write(&store, "pot");
    let nothing_new = tokio::time::timeout(Duration::ZERO, steps.next()).await;
    assert!(nothing_new.is_err(), "the step has grown, and is still one");
    history.undo();
    assert_eq!(can_undo.next().await, Some(false));
    assert_eq!(steps.next().await.map(|steps| (steps.undo, steps.redo)), Some((0, 1)));
}
