//! What changes is in the file soon after, and no more often than needed.

mod notes;

use foregone::Store;
use foregone::middleware::Persist;
use notes::{Action, State, builder, file, open, place, plug, read, until_saved};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;

const fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

#[tokio::test(start_paused = true)]
async fn a_save_begins_when_nothing_was_dispatched_for_the_debounce() {
    let (_folder, path) = place();
    let (store, persist) = open(builder(&path));
    let began = store.now();
    store.dispatch(Action::Add("a"));
    tokio::time::sleep(ms(300)).await;
    store.dispatch(Action::Add("b"));
    until_saved(&persist, &path, file(&["a", "b"])).await;
    assert_eq!(store.now() - began, ms(300 + 500));
}

#[tokio::test(start_paused = true)]
async fn a_program_that_dispatches_all_the_time_is_saved_after_the_longest_wait() {
    let (_folder, path) = place();
    let looked = Arc::new(Mutex::new(Vec::new()));
    let looks = Arc::clone(&looked);
    let select = move |state: &State| {
        looks.lock().unwrap().push((tokio::time::Instant::now().into_std(), state.clicks));
        state.clicks
    };
    let persist = Persist::builder(&path, select).max_wait(ms(1200)).build();
    let store = Store::builder_by_mut(State::default(), notes::reduce).middleware(persist).build();
    let began = store.now();
    for _ in 0..30 {
        store.dispatch(Action::Click);
        tokio::time::sleep(ms(100)).await;
    }
    let looked = looked.lock().unwrap().clone();
    assert!(
        matches!(*looked, [(first, 12 | 13), (second, 24..=26)] if first == began + ms(1200)
        && (began + ms(2400)..=began + ms(2500)).contains(&second)),
        "{looked:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn what_is_not_selected_is_not_written() {
    let (_folder, path) = place();
    let (store, persist) = open(builder(&path));
    store.dispatch(Action::Add("a"));
    persist.flush().await.unwrap();
    std::fs::remove_file(&path).unwrap();
    store.dispatch(Action::Click);
    store.dispatch(Action::Add("b"));
    store.dispatch(Action::Clear);
    store.dispatch(Action::Add("a"));
    persist.flush().await.unwrap();
    assert_eq!(read(&path), None, "the notes are as they were saved");
    assert!(persist.status().is_idle());
}

#[tokio::test(start_paused = true)]
async fn what_was_loaded_is_not_written_again() {
    let (_folder, path) = place();
    let by_hand = r#" {"value": ["a"], "version": 1, "comment": "mine"} "#;
    std::fs::write(&path, by_hand).unwrap();
    let (store, persist) = open(builder(&path));
    assert_eq!(store.state().notes, ["a"]);
    store.dispatch(Action::Click);
    persist.flush().await.unwrap();
    assert_eq!(read(&path).as_deref(), Some(by_hand));
    store.dispatch(Action::Add("b"));
    persist.flush().await.unwrap();
    assert_eq!(read(&path), Some(file(&["a", "b"])));
}

#[tokio::test(start_paused = true)]
async fn what_was_flushed_is_there_when_the_program_starts_again() {
    let (folder, _) = place();
    let path = folder.path().join("made").join("for it").join("notes.json");
    for run in [&["a"] as &[_], &["a", "b"], &["a", "b", "c"]] {
        let (store, persist) = open(builder(&path));
        store.dispatch(Action::Add(run.last().unwrap()));
        assert_eq!(store.state().notes, run);
        persist.flush().await.unwrap();
        assert_eq!(read(&path), Some(file(run)), "no timer had to pass");
    }
    let beside = std::fs::read_dir(path.parent().unwrap()).unwrap().count();
    assert_eq!(beside, 1, "nothing is left beside it");
}

#[tokio::test(start_paused = true)]
async fn a_flush_saves_a_state_that_was_never_in_a_file() {
    let (_folder, path) = place();
    let (_store, persist) = open(builder(&path));
    persist.flush().await.unwrap();
    assert_eq!(read(&path), Some(file(&[])));
}

#[test]
fn a_program_without_a_runtime_is_saved_as_well() {
    let (_folder, path) = place();
    let (store, persist) = open(builder(&path).debounce(Duration::MAX).max_wait(Duration::MAX));
    store.dispatch(Action::Add("a"));
    pollster::block_on(persist.flush()).unwrap();
    assert_eq!(read(&path), Some(file(&["a"])));
}

#[tokio::test(start_paused = true)]
async fn a_change_that_a_panic_cut_short_is_saved() {
    let (_folder, path) = place();
    let persist = builder(&path).build();
    let store = Store::builder_by_mut(State::default(), notes::reduce)
        .middleware(persist.clone())
        .middleware_fn(|_, action, next| {
            drop(next.run(action));
            panic!("as the test says")
        })
        .build();
    let dispatch = || store.dispatch(Action::Add("a"));
    assert!(std::panic::catch_unwind(std::panic::AssertUnwindSafe(dispatch)).is_err());
    until_saved(&persist, &path, file(&["a"])).await;
}

/// A number that is written when the test says so.
#[derive(Clone)]
struct Slow {
    n: u32,
    disk: Option<Arc<Disk>>,
}

struct Disk {
    writing: AtomicUsize,
    begun: Sender<u32>,
    go: Mutex<Receiver<()>>,
}

impl PartialEq for Slow {
    fn eq(&self, other: &Self) -> bool {
        self.n == other.n
    }
}

impl Serialize for Slow {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let disk = self.disk.as_ref().expect("it is of a store");
        assert_eq!(disk.writing.fetch_add(1, Ordering::SeqCst), 0, "nobody else is writing");
        disk.begun.send(self.n).unwrap();
        disk.go.lock().unwrap().recv().unwrap();
        disk.writing.fetch_sub(1, Ordering::SeqCst);
        serializer.serialize_u32(self.n)
    }
}

impl<'de> Deserialize<'de> for Slow {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self { n: u32::deserialize(deserializer)?, disk: None })
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn while_one_is_being_written_changes_are_collected_and_the_newest_is_written_last() {
    let (_folder, path) = place();
    let ((begun, writes), (go, may_go)) = (channel(), channel());
    let disk = Arc::new(Disk { writing: AtomicUsize::new(0), begun, go: Mutex::new(may_go) });
    let persist = Persist::builder(&path, Slow::clone).build();
    let store = Store::builder_by_mut(Slow { n: 0, disk: Some(disk) }, |state: &mut Slow, n| state.n = n)
        .middleware(persist.clone())
        .build();
    let flush = || {
        let persist = persist.clone();
        tokio::spawn(async move { persist.flush().await })
    };
    store.dispatch(1);
    let first = flush();
    assert_eq!(writes.recv().unwrap(), 1);
    assert!(persist.status().is_waiting());
    first.abort();
    assert!(first.await.unwrap_err().is_cancelled(), "nobody waits for it any more: it goes on all the same");
    store.dispatch(2);
    let second = flush();
    store.dispatch(3);
    store.dispatch(4);
    let third = flush();
    for _ in 0..3 {
        go.send(()).unwrap();
    }
    second.await.unwrap().unwrap();
    third.await.unwrap().unwrap();
    let written: Vec<u32> = writes.try_iter().collect();
    assert_eq!(written.last(), Some(&4));
    assert!(written.len() <= 2, "two flushes, and three changes while the disk was busy: {written:?}");
    assert_eq!(read(&path).as_deref(), Some(r#"{"version":1,"value":4}"#));
}

#[tokio::test(start_paused = true)]
async fn a_state_that_is_no_longer_used_is_not_kept_by_the_handle() {
    let (_folder, path) = place();
    let (store, persist) = plug(builder(&path).build(), State::default());
    store.dispatch(Action::Add("a"));
    let state = Arc::downgrade(&store.state());
    drop(store);
    notes::settle().await;
    assert!(state.upgrade().is_none());
    drop(persist);
}

#[cfg(unix)]
#[tokio::test(start_paused = true)]
async fn a_file_keeps_its_permissions_and_a_new_one_is_the_owners_alone() {
    use std::os::unix::fs::PermissionsExt;
    let (_folder, path) = place();
    let (store, persist) = open(builder(&path));
    let mode = || std::fs::metadata(&path).unwrap().permissions().mode() & 0o777;
    persist.flush().await.unwrap();
    assert_eq!(mode(), 0o600);
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o664)).unwrap();
    store.dispatch(Action::Add("a"));
    persist.flush().await.unwrap();
    assert_eq!((mode(), read(&path)), (0o664, Some(file(&["a"]))));
}

#[cfg(unix)]
#[tokio::test(start_paused = true)]
async fn a_symbolic_link_stays_and_the_file_behind_it_is_replaced() {
    let (folder, path) = place();
    let behind = folder.path().join("elsewhere.json");
    std::fs::write(&behind, file(&["a"])).unwrap();
    std::os::unix::fs::symlink("elsewhere.json", &path).unwrap();
    let (store, persist) = open(builder(&path));
    store.dispatch(Action::Add("b"));
    persist.flush().await.unwrap();
    assert!(std::fs::symlink_metadata(&path).unwrap().is_symlink());
    assert_eq!(read(&behind), Some(file(&["a", "b"])));
}
