//! Lines, one below the other, and below them one that stays: what every post is doing now.

use std::io::{self, Write};

const CLEAR: &str = "\r\x1b[2K";
const NO_WRAP: &str = "\x1b[?7l";
const WRAP: &str = "\x1b[?7h";

#[derive(Debug)]
pub(crate) struct Output {
    /// The keyboard is raw: the last line is drawn anew, and a line feed alone would not return the carriage.
    is_live: bool,
    footer: String,
}

impl Output {
    pub(crate) const fn new(is_live: bool) -> Self {
        Self { is_live, footer: String::new() }
    }

    pub(crate) fn line(&self, text: &str) {
        if !self.is_live {
            return write(&format!("{text}\n"));
        }
        control(CLEAR);
        write(&text.replace('\n', "\r\n"));
        write("\r\n");
        self.draw_footer();
    }

    /// Where no line can stay, each new one is a line of its own.
    pub(crate) fn footer(&mut self, text: String) {
        if text == self.footer {
            return;
        }
        self.footer = text;
        if self.is_live {
            self.draw_footer();
        } else {
            self.line(&self.footer);
        }
    }

    fn draw_footer(&self) {
        control(CLEAR);
        // Of a footer that is wider than the terminal, only what fits is drawn: more could not be cleared.
        control(NO_WRAP);
        write(&self.footer);
        control(WRAP);
    }

    /// From now on, lines only.
    pub(crate) fn end_footer(&mut self) {
        if self.is_live {
            control(CLEAR);
        }
        *self = Self::new(false);
    }
}

/// Colours reach terminals only, and no terminal that is told `NO_COLOR`. A reader that has gone away, as `head` does,
/// is no reason to stop.
fn write(text: &str) {
    let mut out = anstream::stdout().lock();
    let _gone = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}

/// What moves the cursor is not a colour.
fn control(sequence: &str) {
    let _gone = io::stdout().write_all(sequence.as_bytes());
}
