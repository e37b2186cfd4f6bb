//! Keys in, screen out, until the user quits.

use crate::client::Client;
use crate::keys::{Wish, wish};
use crate::terminal::Terminal;
use crate::view;
use crossterm::event::{Event, EventStream, KeyEventKind};
use futures_util::StreamExt;
use std::io;
use std::time::Duration;
use tokio::time::interval;

/// How often a count-down is drawn anew.
const TICK: Duration = Duration::from_millis(100);

pub(crate) async fn run(client: &Client, terminal: &mut Terminal) -> io::Result<()> {
    let mut events = EventStream::new();
    let mut changes = client.changes();
    let mut ticks = interval(TICK);
    loop {
        let (state, doing) = (client.store.state(), client.doing());
        terminal.0.draw(|frame| view::draw(frame, &state, &doing))?;
        tokio::select! {
            event = events.next() => match event.transpose()? {
                None => return Ok(()),
                Some(Event::Key(key)) if key.kind != KeyEventKind::Release => match wish(key, &client.store.state()) {
                    Some(Wish::Quit) => return Ok(()),
                    Some(wish) => client.grant(wish),
                    None => {}
                },
                // A new size, for one.
                Some(_) => {}
            },
            _ = changes.next() => {}
            _ = ticks.tick() => {}
        }
    }
}
