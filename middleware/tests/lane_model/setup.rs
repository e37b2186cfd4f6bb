//! What a search is about: the server's tier, the devices, how often each thing may happen, and what is broken on
//! purpose.

use crate::lane::{Rules, Server};
use std::fmt;

/// How often each thing may happen, over all devices. That every run ends is due to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub(crate) struct Budget {
    pub(crate) taps: u8,
    /// Changes of the state by something else than a tap.
    pub(crate) outside: u8,
    /// Requests that get no answer in time.
    pub(crate) failures: u8,
    /// Definite refusals, by the server or by something before it.
    pub(crate) refusals: u8,
    /// Answers in which the server says that it holds another value than the one it was sent.
    pub(crate) answers: u8,
    pub(crate) cancels: u8,
    /// Messages that arrive twice.
    pub(crate) doubles: u8,
    /// Pushes that get lost, so that the device has to ask.
    pub(crate) losses: u8,
    /// Of a device, which starts again with what its outbox has.
    pub(crate) crashes: u8,
}

impl Budget {
    pub(crate) fn sum(self) -> u32 {
        let Self { taps, outside, failures, refusals, answers, cancels, doubles, losses, crashes } = self;
        [taps, outside, failures, refusals, answers, cancels, doubles, losses, crashes].into_iter().map(u32::from).sum()
    }
}

/// A way to get it wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Fault {
    None,
    /// A plain server gets a request after its deadline.
    LateArrival,
    /// The value is read when the request is first polled, and not at the tap.
    ValueReadLater,
    /// The key is released before the answer is written.
    AnswerWrittenLater,
    /// What the state shows is not looked at when an answer comes.
    NoLook,
    /// An answer counts for whatever is wanted by then.
    AcknowledgesAnything,
    /// The server does not look at numbers.
    NoDedupe,
    /// Giving up ends the matter.
    NoFence,
    /// Whatever a message says is taken for the newest.
    NoRevisionCompare,
    /// The server does not compare revisions.
    NoIfMatch,
    /// A request is made before its intent is written.
    NoSave,
    /// The device has another id after a restart.
    NewDeviceId,
}

#[derive(Debug, Clone, Copy)]
#[allow(clippy::struct_excessive_bools, reason = "switches that all go with each other")]
pub(crate) struct Setup {
    pub(crate) server: Server,
    pub(crate) devices: u8,
    pub(crate) budget: Budget,
    /// How many values there are to choose from.
    pub(crate) values: u8,
    pub(crate) retries: bool,
    pub(crate) rolls_back: bool,
    /// The server has seen numbers of the first device that the device does not remember, and one is still under way.
    pub(crate) forgotten: bool,
    /// There is an outbox.
    pub(crate) saves: bool,
    pub(crate) fault: Fault,
}

impl Setup {
    pub(crate) const fn new(server: Server, devices: u8, budget: Budget) -> Self {
        let (retries, rolls_back, forgotten, saves) = (false, true, false, false);
        Self { server, devices, budget, values: 2, retries, rolls_back, forgotten, saves, fault: Fault::None }
    }

    pub(crate) const fn with(self, fault: Fault) -> Self {
        Self { fault, ..self }
    }

    pub(crate) const fn retrying(self) -> Self {
        Self { retries: true, ..self }
    }

    pub(crate) const fn keeping(self) -> Self {
        Self { rolls_back: false, ..self }
    }

    pub(crate) const fn saving(self) -> Self {
        Self { saves: true, ..self }
    }

    pub(crate) const fn forgotten(self) -> Self {
        Self { forgotten: true, ..self }
    }

    pub(crate) fn rules(&self) -> Rules {
        Rules {
            server: self.server,
            keeps: !self.rolls_back,
            follow_up_limit: Some(100),
            saves: self.saves && self.fault != Fault::NoSave,
        }
    }
}

impl fmt::Display for Setup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { server, devices, budget, values, retries, rolls_back, forgotten, saves, .. } = self;
        write!(f, "{server:?}, {devices} device(s), {values} values, {budget}")?;
        for (is_so, what) in
            [(retries, "retries"), (rolls_back, "rolls back"), (forgotten, "forgotten numbers"), (saves, "outbox")]
        {
            if *is_so {
                write!(f, ", {what}")?;
            }
        }
        Ok(())
    }
}

impl fmt::Display for Budget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { taps, outside, failures, refusals, answers, cancels, doubles, losses, crashes } = self;
        write!(f, "{taps} taps")?;
        let others = [outside, failures, refusals, answers, cancels, doubles, losses, crashes];
        let names =
            ["outside", "failures", "refusals", "other answers", "cancels", "doubles", "lost pushes", "crashes"];
        for (count, name) in others.into_iter().zip(names).filter(|(count, _)| **count > 0) {
            write!(f, ", {count} {name}")?;
        }
        Ok(())
    }
}
