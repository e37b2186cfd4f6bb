//! Prints what the store costs beside the bare baseline, both measured in turns in one run.

use foregone_benches::{Goal, Question, questions};

/// The least of these is judged, since whatever disturbs a measurement adds to it; where threads contend, the least
/// is when they happened not to, and the median says more.
const ROUNDS: u32 = 40;
/// Where things come to lie in memory counts as well: they are made anew this often.
const LAYOUTS: u32 = 5;

fn main() {
    println!("| CPU time per operation | bare | store | ratio | above | ratio of medians | goal | |");
    println!("|---|---|---|---|---|---|---|---|");
    for Question { name, goal, times, pair } in questions() {
        let (mut with, mut without) = (Vec::new(), Vec::new());
        for _ in 0..LAYOUTS {
            let (mut store, mut bare) = pair();
            for _ in 0..ROUNDS {
                with.push(store.measure(times));
                without.push(bare.measure(times));
            }
        }
        let ([least, median], [bare_least, bare_median]) = (least_and_median(with), least_and_median(without));
        let (ratio, above, medians) = (least / bare_least, least - bare_least, median / bare_median);
        let (goal, met) = match goal {
            Goal::Times(most) => (format!("{most} times"), verdict(ratio <= most)),
            Goal::Above(most) => (format!("{most} ns above"), verdict(above <= most)),
            Goal::None => (String::new(), ""),
        };
        let name = name.replace('_', " ");
        println!(
            "| {name} | {bare_least:.1} ns | {least:.1} ns | {ratio:.2} | {above:.1} ns | {medians:.2} | {goal} | {met} |"
        );
    }
}

fn least_and_median(mut costs: Vec<f64>) -> [f64; 2] {
    costs.sort_by(f64::total_cmp);
    [costs[0], costs[costs.len() / 2]]
}

fn verdict(met: bool) -> &'static str {
    if met { "met" } else { "missed" }
}
