//! Who is told of a change, and in which order.
//!
//! One thread at a time tells them, and tells all of them the same state. A change made meanwhile is left to that
//! thread, so no stack grows and no older state comes after a newer one.

use crate::inside::Inside;
use crate::sync::{AtomicU8, AtomicUsize, Mutex, MutexGuard, Ordering, fence};
use foregone_middleware::MaybeSend;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

/// `FnMut(&Arc<S>)`, with the bounds of the platform.
pub(crate) trait Callback<S>: MaybeSend {
    fn call(&mut self, state: &Arc<S>);
}

impl<S, F: FnMut(&Arc<S>) + MaybeSend> Callback<S> for F {
    fn call(&mut self, state: &Arc<S>) {
        self(state);
    }
}

pub(crate) struct Subscribers<S> {
    /// Held for a whole round by the thread that tells, but handed over between two calls to whoever waits for it: so
    /// whoever holds it knows that no call is running. Only unsubscribing waits for it, and never in a callback.
    list: Mutex<List<S>>,
    /// Who came, and who went without waiting, since the list was last looked at. Held for a moment, by nobody who
    /// calls anything.
    mail: Mutex<Mail<S>>,
    /// What the next call has to wait for: [`MAIL`] that nobody has read, and a [`WAITER`] for each thread that wants
    /// the list. One number, so that a round of many calls asks once per call.
    wanted: AtomicUsize,
    count: AtomicUsize,
    phase: AtomicU8,
}

const MAIL: usize = 1;
const WAITER: usize = 2;

/// Nobody tells.
const IDLE: u8 = 0;
/// Somebody tells.
const TELLING: u8 = 1;
/// Somebody tells, and the state has changed since they began.
const AGAIN: u8 = 2;

struct List<S> {
    /// In the order of their ids. An index means the same slot for as long as a round lasts.
    slots: Vec<Slot<S>>,
    in_round: bool,
    vacant: usize,
}

struct Slot<S> {
    id: u64,
    /// Does nothing once it went: calling that is cheaper than asking each slot whether it is vacant.
    callback: Box<dyn Callback<S>>,
    vacant: bool,
}

struct Mail<S> {
    came: Vec<Slot<S>>,
    went: Vec<u64>,
    next_id: u64,
}

impl<S> Subscribers<S> {
    pub(crate) fn new() -> Self {
        Self {
            list: Mutex::new(List { slots: Vec::new(), in_round: false, vacant: 0 }),
            mail: Mutex::new(Mail { came: Vec::new(), went: Vec::new(), next_id: 0 }),
            wanted: AtomicUsize::new(0),
            count: AtomicUsize::new(0),
            phase: AtomicU8::new(IDLE),
        }
    }

    pub(crate) fn add(&self, callback: Box<dyn Callback<S>>) -> u64 {
        let mut mail = self.mail.lock();
        let id = mail.next_id;
        mail.next_id += 1;
        mail.came.push(Slot { id, callback, vacant: false });
        self.wanted.fetch_or(MAIL, Ordering::Release);
        self.count.fetch_add(1, Ordering::SeqCst);
        id
    }

    /// If it `may_wait`, no call begins after this returned, none is running, and what the callback held is dropped.
    pub(crate) fn remove(&self, id: u64, may_wait: bool) {
        self.count.fetch_sub(1, Ordering::SeqCst);
        if may_wait {
            self.wanted.fetch_add(WAITER, Ordering::Relaxed);
            let mut list = self.list.lock();
            self.wanted.fetch_sub(WAITER, Ordering::Relaxed);
            let mut gone = self.read_mail(&mut list);
            gone.extend(list.remove(id));
            drop(list);
            free(gone);
        } else {
            self.mail.lock().went.push(id);
            self.wanted.fetch_or(MAIL, Ordering::Release);
            self.read_rest();
        }
    }

    /// Tells everybody the newest state, or leaves it to the thread that is at it.
    pub(crate) fn notify(&self, state: impl Fn() -> Arc<S>) {
        if self.count.load(Ordering::SeqCst) == 0 || self.phase.swap(AGAIN, Ordering::AcqRel) != IDLE {
            return;
        }
        let inside = Inside::enter();
        loop {
            self.phase.swap(TELLING, Ordering::AcqRel);
            self.round(&state);
            if self.phase.compare_exchange(TELLING, IDLE, Ordering::AcqRel, Ordering::Acquire).is_ok() {
                break;
            }
        }
        drop(inside);
        self.read_rest();
    }

    fn round(&self, state: impl Fn() -> Arc<S>) {
        let mut list = self.list.lock();
        let mut gone = self.read_mail(&mut list);
        // Read after the mail: whoever came by it has seen no newer state than this.
        let state = state();
        list.in_round = true;
        let end = list.slots.len();
        let mut next = 0;
        while next < end {
            harmless("a subscriber panicked", || {
                while next < end {
                    if self.wanted.load(Ordering::Acquire) & MAIL != 0 {
                        gone.extend(self.read_mail(&mut list));
                    }
                    for slot in &mut list.slots[next..end] {
                        next += 1;
                        slot.callback.call(&state);
                        if self.wanted.load(Ordering::Relaxed) != 0 {
                            break;
                        }
                    }
                    MutexGuard::bump(&mut list);
                }
            });
        }
        list.in_round = false;
        list.compact();
        drop(list);
        free(gone);
        harmless("a state panicked when it was dropped", || drop(state));
    }

    /// Mail that came while somebody else held the list, and that they may have looked for before it came.
    fn read_rest(&self) {
        // Whoever fails to get the list has posted their mail before, and whoever had it looks for mail after: one of
        // the two sees the other.
        fence(Ordering::SeqCst);
        while self.wanted.load(Ordering::Relaxed) & MAIL != 0 {
            let Some(mut list) = self.list.try_lock() else { return };
            let gone = self.read_mail(&mut list);
            drop(list);
            free(gone);
            fence(Ordering::SeqCst);
        }
    }

    /// Gives the callbacks that went. They are not to be dropped while the list is held: what they hold may unsubscribe
    /// others, or wait for a thread that dispatches.
    #[must_use]
    fn read_mail(&self, list: &mut List<S>) -> Vec<Box<dyn Callback<S>>> {
        if self.wanted.fetch_and(!MAIL, Ordering::AcqRel) & MAIL == 0 {
            return Vec::new();
        }
        let mut mail = self.mail.lock();
        // Taken whole, so that no room is kept for as many as ever came at once.
        let (came, went) = (std::mem::take(&mut mail.came), std::mem::take(&mut mail.went));
        drop(mail);
        list.slots.extend(came);
        went.into_iter().filter_map(|id| list.remove(id)).collect()
    }
}

/// Drops each, whatever the others do.
fn free<S>(gone: Vec<Box<dyn Callback<S>>>) {
    for callback in gone {
        harmless("what a subscriber held panicked when it was dropped", || drop(callback));
    }
}

fn harmless(message: &'static str, run: impl FnOnce()) {
    if catch_unwind(AssertUnwindSafe(run)).is_err() {
        tracing::error!(target: "foregone", "{message}");
    }
}

impl<S> List<S> {
    fn remove(&mut self, id: u64) -> Option<Box<dyn Callback<S>>> {
        let index = self.slots.binary_search_by_key(&id, |slot| slot.id).ok()?;
        let slot = &mut self.slots[index];
        slot.vacant = true;
        // A closure that captures nothing is not allocated.
        let gone = std::mem::replace(&mut slot.callback, Box::new(|_: &Arc<S>| {}));
        self.vacant += 1;
        self.compact();
        Some(gone)
    }

    fn compact(&mut self) {
        if !self.in_round && self.vacant * 2 > self.slots.len() {
            self.slots.retain(|slot| !slot.vacant);
            self.slots.shrink_to(64);
            self.vacant = 0;
        }
    }
}
