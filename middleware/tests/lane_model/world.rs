//! One key: a user, the driver's order of steps, a server, and what must hold between them.

use crate::lane::{Failed, Lane, Rest, Verdict, differ};

/// How often each thing may happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Budget {
    pub(crate) taps: u8,
    /// Changes of the state by something else than a tap.
    pub(crate) outside: u8,
    pub(crate) failures: u8,
    /// Answers in which the server says that it holds another value than the one it was sent.
    pub(crate) answers: u8,
    pub(crate) cancels: u8,
    pub(crate) values: u8,
}

/// A way to get it wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Fault {
    None,
    LateArrival,
    ValueReadLater,
    AnswerWrittenLater,
    NoLook,
    AcknowledgesAnything,
}

#[derive(Debug, Clone, Copy)]
pub(crate) enum Event {
    Tap(u8),
    Outside(u8),
    /// The request in flight is first polled.
    Start,
    /// The server does what it was asked, or holds another value instead.
    Apply(u8),
    Answer,
    Fail,
    Refuse,
    PauseEnds,
    Cancel,
    /// Only with [`Fault::LateArrival`].
    Arrive,
    /// Only with [`Fault::AnswerWrittenLater`].
    Write,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Flight {
    attempt: u64,
    number: u64,
    value: u8,
    started: bool,
    /// What the server made of it.
    held: Option<u8>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Tap {
    value: u8,
    /// Its number among the intents.
    number: u64,
    verdict: Option<Verdict>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct World {
    budget: Budget,
    retries: bool,
    rolls_back: bool,
    fault: Fault,
    lane: Lane<u8, usize>,
    clock: u64,
    screen: u8,
    server: u8,
    /// The number of the intent that took effect last, and every number and value that ever did.
    effective: u64,
    accepted: Vec<(u64, u8)>,
    flight: Option<Flight>,
    pause: Option<u64>,
    late: Option<(u64, u8)>,
    unwritten: Option<u8>,
    taps: Vec<Tap>,
    /// What the user last asked for, while nobody has said what became of it.
    wanted: Option<u8>,
    /// Nobody can know what the server holds.
    in_doubt: bool,
}

type Checked = Result<(), String>;

impl World {
    pub(crate) fn new(budget: Budget, retries: bool, rolls_back: bool) -> Self {
        Self {
            budget,
            retries,
            rolls_back,
            fault: Fault::None,
            lane: Lane::new(0),
            clock: 0,
            screen: 0,
            server: 0,
            effective: 0,
            accepted: Vec::new(),
            flight: None,
            pause: None,
            late: None,
            unwritten: None,
            taps: Vec::new(),
            wanted: None,
            in_doubt: false,
        }
    }

    pub(crate) fn with(self, fault: Fault) -> Self {
        Self { fault, ..self }
    }

    /// Nothing can happen any more: begins anew, on the same lane. What is over and told is forgotten, or a long walk
    /// would look through ever more of it.
    pub(crate) fn refill(&mut self, budget: Budget) {
        self.budget = budget;
        self.taps.clear();
        self.accepted.clear();
    }

    /// What can happen now.
    pub(crate) fn events(&self) -> Vec<Event> {
        let mut events = Vec::new();
        if self.budget.taps > 0 {
            events.extend((0..self.budget.values).map(Event::Tap));
        }
        if self.budget.outside > 0 && !self.lane.at_rest() {
            events.extend((0..self.budget.values).map(Event::Outside));
        }
        if self.budget.cancels > 0 {
            events.push(Event::Cancel);
        }
        if let Some(flight) = &self.flight {
            match flight.held {
                _ if !flight.started => events.push(Event::Start),
                None => {
                    events.push(Event::Apply(flight.value));
                    if self.budget.answers > 0 {
                        let others = (0..self.budget.values).filter(|other| *other != flight.value);
                        events.extend(others.map(Event::Apply));
                    }
                    if self.budget.failures > 0 {
                        events.push(Event::Refuse);
                    }
                }
                Some(_) => events.push(Event::Answer),
            }
            if flight.started && self.budget.failures > 0 {
                events.push(Event::Fail);
            }
        }
        if self.pause.is_some() {
            events.push(Event::PauseEnds);
        }
        if self.late.is_some() {
            events.push(Event::Arrive);
        }
        if self.unwritten.is_some() {
            events.push(Event::Write);
        }
        events
    }

    /// Lets it happen, and checks what must hold in every state.
    pub(crate) fn happen(&mut self, event: Event) -> Checked {
        match event {
            Event::Tap(value) => self.tap(value)?,
            Event::Outside(value) => {
                self.budget.outside -= 1;
                self.screen = value;
                self.wanted = Some(value);
            }
            Event::Start => self.start()?,
            Event::Apply(held) => self.apply(held)?,
            Event::Answer => self.settle(None)?,
            Event::Fail => {
                self.budget.failures -= 1;
                self.settle(Some(Failed::Unknown))?;
            }
            Event::Refuse => {
                self.budget.failures -= 1;
                self.settle(Some(Failed::Refused))?;
            }
            Event::PauseEnds => {
                if let Some(attempt) = self.pause.take() {
                    self.lane.timer(attempt);
                }
                self.pump()?;
            }
            Event::Cancel => self.cancel()?,
            Event::Arrive => {
                if let Some((number, value)) = self.late.take() {
                    self.take_effect(number, value, value)?;
                }
            }
            Event::Write => self.screen = self.unwritten.take().unwrap_or(self.screen),
        }
        self.check()
    }

    fn tap(&mut self, value: u8) -> Checked {
        self.budget.taps -= 1;
        if self.lane.at_rest() {
            self.lane.rests_on(&self.screen);
        }
        self.screen = value;
        self.wanted = Some(value);
        self.in_doubt = false;
        self.clock += 1;
        self.taps.push(Tap { value, number: self.clock, verdict: None });
        let superseded = self.lane.tap(self.clock, value, self.taps.len() - 1);
        self.tell(superseded, None)?;
        self.pump()
    }

    fn pump(&mut self) -> Checked {
        let attempt = self.clock + 1;
        let Some(send) = self.lane.pump(attempt) else { return Ok(()) };
        self.clock = attempt;
        if self.flight.is_some() {
            return Err("A: two requests in flight".to_owned());
        }
        let (number, value) = (send.number, send.value);
        self.flight = Some(Flight { attempt, number, value, started: false, held: None });
        Ok(())
    }

    fn start(&mut self) -> Checked {
        let Some(flight) = &mut self.flight else { return Ok(()) };
        flight.started = true;
        if self.fault == Fault::ValueReadLater {
            flight.value = self.screen;
        }
        let intended = self.taps.iter().find(|tap| tap.number == flight.number);
        match intended {
            Some(tap) if tap.value != flight.value => Err(format!("C: {} is sent for {}", flight.value, tap.value)),
            _ => Ok(()),
        }
    }

    fn apply(&mut self, held: u8) -> Checked {
        let Some(flight) = &mut self.flight else { return Ok(()) };
        flight.held = Some(held);
        let (number, value) = (flight.number, flight.value);
        self.budget.answers -= u8::from(held != value);
        self.take_effect(number, value, held)
    }

    fn take_effect(&mut self, number: u64, value: u8, held: u8) -> Checked {
        self.server = held;
        self.accepted.push((number, value));
        if number < self.effective {
            return Err(format!("D: intent {number} takes effect after {}", self.effective));
        }
        self.effective = number;
        Ok(())
    }

    /// As the driver does: look, ask, step, send, show, tell.
    fn settle(&mut self, failed: Option<Failed>) -> Checked {
        let Some(flight) = self.flight.take() else { return Ok(()) };
        if self.fault == Fault::LateArrival && failed == Some(Failed::Unknown) && flight.held.is_none() {
            self.late = Some((flight.number, flight.value));
        }
        if self.fault != Fault::NoLook && differ(self.lane.view(), &self.screen) {
            self.clock += 1;
            let answered = self.lane.newest_is_in_flight();
            let waiter = self.lane.changed_outside(self.clock, self.screen);
            let confirmed = answered && failed.is_none();
            self.tell(waiter, confirmed.then_some(Verdict::Confirmed))?;
        }
        let acknowledges_anything = self.fault == Fault::AcknowledgesAnything && failed.is_none();
        let step = match failed {
            None => {
                let another = self.lane.follow_up().is_some_and(|(wanted, sent, is_newer, _)| {
                    is_newer && differ(wanted, sent) && !acknowledges_anything
                });
                self.lane.replied(flight.held, another, Some(10))
            }
            Some(failed) => {
                let retry = self.retries && failed == Failed::Unknown && self.lane.tries() < 1;
                let step = self.lane.failed(failed, retry, Some(10));
                if retry && step.rest.is_none() {
                    self.pause = Some(flight.attempt);
                }
                step
            }
        };
        let rest = step.rest.map(|(rest, _)| rest);
        let kept = rest == Some(Rest::Failed) && !self.rolls_back;
        if rest == Some(Rest::Failed) {
            self.in_doubt = true;
            if self.rolls_back {
                self.lane.cancel();
            }
        }
        if let Some((waiter, verdict)) = step.resolved {
            let verdict = if acknowledges_anything { Verdict::Confirmed } else { verdict };
            self.tell(Some(waiter), Some(verdict))?;
        }
        self.pump()?;
        if rest.is_some() {
            self.wanted = None;
        }
        let view = *self.lane.view();
        if !kept && view != self.screen {
            if self.fault == Fault::AnswerWrittenLater {
                self.unwritten = Some(view);
            } else {
                self.screen = view;
            }
        }
        Ok(())
    }

    fn cancel(&mut self) -> Checked {
        self.budget.cancels -= 1;
        if self.lane.at_rest() {
            if !self.lane.is_kept() {
                return Ok(());
            }
            self.lane.rests_on(&self.screen);
        }
        let step = self.lane.cancel();
        self.wanted = None;
        self.in_doubt = true;
        if let Some((waiter, verdict)) = step.resolved {
            self.tell(Some(waiter), Some(verdict))?;
        }
        self.screen = *self.lane.view();
        Ok(())
    }

    /// `None` as a verdict: a newer intent took its place.
    fn tell(&mut self, waiter: Option<usize>, verdict: Option<Verdict>) -> Checked {
        let Some(waiter) = waiter else { return Ok(()) };
        if self.taps[waiter].verdict.is_some() {
            return Err(format!("G: tap {waiter} is told twice"));
        }
        if verdict.is_none() && waiter + 1 == self.taps.len() && self.wanted == Some(self.taps[waiter].value) {
            return Err(format!("J: tap {waiter} is superseded by nothing"));
        }
        if verdict == Some(Verdict::Confirmed) {
            let value = self.taps[waiter].value;
            if !self.accepted.iter().any(|(_, accepted)| *accepted == value) {
                return Err(format!("H: tap {waiter} is confirmed, and {value} was never accepted"));
            }
        }
        // A place in the queue of those who know: superseded ones are told as unknown here, which claims nothing.
        self.taps[waiter].verdict = Some(verdict.unwrap_or(Verdict::Unknown));
        Ok(())
    }

    fn check(&self) -> Checked {
        if let Some(wanted) = self.wanted
            && wanted != self.screen
        {
            return Err(format!("B: the screen shows {} while {wanted} is wanted", self.screen));
        }
        for tap in &self.taps {
            let in_effect = self.accepted.iter().any(|(number, _)| *number == tap.number);
            if in_effect && matches!(tap.verdict, Some(Verdict::Rejected | Verdict::Cancelled)) {
                return Err(format!("L: {tap:?} took effect"));
            }
        }
        Ok(())
    }

    /// What must hold when nothing can happen any more.
    pub(crate) fn check_rest(&self) -> Checked {
        if !self.lane.at_rest() {
            return Err("F: the key is not released".to_owned());
        }
        if let Some(tap) = self.taps.iter().find(|tap| tap.verdict.is_none()) {
            return Err(format!("G: {tap:?} has no outcome"));
        }
        if !self.in_doubt && self.screen != self.server {
            return Err(format!("I: the screen shows {}, the server holds {}", self.screen, self.server));
        }
        Ok(())
    }
}
