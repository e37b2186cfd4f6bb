//! How a `Persist` is set up, and what was saved the last time.

use super::Persist;
use super::error::PersistError;
use super::file::File;
use super::save::Inner;
use crate::platform::{MaybeSend, MaybeSync, SharedError};
use crate::status::Statuses;
use parking_lot::Mutex;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::error::Error;
use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

/// Loads what was saved the last time, before there is a store, and makes a [`Persist`]. Made by [`Persist::builder`].
///
/// # A file that is bad
///
/// [`load`](Self::load) tells what is wrong with it and leaves it as it is. No save overwrites it either: each fails with
/// the same error, for as long as the file is there. A program that would rather begin anew says so:
///
/// ```
/// # use serde::{Deserialize, Serialize};
/// use foregone_middleware::{Persist, PersistError};
///
/// # fn main() -> Result<(), PersistError> {
/// # let dir = tempfile::tempdir().unwrap();
/// # let path = dir.path().join("notes.json");
/// # std::fs::write(&path, "{").unwrap();
/// let builder = Persist::<Vec<String>, String, _>::builder(&path, Vec::clone);
/// let notes = match builder.load() {
///     Err(error @ PersistError::Malformed { .. }) => {
///         let aside = builder.set_aside()?;
///         eprintln!("{error}. It is kept as {}", aside.display());
///         None
///     }
///     loaded => loaded?,
/// };
/// let notes = notes.unwrap_or_default();
/// # assert!(notes.is_empty() && !path.exists());
/// # Ok(())
/// # }
/// ```
///
/// # When the shape of what is saved changes
///
/// Raise the [`version`](Self::version) and say how to get there from the one before. Every older file is taken one step
/// after the other. It is kept as it was until the first save.
///
/// ```
/// use foregone_middleware::{Persist, serde_json};
/// # use serde::{Deserialize, Serialize};
///
/// #[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
/// struct Settings { dark: bool, font: u32 }
///
/// # let dir = tempfile::tempdir().unwrap();
/// # let path = dir.path().join("settings.json");
/// # std::fs::write(&path, r#"{"version":1,"value":true}"#).unwrap();
/// let builder = Persist::<Settings, (), _>::builder(&path, Settings::clone).version(3).migrate(|from, value| match from {
///     1 => Ok(serde_json::json!({ "dark": value })), // it was the switch alone
///     2 => {
///         let mut settings = value;
///         settings["font"] = 12.into();
///         Ok(settings)
///     }
///     _ => Err(std::io::Error::other("there never was such a version")),
/// });
/// assert_eq!(builder.load().unwrap(), Some(Settings { dark: true, font: 12 }));
/// ```
#[must_use = "a builder does nothing until `build` is called"]
pub struct PersistBuilder<S, A, T>(Inner<S, A, T>);

impl<S, A, T> PersistBuilder<S, A, T>
where
    T: PartialEq + Serialize + DeserializeOwned + MaybeSend + 'static,
{
    pub(super) fn new(path: PathBuf, select: impl Fn(&S) -> T + MaybeSend + MaybeSync + 'static) -> Self {
        Self(Inner {
            file: File { path, version: 1, migrate: None },
            select: Box::new(select),
            debounce: Duration::from_millis(500),
            max_wait: Duration::from_secs(5),
            store: OnceLock::new(),
            unsaved: Mutex::default(),
            saved: Arc::default(),
            statuses: Statuses::new(),
        })
    }

    /// A save begins when nothing was dispatched for this long. Half a second unless you say otherwise.
    pub fn debounce(mut self, debounce: Duration) -> Self {
        self.0.debounce = debounce;
        self
    }

    /// However much is dispatched, a save begins this long after the first dispatch that it is for. Five seconds unless
    /// you say otherwise.
    pub fn max_wait(mut self, max_wait: Duration) -> Self {
        self.0.max_wait = max_wait;
        self
    }

    /// The version of the shape in which it is saved: 1 unless you say otherwise. A file of a newer one is
    /// [refused](PersistError::Newer).
    pub fn version(mut self, version: u32) -> Self {
        self.0.file.version = version;
        self
    }

    /// Makes of a value of version `from` one of version `from + 1`; called for each step from the file's version to
    /// this program's.
    pub fn migrate<E>(
        mut self,
        migrate: impl Fn(u32, Value) -> Result<Value, E> + MaybeSend + MaybeSync + 'static,
    ) -> Self
    where
        E: Error + MaybeSend + MaybeSync + 'static,
    {
        let migrate = move |from, value| migrate(from, value).map_err(|error| -> SharedError { Arc::new(error) });
        self.0.file.migrate = Some(Box::new(migrate));
        self
    }

    /// What was saved the last time, or none if there is no file. It blocks, which the beginning of a program may.
    ///
    /// # Errors
    ///
    /// If the file is not what this program would have written; it is left as it is.
    pub fn load(&self) -> Result<Option<T>, PersistError> {
        self.0.file.load()
    }

    /// Moves the file out of the way, to the first name beside it that is free: `NAME.bad`, `NAME.bad-2` and so on.
    /// Gives where it is now.
    ///
    /// # Errors
    ///
    /// [`PersistError::Write`] if there is no file, or it cannot be moved.
    pub fn set_aside(&self) -> Result<PathBuf, PersistError> {
        self.0.file.set_aside()
    }

    /// The middleware, to be plugged into a store.
    #[must_use]
    pub fn build(self) -> Persist<S, A, T> {
        Persist(Arc::new(self.0))
    }
}

impl<S, A, T> fmt::Debug for PersistBuilder<S, A, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt_as("PersistBuilder", f)
    }
}
