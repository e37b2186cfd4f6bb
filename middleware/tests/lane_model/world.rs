//! Devices, a server, and a network between them that keeps no order.

use crate::device::{Checked, Device};
use crate::lane::Server;
use crate::server::{Held, Message, Reply, Request, Treatment};
use crate::setup::{Budget, Fault, Setup};
use std::hash::{Hash, Hasher};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Event {
    Tap(u8, u8),
    Outside(u8, u8),
    Cancel(u8),
    /// The request in flight is first polled.
    Start(u8),
    /// Of the message with this place in the bag.
    Arrive(u8),
    /// It arrives, and will once more.
    Double(u8),
    /// The server accepts, and holds this instead.
    Hold(u8, u8),
    Reject(u8),
    /// Something before the server says no: it never gets there.
    Deny(u8),
    /// A push never arrives.
    Lose(u8),
    /// No answer in time.
    TimeOut(u8),
    PauseEnds(u8),
    /// The device asks what the server holds.
    Pull(u8),
    /// What is being written to the outbox is there.
    Written(u8),
    NotWritten(u8),
    WritesAgain(u8),
    /// Whether what is being written is there, nobody knows.
    Crash(u8, bool),
    /// Only with [`Fault::AnswerWrittenLater`].
    Write(u8),
}

#[derive(Debug, Clone)]
pub(crate) struct World {
    pub(crate) setup: Setup,
    pub(crate) left: Budget,
    pub(crate) server: Held,
    pub(crate) devices: Vec<Device>,
    bag: Vec<Message>,
    /// The last to write was a request that its device does not remember.
    is_stray: bool,
}

/// All but the setup, which is the same throughout.
impl Hash for World {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (&self.left, &self.server, &self.devices, &self.bag, self.is_stray).hash(state);
    }
}

impl World {
    pub(crate) fn new(setup: Setup) -> Self {
        let mut devices: Vec<_> = (0..setup.devices).map(Device::new).collect();
        if setup.server == Server::Compare {
            // What was loaded came with its revision.
            for device in &mut devices {
                device.heard(&setup, 0, 1, None).expect("nothing to break");
            }
        }
        let mut world = Self {
            setup,
            left: setup.budget,
            server: Held::new(setup.devices),
            devices,
            bag: Vec::new(),
            is_stray: false,
        };
        if setup.forgotten {
            world.server.has_seen(0, 5);
            let lost = Request {
                device: 0,
                id: 0,
                attempt: 0,
                number: 7,
                value: Some(1),
                revision: 1,
                is_fence: false,
                again: false,
            };
            world.send(Message::Request(lost));
        }
        world
    }

    /// What can happen now.
    pub(crate) fn events(&self) -> Vec<Event> {
        let mut events = Vec::with_capacity(16);
        let values = 0..self.setup.values;
        for (id, device) in (0..).zip(&self.devices) {
            if self.left.taps > 0 {
                events.extend(values.clone().map(|value| Event::Tap(id, value)));
            }
            if self.left.outside > 0 && !device.lane.at_rest() {
                events.extend(values.clone().map(|value| Event::Outside(id, value)));
            }
            if self.left.cancels > 0 && (!device.lane.at_rest() || device.lane.is_kept()) {
                events.push(Event::Cancel(id));
            }
            if let Some(flight) = &device.flight {
                if !flight.started {
                    events.push(Event::Start(id));
                } else if self.left.failures > 0 {
                    events.push(Event::TimeOut(id));
                }
            }
            if device.pause.is_some() {
                events.push(Event::PauseEnds(id));
            }
            if device.pulls {
                events.push(Event::Pull(id));
            }
            if device.unwritten.is_some() {
                events.push(Event::Write(id));
            }
            if device.writing.is_some() {
                events.push(Event::Written(id));
                if self.left.failures > 0 {
                    events.push(Event::NotWritten(id));
                }
            }
            if device.pauses_writing {
                events.push(Event::WritesAgain(id));
            }
            if self.left.crashes > 0 {
                events.push(Event::Crash(id, false));
                if device.writing.is_some() {
                    events.push(Event::Crash(id, true));
                }
            }
        }
        for (place, message) in (0..).zip(&self.bag) {
            if place > 0 && self.bag[usize::from(place) - 1] == *message {
                continue;
            }
            events.push(Event::Arrive(place));
            if self.left.doubles > 0 && (self.setup.server.numbers() || !matches!(message, Message::Request(_))) {
                events.push(Event::Double(place));
            }
            match message {
                Message::Request(Request { value: Some(value), is_fence, again, .. }) => {
                    if self.left.answers > 0 {
                        let others = values.clone().filter(|other| other != value);
                        events.extend(others.map(|other| Event::Hold(place, other)));
                    }
                    // A fence that can be refused would be none.
                    if self.left.refusals > 0 && !is_fence {
                        events.push(Event::Reject(place));
                        // Nobody would remember it after a crash.
                        let is_certain = self.setup.server.keeps_marks() && !again && !self.setup.saves;
                        if is_certain && self.is_current(message) {
                            events.push(Event::Deny(place));
                        }
                    }
                }
                Message::Push { .. } if self.left.losses > 0 => events.push(Event::Lose(place)),
                _ => {}
            }
        }
        events
    }

    /// Of the attempt that its device waits for.
    fn is_current(&self, message: &Message) -> bool {
        let (device, attempt) = match message {
            Message::Request(request) => (request.device, request.attempt),
            Message::Reply { device, attempt, .. } => (*device, *attempt),
            Message::Push { .. } => return false,
        };
        self.devices[usize::from(device)].flight.as_ref().is_some_and(|flight| flight.attempt == attempt)
    }

    /// Lets it happen, and checks what must hold in every state.
    pub(crate) fn happen(&mut self, event: Event) -> Checked {
        let setup = self.setup;
        match event {
            Event::Tap(id, value) => {
                self.left.taps -= 1;
                self.device(id).tap(&setup, value)?;
            }
            Event::Outside(id, value) => {
                self.left.outside -= 1;
                self.device(id).changed_outside(value);
            }
            Event::Cancel(id) => {
                self.left.cancels -= 1;
                self.device(id).cancel(&setup)?;
            }
            Event::Start(id) => {
                if let Some(message) = self.device(id).start(&setup)? {
                    self.send(message);
                }
            }
            Event::Arrive(place) => {
                let message = self.bag.remove(usize::from(place));
                self.arrive(message, Treatment::Take)?;
            }
            Event::Double(place) => {
                self.left.doubles -= 1;
                let message = self.bag[usize::from(place)];
                self.arrive(message, Treatment::Take)?;
                if let Message::Request(request) = message {
                    self.bag.retain(|other| *other != message);
                    self.send(Message::Request(Request { again: true, ..request }));
                }
            }
            Event::Hold(place, other) => {
                self.left.answers -= 1;
                let message = self.bag.remove(usize::from(place));
                self.arrive(message, Treatment::Hold(other))?;
            }
            Event::Reject(place) => {
                self.left.refusals -= 1;
                let message = self.bag.remove(usize::from(place));
                self.arrive(message, Treatment::Reject)?;
            }
            Event::Deny(place) => {
                self.left.refusals -= 1;
                if let Message::Request(Request { device, .. }) = self.bag.remove(usize::from(place)) {
                    self.device(device).answered(&setup, Reply::Refused)?;
                }
            }
            Event::Lose(place) => {
                self.left.losses -= 1;
                if let Message::Push { to, .. } = self.bag.remove(usize::from(place)) {
                    self.device(to).pulls = true;
                }
            }
            Event::TimeOut(id) => {
                self.left.failures -= 1;
                self.device(id).times_out(&setup)?;
                self.forget_what_comes_too_late();
            }
            Event::PauseEnds(id) => self.device(id).pause_ends(&setup)?,
            Event::Pull(id) => {
                let (value, revision) = (self.server.value, self.server.revision);
                self.device(id).pulls = false;
                self.device(id).heard(&setup, value, revision, None)?;
            }
            Event::Written(id) => self.device(id).written(&setup, true)?,
            Event::NotWritten(id) => {
                self.left.failures -= 1;
                self.device(id).written(&setup, false)?;
            }
            Event::WritesAgain(id) => self.device(id).may_write_again(&setup)?,
            Event::Crash(id, is_written) => {
                self.left.crashes -= 1;
                self.forget_connections(id);
                let (held, revision) = (self.server.value, self.server.revision);
                self.device(id).crash(&setup, is_written, held, revision)?;
            }
            Event::Write(id) => {
                let device = self.device(id);
                device.screen = device.unwritten.take().unwrap_or(device.screen);
            }
        }
        self.devices.iter().try_for_each(|device| device.check(&setup, &self.server.history))?;
        self.check_rest()
    }

    fn device(&mut self, id: u8) -> &mut Device {
        &mut self.devices[usize::from(id)]
    }

    fn send(&mut self, message: Message) {
        let place = self.bag.partition_point(|other| *other < message);
        self.bag.insert(place, message);
    }

    fn arrive(&mut self, message: Message, how: Treatment) -> Checked {
        let setup = self.setup;
        match message {
            Message::Request(request) => self.serve(request, how),
            Message::Reply { device, reply, .. } if self.is_current(&message) => {
                self.device(device).answered(&setup, reply)
            }
            Message::Reply { .. } => Ok(()),
            Message::Push { to, value, revision, origin: (device, number) } => {
                self.device(to).heard(&setup, value, revision, (device == to).then_some(number))
            }
        }
    }

    fn serve(&mut self, request: Request, how: Treatment) -> Checked {
        let Request { device: id, attempt, number, value, is_fence, .. } = request;
        let (reply, written) = self.server.take(request, how, self.setup.server, self.setup.fault);
        if let (Some(value), true) = (value, written) {
            let is_forgotten = self.setup.forgotten;
            let is_marked = self.setup.server.keeps_marks();
            let device = self.device(id);
            if number == device.effective && is_marked {
                return Err(format!("D: intent {number} takes effect twice"));
            }
            if number < device.effective {
                return Err(format!("D: intent {number} takes effect after {}", device.effective));
            }
            device.effective = number;
            let is_stray = attempt == 0 && is_forgotten;
            device.accepted |= 1 << value;
            if !is_fence && let Some(tap) = device.taps.iter_mut().rfind(|tap| tap.number == number) {
                tap.accepted = true;
            }
            self.is_stray = is_stray;
            self.tell_all(id, number);
        }
        let reply = Message::Reply { device: id, attempt, reply };
        // A late one has nobody to hear it: its future was dropped.
        if self.is_current(&reply) {
            self.send(reply);
        }
        Ok(())
    }

    /// The value was written: by pushes where there are any, or everybody else asks.
    fn tell_all(&mut self, by: u8, number: u64) {
        let (value, revision) = (self.server.value, self.server.revision);
        for to in 0..self.setup.devices {
            match self.setup.server {
                Server::MarksAndRevisions => self.send(Message::Push { to, value, revision, origin: (by, number) }),
                Server::Compare if to != by => self.device(to).pulls = true,
                _ => {}
            }
        }
    }

    /// Replies whose future was dropped; and requests, where it is promised that they don't arrive after their deadline.
    fn forget_what_comes_too_late(&mut self) {
        let arrives_late = self.setup.server.numbers() || self.setup.fault == Fault::LateArrival;
        let bag = std::mem::take(&mut self.bag);
        let stays = |message: &Message| match message {
            Message::Push { .. } => true,
            Message::Request(_) => arrives_late || self.is_current(message),
            Message::Reply { .. } => self.is_current(message),
        };
        let bag = bag.into_iter().filter(stays).collect();
        self.bag = bag;
    }

    /// The program of this device has ended. What it sent is on its way, and nobody waits for it.
    fn forget_connections(&mut self, id: u8) {
        let bag = std::mem::take(&mut self.bag);
        for message in bag {
            match message {
                Message::Request(request) if request.device == id => {
                    self.send(Message::Request(Request { attempt: 0, ..request }));
                }
                Message::Reply { device, .. } if device == id => {}
                Message::Push { to, .. } if to == id => {}
                other => self.send(other),
            }
        }
    }

    /// Nothing is under way but requests that nobody waits for any more.
    fn is_quiet(&self) -> bool {
        self.devices.iter().all(Device::is_quiet)
            && self.bag.iter().all(|message| matches!(message, Message::Request(_)))
    }

    fn check_rest(&self) -> Checked {
        // Without pushes, nobody can know of what a forgotten request did.
        if !self.is_quiet() || (self.is_stray && !self.setup.server.keeps_revisions()) {
            return Ok(());
        }
        self.devices.iter().try_for_each(|device| device.check_rest(&self.setup, self.server.value))
    }

    /// What must hold when nothing can happen any more.
    pub(crate) fn check_end(&self) -> Checked {
        if self.is_quiet() { Ok(()) } else { Err("F: a key is not released".to_owned()) }
    }

    /// Grows with every event, so that no run comes back to where it was: what was spent, what was sent; and if both
    /// stay, how little is under way.
    pub(crate) fn progress(&self) -> (u32, u64, i64) {
        let spent = self.setup.budget.sum() - self.left.sum();
        let clocks = self.devices.iter().map(|device| device.clock + device.writes).sum();
        let bag = self.bag.iter().map(|message| match message {
            Message::Request(_) => 10,
            Message::Reply { .. } => 2,
            Message::Push { .. } => 1,
        });
        let devices = self.devices.iter().map(|device| {
            let unstarted = device.flight.as_ref().is_some_and(|flight| !flight.started);
            let others = [
                device.pause.is_some(),
                device.pulls,
                device.unwritten.is_some(),
                device.writing.is_some(),
                device.pauses_writing,
            ];
            i64::from(unstarted) * 11 + others.into_iter().map(i64::from).sum::<i64>()
        });
        (spent, clocks, -(bag.sum::<i64>() + devices.sum::<i64>()))
    }

    pub(crate) fn describe(&self, event: Event) -> String {
        match event {
            Event::Arrive(place)
            | Event::Double(place)
            | Event::Hold(place, _)
            | Event::Reject(place)
            | Event::Deny(place)
            | Event::Lose(place) => {
                format!("{event:?} {:?}", self.bag[usize::from(place)])
            }
            event => format!("{event:?}"),
        }
    }

    /// Nothing can happen any more: begins anew, on the same lanes. What is over and told is forgotten, or a long walk
    /// would look through ever more of it.
    pub(crate) fn refill(&mut self, budget: Budget) {
        self.left = budget;
        self.setup.budget = budget;
        self.bag.clear();
        for device in &mut self.devices {
            device.taps.clear();
        }
    }
}
