//! Windows of time, at most one per key, and the action that is held in each.

use super::dropped::Dropped;
use super::held::Held;
use super::timer::Timer;
use crate::key::Key;
use crate::outcome::{Failure, Outcome};
use crate::platform::{Instant, LONGEST_PAUSE, MaybeSend, MaybeSync};
use crate::status::{Phase, Statuses};
use crate::store_api::StoreApi;
use parking_lot::Mutex;
use std::collections::HashMap;
use std::time::Duration;
use tokio::sync::oneshot;

/// The windows that are open. They change in turns of the store, but for one whose timer was dropped.
pub(super) struct Windows<S: 'static, A: 'static, K: Key> {
    open: Mutex<Open<S, A, K>>,
    pub(super) statuses: Statuses<K, Failure>,
}

struct Open<S: 'static, A: 'static, K: Key> {
    windows: HashMap<K, Window<S, A>>,
    last: Token,
}

/// Tells a window from every other, of whichever key: whoever comes late finds that it is gone. No number is used twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Token(u64);

struct Window<S: 'static, A: 'static> {
    token: Token,
    span: Span,
    held: Option<Held<S, A>>,
    /// Ends the timer when it is dropped.
    _timer: oneshot::Sender<()>,
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Span {
    pub(super) opened: Instant,
    pub(super) until: Instant,
}

impl<S: 'static, A: 'static, K: Key> Windows<S, A, K> {
    pub(super) fn new() -> Self {
        let open = Open { windows: HashMap::new(), last: Token(0) };
        Self { open: Mutex::new(open), statuses: Statuses::new() }
    }

    /// Of the window that is open for this key.
    pub(super) fn span(&self, key: &K) -> Option<Span> {
        self.open.lock().windows.get(key).map(|window| window.span)
    }

    /// Ends this window, if it is still open, and gives what was held in it.
    pub(super) fn close(&self, key: &K, token: Token) -> Option<Held<S, A>> {
        let window = {
            let windows = &mut self.open.lock().windows;
            if windows.get(key)?.token != token {
                return None;
            }
            let window = windows.remove(key);
            if windows.is_empty() {
                windows.shrink_to(64);
            }
            window
        };
        window?.held
    }

    /// Gives what is held in this window, and leaves it open.
    pub(super) fn empty(&self, key: &K, token: Token) -> Option<Held<S, A>> {
        self.open.lock().windows.get_mut(key).filter(|window| window.token == token)?.held.take()
    }

    /// Replaces what is held in the window of this key, if one is open.
    fn replace(&self, key: &K, until: Instant, held: Held<S, A>) -> Result<Option<Held<S, A>>, Held<S, A>> {
        match self.open.lock().windows.get_mut(key) {
            Some(window) => {
                window.span.until = until;
                Ok(window.held.replace(held))
            }
            None => Err(held),
        }
    }

    /// The keys for which something is held, those first whose windows were opened first.
    fn held(&self) -> Vec<K> {
        let mut held: Vec<(Token, K)> = {
            let open = self.open.lock();
            let held = open.windows.iter().filter(|(_, window)| window.held.is_some());
            held.map(|(key, window)| (window.token, key.clone())).collect()
        };
        held.sort_by_key(|(token, _)| *token);
        held.into_iter().map(|(_, key)| key).collect()
    }
}

/// A middleware that opens windows: a cheap handle.
pub(super) trait OpensWindows<S: 'static, A: MaybeSend + 'static, K: Key>:
    Clone + MaybeSend + MaybeSync + 'static
{
    fn windows(&self) -> &Windows<S, A, K>;

    /// What was held goes on, since its window is over.
    fn go_on(&self, store: &dyn StoreApi<S, A>, key: &K, held: Held<S, A>);

    /// Opens a window, in place of the one that may be open for this key.
    fn open(&self, store: &dyn StoreApi<S, A>, key: &K, until: Instant, held: Option<Held<S, A>>) -> Token {
        let (timer, closed) = oneshot::channel();
        let span = Span { opened: store.now(), until };
        let (token, before) = {
            let open = &mut *self.windows().open.lock();
            open.last.0 += 1;
            let token = open.last;
            (token, open.windows.insert(key.clone(), Window { token, span, held, _timer: timer }))
        };
        Timer::start(self.clone(), store, key.clone(), token, closed);
        if let Some(held) = before.and_then(|window| window.held) {
            self.windows().statuses.set(key, Phase::Idle, span.opened);
            held.end(Ok(Outcome::Superseded));
        }
        token
    }

    /// Holds an action until then, in place of the one that may be held.
    fn hold(&self, store: &dyn StoreApi<S, A>, key: &K, until: Instant, held: Held<S, A>) {
        // First, since an executor that has ended drops the timer, and so the window, at once.
        self.windows().statuses.set(key, Phase::Waiting { until }, store.now());
        match self.windows().replace(key, until, held) {
            Ok(Some(before)) => before.end(Ok(Outcome::Superseded)),
            Ok(None) => {}
            Err(held) => drop(self.open(store, key, until, Some(held))),
        }
    }

    /// Ends this window, if it is still open: what is held in it goes on.
    fn end(&self, store: &dyn StoreApi<S, A>, key: &K, token: Token) -> bool {
        let Some(held) = self.windows().close(key, token) else { return false };
        self.windows().statuses.set(key, Phase::Idle, store.now());
        self.go_on(store, key, held);
        true
    }

    fn flush_key(&self, key: &K) -> bool {
        self.if_held(key, |store, token| self.end(store, key, token))
    }

    fn flush_keys(&self) {
        for key in self.windows().held() {
            self.flush_key(&key);
        }
    }

    /// What is held for this key is left out; `take` gets it.
    fn withdraw(&self, key: &K, take: impl FnOnce(&Windows<S, A, K>, &K, Token) -> Option<Held<S, A>>) -> bool {
        self.if_held(key, |store, token| {
            let Some(held) = take(self.windows(), key, token) else { return false };
            self.windows().statuses.set(key, Phase::Idle, store.now());
            held.end(Err(Dropped::Withdrawn.failure()));
            true
        })
    }

    /// Runs `body` in a turn if something is held for this key.
    fn if_held(&self, key: &K, body: impl FnOnce(&dyn StoreApi<S, A>, Token) -> bool) -> bool {
        let (store, token) = {
            let open = self.windows().open.lock();
            let Some(window) = open.windows.get(key) else { return false };
            let Some(held) = &window.held else { return false };
            (held.rest().store().clone(), window.token)
        };
        store.turn(|store| body(store, token)).unwrap_or(false)
    }
}

/// As far as a clock reaches.
pub(super) fn after(now: Instant, duration: Duration) -> Instant {
    now + duration.min(LONGEST_PAUSE)
}
