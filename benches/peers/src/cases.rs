//! The cases that a Rust store can be measured in.

use crate::peer::wait_for;
use crate::{Action, Candidate, Kind, Peer, Sample, Setup, State, Subject, candidates, counter, in_turns, large_map};
use std::ops::Range;
use std::thread;

const ROUNDS: usize = 9;

/// Runs all of them once. Called several times in a run, each time with stores built anew, since it counts as well where
/// things come to lie in memory.
#[must_use]
pub fn rust_cases() -> Vec<Sample> {
    let mut samples = Vec::new();
    let mut case = |name, subjects, times| samples.extend(in_turns(name, subjects, ROUNDS, times));
    case("dispatch", subjects(|_| true, || counter(0, 0, false), alone), 20_000);
    let waits = |candidate: &Candidate<u64, u64>| candidate.waits;
    case("dispatch, read it back", subjects(waits, || counter(0, 0, false), one_by_one), 5_000);
    let plugs = |candidate: &Candidate<u64, u64>| candidate.middleware;
    case("3 middlewares", subjects(plugs, || counter(3, 0, false), alone), 20_000);
    let calls = |candidate: &Candidate<u64, u64>| candidate.callbacks;
    case("1 subscriber", subjects(calls, || counter(0, 1, false), alone), 20_000);
    case("100 subscribers", subjects(calls, || counter(0, 100, false), alone), 2_000);
    case("10,000 subscribers", subjects(calls, || counter(0, 10_000, false), alone), 20);
    case("4 threads", subjects(|_| true, || counter(0, 0, true), four_threads), 40_000);
    case("read", reads(), 20_000);
    case("map of 100,000", subjects(|_| true, large_map, alone), 2_000);
    samples
}

type Dispatch<S> = fn(&dyn Peer<S>, Range<u64>);

fn alone<S>(peer: &dyn Peer<S>, which: Range<u64>) {
    peer.dispatch(which);
}

fn one_by_one<S: State>(peer: &dyn Peer<S>, which: Range<u64>) {
    peer.dispatch_and_see(which.end - which.start, which.start);
}

fn four_threads<S>(peer: &dyn Peer<S>, which: Range<u64>) {
    let quarter = (which.end - which.start) / 4;
    thread::scope(|scope| {
        for n in 0..4 {
            let start = which.start + n * quarter;
            scope.spawn(move || peer.dispatch(start..start + quarter));
        }
    });
}

fn subjects<S: State, A: Action>(
    which: impl Fn(&Candidate<S, A>) -> bool,
    setup: impl Fn() -> Setup<S, A>,
    dispatch: Dispatch<S>,
) -> Vec<Subject> {
    candidates::<S, A>().iter().filter(|candidate| which(candidate)).map(|it| subject(it, &setup(), dispatch)).collect()
}

fn subject<S: State, A: Action>(candidate: &Candidate<S, A>, setup: &Setup<S, A>, dispatch: Dispatch<S>) -> Subject {
    let (peer, setup) = ((candidate.build)(setup.clone()), setup.clone());
    let queued = candidate.kind == Kind::Queued;
    let mut applied = 0;
    let run = move |times| {
        dispatch(&*peer, applied..applied + times);
        applied += times;
        peer.settle(&|state| state.applied() == applied);
        // A queue may be drained before the last subscriber was called.
        if queued {
            wait_for(|| setup.all_saw(applied));
        }
        assert!(setup.all_saw(applied), "every subscriber sees the last state");
    };
    Subject { name: candidate.name, run: Box::new(run) }
}

fn reads() -> Vec<Subject> {
    let subject = |candidate: &Candidate<u64, u64>| {
        let peer = (candidate.build)(counter(0, 0, false));
        peer.dispatch(0..7);
        peer.settle(&|count| *count == 7);
        let run = move |times| {
            peer.read(times);
            assert_eq!(peer.state(), 7, "a read changes nothing");
        };
        Subject { name: candidate.name, run: Box::new(run) }
    };
    candidates().iter().map(subject).collect()
}
