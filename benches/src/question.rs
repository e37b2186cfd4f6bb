//! The goals of the project.

use crate::{Cpu, Subject, pairs};
use criterion::Criterion;

/// What the store may cost.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Goal {
    /// This many times the baseline.
    Times(f64),
    /// This many nanoseconds more than the baseline.
    Above(f64),
    /// Told, not judged.
    None,
}

/// A store beside its baseline.
#[derive(Debug)]
pub struct Question {
    /// A word for the command line.
    pub name: &'static str,
    /// What the store may cost.
    pub goal: Goal,
    /// How often it is done per measurement: about a millisecond.
    pub times: u64,
    /// Makes what is measured: with a store, and without one.
    pub pair: fn() -> (Subject, Subject),
}

/// All of them.
#[must_use]
pub fn questions() -> [Question; 11] {
    let ask = |name, goal, times, pair| Question { name, goal, times, pair };
    [
        ask("dispatch", Goal::Times(2.5), 20_000, || pairs::dispatch(0)),
        ask("three_middlewares", Goal::Times(3.5), 20_000, || pairs::dispatch(3)),
        ask("one_subscriber", Goal::None, 20_000, || pairs::subscribers(1)),
        ask("ten_thousand_subscribers", Goal::Times(1.2), 50, || pairs::subscribers(10_000)),
        ask("four_threads", Goal::None, 200_000, pairs::four_threads),
        ask("read", Goal::Times(1.2), 50_000, pairs::read),
        ask("read_under_writer", Goal::None, 50_000, pairs::read_under_writer),
        ask("large_map", Goal::None, 1_000, || pairs::large_map(false)),
        ask("large_map_in_place", Goal::None, 1_000, || pairs::large_map(true)),
        ask("coalesced_tap", Goal::Above(250.0), 5_000, pairs::coalesced_tap),
        ask("cycle", Goal::None, 500, pairs::cycle),
    ]
}

/// Puts questions to criterion, by their names.
///
/// # Panics
///
/// If there is no question of that name.
pub fn bench(criterion: &mut Criterion<Cpu>, names: &[&str]) {
    for name in names {
        let question = questions().into_iter().find(|question| question.name == *name).expect("the name of a question");
        let mut group = criterion.benchmark_group(*name);
        let (mut store, mut bare) = (question.pair)();
        for (side, subject) in [("bare", &mut bare), ("store", &mut store)] {
            group.bench_function(side, |bencher| bencher.iter_custom(|times| subject.spend(times)));
        }
    }
}
