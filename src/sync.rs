//! Locks, atomics and thread-locals, named in one place: the package `schedules` puts a checker's in their stead.

pub(crate) use parking_lot::{Mutex, MutexGuard, ReentrantMutex, RwLock, RwLockUpgradableReadGuard};
pub(crate) use std::sync::atomic::{AtomicBool, AtomicU8, AtomicUsize, Ordering, fence};
pub(crate) use std::thread_local;
