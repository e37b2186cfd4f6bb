//! A plot of the main figures.

use crate::Run;
use std::fmt::Write;

const WIDTH: f64 = 860.0;
const LEFT: f64 = 250.0;
const ROW: f64 = 20.0;
/// The scale: from a nanosecond to ten to this power.
const DECADES: i32 = 9;

/// Horizontal bars on a logarithmic scale, one panel for each question.
#[must_use]
pub fn plot(run: &Run) -> String {
    let costs = |case: &str| {
        let names: Vec<&str> = run.names();
        names.into_iter().filter_map(|name| Some((name.to_owned(), run.cpu(name, case)?))).collect::<Vec<_>>()
    };
    let own = run.tap().map(|cpu| ("foregone".to_owned(), cpu));
    let taps = own.into_iter().chain(run.bursts.iter().map(|burst| (burst.name.clone(), burst.cost.cpu))).collect();
    let panels = [
        ("One dispatch", costs("dispatch")),
        ("One dispatch, read back", costs("dispatch, read it back")),
        ("One entry of a map of 100,000", costs("map of 100,000")),
        ("One tap of a burst, requests included", taps),
    ];
    let mut body = String::new();
    let mut y = 24.0;
    for (title, bars) in panels {
        write!(body, r#"<text x="8" y="{y}" font-weight="bold">{title}</text>"#).ok();
        y += 8.0;
        for (name, cpu) in bars {
            bar(&mut body, y, &name, cpu);
            y += ROW;
        }
        y += 30.0;
    }
    let mut grid = String::new();
    for decade in 0..=DECADES {
        let x = place(10_f64.powi(decade));
        let label = ["1 ns", "10 ns", "100 ns", "1 µs", "10 µs", "100 µs", "1 ms", "10 ms", "100 ms", "1 s"]
            [usize::try_from(decade).unwrap_or(0)];
        write!(
            grid,
            r##"<path d="M{x} 8V{y}" stroke="#ccc"/><text x="{x}" y="{}" text-anchor="middle">{label}</text>"##,
            y + 14.0
        )
        .ok();
    }
    let height = y + 24.0;
    format!(
        r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" font-family="sans-serif" font-size="12">
<title>CPU time, logarithmic: shorter is better</title><rect width="100%" height="100%" fill="#fff"/>
{grid}
{body}</svg>
"##
    )
}

fn place(nanoseconds: f64) -> f64 {
    LEFT + nanoseconds.max(1.0).log10() / f64::from(DECADES) * (WIDTH - LEFT - 30.0)
}

fn bar(body: &mut String, y: f64, name: &str, cpu: f64) {
    let width = place(cpu) - LEFT;
    let colour = if name.starts_with("foregone") { "#c2185b" } else { "#78909c" };
    let name = name.replace('`', "").replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    let (middle, end) = (y + 14.0, LEFT + width + 4.0);
    let top = y + 3.0;
    writeln!(
        body,
        r#"<text x="{}" y="{middle}" text-anchor="end">{name}</text><rect x="{LEFT}" y="{top}" width="{width:.1}" height="14" fill="{colour}"/><text x="{end:.1}" y="{middle}">{}</text>"#,
        LEFT - 8.0,
        crate::report::time(cpu),
    )
    .ok();
}
