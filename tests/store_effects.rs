//! Where effects run, in programs with a runtime and without.

mod log;
mod watchdog;

use foregone::Store;
use foregone::middleware::{Abandoned, BoxFuture, Completion, FailureKind, Outcome, StoreApi};
use foregone::tracing::Level;
use log::Log;
use std::sync::{Arc, Mutex, mpsc};
use std::thread;
use std::time::Duration;
use watchdog::must_end;

const LONG: Duration = Duration::from_secs(3600);

/// What an effect does before it tells that it has ended.
type Effect = Box<dyn Fn(&dyn StoreApi<u32, u32>) -> BoxFuture<()> + Send + Sync>;

/// A store that starts `effect` for each action.
fn starting(effect: impl Fn(&dyn StoreApi<u32, u32>) -> BoxFuture<()> + Send + Sync + 'static) -> Store<u32, u32> {
    let effect: Effect = Box::new(effect);
    Store::builder(0, |n, add| n + add)
        .middleware_fn(move |store, add, next| {
            let completion = next.run(add);
            let (resolver, ended) = Completion::pending();
            let effect = effect(store);
            store.spawn(Box::pin(async move {
                effect.await;
                resolver.resolve(Ok(Outcome::Confirmed));
            }));
            completion.join(ended)
        })
        .build()
}

fn wait(completion: Completion) -> Result<Outcome, foregone::middleware::Failure> {
    pollster::block_on(completion.into_future())
}

#[test]
fn a_program_without_a_runtime_gets_its_effects_run_on_one_thread_for_all_its_stores() {
    must_end(|| {
        let (tell, threads) = mpsc::channel();
        for _ in 0..2 {
            let tell = tell.clone();
            let store = starting(move |store| {
                let (tell, weak, sleep) = (tell.clone(), store.weak(), store.sleep(Duration::from_millis(1)));
                Box::pin(async move {
                    sleep.await;
                    tell.send(thread::current().id()).unwrap();
                    weak.turn(|store| assert_eq!(*store.state(), 1));
                })
            });
            assert_eq!(wait(store.dispatch(1)).unwrap(), Outcome::Confirmed);
        }
        let (one, two) = (threads.recv().unwrap(), threads.recv().unwrap());
        assert_eq!(one, two);
        assert_ne!(one, thread::current().id());
    });
}

#[test]
fn effects_that_nobody_waits_for_run_as_well() {
    must_end(|| {
        let (tell, told) = mpsc::channel();
        let store = starting(move |_| {
            let tell = tell.clone();
            Box::pin(async move { tell.send(()).unwrap() })
        });
        drop(store.dispatch(1));
        told.recv().unwrap();
    });
}

#[tokio::test(start_paused = true)]
async fn effects_run_on_the_runtime_the_store_was_built_in_and_by_its_clock() {
    let own = thread::current().id();
    let store = starting(move |store| {
        let (sleep, begin, weak) = (store.sleep(LONG), store.now(), store.weak());
        Box::pin(async move {
            assert_eq!(thread::current().id(), own);
            sleep.await;
            let end = weak.turn(|store| store.now()).unwrap();
            assert_eq!(end - begin, LONG, "the clock that `sleep` goes by");
        })
    });
    let before = tokio::time::Instant::now();
    assert_eq!(store.dispatch(1).await.unwrap(), Outcome::Confirmed);
    assert_eq!(before.elapsed(), LONG);
}

#[test]
fn a_dispatch_from_a_thread_outside_runs_its_effect_on_the_stores_runtime() {
    must_end(|| {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let (tell, told) = mpsc::channel();
        let store = {
            let _entered = runtime.enter();
            starting(move |_| {
                let tell = tell.clone();
                Box::pin(async move { tell.send(thread::current().id()).unwrap() })
            })
        };
        let completion = thread::spawn(move || (store.dispatch(1), store)).join().unwrap();
        runtime.block_on(completion.0.into_future()).unwrap();
        assert_eq!(told.recv().unwrap(), thread::current().id());
    });
}

#[test]
fn a_sleep_may_be_awaited_outside_of_any_runtime() {
    must_end(|| {
        let sleep: Arc<Mutex<Option<BoxFuture<()>>>> = Arc::default();
        let kept = Arc::clone(&sleep);
        let store = starting(move |store| {
            *kept.lock().unwrap() = Some(store.sleep(Duration::from_millis(1)));
            Box::pin(async {})
        });
        wait(store.dispatch(1)).unwrap();
        let sleep = sleep.lock().unwrap().take().unwrap();
        pollster::block_on(sleep);
    });
}

#[tokio::test(start_paused = true)]
async fn a_sleep_goes_by_the_stores_clock_also_where_another_runtime_awaits_it() {
    let slept: Arc<Mutex<Option<BoxFuture<()>>>> = Arc::default();
    let kept = Arc::clone(&slept);
    let store = starting(move |store| {
        *kept.lock().unwrap() = Some(store.sleep(LONG));
        Box::pin(async {})
    });
    store.dispatch(1).await.unwrap();
    let sleep = slept.lock().unwrap().take().unwrap();
    // Without a timer of its own: were the sleep made there, it would panic.
    let elsewhere = thread::spawn(|| tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(sleep));
    while !elsewhere.is_finished() {
        tokio::time::advance(LONG).await;
        tokio::task::yield_now().await;
    }
    elsewhere.join().unwrap();
}

#[test]
fn nobody_waits_for_ever_for_an_effect_whose_runtime_is_gone() {
    must_end(|| {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let store = runtime.block_on(async { starting(|_| Box::pin(std::future::pending())) });
        let before = store.dispatch(1);
        drop(runtime);
        let after = store.dispatch(1);
        for completion in [before, after] {
            let failure = wait(completion).unwrap_err();
            assert_eq!(failure.kind(), FailureKind::Unknown);
            assert!(failure.downcast_ref::<Abandoned>().is_some());
        }
        assert_eq!(*store.state(), 2, "what needs no runtime goes on");
    });
}

#[tokio::test]
async fn an_effect_that_panics_harms_nobody_and_is_reported() {
    let (log, _listening) = Log::listen(Level::ERROR);
    let store = starting(|store| {
        let n = *store.state();
        Box::pin(async move {
            tokio::task::yield_now().await;
            assert_ne!(n, 1, "the effect panics on purpose");
        })
    });
    let failure = store.dispatch(1).await.unwrap_err();
    assert_eq!(failure.kind(), FailureKind::Unknown);
    let lines = log.lines();
    assert_eq!(lines.len(), 1, "{lines:?}");
    assert!(lines[0].contains("ERROR") && lines[0].contains("an effect panicked"), "{lines:?}");
    assert_eq!(store.dispatch(1).await.unwrap(), Outcome::Confirmed);
    assert_eq!(log.lines().len(), 1, "an effect that ends well is not reported");
}

#[test]
fn an_effect_that_panics_on_the_background_thread_leaves_it_to_the_others() {
    must_end(|| {
        let panicking = starting(|_| Box::pin(async { panic!("the effect panics on purpose") }));
        assert!(wait(panicking.dispatch(1)).is_err());
        assert!(wait(panicking.dispatch(1)).is_err());
        assert!(wait(starting(|_| Box::pin(async {})).dispatch(1)).is_ok());
    });
}

#[test]
fn an_effect_that_is_ended_by_somebody_elses_panic_is_not_reported_as_one_that_panicked() {
    let (log, _listening) = Log::listen(Level::ERROR);
    let panic = std::panic::catch_unwind(|| {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let store = starting(|_| Box::pin(std::future::pending()));
            let _ignored = store.dispatch(1);
            tokio::task::yield_now().await;
            // Kept: or its end would end the effect first.
            std::mem::forget(store);
        });
        panic!("with the runtime still there");
    });
    assert!(panic.is_err());
    assert_eq!(log.lines(), Vec::<String>::new());
}
