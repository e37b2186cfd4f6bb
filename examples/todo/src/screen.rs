//! What belongs to the screen alone, and no server knows of.

use crate::messages::TodoId;
use foregone::im;

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Screen {
    pub(crate) mode: Mode,
    /// What the next todo is to say; kept until it is added.
    pub(crate) draft: String,
    pub(crate) search: String,
    /// The server's answer to the search, or to the one before while it has not answered.
    pub(crate) found: im::OrdSet<TodoId>,
    pub(crate) selected: Option<TodoId>,
    /// What there is to say about what the user did last.
    pub(crate) note: String,
}

/// Where keys go.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Mode {
    #[default]
    List,
    Adding,
    Searching,
}

impl Screen {
    /// The text that the user is typing.
    pub(crate) fn text(&mut self) -> Option<&mut String> {
        match self.mode {
            Mode::List => None,
            Mode::Adding => Some(&mut self.draft),
            Mode::Searching => Some(&mut self.search),
        }
    }

    pub(crate) fn shows(&self, id: TodoId) -> bool {
        self.search.is_empty() || self.found.contains(&id)
    }

    pub(crate) fn end_search(&mut self) {
        self.search.clear();
        self.found.clear();
    }
}
