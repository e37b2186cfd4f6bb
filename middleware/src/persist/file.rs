//! A file, what is in it, and of which version that is.

use super::error::PersistError;
use super::replace::{replace, set_aside};
use crate::platform::{MaybeSend, MaybeSync, SharedError};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::fs;
use std::io;
use std::path::PathBuf;

/// What is in a file.
#[derive(Serialize, Deserialize)]
struct Envelope<T> {
    version: u32,
    value: T,
}

/// Enough of it to tell how to read the rest.
#[derive(Deserialize)]
struct Head {
    version: u32,
}

/// `Fn(u32, Value) -> Result<Value, E>`, with the bounds of the platform.
pub(super) trait Migrate: MaybeSend + MaybeSync {
    fn migrate(&self, from: u32, value: Value) -> Result<Value, SharedError>;
}

impl<F: Fn(u32, Value) -> Result<Value, SharedError> + MaybeSend + MaybeSync> Migrate for F {
    fn migrate(&self, from: u32, value: Value) -> Result<Value, SharedError> {
        self(from, value)
    }
}

pub(super) struct File {
    pub(super) path: PathBuf,
    pub(super) version: u32,
    pub(super) migrate: Option<Box<dyn Migrate>>,
}

impl File {
    /// What is in it, or none if there is no file.
    pub(super) fn load<T: DeserializeOwned>(&self) -> Result<Option<T>, PersistError> {
        let path = || self.path.clone();
        let malformed = |source| PersistError::Malformed { path: path(), source };
        let (known, bytes) = match fs::read(&self.path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(PersistError::Read { path: path(), source }),
            Ok(bytes) => (self.version, bytes),
        };
        let Head { version: found } = serde_json::from_slice(&bytes).map_err(malformed)?;
        if found > known {
            return Err(PersistError::Newer { path: path(), found, known });
        }
        if found == known {
            // In one go, so that an error says where in the file.
            return serde_json::from_slice(&bytes).map(|file: Envelope<T>| Some(file.value)).map_err(malformed);
        }
        let Some(migrate) = &self.migrate else {
            return Err(PersistError::NoMigration { path: path(), found, known });
        };
        let mut value = serde_json::from_slice::<Envelope<Value>>(&bytes).map_err(malformed)?.value;
        for from in found..known {
            let step = migrate.migrate(from, value);
            value = step.map_err(|source| PersistError::Migration { path: path(), from, source })?;
        }
        serde_json::from_value(value).map(Some).map_err(malformed)
    }

    /// Writes nothing that could not be read again: a NaN becomes a `null`, and a `null` is no number.
    pub(super) fn save<T: Serialize + DeserializeOwned>(&self, value: &T) -> Result<(), PersistError> {
        let bytes = serde_json::to_vec(&Envelope { version: self.version, value })
            .and_then(|bytes| serde_json::from_slice::<Envelope<T>>(&bytes).map(|_| bytes))
            .map_err(|source| PersistError::Serialize { path: self.path.clone(), source })?;
        replace(&self.path, &bytes).map_err(|source| self.not_written(source))
    }

    /// Gives where it is now.
    pub(super) fn set_aside(&self) -> Result<PathBuf, PersistError> {
        set_aside(&self.path).map_err(|source| self.not_written(source))
    }

    fn not_written(&self, source: io::Error) -> PersistError {
        PersistError::Write { path: self.path.clone(), source }
    }
}
