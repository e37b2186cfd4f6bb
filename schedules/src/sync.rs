//! What `src/sync.rs` names, of shuttle.

pub(crate) use crate::reentrant::ReentrantMutex;
pub(crate) use shuttle::sync::atomic::{AtomicBool, AtomicU8, AtomicUsize, Ordering, fence};
pub(crate) use shuttle::{thread, thread_local};
pub(crate) use shuttle_parking_lot_impl::{Mutex, MutexGuard, RwLock, RwLockUpgradableReadGuard};
