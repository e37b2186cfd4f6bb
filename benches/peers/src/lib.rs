//! foregone beside its alternatives, on the same work in one run.
//!
//! `cargo run --release -p foregone-peers` writes `BENCHMARKS.md` and its plot. Never part of a user's build.

mod apps;
mod cases;
mod counted;
mod instructions;
mod likes;
mod machine;
mod measure;
mod node;
mod overlaps;
mod peer;
mod peers;
mod plot;
mod report;
mod setup;
mod taps;

pub use apps::{LARGE, Large, counter, large_map};
pub use cases::rust_cases;
pub use counted::{Counted, InFlight};
pub use instructions::{dispatch, instructions};
pub use likes::{Action as LikeAction, Answers, Like, Likes, Posts, Refused, Server, Sync, likes};
pub use machine::{counted, machine, versions};
pub use measure::{Cost, Sample, Subject, cost, in_turns, median};
pub use node::Node;
pub use overlaps::{Answered, End, Ends, OVERLAPS, overlaps};
pub use peer::{Candidate, Kind, Peer, candidates};
pub use plot::plot;
pub use report::{Run, report};
pub use setup::{Action, Setup, State};
pub use taps::{Burst, KEYS, TAPS, burst};
