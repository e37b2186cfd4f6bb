//! The program in a terminal of its own, with somebody who types and reads.

use pty_process::blocking::{Command, Pts, Pty, open};
use std::io::{Read, Write};
use std::num::NonZeroU16;
use std::path::Path;
use std::process::Child;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};
use vt100::Parser;

const ROWS: NonZeroU16 = NonZeroU16::new(16).unwrap();
const COLUMNS: NonZeroU16 = NonZeroU16::new(100).unwrap();
/// For whatever is waited for.
const DEADLINE: Duration = Duration::from_secs(10);

/// How a sequence begins that shows or hides the cursor.
const CURSOR: &[u8] = b"\x1b[?25";

pub(crate) const ENTER: &str = "\r";
pub(crate) const ESCAPE: &str = "\x1b";
pub(crate) const CONTROL_C: &str = "\x03";
pub(crate) const CONTROL_R: &str = "\x12";
pub(crate) const DOWN: &str = "\x1b[B";

pub(crate) struct Terminal {
    keyboard: Arc<Pty>,
    output: Receiver<Vec<u8>>,
    /// What has come and is not on the screen yet.
    unread: Vec<u8>,
    screen: Parser,
    child: Child,
    /// Keeps the terminal open when the program has ended.
    _line: Pts,
}

/// How the program ended.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) code: Option<i32>,
    /// What is on the screen then.
    pub(crate) text: String,
}

impl Terminal {
    /// Runs the program, and waits until it is on the screen.
    pub(crate) fn todo(database: &Path, arguments: &[&str]) -> Self {
        let mut terminal = Self::run(database, arguments);
        terminal.waits("the title", |screen| screen.lines().next().is_some_and(|title| title.starts_with("todo")));
        terminal
    }

    pub(crate) fn run(database: &Path, arguments: &[&str]) -> Self {
        let (pty, line) = open().unwrap();
        pty.resize(pty_process::Size::new(ROWS.get(), COLUMNS.get())).unwrap();
        let program = Command::new(env!("CARGO_BIN_EXE_todo")).arg("--database").arg(database).args(arguments);
        let child = program.env("TERM", "xterm-256color").spawn_borrowed(&line).unwrap();
        let keyboard = Arc::new(pty);
        let (sender, output) = channel();
        let screen = Arc::clone(&keyboard);
        thread::spawn(move || {
            let mut buffer = [0; 4096];
            // It is an error on Linux, and no bytes elsewhere, when nobody has the terminal open any more.
            while let Ok(count @ 1..) = (&*screen).read(&mut buffer) {
                if sender.send(buffer[..count].to_vec()).is_err() {
                    return;
                }
            }
        });
        Self { keyboard, output, unread: Vec::new(), screen: Parser::new(ROWS, COLUMNS, 0), child, _line: line }
    }

    pub(crate) fn types(&mut self, keys: &str) {
        (&*self.keyboard).write_all(keys.as_bytes()).unwrap();
    }

    /// Waits until `text` is on the screen.
    pub(crate) fn sees(&mut self, text: &str) {
        self.waits(text, |screen| screen.contains(text));
    }

    /// Waits until `text` is not on the screen.
    pub(crate) fn sees_no(&mut self, text: &str) {
        self.waits(&format!("no `{text}`"), |screen| !screen.contains(text));
    }

    /// Waits until the row of a todo, with its box, says what it is doing: nothing, by an empty text.
    pub(crate) fn sees_row(&mut self, todo: &str, doing: &str) {
        let is_doing = |rest: &str| if doing.is_empty() { rest.is_empty() } else { rest.starts_with(doing) };
        self.waits(&format!("`{todo}` with `{doing}`"), |screen| {
            screen.lines().filter_map(|line| line.split_once(todo)).any(|(_, rest)| is_doing(rest.trim()))
        });
    }

    /// Looks at every picture that the program draws, however fast they come.
    pub(crate) fn waits(&mut self, what: &str, holds: impl Fn(&str) -> bool) {
        let deadline = Instant::now() + DEADLINE;
        while !holds(&self.text()) {
            if self.draws() {
                continue;
            }
            match self.output.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
                Ok(bytes) => self.unread.extend(bytes),
                Err(RecvTimeoutError::Timeout) => panic!("never saw {what}, but\n{}", self.text()),
                Err(RecvTimeoutError::Disconnected) => panic!("the terminal is gone before {what}"),
            }
        }
    }

    /// Up to the end of the next picture: the program shows or hides the cursor then. Gives false if nothing has come.
    fn draws(&mut self) -> bool {
        let ends = self.unread.windows(CURSOR.len()).position(|bytes| bytes == CURSOR);
        let picture = ends.map_or(self.unread.len(), |start| start + CURSOR.len());
        self.screen.process(&self.unread[..picture]);
        self.unread.drain(..picture).len() > 0
    }

    pub(crate) fn text(&self) -> String {
        self.screen.screen().contents()
    }

    pub(crate) fn quits(mut self) -> Ended {
        self.types("q");
        self.ends()
    }

    /// Waits for the end of the program, and sees to it that the terminal is as it was before.
    pub(crate) fn ends(mut self) -> Ended {
        let deadline = Instant::now() + DEADLINE;
        let status = loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                break status;
            }
            assert!(Instant::now() < deadline, "it goes on:\n{}", self.text());
            // A full terminal would hold it up.
            self.unread.extend(self.output.recv_timeout(Duration::from_millis(10)).unwrap_or_default());
        };
        // The terminal echoes what is typed, once all that the program wrote is on the screen.
        self.types("and the shell");
        self.sees("and the shell");
        let screen = self.screen.screen();
        assert!(!screen.alternate_screen(), "the screen is not given back");
        assert!(!screen.hide_cursor(), "the cursor is hidden");
        Ended { code: status.code(), text: self.text().replace("and the shell", "") }
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // It has ended, or its test has failed.
        let _ended = self.child.kill();
        let _reaped = self.child.wait();
    }
}
