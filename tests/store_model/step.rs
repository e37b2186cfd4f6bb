//! What a program may do with a store: from outside, in a turn, in a callback.

use proptest::collection::vec;
use proptest::prelude::*;

/// What a watcher takes from the state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum What {
    /// A callback for every change.
    Changes,
    /// A callback for each distinct value modulo this.
    Remainders(u32),
    /// The same as a stream.
    RemainderStream(u32),
    /// The states as a stream.
    Snapshots,
}

#[derive(Debug, Clone)]
pub(crate) enum Step {
    Add(u8),
    /// A dispatch whose reducer panics half way.
    Break,
    /// A dispatch that the middleware turns into these steps.
    Turn(Vec<Step>),
    /// A new watcher, whose callback does these steps when it is first called.
    Watch(What, Vec<Step>),
    /// The watcher of this number ends, whoever it is.
    Unwatch(usize),
    /// The stream of this number is read once, if it is one.
    Read(usize),
    Panic,
    /// A snapshot is kept.
    Keep,
    /// The snapshot kept last is looked at and released.
    Release,
    CloneHandle,
    DropHandle,
}

/// How deep callbacks and turns may be nested.
const DEPTH: u32 = 3;
/// More watchers than this are hardly made in one run: a number beyond names nobody.
const WATCHERS: usize = 8;

pub(crate) fn step() -> BoxedStrategy<Step> {
    nested(DEPTH)
}

fn nested(depth: u32) -> BoxedStrategy<Step> {
    let leaf = prop_oneof![
        10 => any::<u8>().prop_map(Step::Add),
        1 => Just(Step::Break),
        5 => (0..WATCHERS).prop_map(Step::Unwatch),
        4 => (0..WATCHERS).prop_map(Step::Read),
        1 => Just(Step::Panic),
        1 => Just(Step::Keep),
        1 => Just(Step::Release),
        3 => Just(Step::CloneHandle),
        1 => Just(Step::DropHandle),
    ];
    if depth == 0 {
        return leaf.boxed();
    }
    let steps = vec(nested(depth - 1), 0..5);
    prop_oneof![
        4 => leaf,
        1 => steps.clone().prop_map(Step::Turn),
        2 => (what(), steps).prop_map(|(what, steps)| Step::Watch(what, steps)),
    ]
    .boxed()
}

fn what() -> impl Strategy<Value = What> {
    prop_oneof![
        4 => Just(What::Changes),
        1 => (2..4_u32).prop_map(What::Remainders),
        1 => (2..4_u32).prop_map(What::RemainderStream),
        1 => Just(What::Snapshots),
    ]
}
