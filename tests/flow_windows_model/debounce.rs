//! What `Debounce` is to do: a list of everything that was dispatched, and a look at it every millisecond.

use super::{Book, Held, WINDOW, key};

pub(crate) struct Model {
    max_wait: Option<u64>,
    book: Book,
    dispatched: Vec<Dispatched>,
}

struct Dispatched {
    number: u32,
    at: u64,
    is_held: bool,
    /// When the burst began that it belongs to.
    burst: u64,
}

impl Model {
    pub(crate) fn new(max_wait: Option<u64>) -> Self {
        Self { max_wait, book: Book::default(), dispatched: Vec::new() }
    }

    /// Takes what is held for this key.
    fn take(&mut self, of: u32) -> Option<&Dispatched> {
        let held = self.dispatched.iter_mut().find(|one| one.is_held && key(one.number) == of)?;
        held.is_held = false;
        Some(held)
    }
}

impl super::Model for Model {
    fn book(&mut self) -> &mut Book {
        &mut self.book
    }

    fn dispatch(&mut self, number: u32) {
        let now = self.book.now;
        let before = self.take(key(number)).map(|before| (before.number, before.burst));
        if let Some((before, _)) = before {
            self.book.end(before, "Superseded");
        }
        let burst = before.map_or(now, |(_, burst)| burst);
        self.dispatched.push(Dispatched { number, at: now, is_held: true, burst });
    }

    fn tick(&mut self) {
        for held in self.held() {
            if held.until <= self.book.now {
                self.go_on(key(held.number));
            }
        }
    }

    fn held(&self) -> Vec<Held> {
        let until = |one: &Dispatched| {
            let latest = self.max_wait.map_or(u64::MAX, |max_wait| one.burst + max_wait);
            latest.min(one.at + WINDOW)
        };
        let held = self.dispatched.iter().filter(|one| one.is_held);
        held.map(|one| Held { number: one.number, began: one.burst, until: until(one) }).collect()
    }

    fn go_on(&mut self, key: u32) {
        if let Some(number) = self.take(key).map(|held| held.number) {
            self.book.apply(number);
        }
    }

    fn withdraw(&mut self, key: u32) {
        self.take(key);
    }

    fn failed(&mut self, _: u32) {}
}
