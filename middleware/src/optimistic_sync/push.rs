//! What a server with revisions says unasked: another device's change, or an echo of our own.

use super::device::DeviceId;
use super::drive::Driver;
use super::lane::{Mark, Server};
use super::reply::HIGHEST;
use super::settled::Settled;
use super::spec::OptimisticSync;
use crate::outcome::Outcome;
use std::sync::Arc;

/// A push that cannot be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PushError {
    /// Without revisions, nobody can tell whether a pushed value is newer than what was sent: use a
    /// [`Refresh`](super::Refresh).
    #[error("the server keeps no revisions, so that pushes cannot be put in order: it is {0:?}")]
    NoRevisions(Server),
    /// Revisions count from 1.
    #[error("the revision is zero: they count from 1")]
    ZeroRevision,
    /// A number beyond 2^63 - 1 was never given out.
    #[error("the number is higher than any given out: {0}")]
    NumberTooHigh(u64),
    /// The store was dropped, or the middleware was never plugged into one.
    #[error("there is no store to show it in")]
    NoStore,
}

impl<S: 'static, A: 'static, P: OptimisticSync<S, A>> Driver<S, A, P> {
    pub(super) fn push(
        self: &Arc<Self>,
        key: &P::Key,
        (value, revision): (P::Value, u64),
        origin: Option<(DeviceId, u64)>,
    ) -> Result<bool, PushError> {
        if !self.rules.server.keeps_revisions() {
            return Err(PushError::NoRevisions(self.rules.server));
        }
        if revision == 0 {
            return Err(PushError::ZeroRevision);
        }
        let ours = origin.filter(|(device, _)| *device == self.config.device).map(|(_, number)| Mark::Accepted(number));
        if let Some(ours) = ours.filter(|ours| ours.number() > HIGHEST) {
            return Err(PushError::NumberTooHigh(ours.number()));
        }
        let heard = self.turn(|store| {
            let shown = self.spec.value(&store.state(), key);
            let mut settled = Settled { waiters: Vec::new(), finish: None };
            if let Some((number, waiter)) = self.lanes.lock().look(key, &shown) {
                let confirmed = ours.is_some_and(|ours| ours.number() == number);
                settled.waiters.push((waiter, Ok(if confirmed { Outcome::Confirmed } else { Outcome::Superseded })));
            }
            self.catch_up(key, ours);
            let was_at_rest = self.lanes.lock().is_at_rest(key);
            let (is_news, settlement) = self.lanes.lock().heard(key, (value, revision), ours)?;
            // At rest, what is no news is not shown again: the state may have been changed by other means since.
            let to_compare = Some(&shown).filter(|_| is_news || !was_at_rest);
            self.perform(store, key, to_compare, settlement, None, &mut settled);
            Some((is_news, settled))
        });
        let (is_news, settled) = heard.flatten().ok_or(PushError::NoStore)?;
        if let Some(tail) = settled.tell() {
            tail.spawn();
        }
        Ok(is_news)
    }
}
