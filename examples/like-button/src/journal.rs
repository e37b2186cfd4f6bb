//! Where everything that happens is told: to the timeline, which shows it, and to the tally, which counts it.

use crate::api::ApiError;
use crate::app::State;
use crate::messages::{Post, PostId};
use crate::tally::Tally;
use crate::timeline::Timeline;
use foregone::middleware::{ErrorKind, Finish, Request, SyncError};
use std::sync::{Mutex, MutexGuard, PoisonError};

#[derive(Debug)]
pub(crate) struct Journal {
    pages: Mutex<Pages>,
}

#[derive(Debug)]
pub(crate) struct Pages {
    pub(crate) timeline: Timeline,
    pub(crate) tally: Tally,
}

impl Journal {
    pub(crate) fn new(timeline: Timeline) -> Self {
        Self { pages: Mutex::new(Pages { timeline, tally: Tally::default() }) }
    }

    /// Nobody dispatches, and so nobody comes back here, while holding this.
    pub(crate) fn pages(&self) -> MutexGuard<'_, Pages> {
        self.pages.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn tapped(&self, post: PostId, liked: bool) {
        let mut pages = self.pages();
        pages.tally.of(post).taps += 1;
        pages.timeline.tapped(post, liked);
    }

    pub(crate) fn shown(&self, state: &State) {
        self.pages().timeline.shown(state);
    }

    pub(crate) fn sent(&self, request: &Request<PostId, bool>) -> Flight<'_> {
        let mut pages = self.pages();
        let count = pages.tally.of(request.key);
        count.requests += 1;
        count.intents += u32::from(request.attempt == 1);
        pages.timeline.sent(request);
        Flight { journal: self, post: request.key, landed: false }
    }

    pub(crate) fn finished(&self, finish: &Finish<PostId, bool, ApiError>) {
        let mut pages = self.pages();
        let count = pages.tally.of(finish.key);
        count.cycles += 1;
        if let Some(error) = &finish.error {
            let is_definite = matches!(&**error, SyncError::Send(error) if error.kind() == ErrorKind::Refused);
            count.given_up += u32::from(!is_definite);
            pages.timeline.failed(finish.key, error);
        }
        pages.timeline.rested(finish.key);
    }

    /// One post, or all.
    pub(crate) fn asked(&self, post: Option<PostId>) {
        self.pages().timeline.asked(post);
    }

    pub(crate) fn told<T>(&self, post: Option<PostId>, answer: &Result<T, ApiError>) {
        self.pages().timeline.told(post, answer);
    }

    pub(crate) fn note(&self, text: &str) {
        self.pages().timeline.note(text);
    }
}

/// A request under way. Dropped without an answer, it met its deadline.
#[derive(Debug)]
pub(crate) struct Flight<'a> {
    journal: &'a Journal,
    post: PostId,
    landed: bool,
}

impl Flight<'_> {
    pub(crate) fn answered(mut self, answer: &Result<Post, ApiError>) {
        self.landed = true;
        let mut pages = self.journal.pages();
        if answer.as_ref().is_err_and(|error| error.kind() != ErrorKind::Refused) {
            pages.tally.of(self.post).failures += 1;
        }
        pages.timeline.answered(self.post, answer);
    }
}

impl Drop for Flight<'_> {
    fn drop(&mut self) {
        if !self.landed {
            let mut pages = self.journal.pages();
            pages.tally.of(self.post).failures += 1;
            pages.timeline.unanswered(self.post);
        }
    }
}
