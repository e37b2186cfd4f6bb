//! Instructions of one dispatch, under callgrind.

use crate::{Candidate, Kind, candidates, counter};

/// By store, of those that can be waited for without looking again and again. None without valgrind.
#[must_use]
pub fn instructions() -> Vec<(String, u64)> {
    let counts = |candidate: &Candidate<u64, u64>| candidate.waits || candidate.kind != Kind::Queued;
    let count = |candidate: Candidate<u64, u64>| {
        Some((candidate.name.to_owned(), foregone_benches::instructions(&[candidate.name])?))
    };
    candidates().into_iter().filter(counts).filter_map(count).collect()
}

/// What is counted.
///
/// # Panics
///
/// If there is no store of that name.
pub fn dispatch(name: &str, times: u64) {
    let candidate = candidates::<u64, u64>().into_iter().find(|candidate| candidate.name == name);
    let peer = (candidate.expect("the name of a store").build)(counter(0, 0, false));
    peer.dispatch(0..times);
    peer.settle(&|count| *count == times);
}
