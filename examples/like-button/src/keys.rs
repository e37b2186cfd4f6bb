//! The keyboard: key by key from a terminal, character by character from anything else.

use crossterm::event::{Event, KeyCode, KeyEventKind, KeyModifiers, read};
use crossterm::terminal::{disable_raw_mode, enable_raw_mode};
use std::io::{self, IsTerminal, Read};
use std::thread;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

/// Ends where the input does. A terminal is as it was before once this is dropped.
#[derive(Debug)]
pub(crate) struct Keys {
    keys: UnboundedReceiver<char>,
    is_raw: bool,
}

/// Whether keys come from, and lines go to, a person.
pub(crate) fn is_live() -> bool {
    io::stdin().is_terminal() && io::stdout().is_terminal()
}

impl Keys {
    pub(crate) fn listen() -> io::Result<Self> {
        let is_raw = is_live();
        if is_raw {
            enable_raw_mode()?;
        }
        let (sender, keys) = unbounded_channel();
        // Nothing can end a blocking read: a thread of its own may be left behind when the program ends.
        thread::spawn(move || if is_raw { from_terminal(&sender) } else { from_pipe(&sender) });
        Ok(Self { keys, is_raw })
    }

    pub(crate) async fn next(&mut self) -> Option<char> {
        self.keys.recv().await
    }
}

impl Drop for Keys {
    fn drop(&mut self) {
        if self.is_raw {
            let _gone = disable_raw_mode();
        }
    }
}

fn from_terminal(keys: &UnboundedSender<char>) {
    while let Ok(event) = read() {
        let Event::Key(key) = event else { continue };
        if key.kind == KeyEventKind::Release {
            continue;
        }
        let is_control = key.modifiers.contains(KeyModifiers::CONTROL);
        let sent = match key.code {
            KeyCode::Char('c' | 'd') if is_control => return,
            KeyCode::Esc => return,
            KeyCode::Char(key) => keys.send(key),
            _ => Ok(()),
        };
        if sent.is_err() {
            return;
        }
    }
}

fn from_pipe(keys: &UnboundedSender<char>) {
    for byte in io::stdin().lock().bytes().map_while(Result::ok) {
        if keys.send(char::from(byte)).is_err() {
            return;
        }
    }
}
