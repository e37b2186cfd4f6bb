//! The store that ships and a plain one do the same steps, and nobody can tell them apart.
//!
//! After each step both have the same state, and every callback, stream and panic was the same, in the same order. That
//! nobody sees an older state after a newer one, and everybody the last, is checked without asking the plain one.
//! `FOREGONE_CASES` asks for more cases, `FOREGONE_SEED` for others.

mod real;
mod reference;
mod step;

use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use proptest_state_machine::{ReferenceStateMachine, StateMachineTest, prop_state_machine};
use real::Real;
use reference::{Reference, Seen, Shape, State};
use std::collections::HashMap;
use step::Step;

const CASES: u64 = 256;

struct Model;

impl ReferenceStateMachine for Model {
    type State = Reference;
    type Transition = Step;

    fn init_state() -> BoxedStrategy<Reference> {
        let shapes = [Shape::ByRef, Shape::ByValue, Shape::ByMut, Shape::InPlace];
        proptest::sample::select(shapes.to_vec()).prop_map(Reference::new).boxed()
    }

    fn transitions(_: &Reference) -> BoxedStrategy<Step> {
        step::step()
    }

    fn apply(mut store: Reference, step: &Step) -> Reference {
        store.outside(step);
        store
    }
}

impl StateMachineTest for Model {
    type SystemUnderTest = Real;
    type Reference = Self;

    fn init_test(reference: &Reference) -> Real {
        Real::new(reference.shape)
    }

    fn apply(store: Real, _: &Reference, step: Step) -> Real {
        store.outside(&step);
        store
    }

    fn check_invariants(store: &Real, reference: &Reference) {
        assert_eq!(store.state(), reference.state());
        assert_eq!(store.held(), reference.held(), "a callback is freed when it ends");
        let log = store.log();
        assert_eq!(log, reference.log);
        for (watcher, newest) in newest_calls(&log) {
            let is_last = store.state().is_none_or(|state| state == newest);
            assert!(is_last || !reference.is_watching(watcher), "{watcher} was not told the last state");
        }
    }
}

/// The state that each callback was called with last, and never an older one after a newer one.
fn newest_calls(log: &[Seen]) -> HashMap<usize, State> {
    let mut newest = HashMap::new();
    for seen in log {
        if let Seen::Call { watcher, state, .. } = seen {
            let before = newest.insert(*watcher, *state);
            assert!(before.is_none_or(|before: State| before.count <= state.count), "{before:?} before {seen:?}");
        }
    }
    newest
}

fn from_environment(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).map_or(otherwise, |number| number.parse().expect("a number"))
}

fn config() -> ProptestConfig {
    ProptestConfig {
        cases: from_environment("FOREGONE_CASES", CASES).try_into().expect("a number of cases"),
        rng_seed: RngSeed::Fixed(from_environment("FOREGONE_SEED", 1)),
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

prop_state_machine! {
    #![proptest_config(config())]

    #[test]
    fn nobody_can_tell_the_store_from_a_plain_one(sequential 1..40 => Model);
}
