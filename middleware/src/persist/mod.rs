//! The state, or a part of it, in a file.

mod builder;
mod error;
mod file;
mod replace;
mod save;

pub use builder::PersistBuilder;
pub use error::PersistError;

use crate::completion::Completion;
use crate::middleware::{Middleware, Next};
use crate::platform::{MaybeSend, MaybeSync};
use crate::status::{Status, Statuses};
use crate::store_api::{StoreApi, WeakStore};
use save::Inner;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use tracing::error;

/// Saves a part of the state to a file, some time after it changed, and gives it back when the program starts again.
///
/// ```text
///  dispatch   a   b c            d
///  file                └ [a b c]         └ [a b c d]
///                 ├────┤ debounce: nothing was dispatched for this long
/// ```
///
/// - A save begins when nothing was dispatched for [`debounce`](PersistBuilder::debounce), and at the latest
///   [`max_wait`](PersistBuilder::max_wait) after the first dispatch that it is for: a program that never rests is saved,
///   too. It writes if what the selector takes from the state differs from what was saved.
/// - Selecting, comparing and writing happen where blocking is allowed ([`StoreApi::spawn_blocking`]), one after the
///   other; a dispatch only notes the time. While the disk is slow, changes are collected, and the newest is written.
/// - The file is replaced as a whole: what interrupts a save, a power cut included, leaves the old file or the new one.
///   What is written has been read back from its bytes first.
/// - A save that fails leaves the old file, is told by the [`status`](Self::status) and as a `tracing` error, and is
///   tried again after the next dispatch, or by [`flush`](Self::flush).
///
/// # Limits
///
/// What was not saved when the program ends, or the store is dropped, is lost: call [`flush`](Self::flush) before. Any
/// dispatch puts a save off, not only one that changed the selected part; `max_wait` bounds that. One `Persist` for each
/// file: of two that write the same, the last wins. It is JSON, in UTF-8, so keys of maps must be strings or numbers.
///
/// The folder is made if there is none. A new file may be read by its owner only, one that is replaced keeps its
/// permissions; its owner, and other names of it (hard links), are not kept. A symbolic link stays, and the file behind
/// it is replaced. A program that is killed in a save may leave a `NAME.….tmp` beside the file.
///
/// # Where in the chain
///
/// Add it last. It looks at the state and not at the actions, but it learns from them that there is something to look at,
/// and those that a middleware has held back pass only the ones behind that.
///
/// This is a cheap handle: clone it before you plug it in. Make one for each store; in a second one it does nothing but
/// say so, as a `tracing` error.
///
/// ```
/// # use foregone_middleware::{Middleware, PersistError};
/// use foregone_middleware::Persist;
///
/// #[derive(Default)]
/// struct State { notes: Vec<String>, scrolled_to: usize }
/// enum Action { Add(String), Scroll(usize) }
///
/// # fn main() -> Result<(), PersistError> {
/// # let dir = tempfile::tempdir().unwrap();
/// # let path = dir.path().join("notes.json");
/// let builder = Persist::builder(path, |state: &State| state.notes.clone());
/// let notes = builder.load()?.unwrap_or_default(); // before there is a store
/// let persist = builder.build();
/// let state = State { notes, ..State::default() };
/// // Store::builder(state, reduce).middleware(persist.clone()).build()
/// # fn plugged(_: impl Middleware<State, Action>) {}
/// # plugged(persist.clone());
/// // ... and at the end of the program: persist.flush().await?
/// # Ok(())
/// # }
/// ```
pub struct Persist<S, A, T>(Arc<Inner<S, A, T>>);

impl<S, A, T> Persist<S, A, T>
where
    T: PartialEq + Serialize + DeserializeOwned + MaybeSend + 'static,
{
    /// Saves what `select` takes from the state to the file at `path`. The selector should be cheap, a clone of a
    /// persistent collection, say, and deterministic. It runs where blocking is allowed, once per save.
    pub fn builder(
        path: impl Into<PathBuf>,
        select: impl Fn(&S) -> T + MaybeSend + MaybeSync + 'static,
    ) -> PersistBuilder<S, A, T> {
        PersistBuilder::new(path.into(), select)
    }
}

impl<S, A, T> Persist<S, A, T> {
    /// Whether it is being saved, or has failed to be. A failed one stays failed until it is tried again.
    #[must_use]
    pub fn status(&self) -> Status<Arc<PersistError>> {
        self.0.statuses.of(&())
    }

    /// The [`status`](Self::status), to watch or to dismiss; there is one key only.
    #[must_use]
    pub fn statuses(&self) -> &Statuses<(), Arc<PersistError>> {
        &self.0.statuses
    }
}

impl<S, A, T> Persist<S, A, T>
where
    S: MaybeSend + MaybeSync + 'static,
    A: 'static,
    T: PartialEq + Serialize + DeserializeOwned + MaybeSend + 'static,
{
    /// Saves now what is not saved yet, after a save that is under way. For the end of a program; and for trying again
    /// what has failed.
    ///
    /// # Errors
    ///
    /// If it was not saved. Nothing that was saved before is lost.
    ///
    /// # Cancel safety
    ///
    /// If the future is dropped, a save that has begun goes on.
    pub async fn flush(&self) -> Result<(), Arc<PersistError>> {
        match self.0.store.get() {
            Some(store) => self.0.save(store).await,
            None => Err(Arc::new(PersistError::NoStore { path: self.0.file.path.clone() })),
        }
    }
}

impl<S, A, T> Middleware<S, A> for Persist<S, A, T>
where
    S: MaybeSend + MaybeSync + 'static,
    A: 'static,
    T: PartialEq + Serialize + DeserializeOwned + MaybeSend + 'static,
{
    fn handle(&self, store: &dyn StoreApi<S, A>, action: A, next: Next<'_, S, A>) -> Completion {
        if self.0.store.get().is_some_and(|own| own.is(store)) {
            // Before the rest of the chain, which may panic after it has changed something.
            self.0.note(store);
        }
        next.run(action)
    }

    fn attach(&self, store: WeakStore<S, A>) {
        if self.0.store.set(store).is_err() {
            error!(target: "foregone", persist = ?self, "is plugged in already: make one for each store");
        }
    }
}

impl<S, A, T> Clone for Persist<S, A, T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<S, A, T> fmt::Debug for Persist<S, A, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt_as("Persist", f)
    }
}
