//! The terminal, while the screen is drawn on it.

use ratatui::DefaultTerminal;
use std::io::{self, IsTerminal};
use std::mem;
use std::sync::{Mutex, PoisonError};

/// What panicked meanwhile. Told at the end: the screen is no place for it.
static PANICS: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// Is as it was before once this is dropped, also by a panic.
#[derive(Debug)]
pub(crate) struct Terminal(pub(crate) DefaultTerminal);

impl Terminal {
    pub(crate) fn open() -> io::Result<Self> {
        if !(io::stdin().is_terminal() && io::stdout().is_terminal()) {
            return Err(io::Error::other("it is drawn on a terminal, and this is none"));
        }
        let terminal = Self(ratatui::try_init()?);
        // In place of ratatui's, which would leave the screen to a program that goes on: a panic of an effect ends
        // nothing but its dispatch.
        std::panic::set_hook(Box::new(|panic| panics().push(panic.to_string())));
        Ok(terminal)
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        ratatui::restore();
        for panic in mem::take(&mut *panics()) {
            eprintln!("todo: {panic}");
        }
    }
}

fn panics() -> std::sync::MutexGuard<'static, Vec<String>> {
    PANICS.lock().unwrap_or_else(PoisonError::into_inner)
}
