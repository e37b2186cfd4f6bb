//! What can be wrong with a file.

use crate::platform::SharedError;
use std::io;
use std::path::{Path, PathBuf};

/// Why a file was not read, or not written. Each names the file, and none has changed it.
///
/// ```
/// # use serde::{Deserialize, Serialize};
/// use foregone_middleware::{Persist, PersistError};
///
/// # let dir = tempfile::tempdir().unwrap();
/// # let path = dir.path().join("notes.json");
/// std::fs::write(&path, "{").unwrap();
/// let builder = Persist::<Vec<String>, String, _>::builder(&path, Vec::clone);
/// let error = builder.load().unwrap_err();
/// assert!(matches!(error, PersistError::Malformed { .. }));
/// assert!(error.to_string().ends_with("notes.json: not what was expected: EOF while parsing an object at line 1 column 1"));
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PersistError {
    /// It is there and cannot be read.
    #[error("{}: cannot be read: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// It is not JSON, or not of the shape that was saved: another program's, cut short, edited by hand.
    #[error("{}: not what was expected: {source}", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// What was expected, and where in the file.
        source: serde_json::Error,
    },
    /// A newer version of the program wrote it.
    #[error("{}: its version is {found}, and this program knows none above {known}", path.display())]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its version.
        found: u32,
        /// The version of this program.
        known: u32,
    },
    /// An older version of the program wrote it, and there is no [migration](super::PersistBuilder::migrate).
    #[error("{}: its version is {found}, this program's is {known}, and no migration is set", path.display())]
    NoMigration {
        /// The file.
        path: PathBuf,
        /// Its version.
        found: u32,
        /// The version of this program.
        known: u32,
    },
    /// The migration gave this error.
    #[error("{}: cannot be migrated from version {from}: {source}", path.display())]
    Migration {
        /// The file.
        path: PathBuf,
        /// The version of the step that failed.
        from: u32,
        /// What the migration said.
        source: SharedError,
    },
    /// What was to be saved cannot be written as JSON, or not read again: a map whose keys are not strings or numbers, a
    /// number that is NaN or infinite, a value nested deeper than 128 levels.
    #[error("{}: what was to be saved could not be read again: {source}", path.display())]
    Serialize {
        /// The file.
        path: PathBuf,
        /// Why.
        source: serde_json::Error,
    },
    /// It cannot be written, or moved: the disk is full, or it is not permitted.
    #[error("{}: cannot be written: {source}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The save ended without a word: the selector, or a function of what was to be saved, panicked; or its executor was
    /// shut down.
    #[error("{}: the save panicked, or its executor was shut down", path.display())]
    Interrupted {
        /// The file.
        path: PathBuf,
    },
    /// There is nothing to save: it was not plugged into a store, or the store was dropped.
    #[error("{}: there is no store to save", path.display())]
    NoStore {
        /// The file.
        path: PathBuf,
    },
}

impl PersistError {
    /// The file.
    #[must_use]
    pub fn path(&self) -> &Path {
        match self {
            Self::Read { path, .. }
            | Self::Malformed { path, .. }
            | Self::Newer { path, .. }
            | Self::NoMigration { path, .. }
            | Self::Migration { path, .. }
            | Self::Serialize { path, .. }
            | Self::Write { path, .. }
            | Self::Interrupted { path }
            | Self::NoStore { path } => path,
        }
    }
}
