//! Colours, and text in columns.

use crate::messages::PostId;
use anstyle::{AnsiColor, Style};

pub(crate) const PLAIN: Style = Style::new();
pub(crate) const BOLD: Style = Style::new().bold();
pub(crate) const DIM: Style = Style::new().dimmed();
pub(crate) const GOOD: Style = AnsiColor::Green.on_default();
pub(crate) const DOUBTFUL: Style = AnsiColor::Yellow.on_default();
pub(crate) const BAD: Style = AnsiColor::Red.on_default().bold();
const LIKED: Style = AnsiColor::Red.on_default();
const POSTS: [AnsiColor; 5] =
    [AnsiColor::Cyan, AnsiColor::Magenta, AnsiColor::Blue, AnsiColor::Yellow, AnsiColor::Green];

/// Each post has a colour, in whatever column it appears.
pub(crate) fn of_post(post: PostId) -> Style {
    POSTS[post.saturating_sub(1) as usize % POSTS.len()].on_default()
}

pub(crate) fn painted(style: Style, text: &str) -> String {
    format!("{style}{text}{style:#}")
}

/// Padded before it is painted, since colours have no width.
pub(crate) fn left(style: Style, width: usize, text: &str) -> String {
    painted(style, &format!("{text:<width$}"))
}

pub(crate) fn right(style: Style, width: usize, text: &str) -> String {
    painted(style, &format!("{text:>width$}"))
}

pub(crate) fn heart(liked: bool) -> &'static str {
    if liked { "♥" } else { "♡" }
}

pub(crate) fn heart_style(liked: bool) -> Style {
    if liked { LIKED } else { PLAIN }
}

pub(crate) fn red_heart(liked: bool) -> String {
    painted(heart_style(liked), heart(liked))
}
