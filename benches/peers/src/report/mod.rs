//! BENCHMARKS.md.

mod costs;
mod goals;
mod notes;
mod taps;

use crate::{Burst, Counted, Ends, InFlight, Sample, machine, median, versions};
use std::fmt::Write;

/// Everything that was measured.
#[derive(Debug, Clone, Default)]
pub struct Run {
    /// Costs, by case and name; several of the same when there were several passes.
    pub samples: Vec<Sample>,
    /// foregone's bursts, one for each pass.
    pub own_bursts: Vec<Burst>,
    /// The other libraries'.
    pub bursts: Vec<Burst>,
    /// The other libraries' keys in flight.
    pub in_flight: Vec<InFlight>,
    /// Where overlaps ended. The first is foregone's.
    pub overlaps: Vec<Ends>,
    /// Counted allocations.
    pub counted: Option<Counted>,
    /// Instructions of one dispatch, by name.
    pub instructions: Vec<(String, u64)>,
    /// The JavaScript engine and its packages.
    pub node: Option<String>,
}

impl Run {
    /// The median CPU time of a case.
    #[must_use]
    pub fn cpu(&self, name: &str, case: &str) -> Option<f64> {
        median(self.costs(name, case).map(|cost| cost.cpu))
    }

    /// The least CPU time of a case: when nothing disturbed it, and the memory it asked for was at hand.
    #[must_use]
    pub fn least(&self, name: &str, case: &str) -> Option<f64> {
        self.costs(name, case).map(|cost| cost.cpu).min_by(f64::total_cmp)
    }

    /// The median time on the clock.
    #[must_use]
    pub fn wall(&self, name: &str, case: &str) -> Option<f64> {
        median(self.costs(name, case).map(|cost| cost.wall))
    }

    fn costs<'a>(&'a self, name: &'a str, case: &'a str) -> impl Iterator<Item = &'a crate::Cost> {
        let matches = move |sample: &&Sample| sample.name == name && sample.case == case;
        self.samples.iter().filter(matches).flat_map(|sample| &sample.costs)
    }

    /// foregone's CPU time of a tap.
    #[must_use]
    pub fn tap(&self) -> Option<f64> {
        median(self.own_bursts.iter().map(|burst| burst.cost.cpu))
    }

    /// All names in the order of their first case.
    pub(crate) fn names(&self) -> Vec<&str> {
        let mut names = Vec::new();
        for sample in &self.samples {
            if !names.contains(&sample.name.as_str()) {
                names.push(&sample.name);
            }
        }
        names
    }
}

/// The page.
#[must_use]
pub fn report(run: &Run) -> String {
    let mut page = String::from(notes::TITLE);
    writeln!(page, "- Machine: {}", machine()).ok();
    writeln!(page, "- Rust: {}", versions()).ok();
    if let Some(node) = &run.node {
        writeln!(page, "- JavaScript: {node}").ok();
    }
    page += notes::METHOD;
    page += &goals::table(run);
    page += "\n![The same figures on a logarithmic scale](docs/benchmarks.svg)\n";
    page += &costs::tables(run);
    page += &taps::tables(run);
    page += notes::NOTES;
    page
}

/// Nanoseconds, as a reader likes them.
pub(crate) fn time(nanoseconds: f64) -> String {
    match nanoseconds {
        ns if ns < 1e3 => format!("{ns:.1} ns"),
        ns if ns < 1e6 => format!("{:.2} µs", ns / 1e3),
        ns => format!("{:.1} ms", ns / 1e6),
    }
}

fn times(ratio: f64) -> String {
    if ratio < 10.0 { format!("{ratio:.2}×") } else { format!("{ratio:.0}×") }
}
