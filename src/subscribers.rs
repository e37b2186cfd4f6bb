//! Who is told of a change, and in which order.
//!
//! One thread at a time tells them, and tells all of them the same state. A change made meanwhile is left to that
//! thread, so no stack grows and no older state comes after a newer one.

use foregone_middleware::MaybeSend;
use parking_lot::{Mutex, ReentrantMutex, ReentrantMutexGuard};
use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicUsize, Ordering};

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
    /// whoever holds it knows that no call is running on another thread. Only unsubscribing waits for it.
    list: ReentrantMutex<RefCell<List<S>>>,
    /// Who came and who went since the list was last looked at. Held for a moment, by nobody who calls anything.
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
            list: ReentrantMutex::new(RefCell::new(List { slots: Vec::new(), in_round: false, vacant: 0 })),
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

    /// If it `may_wait`, no call begins after this returned, and none is running.
    pub(crate) fn remove(&self, id: u64, may_wait: bool) {
        self.count.fetch_sub(1, Ordering::SeqCst);
        self.mail.lock().went.push(id);
        self.wanted.fetch_or(MAIL, Ordering::Release);
        if self.list.is_owned_by_current_thread() {
            return;
        }
        let list = if may_wait {
            self.wanted.fetch_add(WAITER, Ordering::Relaxed);
            let list = self.list.lock();
            self.wanted.fetch_sub(WAITER, Ordering::Relaxed);
            Some(list)
        } else {
            self.list.try_lock()
        };
        if let Some(list) = list {
            self.read_mail(&list);
        }
    }

    /// Tells everybody the newest state, or leaves it to the thread that is at it.
    pub(crate) fn notify(&self, state: impl Fn() -> Arc<S>) {
        if self.count.load(Ordering::SeqCst) == 0 || self.phase.swap(AGAIN, Ordering::AcqRel) != IDLE {
            return;
        }
        loop {
            self.phase.swap(TELLING, Ordering::AcqRel);
            self.round(&state);
            if self.phase.compare_exchange(TELLING, IDLE, Ordering::AcqRel, Ordering::Acquire).is_ok() {
                return;
            }
        }
    }

    fn round(&self, state: impl Fn() -> Arc<S>) {
        let mut list = self.list.lock();
        self.read_mail(&list);
        // Read after the mail: whoever came by it has seen no newer state than this.
        let state = state();
        list.borrow_mut().in_round = true;
        let end = list.borrow().slots.len();
        let mut next = 0;
        while next < end {
            let calls = catch_unwind(AssertUnwindSafe(|| {
                while next < end {
                    if self.wanted.load(Ordering::Acquire) & MAIL != 0 {
                        self.read_mail(&list);
                    }
                    for slot in &mut list.borrow_mut().slots[next..end] {
                        next += 1;
                        slot.callback.call(&state);
                        if self.wanted.load(Ordering::Relaxed) != 0 {
                            break;
                        }
                    }
                    ReentrantMutexGuard::bump(&mut list);
                }
            }));
            if calls.is_err() {
                tracing::error!(target: "foregone", "a subscriber panicked");
            }
        }
        list.borrow_mut().in_round = false;
    }

    fn read_mail(&self, list: &RefCell<List<S>>) {
        while self.wanted.fetch_and(!MAIL, Ordering::AcqRel) & MAIL != 0 {
            let (came, went) = {
                let mut mail = self.mail.lock();
                (std::mem::take(&mut mail.came), std::mem::take(&mut mail.went))
            };
            let gone = list.borrow_mut().update(came, &went);
            // With nothing borrowed and no mail locked: dropping what a callback owns may unsubscribe others.
            drop(gone);
        }
    }
}

impl<S> List<S> {
    fn update(&mut self, came: Vec<Slot<S>>, went: &[u64]) -> Vec<Box<dyn Callback<S>>> {
        self.slots.extend(came);
        let mut gone = Vec::with_capacity(went.len());
        for id in went {
            if let Ok(index) = self.slots.binary_search_by_key(id, |slot| slot.id) {
                let slot = &mut self.slots[index];
                slot.vacant = true;
                // A closure that captures nothing is not allocated.
                gone.push(std::mem::replace(&mut slot.callback, Box::new(|_: &Arc<S>| {})));
                self.vacant += 1;
            }
        }
        if !self.in_round && self.vacant * 2 > self.slots.len() {
            self.slots.retain(|slot| !slot.vacant);
            self.slots.shrink_to(64);
            self.vacant = 0;
        }
        gone
    }
}
