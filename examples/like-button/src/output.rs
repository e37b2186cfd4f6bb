//! Lines, one below the other, and below them one that stays: what every post is doing now.

use std::io::Write;

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
        if self.is_live {
            write(&format!("\r\x1b[2K{text}\r\n{}", self.footer));
        } else {
            write(&format!("{text}\n"));
        }
    }

    /// Where no line can stay, each new one is a line of its own.
    pub(crate) fn footer(&mut self, text: String) {
        if text == self.footer {
            return;
        }
        self.footer = text;
        if self.is_live {
            write(&format!("\r\x1b[2K{}", self.footer));
        } else {
            self.line(&self.footer);
        }
    }

    /// From now on, lines only.
    pub(crate) fn end_footer(&mut self) {
        if self.is_live {
            write("\r\x1b[2K");
        }
        *self = Self::new(false);
    }
}

/// Colours reach terminals only. A reader that has gone away, as `head` does, is no reason to stop.
fn write(text: &str) {
    let mut out = anstream::stdout().lock();
    let _gone = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}
