//! One line of the timeline.

use crate::messages::PostId;
use crate::paint::{BOLD, DIM, PLAIN, heart, heart_style, left, of_post, painted, right};
use anstyle::Style;
use std::time::Duration;

/// What is between a post and the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wire {
    Free,
    Begins,
    InFlight,
    Ends,
    Breaks,
    /// For the next try.
    Waits,
}

#[derive(Debug, Default)]
pub(crate) struct Row {
    pub(crate) at: Duration,
    /// None for all of them.
    pub(crate) post: Option<PostId>,
    pub(crate) tap: &'static str,
    pub(crate) screen: Option<bool>,
    pub(crate) request: String,
    pub(crate) answer: (Style, String),
}

impl Row {
    pub(crate) fn heading(wires: &[Wire]) -> String {
        let names: Vec<_> = (1..=wires.len()).map(|post| post.to_string()).collect();
        let wires = names.iter().map(|name| (DIM, name.as_str()));
        let titles = ["ms", "post", "tap", "screen", "request", "answer"];
        columns(titles.map(|title| (DIM, title)), wires)
    }

    pub(crate) fn drawn(&self, wires: &[Wire]) -> String {
        let ms = self.at.as_millis().to_string();
        let (mine, name) = match self.post {
            Some(post) => (of_post(post), post.to_string()),
            None => (PLAIN, "all".to_owned()),
        };
        let screen = self.screen.map_or((PLAIN, ""), |liked| (heart_style(liked), heart(liked)));
        let (style, answer) = &self.answer;
        let cells =
            [(DIM, &*ms), (mine, &*name), (BOLD, self.tap), screen, (mine, &*self.request), (*style, &**answer)];
        columns(cells, (1..).zip(wires).map(|(post, wire)| (of_post(post), wire.drawn())))
    }
}

/// The wires stand between screen and request. Nothing follows the last text.
fn columns<'a>(cells: [(Style, &'a str); 6], wires: impl Iterator<Item = (Style, &'a str)>) -> String {
    let [ms, post, tap, screen, request, answer] = cells;
    let mut columns = vec![(6, ms), (6, post), (8, tap), (8, screen)];
    columns.extend(wires.map(|wire| (3, wire)));
    columns.extend([(18, request), (0, answer)]);
    let last = columns.iter().rposition(|(_, (_, text))| !text.is_empty()).unwrap_or_default();
    let drawn = columns.into_iter().take(last + 1).enumerate().map(|(index, (width, (style, text)))| match index {
        0 => right(style, width, text) + "  ",
        _ if index == last => painted(style, text),
        _ => left(style, width, text),
    });
    drawn.collect()
}

impl Wire {
    const fn drawn(self) -> &'static str {
        match self {
            Self::Free => "",
            Self::Begins => "┌",
            Self::InFlight => "│",
            Self::Ends => "└",
            Self::Breaks => "×",
            Self::Waits => "┊",
        }
    }
}
