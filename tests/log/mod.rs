//! What is told to `tracing`.
#![allow(dead_code, reason = "every test file compiles this and uses a part of it")]

use foregone::tracing::subscriber::{DefaultGuard, set_default, set_global_default};
use foregone::tracing::{Level, Subscriber};
use std::io;
use std::sync::{Arc, Mutex};

#[derive(Clone, Default)]
pub(crate) struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    /// Everything up to `level` that happens on this thread while the guard is kept.
    pub(crate) fn listen(level: Level) -> (Self, DefaultGuard) {
        let log = Self::default();
        let listening = set_default(log.subscriber(level));
        (log, listening)
    }

    /// Everything up to `level` that happens on any thread from now on, once for each process.
    pub(crate) fn listen_everywhere(level: Level) -> Self {
        let log = Self::default();
        set_global_default(log.subscriber(level)).expect("nobody else listens");
        log
    }

    fn subscriber(&self, level: Level) -> impl Subscriber + Send + Sync + 'static {
        let lines = self.clone();
        tracing_subscriber::fmt()
            .with_ansi(false)
            .without_time()
            .with_max_level(level)
            .with_writer(move || lines.clone())
            .finish()
    }

    pub(crate) fn lines(&self) -> Vec<String> {
        let bytes = self.0.lock().unwrap().clone();
        String::from_utf8(bytes).unwrap().lines().map(str::to_owned).collect()
    }
}

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
