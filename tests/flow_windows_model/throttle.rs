//! What `Throttle` is to do: of everything that went through, the last of a key, and when, say whether its window is open.

use super::{Book, Held, KEYS, WINDOW, key};
use std::collections::HashMap;

pub(crate) struct Model {
    trailing: bool,
    release_on_error: bool,
    book: Book,
    went_through: Vec<Through>,
    held: HashMap<u32, u32>,
}

struct Through {
    number: u32,
    at: u64,
    has_failed: bool,
}

impl Model {
    pub(crate) fn new(trailing: bool, release_on_error: bool) -> Self {
        let (went_through, held) = (Vec::new(), HashMap::new());
        Self { trailing, release_on_error, book: Book::default(), went_through, held }
    }

    /// The index of the one that opened the window of this key, if it is open.
    fn opened(&self, of: u32) -> Option<usize> {
        let last = self.went_through.iter().rposition(|one| key(one.number) == of)?;
        let Through { at, has_failed, .. } = self.went_through[last];
        let is_released = has_failed && self.release_on_error;
        (self.book.now < at + WINDOW && !is_released).then_some(last)
    }

    fn go_through(&mut self, number: u32) {
        self.went_through.push(Through { number, at: self.book.now, has_failed: false });
        self.book.apply(number);
    }
}

impl super::Model for Model {
    fn book(&mut self) -> &mut Book {
        &mut self.book
    }

    fn dispatch(&mut self, number: u32) {
        if self.opened(key(number)).is_none() {
            self.go_through(number);
        } else if !self.trailing {
            self.book.end(number, "cancelled: too soon after the one before");
        } else if let Some(before) = self.held.insert(key(number), number) {
            self.book.end(before, "Superseded");
        }
    }

    fn tick(&mut self) {
        for key in 0..KEYS {
            if self.opened(key).is_none() {
                self.go_on(key);
            }
        }
    }

    fn held(&self) -> Vec<Held> {
        let opened = |key| self.opened(key).expect("what is held, is held in a window");
        let held = self.held.iter().map(|(key, number)| (*number, self.went_through[opened(*key)].at));
        held.map(|(number, began)| Held { number, began, until: began + WINDOW }).collect()
    }

    fn go_on(&mut self, key: u32) {
        if let Some(number) = self.held.remove(&key) {
            self.go_through(number);
        }
    }

    fn withdraw(&mut self, key: u32) {
        self.held.remove(&key);
    }

    fn failed(&mut self, number: u32) {
        for one in &mut self.went_through {
            one.has_failed |= one.number == number;
        }
        if self.opened(key(number)).is_none() {
            self.go_on(key(number));
        }
    }
}
