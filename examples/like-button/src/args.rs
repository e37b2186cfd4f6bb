//! The command line.

use clap::error::ErrorKind;
use clap::{CommandFactory, Parser, ValueEnum, value_parser};
use conditions::{Faults, Latency};
use std::path::PathBuf;
use std::time::Duration;

/// Posts that a digit can name.
const KEYS: u32 = 9;

const MORE: &str = "\
Faults, each an act of its own with a burst of taps:
  503    the server answers 503 and does nothing: worth another try
  lost   the server does it, and its answer is lost: nobody can tell
  403    the server refuses: a definite no
  hang   the server never answers: the deadline ends it

Exit code: 0 if screen and server agree at the end, 1 if they differ, 2 if it could not run.
Colours are for terminals; NO_COLOR turns them off.";

/// A like button that never waits for its server: foregone's store as the client of a real one.
///
/// Starts an HTTP server on a free port of this machine, taps its posts in bursts, lets it fail, and prints what
/// happens as it happens. At the end it compares the screen with the server's database.
#[derive(Debug, Parser)]
#[command(version, after_help = MORE, args_override_self = true)]
pub(crate) struct Args {
    /// How many posts there are; at most 9 if interactive
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = value_parser!(u32).range(1..=20))]
    pub(crate) posts: u32,

    /// How many taps the script makes
    #[arg(long, value_name = "N", default_value_t = 40, value_parser = value_parser!(u32).range(1..=100_000))]
    pub(crate) taps: u32,

    /// Milliseconds between two taps
    #[arg(long, value_name = "MS", default_value_t = 20, value_parser = value_parser!(u64).range(0..=60_000))]
    pause: u64,

    /// Milliseconds that a request takes, as 130 or 80..160 [default: 130; 1000 if interactive]
    #[arg(long, value_name = "MS", hide_default_value = true)]
    latency: Option<Latency>,

    /// What befalls the first requests of an act, as 403 or 503x3, with commas between acts; or none
    #[arg(long, value_name = "FAULTS", default_value = "503x3,lost,403x3")]
    pub(crate) fail: Faults,

    /// Milliseconds after which a request has failed [default: 4 times the latency, at least 1000]
    #[arg(long, value_name = "MS", value_parser = value_parser!(u64).range(1..=600_000))]
    deadline: Option<u64>,

    /// How often a failed request is tried again
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = value_parser!(u8).range(0..=20))]
    pub(crate) retries: u8,

    /// What the screen shows when a request has failed for good
    #[arg(long, value_name = "WHAT", value_enum, default_value_t = OnFailure::Reload)]
    pub(crate) on_failure: OnFailure,

    /// The server's database; it survives the program [default: like-button.sqlite among the temporary files]
    #[arg(long, value_name = "FILE")]
    database: Option<PathBuf>,

    /// Tap with the keyboard instead: a digit taps that post, q quits
    #[arg(long)]
    pub(crate) interactive: bool,
}

/// The three choices of the library's builder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum OnFailure {
    /// What the user tapped: may differ from the server
    Keep,
    /// What the server last confirmed: may differ after a lost answer
    RollBack,
    /// What the server says when asked
    Reload,
}

impl Args {
    /// Ends the program with a message if they cannot be used.
    pub(crate) fn parsed() -> Self {
        let args = Self::parse();
        if args.interactive && args.posts > KEYS {
            let message = format!("--interactive has a key for {KEYS} posts, not for {}", args.posts);
            Self::command().error(ErrorKind::ArgumentConflict, message).exit();
        }
        args
    }

    pub(crate) fn pause(&self) -> Duration {
        Duration::from_millis(self.pause)
    }

    pub(crate) fn latency(&self) -> Latency {
        self.latency.unwrap_or_else(|| Latency::fixed(if self.interactive { 1000 } else { 130 }))
    }

    pub(crate) fn deadline(&self) -> Duration {
        Duration::from_millis(self.deadline.unwrap_or_else(|| 1000.max(4 * self.latency().max())))
    }

    pub(crate) fn database(&self) -> PathBuf {
        self.database.clone().unwrap_or_else(|| std::env::temp_dir().join("like-button.sqlite"))
    }
}
