//! With an outbox: an intent is durable before it is sent, and its end before it is forgotten.

use super::intent::{Intent, Wire};
use super::{Cycle, Lane, Op, Rest, Rules, Step};

/// Which intent: its number, and whether it is a fence.
type Id = (u64, bool);

/// What the outbox has of this lane.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub(crate) struct Disk {
    holds: Option<Id>,
    is_being_written: bool,
    /// What it holds after that.
    next: Option<Id>,
    /// Writing has failed, and is to be tried again after a pause.
    pauses: bool,
}

/// What to write.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Save<V> {
    Put(Record<V>),
    Remove,
}

/// One key's newest intent, as an outbox keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Record<V> {
    pub(crate) number: u64,
    pub(crate) op: Op<V>,
    pub(crate) base: V,
    pub(crate) revision: u64,
}

impl<V: Clone + PartialEq, W> Lane<V, W> {
    /// After a restart: whatever was sent may have arrived, or may yet.
    pub(crate) fn restored(record: Record<V>) -> Self {
        let Record { number, op, base, revision } = record;
        let id = (number, op == Op::Fence);
        let cycle = if let Op::Set(value) = &op { Some(Cycle::new(value.clone())) } else { None };
        Self {
            revision,
            want: Some(Intent { number, op, owed: None, renumbered: false, restored: true }),
            top: number,
            in_doubt: true,
            cycle,
            disk: Some(Box::new(Disk { holds: Some(id), ..Disk::default() })),
            ..Self::new(base)
        }
    }

    /// For a log-out: nothing is wanted any more. What the outbox has of it is still to be removed.
    pub(crate) fn cleared(self) -> Option<Self> {
        let mut disk = self.disk?;
        disk.pauses = false;
        (disk.is_being_written || disk.holds.is_some()).then(|| Self { disk: Some(disk), ..Self::new(self.base) })
    }

    fn id(&self) -> Option<Id> {
        self.want.as_ref().map(|want| (want.number, want.op == Op::Fence))
    }

    /// The newest intent survives a restart, or nobody asks for that.
    pub(super) fn is_saved(&self, rules: &Rules) -> bool {
        !rules.saves || self.disk.as_ref().is_some_and(|disk| disk.holds == self.id())
    }

    /// It comes from an earlier run, and nothing has happened to it since.
    pub(crate) fn is_restored(&self) -> bool {
        self.want.as_ref().is_some_and(|want| want.restored)
    }

    /// There is something to send that is not written yet.
    pub(crate) fn awaits_saving(&self, rules: &Rules) -> bool {
        self.want.is_some() && !self.is_saved(rules)
    }

    /// The outbox has nothing of it, and nothing is being written.
    pub(crate) fn is_off_disk(&self) -> bool {
        self.disk.is_none()
    }

    /// There is something to write, and nothing being written.
    pub(crate) fn is_unsaved(&self, rules: &Rules) -> bool {
        let held = self
            .disk
            .as_ref()
            .map_or(Some(None), |disk| (!disk.is_being_written && !disk.pauses).then_some(disk.holds));
        // What is under way is remembered until it has ended, though a newer intent was lost.
        let must_stay = self.want.is_none() && !matches!(self.wire, Wire::Idle);
        rules.saves && !must_stay && held.is_some_and(|held| held != self.id())
    }

    /// What to write, if [`is_unsaved`](Self::is_unsaved).
    pub(crate) fn save(&mut self, rules: &Rules) -> Option<Save<V>> {
        if !self.is_unsaved(rules) {
            return None;
        }
        let id = self.id();
        let disk = self.disk.get_or_insert_default();
        (disk.is_being_written, disk.next) = (true, id);
        let (base, revision) = (&self.base, self.revision);
        let record = self.want.as_ref().map(|want| {
            let (number, op, base) = (want.number, want.op.clone(), base.clone());
            Record { number, op, base, revision }
        });
        Some(record.map_or(Save::Remove, Save::Put))
    }

    /// It was written, or that has failed: then a value is not sent and its intent is over, and anything else is to be
    /// written again after a pause.
    pub(crate) fn saved(&mut self, rules: &Rules, is_written: bool) -> Step<V, W> {
        let id = self.id();
        let Some(disk) = &mut self.disk else { return Step::nothing() };
        if !std::mem::take(&mut disk.is_being_written) {
            return Step::nothing();
        }
        let written = disk.next.take();
        let is_over = !is_written && written == id && matches!(id, Some((_, false)));
        if is_written {
            disk.holds = written;
        }
        disk.pauses = !is_written && !is_over && written == id;
        if disk.holds.is_none() && !disk.pauses {
            self.disk = None;
        }
        if is_over {
            return self.gives_up(rules, rules.server.fences(self.revision), None, Rest::Failed);
        }
        self.wakes(rules)
    }

    /// A fence that is not to be sent has done its work once it is written.
    pub(crate) fn wakes(&mut self, rules: &Rules) -> Step<V, W> {
        let (resolved, why) = self.fence_is_moot(rules, rules.server.keeps_marks());
        self.ends(resolved, why)
    }

    /// The pause after a write that failed is over.
    pub(crate) fn may_save_again(&mut self) {
        if let Some(disk) = &mut self.disk {
            disk.pauses = false;
        }
    }

    /// The pause after a write that failed has yet to begin or to end.
    pub(crate) fn pauses_saving(&self) -> bool {
        self.disk.as_ref().is_some_and(|disk| disk.pauses)
    }

    pub(super) fn is_unanswered(&self) -> bool {
        matches!(self.wire, Wire::Sent { answered: false, .. })
    }
}
