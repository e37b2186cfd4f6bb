//! What differs between native targets and the browser, named once: thread bounds, boxed futures, the clock's type.
//!
//! Everything else in both crates says [`MaybeSend`] and [`MaybeSync`], so that a single-threaded target needs a
//! change in this file only.

use std::any::Any;
use std::error::Error;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

/// `Send` where the platform has threads.
pub trait MaybeSend: Send {}
impl<T: Send + ?Sized> MaybeSend for T {}

/// `Sync` where the platform has threads.
pub trait MaybeSync: Sync {}
impl<T: Sync + ?Sized> MaybeSync for T {}

/// A boxed future that may be handed to another thread where the platform has threads.
pub type BoxFuture<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// Work that may be handed to another thread where the platform has threads.
pub type BoxWork = Box<dyn FnOnce() + Send>;

/// A point in time of the store's clock, as [`StoreApi::now`](crate::StoreApi::now) gives it: `std::time::Instant`. Under
/// tokio's paused clock it is the paused one, which `std::time::Instant::now()` is not.
pub type Instant = std::time::Instant;

/// A value of any type.
pub(crate) type BoxAny = Box<dyn Any + Send + Sync>;

/// An error of any type, as `?` makes one of yours.
pub type BoxError = Box<dyn Error + Send + Sync>;

/// A clock has an end, beyond which no pause can reach.
pub(crate) const LONGEST_PAUSE: Duration = Duration::from_secs(60 * 60 * 24 * 365 * 30);

/// An error of any type, that several may hold.
pub type SharedError = Arc<dyn Error + Send + Sync>;
