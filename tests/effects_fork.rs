//! Tasks of an effect's own, which end with it at the latest.

mod listening;
mod watchdog;

use foregone::middleware::ForkError;
use listening::{SECOND, Seen, is, settle, store};
use std::future::pending;
use std::sync::{Arc, Mutex, mpsc};
use watchdog::must_end;

/// Notes that it is gone.
struct Gone(Seen, &'static str);

impl Drop for Gone {
    fn drop(&mut self) {
        self.0.note(self.1);
    }
}

#[tokio::test(start_paused = true)]
async fn a_fork_runs_beside_its_effect_and_gives_what_it_comes_to() {
    let (store, listeners) = store();
    let _listening = listeners.on(is(1), |_, api| async move {
        let [one, two] = [10, 20].map(|n| {
            let sleep = api.sleep(SECOND);
            api.fork(async move {
                sleep.await;
                n
            })
        });
        api.dispatch(one.await.unwrap() + two.await.unwrap());
    });
    store.dispatch(1);
    tokio::time::sleep(SECOND * 3 / 2).await;
    assert_eq!(*store.state(), [1, 30]);
}

#[tokio::test(start_paused = true)]
async fn one_that_is_cancelled_or_panics_says_so_and_its_effect_goes_on() {
    let (store, listeners) = store();
    let seen = Seen::default();
    let notes = seen.clone();
    let _listening = listeners.on(is(1), move |_, api| {
        let notes = notes.clone();
        async move {
            let gone = Gone(notes.clone(), "gone");
            let mut endless = api.fork(async move {
                let _gone = gone;
                pending::<()>().await;
            });
            api.sleep(SECOND).await;
            endless.cancel();
            assert_eq!(endless.await, Err(ForkError::Cancelled));
            notes.note("cancelled");
            let panics = api.fork(async { panic!("as the test says") });
            let panicked: Result<(), _> = panics.await;
            assert_eq!(panicked, Err(ForkError::Panicked("as the test says".to_owned())));
            api.dispatch(2);
        }
    });
    store.dispatch(1);
    tokio::time::sleep(SECOND * 2).await;
    assert_eq!(*store.state(), [1, 2]);
    assert_eq!(seen.all(), ["gone", "cancelled"]);
}

#[tokio::test(start_paused = true)]
async fn one_whose_handle_is_dropped_goes_on_until_its_effect_ends() {
    let (store, listeners) = store();
    let seen = Seen::default();
    let notes = seen.clone();
    let _listening = listeners.on(is(1), move |_, api| {
        let notes = notes.clone();
        async move {
            let ticks = api.clone();
            drop(api.fork(async move {
                let _gone = Gone(notes.clone(), "gone");
                loop {
                    ticks.sleep(SECOND).await;
                    notes.note("tick");
                }
            }));
            api.sleep(SECOND * 5 / 2).await;
        }
    });
    store.dispatch(1);
    tokio::time::sleep(SECOND * 10).await;
    assert_eq!(seen.all(), ["tick", "tick", "gone"]);
}

#[tokio::test(start_paused = true)]
async fn it_ends_with_its_effect_however_that_ends() {
    for ends in ["by a panic", "with the listener", "with the store"] {
        let (store, listeners) = store();
        let held = Arc::new(());
        let holds = Arc::clone(&held);
        let listening = listeners.on(is(1), move |_, api| {
            let holds = Arc::clone(&holds);
            async move {
                let _fork = api.fork(async move {
                    pending::<()>().await;
                    drop(holds);
                });
                api.sleep(SECOND).await;
                assert_ne!(ends, "by a panic", "on purpose");
                pending::<()>().await;
            }
        });
        store.dispatch(1);
        settle().await;
        assert_eq!(Arc::strong_count(&held), 3, "the listener and the fork hold it");
        match ends {
            "with the listener" => drop(listening),
            "with the store" => drop(store),
            _ => {
                tokio::time::sleep(SECOND).await;
                listening.let_finish();
            }
        }
        settle().await;
        assert_eq!(Arc::strong_count(&held), 1, "{ends}");
    }
}

#[tokio::test(start_paused = true)]
async fn of_take_latest_the_newer_effect_begins_when_the_forks_of_the_older_are_gone_too() {
    let (store, listeners) = store();
    let seen = Seen::default();
    let notes = seen.clone();
    let _listening = listeners.take_latest().on(is(1), move |_, api| {
        let notes = notes.clone();
        async move {
            notes.note("begins");
            let gone = Gone(notes, "fork gone");
            let _fork = api.fork(async move {
                let _gone = gone;
                pending::<()>().await;
            });
            pending::<()>().await;
        }
    });
    for _ in 0..2 {
        store.dispatch(1);
        settle().await;
    }
    assert_eq!(seen.all(), ["begins", "fork gone", "begins"]);
}

#[test]
fn of_take_latest_the_newer_effect_waits_for_the_forks_also_of_one_that_never_began_itself() {
    must_end(|| {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).build().unwrap();
        let (store, listeners) = runtime.block_on(async { store() });
        let (seen, (go_on, may_go_on), (done, is_done)) = (Seen::default(), mpsc::channel(), mpsc::channel());
        let (notes, may_go_on) = (seen.clone(), Mutex::new(Some(may_go_on)));
        let _listening = listeners.take_latest().on(is(1), move |_, api| {
            let (notes, done) = (notes.clone(), done.clone());
            let first = may_go_on.lock().unwrap().take();
            if let Some(may_go_on) = first {
                let (begun, has_begun) = mpsc::channel();
                let gone = Gone(notes.clone(), "fork gone");
                drop(api.fork(async move {
                    let _gone = gone;
                    begun.send(()).unwrap();
                    may_go_on.recv().unwrap();
                }));
                has_begun.recv().unwrap();
                // The newer one comes in the turn of the older, which cannot have begun.
                api.dispatch(1);
            }
            async move {
                notes.note("begins");
                done.send(()).unwrap();
            }
        });
        store.dispatch(1);
        // The other worker has had its chance to run the newer one.
        runtime.block_on(runtime.spawn(async {})).unwrap();
        go_on.send(()).unwrap();
        is_done.recv().unwrap();
        assert_eq!(seen.all(), ["fork gone", "begins"]);
    });
}

#[tokio::test(start_paused = true)]
async fn one_of_an_effect_that_has_ended_never_runs() {
    let (store, listeners) = store();
    let seen = Seen::default();
    let (tell, told) = std::sync::mpsc::channel();
    let _listening = listeners.on(is(1), move |_, api| {
        let _ = tell.send(api);
        async {}
    });
    store.dispatch(1);
    settle().await;
    let notes = seen.clone();
    let fork = told.recv().unwrap().fork(async move { notes.note("runs") });
    assert_eq!(fork.await, Err(ForkError::Cancelled));
    assert!(seen.all().is_empty());
}
