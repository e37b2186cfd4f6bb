//! Measures several subjects in turns.

use foregone_benches::Cpu;
use serde::{Deserialize, Serialize};
use std::time::Instant;

/// What one thing cost, in nanoseconds.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Cost {
    /// CPU time of all threads of the process.
    pub cpu: f64,
    /// Time on the clock.
    pub wall: f64,
}

/// The costs of one subject in one case.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Sample {
    /// The subject.
    pub name: String,
    /// What it did.
    pub case: String,
    /// One for each round.
    pub costs: Vec<Cost>,
}

/// Something that is measured, and asserts by itself that nothing was lost.
pub struct Subject {
    /// Its name.
    pub name: &'static str,
    /// Does it this often.
    pub run: Box<dyn FnMut(u64)>,
}

impl std::fmt::Debug for Subject {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Subject").field("name", &self.name).finish_non_exhaustive()
    }
}

/// All subjects in turns: what disturbs one round disturbs all of them.
#[must_use]
pub fn in_turns(case: &str, mut subjects: Vec<Subject>, rounds: usize, times: u64) -> Vec<Sample> {
    let mut samples: Vec<Sample> = subjects
        .iter()
        .map(|subject| Sample { name: subject.name.into(), case: case.into(), costs: Vec::new() })
        .collect();
    // What is made once and kept is not the cost of one more.
    for subject in &mut subjects {
        (subject.run)(times);
    }
    for _ in 0..rounds {
        for (subject, sample) in subjects.iter_mut().zip(&mut samples) {
            sample.costs.push(cost(times, || (subject.run)(times)));
        }
    }
    samples
}

/// What `run` costs, divided by `times`.
#[expect(clippy::cast_precision_loss, reason = "a measurement has fewer digits than that")]
pub fn cost(times: u64, run: impl FnOnce()) -> Cost {
    let (cpu, wall) = (Cpu::Process.now(), Instant::now());
    run();
    let (wall, cpu) = (wall.elapsed(), Cpu::Process.now().saturating_sub(cpu));
    Cost { cpu: cpu.as_nanos() as f64 / times as f64, wall: wall.as_nanos() as f64 / times as f64 }
}

/// The middle one.
#[must_use]
pub fn median(values: impl Iterator<Item = f64>) -> Option<f64> {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied()
}
