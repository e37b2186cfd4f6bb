//! What a dispatch costs, by store.

use super::{Run, time, times};
use std::fmt::Write;

const TABLES: [(&str, &[&str]); 3] = [
    ("One action", &["dispatch", "dispatch, read it back", "3 middlewares", "4 threads", "read"]),
    ("Subscribers", &["1 subscriber", "100 subscribers", "10,000 subscribers"]),
    ("One entry of a large map", &["map of 100,000", "map of 100,000, integer keys"]),
];

pub(super) fn tables(run: &Run) -> String {
    let mut page = String::new();
    for (title, cases) in TABLES {
        write!(page, "\n## {title}\n\nCPU time\n\n").ok();
        page += &table(run, cases, Run::cpu);
        page += "\nTime on the clock\n\n";
        page += &table(run, cases, Run::wall);
    }
    page += "\n## Allocations and instructions of one dispatch\n\n| | allocations | instructions |\n|---|---|---|\n";
    for (name, allocations) in run.counted.iter().flat_map(|counted| &counted.per_dispatch) {
        let instructions = run.instructions.iter().find(|(of, _)| of == name);
        let instructions = instructions.map_or(String::new(), |(_, count)| count.to_string());
        writeln!(page, "| {name} | {allocations:.2} | {instructions} |").ok();
    }
    page
}

fn table(run: &Run, cases: &[&str], figure: fn(&Run, &str, &str) -> Option<f64>) -> String {
    let mut page = format!("| | {} |\n|---|{}\n", cases.join(" | "), "---|".repeat(cases.len()));
    for name in run.names() {
        let cells: Vec<_> = cases.iter().map(|case| figure(run, name, case)).collect();
        if cells.iter().all(Option::is_none) {
            continue;
        }
        write!(page, "| {name} |").ok();
        for (case, cell) in cases.iter().zip(cells) {
            // Where keys differ, what foregone does is the same.
            let own = figure(run, "foregone", case.split(", integer").next().unwrap_or(case));
            match (cell, own) {
                (Some(cell), Some(_)) if name == "foregone" => write!(page, " **{}** |", time(cell)),
                (Some(cell), Some(own)) => write!(page, " {} ({}) |", time(cell), times(cell / own)),
                _ => write!(page, " |"),
            }
            .ok();
        }
        page.push('\n');
    }
    page
}
