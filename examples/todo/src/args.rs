//! The command line.

use clap::{Parser, value_parser};
use conditions::{Faults, Latency};
use std::path::PathBuf;
use std::time::Duration;

const MORE: &str = "\
Faults, each for one request or, as 503x3, for three:
  503    the server answers 503 and does nothing: worth another try
  lost   the server does it, and its answer is lost: nobody can tell
  403    the server refuses: a definite no
  hang   the server never answers: the deadline ends it

Exit code: 0 if screen and server agree at the end, 1 if they differ, 2 if it could not run.";

/// A todo list that never waits for its server: most of foregone's middlewares together, in a terminal.
///
/// Starts an HTTP server on a free port of this machine. Everything that you do shows at once, and beside it what is
/// under way or has failed. At the end it compares the screen with the server's database.
#[derive(Debug, Parser)]
#[command(version, after_help = MORE, args_override_self = true)]
pub(crate) struct Args {
    /// Milliseconds that a request takes, as 300 or 100..900
    #[arg(long, value_name = "MS", default_value = "300")]
    pub(crate) latency: Latency,

    /// What befalls the first requests that change something, as 403 or 503x3,lost; or none
    #[arg(long, value_name = "FAULTS", default_value = "none")]
    pub(crate) fail: Faults,

    /// What befalls the first requests that ask for something
    #[arg(long, value_name = "FAULTS", default_value = "none")]
    pub(crate) fail_reads: Faults,

    /// Milliseconds after which a request has failed [default: 4 times the latency, at least 1000]
    #[arg(long, value_name = "MS", value_parser = value_parser!(u64).range(1..=600_000))]
    deadline: Option<u64>,

    /// Milliseconds between two looks at what other devices have changed
    #[arg(long, value_name = "MS", default_value_t = 3000, value_parser = value_parser!(u64).range(1..=600_000))]
    poll: u64,

    /// Milliseconds that what is under way gets when you quit
    #[arg(long, value_name = "MS", default_value_t = 10_000, value_parser = value_parser!(u64).range(0..=600_000))]
    patience: u64,

    /// The server's database; it survives the program [default: todo.sqlite among the temporary files]. A draft is kept
    /// beside it
    #[arg(long, value_name = "FILE")]
    database: Option<PathBuf>,
}

impl Args {
    pub(crate) fn deadline(&self) -> Duration {
        Duration::from_millis(self.deadline.unwrap_or_else(|| 1000.max(4 * self.latency.max())))
    }

    pub(crate) fn poll(&self) -> Duration {
        Duration::from_millis(self.poll)
    }

    pub(crate) fn patience(&self) -> Duration {
        Duration::from_millis(self.patience)
    }

    pub(crate) fn database(&self) -> PathBuf {
        self.database.clone().unwrap_or_else(|| std::env::temp_dir().join("todo.sqlite"))
    }

    pub(crate) fn draft(&self) -> PathBuf {
        let mut path = self.database().into_os_string();
        path.push(".draft.json");
        path.into()
    }
}
