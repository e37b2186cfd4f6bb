//! All commands of one middleware that have not ended, by key, and what else is still open.
//!
//! No clock, no I/O, no async. Every change is made in a turn of the store, so the lock around it is never waited for
//! long, and never held while code of the user runs, nor across an await.

use super::idempotency_key::IdempotencyKey;
use crate::completion::Resolver;
use std::collections::{HashMap, VecDeque};
use std::convert::Infallible;
use std::hash::Hash;
use std::sync::Arc;
use tokio::sync::oneshot;

/// Tells commands apart. Never used twice, so nothing of the past is mistaken for something present.
pub(super) type Token = u64;

pub(super) struct Calls<K, C> {
    /// Holds no entry for a key at rest.
    slots: HashMap<K, Slot<C>>,
    last: Token,
    /// Reloads that are running, by the command that they followed, and that no other command has followed since.
    reloads: HashMap<K, Token>,
    /// Finish hooks and reloads that are still running.
    tails: usize,
    /// What an earlier epoch started may not write.
    epoch: u64,
    /// The middleware is dispatching an action of its own that is tagged with this key.
    own: Option<K>,
    shut_down: bool,
}

struct Slot<C> {
    /// In the order of their dispatch, so by token. Only the first is on its way to the server.
    calls: VecDeque<Call<C>>,
    owes_reload: bool,
}

pub(super) struct Call<C> {
    token: Token,
    stage: Stage,
    /// None until it has been applied.
    command: Option<(Arc<C>, IdempotencyKey)>,
    waiter: Option<Resolver>,
    attempts: u32,
    /// An attempt has failed in a way that leaves open whether it worked.
    in_doubt: bool,
    /// A definite no, and no attempt is in doubt.
    refused: bool,
    withdrawn: bool,
    /// Dropped with this, which ends the pause.
    pause: Option<oneshot::Sender<Infallible>>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// The reducer has yet to see it.
    Applying,
    /// Applied, and waiting for those before it.
    Queued,
    /// Its effect was spawned, and has not begun.
    Started,
    InFlight,
    Pausing,
    /// It has ended: its answer is being applied, or its own part undone.
    Landing,
}

/// What to do with a tagged action.
pub(super) enum Admission {
    /// One of our own: let it pass.
    Own,
    ShutDown,
    Busy,
    Admitted(Token),
}

/// A command whose turn it is.
pub(super) struct Due<C> {
    pub(super) token: Token,
    pub(super) command: Arc<C>,
    pub(super) idempotency_key: IdempotencyKey,
}

/// What is known of a command at its end.
pub(super) struct Landed<C> {
    pub(super) command: Arc<C>,
    pub(super) idempotency_key: IdempotencyKey,
    pub(super) waiter: Option<Resolver>,
    pub(super) attempts: u32,
    pub(super) refused: bool,
    pub(super) withdrawn: bool,
}

/// A command is no more.
pub(super) struct Released<C> {
    /// To be dropped without a lock.
    pub(super) _call: Call<C>,
    pub(super) at_rest: bool,
    pub(super) epoch: u64,
    /// A reload is due, which is told apart by this.
    pub(super) reload: Option<Token>,
}

impl<K: Clone + Eq + Hash, C> Calls<K, C> {
    pub(super) fn new() -> Self {
        Self {
            slots: HashMap::new(),
            last: 0,
            reloads: HashMap::new(),
            tails: 0,
            epoch: 0,
            own: None,
            shut_down: false,
        }
    }

    pub(super) fn admit(&mut self, key: &K, queued: bool) -> Admission {
        if self.own.as_ref() == Some(key) {
            self.own = None;
            return Admission::Own;
        }
        if self.shut_down {
            return Admission::ShutDown;
        }
        if !queued && self.slots.contains_key(key) {
            return Admission::Busy;
        }
        self.last += 1;
        let slot = self.slots.entry(key.clone()).or_insert_with(|| Slot { calls: VecDeque::new(), owes_reload: false });
        slot.calls.push_back(Call {
            token: self.last,
            stage: Stage::Applying,
            command: None,
            waiter: None,
            attempts: 0,
            in_doubt: false,
            refused: false,
            withdrawn: false,
            pause: None,
        });
        Admission::Admitted(self.last)
    }

    /// The reducer has seen it. Gives the waiter back if the command is no more.
    pub(super) fn applied(
        &mut self,
        key: &K,
        token: Token,
        command: (Arc<C>, IdempotencyKey),
        waiter: Resolver,
    ) -> Result<(), Resolver> {
        let Some(call) = self.call(key, token) else { return Err(waiter) };
        call.stage = Stage::Queued;
        call.command = Some(command);
        call.waiter = Some(waiter);
        self.reloads.remove(key);
        Ok(())
    }

    /// The key's next command, if it is its turn.
    pub(super) fn start_next(&mut self, key: &K) -> Option<Due<C>> {
        let call = self.slots.get_mut(key)?.calls.front_mut().filter(|call| call.stage == Stage::Queued)?;
        call.stage = Stage::Started;
        let (command, idempotency_key) = call.command.as_ref()?;
        Some(Due { token: call.token, command: Arc::clone(command), idempotency_key: *idempotency_key })
    }

    /// It is sent now. Gives the attempt, from 1, or none if it was withdrawn.
    pub(super) fn attempt(&mut self, key: &K, token: Token) -> Option<u32> {
        let call = self.call(key, token)?;
        call.stage = Stage::InFlight;
        call.pause.take();
        call.attempts = call.attempts.saturating_add(1);
        Some(call.attempts)
    }

    /// The attempt has failed; `refused` is a definite no. Gives the attempts so far, or none if it is not under way.
    pub(super) fn failed(&mut self, key: &K, token: Token, refused: bool) -> Option<u32> {
        let call = self.call(key, token)?;
        call.in_doubt |= !refused;
        call.refused = !call.in_doubt;
        Some(call.attempts)
    }

    /// There is to be another attempt, unless it was withdrawn; what is given ends when it is.
    pub(super) fn pause(&mut self, key: &K, token: Token) -> Option<oneshot::Receiver<Infallible>> {
        let call = self.call(key, token).filter(|call| !call.withdrawn)?;
        let (sender, withdrawn) = oneshot::channel();
        call.stage = Stage::Pausing;
        call.pause = Some(sender);
        Some(withdrawn)
    }

    /// It has ended. The key is not free yet. None if it has been told so before.
    pub(super) fn land(&mut self, key: &K, token: Token) -> Option<Landed<C>> {
        let call = self.call(key, token).filter(|call| call.stage != Stage::Landing)?;
        let (command, idempotency_key) = call.command.as_ref()?;
        call.stage = Stage::Landing;
        Some(Landed {
            command: Arc::clone(command),
            idempotency_key: *idempotency_key,
            waiter: call.waiter.take(),
            attempts: call.attempts,
            refused: call.refused,
            withdrawn: call.withdrawn,
        })
    }

    /// Frees the key for the next. Its finish hook, and a reload if one is due, count as open from now on.
    pub(super) fn release(&mut self, key: &K, token: Token, owes_reload: bool) -> Option<Released<C>> {
        let released = self.leave(key, token, owes_reload)?;
        self.tails += 1;
        Some(released)
    }

    /// It did not get through to the reducer: it never was. A reload counts as open from now on, if one that has ended
    /// meanwhile left it to this. None if that is not so, or it was cleared.
    pub(super) fn withhold(&mut self, key: &K, token: Token) -> Option<Released<C>> {
        if !self.is_applying(key, token) {
            return None;
        }
        let released = self.leave(key, token, false)?;
        self.tails += usize::from(released.reload.is_some());
        Some(released)
    }

    fn leave(&mut self, key: &K, token: Token, owes_reload: bool) -> Option<Released<C>> {
        let call = self.take(key, token)?;
        let slot = self.slots.get_mut(key)?;
        slot.owes_reload |= owes_reload;
        let at_rest = slot.calls.is_empty();
        let reloads = at_rest && slot.owes_reload;
        self.forget(key);
        if reloads {
            self.reloads.insert(key.clone(), token);
        }
        Some(Released { _call: call, at_rest, epoch: self.epoch, reload: reloads.then_some(token) })
    }

    pub(super) fn is_applying(&mut self, key: &K, token: Token) -> bool {
        self.call(key, token).is_some_and(|call| call.stage == Stage::Applying)
    }

    /// Withdraws what is not in flight: gives those, the newest first. What is in flight will not be tried again; gives
    /// who waits for it.
    pub(super) fn withdraw(&mut self, key: &K) -> (Vec<Token>, Option<Resolver>) {
        let (mut tokens, mut waiter) = (Vec::new(), None);
        for call in self.slots.get_mut(key).into_iter().flat_map(|slot| slot.calls.iter_mut().rev()) {
            match call.stage {
                Stage::Queued | Stage::Started | Stage::Pausing => tokens.push(call.token),
                Stage::InFlight => waiter = call.waiter.take(),
                Stage::Applying | Stage::Landing => continue,
            }
            call.withdrawn = true;
        }
        (tokens, waiter)
    }

    /// The command, if it is the one that is on its way, and all behind it; the newest first.
    pub(super) fn from(&self, key: &K, token: Token) -> Vec<Token> {
        let calls = self.slots.get(key).map(|slot| &slot.calls);
        let calls = calls.filter(|calls| calls.front().is_some_and(|first| first.token == token));
        calls.map_or_else(Vec::new, |calls| calls.iter().rev().map(|call| call.token).collect())
    }

    /// Gives what it was before.
    pub(super) fn set_own(&mut self, key: Option<K>) -> Option<K> {
        std::mem::replace(&mut self.own, key)
    }

    pub(super) fn tail_ended(&mut self, epoch: u64) {
        if epoch == self.epoch {
            self.tails -= 1;
        }
    }

    /// Whether a command has begun since this reload did.
    pub(super) fn is_outdated(&self, key: &K, reload: Token) -> bool {
        self.reloads.get(key) != Some(&reload)
    }

    pub(super) fn reload_ended(&mut self, key: &K, reload: Token) {
        if !self.is_outdated(key, reload) {
            self.reloads.remove(key);
        }
    }

    pub(super) fn is_epoch(&self, epoch: u64) -> bool {
        self.epoch == epoch
    }

    pub(super) fn is_quiet(&self) -> bool {
        self.slots.is_empty() && self.tails == 0
    }

    pub(super) fn shut_down(&mut self) {
        self.shut_down = true;
    }

    /// Drops every command and starts a new epoch.
    pub(super) fn clear(&mut self) -> Cleared<K, C> {
        self.epoch += 1;
        self.tails = 0;
        self.reloads.clear();
        Cleared(std::mem::take(&mut self.slots))
    }

    fn call(&mut self, key: &K, token: Token) -> Option<&mut Call<C>> {
        let calls = &mut self.slots.get_mut(key)?.calls;
        let index = calls.binary_search_by_key(&token, |call| call.token).ok()?;
        calls.get_mut(index)
    }

    fn take(&mut self, key: &K, token: Token) -> Option<Call<C>> {
        let calls = &mut self.slots.get_mut(key)?.calls;
        let index = calls.binary_search_by_key(&token, |call| call.token).ok()?;
        calls.remove(index)
    }

    fn forget(&mut self, key: &K) {
        if self.slots.get(key).is_some_and(|slot| slot.calls.is_empty()) {
            self.slots.remove(key);
            if self.slots.is_empty() {
                self.slots.shrink_to(64);
            }
        }
    }
}

/// What was dropped by [`Calls::clear`], to be taken apart without a lock.
pub(super) struct Cleared<K, C>(HashMap<K, Slot<C>>);

impl<K, C> Cleared<K, C> {
    pub(super) fn keys(&self) -> usize {
        self.0.len()
    }

    /// Those who waited, and whether what they wait for was ever sent.
    pub(super) fn into_waiters(self) -> impl Iterator<Item = (Resolver, bool)> {
        let calls = self.0.into_values().flat_map(|slot| slot.calls);
        calls.filter_map(|call| call.waiter.map(|waiter| (waiter, call.attempts > 0)))
    }
}
