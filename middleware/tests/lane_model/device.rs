//! One device: a user, a screen, a lane, and the order of steps that the middleware's driver keeps.

use crate::lane::{Failed, Lane, Mark, Op, Record, Rest, Save, Step, Then, Verdict, differ};
use crate::server::{Message, Reply, Request};
use crate::setup::{Fault, Setup};

/// The numbers of an earlier life, which nobody remembers, lie between those of this one.
const NUMBERS: u64 = 2;

pub(crate) type Checked = Result<(), String>;

/// The request that is under way, as its lane sees it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Flight {
    pub(crate) attempt: u64,
    number: u64,
    op: Op<u8>,
    revision: u64,
    is_fence: bool,
    pub(crate) started: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Tap {
    pub(crate) value: u8,
    pub(crate) number: u64,
    /// What the user was told; superseded is told as unknown here, which claims nothing.
    pub(crate) told: Option<Verdict>,
    /// The server has accepted it.
    pub(crate) accepted: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Device {
    id: u8,
    /// By which the server knows it.
    known_as: u8,
    pub(crate) lane: Lane<u8, u8>,
    pub(crate) clock: u64,
    pub(crate) screen: u8,
    pub(crate) flight: Option<Flight>,
    pub(crate) pause: Option<u64>,
    pub(crate) unwritten: Option<u8>,
    pub(crate) taps: Vec<Tap>,
    /// The number of the newest intent.
    newest: u64,
    /// What was last asked for, while nobody has said what became of it.
    wanted: Option<u8>,
    /// Nobody can know what the server holds: a plain one.
    in_doubt: bool,
    /// Every value that the server has accepted from here, by bits.
    pub(crate) accepted: u8,
    /// The highest number that took effect.
    pub(crate) effective: u64,
    /// The highest revision it was told of.
    pub(crate) told: u64,
    /// A push got lost: it has to ask.
    pub(crate) pulls: bool,
    /// What its outbox has, and the highest number given out by then.
    disk: (Option<Record<u8>>, u64),
    pub(crate) writing: Option<(Option<Record<u8>>, u64)>,
    /// Counts what was written.
    pub(crate) writes: u64,
    /// Something could not be written, and will be again.
    pub(crate) pauses_writing: bool,
}

impl Device {
    pub(crate) fn new(id: u8) -> Self {
        Self {
            id,
            known_as: id,
            lane: Lane::new(0),
            clock: 0,
            screen: 0,
            flight: None,
            pause: None,
            unwritten: None,
            taps: Vec::new(),
            newest: 0,
            wanted: None,
            in_doubt: false,
            accepted: 0,
            effective: 0,
            told: 0,
            pulls: false,
            disk: (None, 0),
            writing: None,
            writes: 0,
            pauses_writing: false,
        }
    }

    pub(crate) fn tap(&mut self, setup: &Setup, value: u8) -> Checked {
        if self.lane.at_rest() {
            self.lane.rests_on(&self.screen);
        }
        self.screen = value;
        self.wanted = Some(value);
        self.newest = self.next_number();
        self.taps.push(Tap { value, number: self.newest, told: None, accepted: false });
        let waiter = u8::try_from(self.taps.len() - 1).expect("few taps");
        let superseded = self.lane.tap(self.newest, value, waiter);
        self.tell(superseded, None)?;
        self.pump(setup)
    }

    pub(crate) fn changed_outside(&mut self, value: u8) {
        self.screen = value;
        // With nothing wanted in this run, a value that is shown anyway is no change that anybody could see.
        let wants_value = self.lane.wants_since(0) && !self.lane.wants_fence() && !self.lane.is_restored();
        let is_seen = value != *self.lane.view() || wants_value;
        self.wanted = is_seen.then_some(value);
    }

    fn pump(&mut self, setup: &Setup) -> Checked {
        if let Some(save) = self.lane.save(&setup.rules()) {
            let record = if let Save::Put(record) = save { Some(record) } else { None };
            self.writing = Some((record, self.clock));
            self.writes += 1;
        }
        let attempt = self.clock + NUMBERS;
        let Some(send) = self.lane.pump(&setup.rules(), attempt) else { return Ok(()) };
        self.clock = attempt;
        if self.flight.is_some() {
            return Err("A: two requests in flight".to_owned());
        }
        let is_fence = self.lane.flight().is_some_and(|(_, is_fence)| is_fence);
        let (number, op, revision) = (send.number, send.op, send.revision);
        self.flight = Some(Flight { attempt, number, op, revision, is_fence, started: false });
        Ok(())
    }

    /// The request is first polled.
    pub(crate) fn start(&mut self, setup: &Setup) -> Result<Option<Message>, String> {
        let Some(flight) = &mut self.flight else { return Ok(None) };
        flight.started = true;
        if setup.fault == Fault::ValueReadLater {
            flight.op = Op::Set(self.screen);
        }
        if let (false, Op::Set(sent)) = (flight.is_fence, &flight.op)
            && let Some(tap) = self.taps.iter().rfind(|tap| tap.number == flight.number)
            && tap.value != *sent
        {
            return Err(format!("C: {sent} is sent for {}", tap.value));
        }
        let Flight { attempt, number, revision, is_fence, .. } = *flight;
        let value = if let Op::Set(value) = flight.op { Some(value) } else { None };
        Ok(Some(Message::Request(Request {
            device: self.id,
            id: self.known_as,
            attempt,
            number,
            value,
            revision,
            is_fence,
            again: false,
        })))
    }

    /// What the state shows is a new intent, if it is not what the lane thinks. Gives its number.
    fn look(&mut self, setup: &Setup, accepts: impl Fn(u64) -> bool) -> Checked {
        if self.lane.at_rest() || setup.fault == Fault::NoLook || !differ(self.lane.view(), &self.screen) {
            return Ok(());
        }
        self.newest = self.next_number();
        let Some((number, waiter)) = self.lane.changed_outside(self.newest, self.screen) else { return Ok(()) };
        self.tell(Some(waiter), accepts(number).then_some(Verdict::Confirmed))
    }

    /// As the driver does: look, ask, step, send, show, tell.
    pub(crate) fn answered(&mut self, setup: &Setup, reply: Reply) -> Checked {
        let Some(flight) = self.flight.take() else { return Ok(()) };
        let Some(mut answer) = reply.answer() else { return self.failed(setup, &flight, Failed::Refused) };
        self.told = self.told.max(answer.revision);
        self.in_doubt = false;
        if setup.fault == Fault::AcknowledgesAnything {
            answer.word = crate::lane::Word::Mark(Mark::Accepted(self.newest));
        }
        if setup.fault == Fault::NoRevisionCompare {
            answer.revision = self.lie();
        }
        self.look(setup, |number| answer.accepts(flight.number, number) && !flight.is_fence)?;
        let by_number = setup.server.numbers();
        let another = self.lane.follow_up().is_some_and(|(wanted, sent, is_newer, _)| {
            is_newer && (by_number || differ(wanted, sent) && setup.fault != Fault::AcknowledgesAnything)
        });
        let fresh = self.fresh(answer.mark());
        let mut step = self.lane.replied(&setup.rules(), answer, another, fresh);
        if let (Fault::AcknowledgesAnything, Some((_, verdict))) = (setup.fault, &mut step.resolved) {
            *verdict = Verdict::Confirmed;
        }
        self.renumbered(fresh);
        self.perform(setup, step)
    }

    /// The deadline has passed, or the connection is lost.
    pub(crate) fn times_out(&mut self, setup: &Setup) -> Checked {
        let Some(flight) = self.flight.take() else { return Ok(()) };
        self.failed(setup, &flight, Failed::Unknown)
    }

    fn failed(&mut self, setup: &Setup, flight: &Flight, failed: Failed) -> Checked {
        self.look(setup, |_| false)?;
        let wants_fence = self.lane.wants_fence();
        let fence_failed = wants_fence && flight.is_fence;
        let retry =
            failed == Failed::Unknown && (fence_failed || (!wants_fence && setup.retries && self.lane.tries() < 1));
        let then = match () {
            () if retry => Then::Retry,
            () if fence_failed || setup.fault == Fault::NoFence => Then::Abandon,
            () => Then::GiveUp,
        };
        let step = self.lane.failed(&setup.rules(), failed, then);
        if self.lane.is_waiting(flight.attempt) {
            self.pause = Some(flight.attempt);
        }
        self.perform(setup, step)
    }

    pub(crate) fn heard(&mut self, setup: &Setup, value: u8, revision: u64, ours: Option<u64>) -> Checked {
        self.told = self.told.max(revision);
        self.look(setup, |number| ours == Some(number))?;
        let revision = if setup.fault == Fault::NoRevisionCompare { self.lie() } else { revision };
        let ours = ours.map(Mark::Accepted);
        let fresh = self.fresh(ours);
        if ours.is_some_and(|ours| ours.number() == self.newest) {
            self.wanted = None;
        }
        let (_, step) = self.lane.heard(&setup.rules(), (value, revision), ours, fresh);
        self.renumbered(fresh);
        self.perform(setup, step)
    }

    pub(crate) fn pause_ends(&mut self, setup: &Setup) -> Checked {
        if let Some(attempt) = self.pause.take() {
            self.lane.timer(attempt);
        }
        self.pump(setup)
    }

    pub(crate) fn cancel(&mut self, setup: &Setup) -> Checked {
        if self.lane.at_rest() {
            if !self.lane.is_kept() {
                return Ok(());
            }
            self.lane.rests_on(&self.screen);
        }
        let step = self.lane.cancel(&setup.rules());
        self.wanted = None;
        self.in_doubt = true;
        self.perform(setup, step)
    }

    pub(crate) fn written(&mut self, setup: &Setup, is_written: bool) -> Checked {
        let Some(written) = self.writing.take() else { return Ok(()) };
        if is_written {
            self.disk = written;
        }
        self.look(setup, |_| false)?;
        let step = self.lane.saved(&setup.rules(), is_written);
        self.pauses_writing |= self.lane.pauses_saving();
        self.perform(setup, step)
    }

    pub(crate) fn may_write_again(&mut self, setup: &Setup) -> Checked {
        self.pauses_writing = false;
        self.lane.may_save_again();
        self.pump(setup)
    }

    /// Starts again, with what the outbox has, and asks the server.
    pub(crate) fn crash(&mut self, setup: &Setup, is_written: bool, held: u8, revision: u64) -> Checked {
        if let (Some(written), true) = (self.writing.take(), is_written) {
            self.disk = written;
        }
        let mut taps = std::mem::take(&mut self.taps);
        for tap in &mut taps {
            // There is nobody left to be told.
            tap.told.get_or_insert(Verdict::Unknown);
            if tap.number > self.disk.1 {
                // Never sent, and the number is given out again.
                tap.number = 0;
            }
        }
        let fresh = Self::new(self.id);
        let (accepted, effective, writes) = (self.accepted, self.effective, self.writes);
        let (disk, known_as) = (self.disk.clone(), self.known_as);
        *self = Self { taps, accepted, effective, writes, disk, known_as, clock: self.disk.1, ..fresh };
        if setup.fault == Fault::NewDeviceId {
            self.known_as = self.id + setup.devices;
        }
        self.lane = Lane::new(held);
        if let Some(record) = self.disk.0.clone() {
            self.newest = record.number;
            self.lane = Lane::restored(record);
            self.lane.wakes(&setup.rules());
        }
        self.screen = *self.lane.view();
        if setup.server.keeps_revisions() {
            self.heard(setup, held, revision, None)?;
        }
        self.pump(setup)
    }

    fn perform(&mut self, setup: &Setup, step: Step<u8, u8>) -> Checked {
        if let Some((waiter, verdict)) = step.resolved {
            self.tell(Some(waiter), Some(verdict))?;
        }
        self.pump(setup)?;
        self.in_doubt |= matches!(step.rest, Some((Rest::Failed, _)));
        if step.rest.is_some() {
            self.wanted = None;
        }
        let view = *self.lane.view();
        if view != self.screen {
            if setup.fault == Fault::AnswerWrittenLater {
                self.unwritten = Some(view);
            } else {
                self.screen = view;
            }
        }
        Ok(())
    }

    /// A number above all others, also above one that was seen and is not remembered.
    fn fresh(&mut self, seen: Option<Mark>) -> u64 {
        if let Some(seen) = seen.filter(|seen| seen.number() > self.clock) {
            self.clock = (seen.number() / NUMBERS + 2) * NUMBERS;
        }
        self.next_number()
    }

    fn next_number(&mut self) -> u64 {
        self.clock += NUMBERS;
        self.clock
    }

    fn renumbered(&mut self, fresh: u64) {
        if self.lane.wants_since(fresh - 1) {
            if let Some(tap) = self.taps.iter_mut().rfind(|tap| tap.number == self.newest) {
                tap.number = fresh;
            }
            self.newest = fresh;
        }
    }

    /// Higher than any before.
    fn lie(&self) -> u64 {
        1_000 + self.clock
    }

    /// `None` as a verdict: a newer intent took its place.
    fn tell(&mut self, waiter: Option<u8>, verdict: Option<Verdict>) -> Checked {
        let Some(waiter) = waiter.map(usize::from) else { return Ok(()) };
        let is_last = waiter + 1 == self.taps.len();
        let tap = &mut self.taps[waiter];
        if tap.told.is_some() {
            return Err(format!("G: {tap:?} is told twice"));
        }
        if verdict == Some(Verdict::Confirmed) && self.accepted & (1 << tap.value) == 0 {
            return Err(format!("H: {tap:?} is confirmed, and {} was never accepted", tap.value));
        }
        if is_last && verdict.is_some() {
            self.wanted = None;
        }
        tap.told = Some(verdict.unwrap_or(Verdict::Unknown));
        Ok(())
    }

    /// What must hold in every state.
    pub(crate) fn check(&self, setup: &Setup, history: &[u8]) -> Checked {
        if let Some(wanted) = self.wanted
            && wanted != self.screen
        {
            return Err(format!("B: the screen shows {} while {wanted} is wanted", self.screen));
        }
        for tap in &self.taps {
            if tap.accepted && matches!(tap.told, Some(Verdict::Rejected | Verdict::Cancelled)) {
                return Err(format!("L: {tap:?} took effect"));
            }
            if setup.server.numbers() && !tap.accepted && tap.told == Some(Verdict::Confirmed) {
                return Err(format!("H: {tap:?} was never accepted"));
            }
        }
        let index = usize::try_from(self.told).unwrap_or(usize::MAX).wrapping_sub(1);
        if setup.server.keeps_revisions()
            && let Some(newest) = history.get(index)
            && newest != self.lane.base()
        {
            return Err(format!("E: {newest} was told last, and {} replaced it", self.lane.base()));
        }
        Ok(())
    }

    /// Nothing of its own is under way.
    pub(crate) fn is_quiet(&self) -> bool {
        let wire = self.flight.is_none() && self.pause.is_none() && self.unwritten.is_none();
        wire && self.lane.is_settled() && !self.pulls && self.writing.is_none() && !self.pauses_writing
    }

    /// What must hold when nothing is under way but what came too late.
    pub(crate) fn check_rest(&self, setup: &Setup, held: u8) -> Checked {
        if let Some(tap) = self.taps.iter().find(|tap| tap.told.is_none()) {
            return Err(format!("G: {tap:?} has no outcome"));
        }
        // A value that was refused is left on the screen where that is asked for.
        let is_excused = self.lane.is_kept() || (self.in_doubt && !setup.server.numbers());
        if !is_excused && self.screen != held {
            return Err(format!("I: device {} shows {}, the server holds {held}", self.id, self.screen));
        }
        Ok(())
    }
}
