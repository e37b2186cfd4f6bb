//! The store as its documentation describes it, for one thread, as plainly as it can be written.

use crate::step::{Step, What};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct State {
    /// Grows with each change, so that an older state is known by it.
    pub(crate) count: u32,
    pub(crate) value: u32,
}

impl State {
    pub(crate) fn add(&mut self, n: u8, breaks: bool) -> Result<(), Broken> {
        self.count += 1;
        if breaks {
            return Err(Broken);
        }
        self.value = self.value.wrapping_mul(31).wrapping_add(u32::from(n));
        Ok(())
    }
}

/// A panic.
#[derive(Debug)]
pub(crate) struct Broken;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    ByRef,
    ByValue,
    ByMut,
    InPlace,
}

/// What can be seen of a store from outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Seen {
    Call { watcher: usize, state: State, now: Option<State> },
    RemainderCall { watcher: usize, remainder: u32, now: Option<State> },
    Read { watcher: usize, got: Got },
    Kept(State),
    Returned { panicked: bool },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Got {
    Nothing,
    Remainder(u32),
    State(State),
    End,
}

#[derive(Debug, Clone)]
struct Watcher {
    what: What,
    then: Vec<Step>,
    last: u32,
    unread: Option<Got>,
    /// The version of the state that `unread` holds.
    holds: Option<u32>,
    watching: bool,
    dropped: bool,
}

#[derive(Debug, Clone)]
pub(crate) struct Reference {
    pub(crate) shape: Shape,
    pub(crate) log: Vec<Seen>,
    state: State,
    version: u32,
    handles: usize,
    /// Calls of the store that have not returned: each has a handle.
    calls: u32,
    kept: Vec<(u32, State)>,
    watchers: Vec<Watcher>,
    in_turn: bool,
    changed: bool,
    /// The version that is being told.
    telling: Option<u32>,
    again: bool,
}

impl Reference {
    pub(crate) fn new(shape: Shape) -> Self {
        Self {
            shape,
            log: Vec::new(),
            state: State::default(),
            version: 0,
            handles: 1,
            calls: 0,
            kept: Vec::new(),
            watchers: Vec::new(),
            in_turn: false,
            changed: false,
            telling: None,
            again: false,
        }
    }

    /// None, once the last handle is gone.
    pub(crate) fn state(&self) -> Option<State> {
        (self.handles > 0).then_some(self.state)
    }

    pub(crate) fn is_watching(&self, watcher: usize) -> bool {
        self.watchers[watcher].watching
    }

    /// How many callbacks and middlewares there are.
    pub(crate) fn held(&self) -> usize {
        let is_callback =
            |watcher: &&Watcher| watcher.watching && matches!(watcher.what, What::Changes | What::Remainders(_));
        usize::from(self.handles > 0) + self.watchers.iter().filter(is_callback).count()
    }

    pub(crate) fn outside(&mut self, step: &Step) {
        let panicked = self.step(step).is_err();
        self.log.push(Seen::Returned { panicked });
    }

    fn run(&mut self, steps: &[Step]) -> Result<(), Broken> {
        steps.iter().try_for_each(|step| self.step(step))
    }

    fn step(&mut self, step: &Step) -> Result<(), Broken> {
        match step {
            Step::Add(n) => return self.dispatch(|store| store.reduce(*n, false)),
            Step::Break => return self.dispatch(|store| store.reduce(0, true)),
            Step::Turn(steps) => return self.dispatch(|store| store.run(steps)),
            Step::Panic => return Err(Broken),
            Step::Watch(what, then) => self.watch(*what, then),
            Step::Unwatch(number) => self.unwatch(*number),
            Step::Read(number) => self.read(*number),
            Step::Keep if self.handles > 0 => self.kept.push((self.version, self.state)),
            Step::Release => self.log.extend(self.kept.pop().map(|(_, state)| Seen::Kept(state))),
            Step::CloneHandle if self.handles > 0 => self.handles += 1,
            Step::DropHandle => {
                self.handles = self.handles.saturating_sub(1);
                self.end_if_gone();
            }
            Step::Keep | Step::CloneHandle => {}
        }
        Ok(())
    }

    fn dispatch(&mut self, body: impl FnOnce(&mut Self) -> Result<(), Broken>) -> Result<(), Broken> {
        if self.handles == 0 {
            return Ok(());
        }
        self.calls += 1;
        let is_outermost = !std::mem::replace(&mut self.in_turn, true);
        let result = body(self);
        if is_outermost {
            self.in_turn = false;
            if std::mem::take(&mut self.changed) {
                self.notify();
            }
        }
        self.calls -= 1;
        self.end_if_gone();
        result
    }

    fn reduce(&mut self, n: u8, breaks: bool) -> Result<(), Broken> {
        let in_place = self.shape == Shape::InPlace;
        let mut next = self.state;
        let result = next.add(n, breaks);
        if result.is_ok() || (in_place && !self.is_held()) {
            self.state = next;
            self.version += 1;
        }
        self.changed |= in_place || result.is_ok();
        result
    }

    /// Whether somebody has a snapshot of the current state.
    fn is_held(&self) -> bool {
        let current = Some(self.version);
        self.telling == current
            || self.kept.iter().any(|(version, _)| Some(*version) == current)
            || self.watchers.iter().any(|watcher| watcher.holds == current)
    }

    fn notify(&mut self) {
        if !self.watchers.iter().any(|watcher| watcher.watching) {
            return;
        }
        if self.telling.is_some() {
            self.again = true;
            return;
        }
        loop {
            self.again = false;
            self.telling = Some(self.version);
            let state = self.state;
            for number in 0..self.watchers.len() {
                if self.watchers[number].watching {
                    // What a subscriber's panic ends is its own call.
                    let _ = self.call(number, state);
                }
            }
            self.telling = None;
            if !self.again {
                return;
            }
        }
    }

    fn call(&mut self, number: usize, state: State) -> Result<(), Broken> {
        let now = self.state();
        let version = self.telling;
        let watcher = &mut self.watchers[number];
        if let What::Remainders(modulus) | What::RemainderStream(modulus) = watcher.what {
            let remainder = state.value % modulus;
            if std::mem::replace(&mut watcher.last, remainder) == remainder {
                return Ok(());
            }
        }
        match watcher.what {
            What::Changes => self.log.push(Seen::Call { watcher: number, state, now }),
            What::Remainders(_) => {
                self.log.push(Seen::RemainderCall { watcher: number, remainder: watcher.last, now });
            }
            What::RemainderStream(_) => watcher.unread = Some(Got::Remainder(watcher.last)),
            What::Snapshots => (watcher.unread, watcher.holds) = (Some(Got::State(state)), version),
        }
        let then = std::mem::take(&mut watcher.then);
        self.run(&then)
    }

    fn watch(&mut self, what: What, then: &[Step]) {
        if self.handles == 0 {
            return;
        }
        let (last, unread, holds) = match what {
            What::Changes => (0, None, None),
            What::Remainders(modulus) => (self.state.value % modulus, None, None),
            What::RemainderStream(modulus) => {
                (self.state.value % modulus, Some(Got::Remainder(self.state.value % modulus)), None)
            }
            What::Snapshots => (0, Some(Got::State(self.state)), Some(self.version)),
        };
        let is_stream = unread.is_some();
        let then = if is_stream { Vec::new() } else { then.to_vec() };
        self.watchers.push(Watcher { what, then, last, unread, holds, watching: true, dropped: false });
    }

    fn unwatch(&mut self, number: usize) {
        if let Some(watcher) = self.watchers.get_mut(number) {
            (watcher.watching, watcher.dropped) = (false, true);
            (watcher.unread, watcher.holds) = (None, None);
        }
    }

    fn read(&mut self, number: usize) {
        let Some(watcher) = self.watchers.get_mut(number) else { return };
        if watcher.dropped || matches!(watcher.what, What::Changes | What::Remainders(_)) {
            return;
        }
        watcher.holds = None;
        let nothing = if watcher.watching { Got::Nothing } else { Got::End };
        let got = watcher.unread.take().unwrap_or(nothing);
        self.log.push(Seen::Read { watcher: number, got });
    }

    fn end_if_gone(&mut self) {
        if self.handles == 0 && self.calls == 0 {
            self.watchers.iter_mut().for_each(|watcher| watcher.watching = false);
        }
    }
}
