//! What foregone is measured against, and what it is measured with.
//!
//! - `cargo bench -p foregone-benches`: one file per question, each beside its bare baseline.
//! - `cargo run --release -p foregone-benches --bin ratios`: the goals of the project, as a table.
//! - `cargo run --profile counted -p foregone-benches --bin instructions`: whether an operation takes more of them.
//! - `cargo test -p foregone-benches`: how often a dispatch allocates.
//!
//! All figures are CPU time: what other programs do meanwhile counts little.

mod bare;
mod callgrind;
mod counter;
mod cpu;
mod likes;
mod pairs;
mod question;
mod subject;

pub use bare::Bare;
pub use callgrind::instructions;
pub use counter::{Callback, Counter, add, bare_counter, callbacks, counter, subscribe};
pub use cpu::{Cpu, criterion};
pub use likes::{Action, Like, Likes, Posts, Server, likes, liking, runtime};
pub use question::{Goal, Question, bench, questions};
pub use subject::Subject;
