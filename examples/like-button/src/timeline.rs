//! What happens, as it happens: a line per event.

use crate::api::ApiError;
use crate::app::State;
use crate::messages::{Post, PostId};
use crate::output::Output;
use crate::paint::{BAD, BOLD, DIM, DOUBTFUL, GOOD, heart, painted};
use crate::row::{Row, Wire};
use anstyle::Style;
use foregone::middleware::{ErrorKind, Request, SyncError};
use std::collections::BTreeMap;
use std::mem;
use std::time::{Duration, Instant};

#[derive(Debug)]
pub(crate) struct Timeline {
    pub(crate) output: Output,
    start: Instant,
    /// Taps whose state has not been shown yet.
    taps: Vec<Tap>,
    screen: BTreeMap<PostId, bool>,
    wires: Vec<Wire>,
}

#[derive(Debug)]
struct Tap {
    at: Duration,
    post: PostId,
    liked: bool,
}

impl Timeline {
    pub(crate) fn new(output: Output, state: &State) -> Self {
        let screen: BTreeMap<_, _> = state.likes().collect();
        let wires = vec![Wire::Free; screen.len()];
        Self { output, start: Instant::now(), taps: Vec::new(), screen, wires }
    }

    pub(crate) fn note(&self, text: &str) {
        self.output.line(&painted(DIM, text));
    }

    pub(crate) fn heading(&self, text: &str) {
        self.output.line(&format!("\n{BOLD}{text}{BOLD:#}\n{}", Row::heading(&self.wires)));
    }

    pub(crate) fn tapped(&mut self, post: PostId, liked: bool) {
        self.taps.push(Tap { at: self.start.elapsed(), post, liked });
    }

    pub(crate) fn shown(&mut self, state: &State) {
        for Tap { at, post, liked } in mem::take(&mut self.taps) {
            let shows = state.is_liked(post);
            self.screen.insert(post, shows);
            let tap = if liked { "like" } else { "unlike" };
            self.print(&Row { at, tap, screen: Some(shows), ..self.row(post) });
        }
        for (post, liked) in state.likes() {
            if self.screen.insert(post, liked) != Some(liked) {
                self.print(&Row { screen: Some(liked), answer: (DIM, "from the server".to_owned()), ..self.row(post) });
            }
        }
    }

    pub(crate) fn sent(&mut self, request: &Request<PostId, bool>) {
        let again = if request.attempt > 1 { format!(", try {}", request.attempt) } else { String::new() };
        let text = format!("PUT {} #{}{again}", heart(request.value), request.number);
        self.wire(request.key, Wire::Begins);
        self.print(&Row { request: text, ..self.row(request.key) });
        self.wire(request.key, Wire::InFlight);
    }

    pub(crate) fn answered(&mut self, post: PostId, answer: &Result<Post, ApiError>) {
        let (end, then) = match answer.as_ref().map_err(ApiError::kind) {
            Ok(_) | Err(ErrorKind::Refused) => (Wire::Ends, Wire::Free),
            Err(_) => (Wire::Breaks, Wire::Waits),
        };
        let answer = answer.as_ref().map(|post| format!("200 {}", heart(post.liked)));
        self.ended(post, end, then, described(answer));
    }

    pub(crate) fn unanswered(&mut self, post: PostId) {
        self.ended(post, Wire::Breaks, Wire::Waits, (DOUBTFUL, "no answer in time".to_owned()));
    }

    pub(crate) fn failed(&mut self, post: PostId, error: &SyncError<ApiError>) {
        self.wire(post, Wire::Free);
        self.print(&Row { answer: (BAD, format!("failed for good: {error}")), ..self.row(post) });
    }

    /// Something newer may be in flight already.
    pub(crate) fn rested(&mut self, post: PostId) {
        if self.wire_of(post) == Some(Wire::Waits) {
            self.wire(post, Wire::Free);
        }
    }

    pub(crate) fn asked(&self, post: Option<PostId>) {
        self.print(&Row { request: "GET".to_owned(), post, ..self.row_of_all() });
    }

    pub(crate) fn told<T>(&self, post: Option<PostId>, answer: &Result<T, ApiError>) {
        let answer = answer.as_ref().map(|_| "200".to_owned());
        self.print(&Row { answer: described(answer), post, ..self.row_of_all() });
    }

    fn ended(&mut self, post: PostId, end: Wire, then: Wire, answer: (Style, String)) {
        self.wire(post, end);
        self.print(&Row { answer, ..self.row(post) });
        self.wire(post, then);
    }

    fn row(&self, post: PostId) -> Row {
        Row { post: Some(post), ..self.row_of_all() }
    }

    fn row_of_all(&self) -> Row {
        Row { at: self.start.elapsed(), ..Row::default() }
    }

    fn print(&self, row: &Row) {
        self.output.line(&row.drawn(&self.wires));
    }

    fn wire_of(&self, post: PostId) -> Option<Wire> {
        self.wires.get(post.checked_sub(1)? as usize).copied()
    }

    fn wire(&mut self, post: PostId, wire: Wire) {
        if let Some(slot) = post.checked_sub(1).and_then(|index| self.wires.get_mut(index as usize)) {
            *slot = wire;
        }
    }
}

fn described(answer: Result<String, &ApiError>) -> (Style, String) {
    match answer {
        Ok(answer) => (GOOD, answer),
        Err(error) if error.kind() == ErrorKind::Refused => (BAD, error.to_string()),
        Err(error) => (DOUBTFUL, error.to_string()),
    }
}
