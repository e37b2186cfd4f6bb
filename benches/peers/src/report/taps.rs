//! Taps, keys in flight, overlaps.

use super::{Run, time, times};
use crate::{OVERLAPS, median};
use std::fmt::Write;

pub(super) fn tables(run: &Run) -> String {
    [bursts(run), in_flight(run), overlaps(run)].concat()
}

fn bursts(run: &Run) -> String {
    let mut page = String::from(
        "\n## A burst of taps on 1,000 keys, server answers at once\n\n\
         | | taps | CPU time per tap | on the clock | writes | reads | requests per tap |\n|---|---|---|---|---|---|---|\n",
    );
    let own = run.tap().unwrap_or(f64::NAN);
    if let Some(burst) = run.own_bursts.first() {
        let wall = median(run.own_bursts.iter().map(|burst| burst.cost.wall)).unwrap_or(f64::NAN);
        let writes = run.own_bursts.iter().map(|burst| burst.writes).max().unwrap_or(0);
        let cost = format!("**{}** | {}", time(own), time(wall));
        writeln!(page, "| foregone | {} | {cost} | {writes} | 0 | {} |", burst.taps, per(writes, burst.taps)).ok();
    }
    for burst in &run.bursts {
        let cost = format!("{} ({}) | {}", time(burst.cost.cpu), times(burst.cost.cpu / own), time(burst.cost.wall));
        let requests = format!("{} | {} | {}", burst.writes, burst.reads, per(burst.writes + burst.reads, burst.taps));
        writeln!(page, "| {} | {} | {cost} | {requests} |", burst.name, burst.taps).ok();
    }
    page +=
        "\nThe least a key can need is two: one that is sent when it is first tapped, and one with the last value.\n";
    page
}

#[expect(clippy::cast_precision_loss, reason = "a count has fewer digits than that")]
fn per(requests: u64, taps: u64) -> String {
    format!("{:.2}", requests as f64 / taps as f64)
}

fn in_flight(run: &Run) -> String {
    let mut page =
        String::from("\n## Memory of a key whose request is in flight\n\n| | keys | bytes per key |\n|---|---|---|\n");
    for held in run.counted.iter().flat_map(|it| [&it.in_flight, &it.bare_in_flight]).chain(&run.in_flight) {
        writeln!(page, "| {} | {} | {:.0} |", held.name, held.keys, held.bytes).ok();
    }
    if let Some(counted) = &run.counted {
        writeln!(page, "\nforegone keeps {:.2} bytes per key that has settled.", counted.at_rest).ok();
    }
    page
}

fn overlaps(run: &Run) -> String {
    let heads: Vec<_> = OVERLAPS.iter().map(|(name, _, right)| format!("{name}: {right}")).collect();
    let mut page = format!(
        "\n## Six overlaps\n\nOne key shows 0; A sets it to 1, and B to 2 while A is in flight. The heading says what the server \
         does and what the screen must show at the end; a wrong end is bold.\n\n| | {} | right |\n|---|{}---|\n",
        heads.join(" | "),
        "---|".repeat(heads.len()),
    );
    for ends in &run.overlaps {
        let mut right = 0;
        write!(page, "| {} |", ends.name).ok();
        for ((_, _, answer), end) in OVERLAPS.iter().zip(&ends.ends) {
            let shown = end.screen.map_or("nothing".into(), |screen| screen.to_string());
            if end.screen == Some(*answer) {
                right += 1;
                write!(page, " {shown} |").ok();
            } else {
                write!(page, " **{shown}** |").ok();
            }
        }
        writeln!(page, " {right} of {} |", OVERLAPS.len()).ok();
    }
    page
}
