//! Something that can be done any number of times.

use crate::Cpu;
use std::fmt;
use std::time::Duration;

/// What is measured.
pub struct Subject {
    cpu: Cpu,
    run: Box<dyn FnMut(u64)>,
}

impl Subject {
    /// Does `once` again and again.
    pub fn each(mut once: impl FnMut() + 'static) -> Self {
        Self::batch(Cpu::Thread, move |times| (0..times).for_each(|_| once()))
    }

    /// `run` does it a number of times.
    pub fn batch(cpu: Cpu, run: impl FnMut(u64) + 'static) -> Self {
        Self { cpu, run: Box::new(run) }
    }

    /// Does it this often.
    pub fn run(&mut self, times: u64) {
        (self.run)(times);
    }

    /// CPU time of doing it this often.
    pub fn spend(&mut self, times: u64) -> Duration {
        let start = self.cpu.now();
        self.run(times);
        self.cpu.now().saturating_sub(start)
    }

    /// CPU time of doing it once, in nanoseconds.
    #[expect(clippy::cast_precision_loss, reason = "a measurement has fewer digits than that")]
    pub fn measure(&mut self, times: u64) -> f64 {
        self.spend(times).as_nanos() as f64 / times as f64
    }
}

impl fmt::Debug for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Subject").field("cpu", &self.cpu).finish_non_exhaustive()
    }
}
