//! Who looks at the actions that come by.

use crate::effects::runs::next_id;
use crate::platform::{MaybeSend, MaybeSync};
use crate::store_api::StoreApi;
use parking_lot::Mutex;
use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Weak};

/// One who looks at every action: a listener, a `take`, a `condition`.
pub(super) trait Watch<S, A>: MaybeSend + MaybeSync {
    /// Looks at an action before the reducer takes it, and gives what is to be done once it was applied.
    fn see<'w>(&'w self, store: &dyn StoreApi<S, A>, action: &A) -> Option<Then<'w, S, A>>;
}

/// Called in the same turn, with whether the action was applied, and not withheld.
pub(super) type Then<'w, S, A> = Box<dyn FnOnce(&dyn StoreApi<S, A>, bool) + 'w>;

/// All of them, in the order in which they came.
pub(super) struct Watchers<S, A> {
    is_plugged: AtomicBool,
    /// Of the list. Read without the lock: a dispatch that nobody watches pays for this and no more.
    count: AtomicUsize,
    /// Held for a moment, by nobody who runs code of others: who looks at an action looks on a list of their own.
    list: Mutex<Shared<S, A>>,
}

type Shared<S, A> = Arc<Vec<(u64, Arc<dyn Watch<S, A>>)>>;

impl<S: 'static, A: 'static> Watchers<S, A> {
    pub(super) fn new() -> Self {
        Self { is_plugged: AtomicBool::new(false), count: AtomicUsize::new(0), list: Mutex::new(Arc::new(Vec::new())) }
    }

    /// Gives false for any place but the first.
    pub(super) fn plug(&self) -> bool {
        !self.is_plugged.swap(true, Ordering::Relaxed)
    }

    /// None if there is nobody.
    pub(super) fn all(&self) -> Option<Shared<S, A>> {
        (self.count.load(Ordering::Acquire) > 0).then(|| Arc::clone(&self.list.lock()))
    }

    pub(super) fn add(&self, place: &Place, watch: Arc<dyn Watch<S, A>>) {
        let mut list = self.list.lock();
        let watchers = Arc::make_mut(&mut list);
        watchers.push((place.id, watch));
        self.count.store(watchers.len(), Ordering::Release);
    }

    pub(super) fn clear(&self) {
        let mut list = self.list.lock();
        let gone = std::mem::take(&mut *list);
        self.count.store(0, Ordering::Release);
        drop(list);
        drop(gone);
    }
}

/// What a place is left in.
trait Leave: MaybeSend + MaybeSync {
    fn leave(&self, id: u64);
}

impl<S: 'static, A: 'static> Leave for Watchers<S, A> {
    fn leave(&self, id: u64) {
        let mut list = self.list.lock();
        let Some(index) = list.iter().position(|(other, _)| *other == id) else { return };
        let watchers = Arc::make_mut(&mut list);
        let gone = watchers.remove(index);
        if watchers.len() < watchers.capacity() / 4 {
            watchers.shrink_to(watchers.len() * 2);
        }
        self.count.store(watchers.len(), Ordering::Release);
        drop(list);
        // Only now: what it holds may do as it likes when it is dropped.
        drop(gone);
    }
}

/// Somebody's place in the list. It keeps nothing alive.
#[derive(Clone)]
pub(super) struct Place {
    id: u64,
    list: Weak<dyn Leave>,
}

impl Place {
    pub(super) fn new<S: 'static, A: 'static>(watchers: Weak<Watchers<S, A>>) -> Self {
        Self { id: next_id(), list: watchers }
    }

    /// They are not to be asked any more. Nothing happens if they have left already.
    pub(super) fn leave(&self) {
        if let Some(list) = self.list.upgrade() {
            list.leave(self.id);
        }
    }
}

impl fmt::Debug for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Place").field(&self.id).finish()
    }
}
