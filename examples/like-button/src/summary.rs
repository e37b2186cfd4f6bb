//! How it ended: what was saved, and whether screen and server agree.

use crate::app::State;
use crate::messages::Post;
use crate::paint::{BAD, BOLD, DIM, GOOD, heart, heart_style, of_post, painted, right};
use crate::tally::{Count, Tally};
use std::fmt::Write;

#[derive(Debug)]
pub(crate) struct Summary {
    pub(crate) text: String,
    pub(crate) agrees: bool,
}

impl Summary {
    /// `server` is what its database says, read past the server.
    pub(crate) fn new(state: &State, tally: &Tally, server: &[Post]) -> Self {
        let mut text = painted(DIM, "  post    taps  requests  coalesced  follow-ups  retries  screen  server\n");
        let mut differing = Vec::new();
        for (post, screen) in state.likes() {
            let held = server.iter().find(|held| held.id == post).map(|held| held.liked);
            let agrees = held == Some(screen);
            if !agrees {
                differing.push(post.to_string());
            }
            let name = right(of_post(post), 6, &post.to_string());
            let held = held.map_or_else(|| right(BAD, 6, "?"), |liked| right(heart_style(liked), 6, heart(liked)));
            let verdict = if agrees { String::new() } else { painted(BAD, "  differs") };
            let _ = writeln!(
                text,
                "{name}{}  {}  {held}{verdict}",
                counted(tally.get(post)),
                right(heart_style(screen), 6, heart(screen))
            );
        }
        let total = tally.total();
        let _ = writeln!(text, "{}{}\n", painted(BOLD, "   all"), painted(BOLD, &counted(total)));
        let _ = writeln!(
            text,
            "{}, {}: {} coalesced, {}, {}",
            plural(total.taps, "tap"),
            plural(total.requests, "request"),
            plural(total.coalesced(), "tap"),
            plural(total.follow_ups(), "follow-up"),
            if total.retries() == 1 { "1 retry".to_owned() } else { format!("{} retries", total.retries()) }
        );
        text += &if differing.is_empty() {
            painted(GOOD, &format!("screen == server, by its database: {} of {0} posts agree", state.likes().count()))
        } else {
            painted(BAD, &format!("screen != server: they differ on post {}", differing.join(", ")))
        };
        Self { text, agrees: differing.is_empty() }
    }
}

fn counted(count: Count) -> String {
    format!(
        "{:>8}{:>10}{:>11}{:>12}{:>9}",
        count.taps,
        count.requests,
        count.coalesced(),
        count.follow_ups(),
        count.retries()
    )
}

fn plural(count: u32, noun: &str) -> String {
    if count == 1 { format!("1 {noun}") } else { format!("{count} {noun}s") }
}
