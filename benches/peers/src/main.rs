//! Runs it all and writes it down. With a name and a number it is the program that callgrind is given.

use foregone_peers::{Node, Run, burst, counted, dispatch, instructions, overlaps, plot, report, rust_cases};
use std::env::args;
use std::fs;
use std::path::Path;

/// Stores are built anew this often, with everything else in between: what disturbs one pass is outvoted.
const PASSES: usize = 3;

fn main() {
    let arguments: Vec<String> = args().skip(1).collect();
    if let [name, times] = &arguments[..] {
        return dispatch(name, times.parse().expect("a number of times"));
    }
    let root = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."));
    let node = Node::find();
    let mut run = Run { counted: Some(counted()), instructions: instructions(), ..Run::default() };
    for pass in 1..=PASSES {
        eprintln!("pass {pass} of {PASSES}");
        run.samples.extend(rust_cases());
        run.samples.extend(node.iter().flat_map(Node::cases));
        run.own_bursts.push(burst());
    }
    run.overlaps.push(overlaps());
    if let Some(node) = node {
        eprintln!("taps");
        run.bursts = node.bursts();
        run.in_flight = node.in_flight();
        run.overlaps.extend(node.overlaps());
        run.node = Some(node.versions);
    }
    fs::create_dir_all(root.join("docs")).expect("a folder for the plot");
    fs::write(root.join("docs/benchmarks.svg"), plot(&run)).expect("the plot can be written");
    fs::write(root.join("BENCHMARKS.md"), report(&run)).expect("BENCHMARKS.md can be written");
}
