//! What became of many dispatches, in words.
#![allow(dead_code, reason = "every test file compiles this and uses a part of it")]

use foregone::Store;
use foregone::middleware::{Completion, CompletionFuture, Failure, Outcome};
use futures_util::FutureExt;
use proptest::test_runner::{Config as ProptestConfig, RngSeed};

/// `Confirmed`, say, or `rejected: out of order`.
pub(crate) fn told(outcome: &Result<Outcome, Failure>) -> String {
    match outcome {
        Ok(outcome) => format!("{outcome:?}"),
        Err(failure) => failure.to_string(),
    }
}

/// What it has come to, if it has ended.
pub(crate) fn ended(completion: Completion) -> Option<String> {
    completion.into_future().now_or_never().map(|outcome| told(&outcome))
}

/// Dispatches by number, until they have ended.
#[derive(Default)]
pub(crate) struct Outcomes(Vec<(u32, CompletionFuture)>);

impl Outcomes {
    pub(crate) fn watch(&mut self, number: u32, completion: Completion) {
        self.0.push((number, completion.into_future()));
    }

    /// Those that have ended since this was last called, by number.
    pub(crate) fn news(&mut self) -> Vec<(u32, String)> {
        let mut news = Vec::new();
        self.0.retain_mut(|(number, future)| match future.now_or_never() {
            Some(outcome) => {
                news.push((*number, told(&outcome)));
                false
            }
            None => true,
        });
        news.sort();
        news
    }

    pub(crate) fn open(&self) -> usize {
        self.0.len()
    }
}

/// Whether all of what waits ends as cancelled, whichever goes first: the store, or the runtime it was made in.
pub(crate) fn assert_cancelled_with_store_or_runtime<S, A>(dispatch: impl Fn() -> (Store<S, A>, Vec<Completion>)) {
    for store_goes_first in [true, false] {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        let entered = runtime.enter();
        let (store, completions) = dispatch();
        drop(entered);
        if store_goes_first {
            drop(store);
            drop(runtime);
        } else {
            drop(runtime);
            drop(store);
        }
        for completion in completions {
            assert_eq!(
                ended(completion).as_deref(),
                Some("cancelled: the store was dropped before the outcome was known")
            );
        }
    }
}

/// Random schedules that are the same each time; `FOREGONE_CASES` asks for more, `FOREGONE_SEED` for others.
pub(crate) fn schedules() -> ProptestConfig {
    let from_environment =
        |name: &str, otherwise: u64| std::env::var(name).map_or(otherwise, |number| number.parse().expect("a number"));
    ProptestConfig {
        cases: from_environment("FOREGONE_CASES", 256).try_into().expect("a number of cases"),
        rng_seed: RngSeed::Fixed(from_environment("FOREGONE_SEED", 1)),
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

/// Runs a test of one random schedule on a paused clock of its own.
pub(crate) fn on_a_paused_clock<T>(test: impl Future<Output = T>) -> T {
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    runtime.enable_time().start_paused(true).build().expect("a runtime").block_on(test)
}
