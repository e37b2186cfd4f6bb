//! What a list of the server's may not know of yet.

use crate::messages::TodoId;
use foregone::im;

/// Adds and deletes that are under way, or have ended since a list was asked for that has not come yet.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Edits {
    /// How many have begun or ended so far: when a list is asked for, this is noted.
    pub(crate) count: u64,
    of: im::HashMap<TodoId, Edit>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Edit {
    under_way: u32,
    /// The count when the last one began or ended.
    last: u64,
}

impl Edits {
    pub(crate) fn begun(&mut self, id: TodoId) {
        self.note(id).under_way += 1;
    }

    pub(crate) fn ended(&mut self, id: TodoId) {
        let edit = self.note(id);
        edit.under_way = edit.under_way.saturating_sub(1);
    }

    /// Whether a list that was asked for at this count may be wrong about a todo.
    pub(crate) fn is_newer(&self, id: TodoId, asked: u64) -> bool {
        self.of.get(&id).is_some_and(|edit| edit.is_newer(asked))
    }

    /// The list that was asked for at this count has come, and no older one is to come.
    pub(crate) fn forget(&mut self, asked: u64) {
        self.of.retain(|_, edit| edit.is_newer(asked));
    }

    fn note(&mut self, id: TodoId) -> &mut Edit {
        self.count += 1;
        let edit = self.of.entry(id).or_default();
        edit.last = self.count;
        edit
    }
}

impl Edit {
    const fn is_newer(self, asked: u64) -> bool {
        self.under_way > 0 || self.last > asked
    }
}

#[cfg(test)]
mod tests {
    use super::Edits;
    use crate::messages::TodoId;

    const ID: TodoId = TodoId(1);

    #[test]
    fn a_list_may_be_wrong_about_what_began_before_it_was_asked_for_and_ended_after() {
        let mut edits = Edits::default();
        edits.begun(ID);
        let asked = edits.count;
        assert!(edits.is_newer(ID, asked), "it is under way");
        edits.ended(ID);
        assert!(edits.is_newer(ID, asked));
        assert!(!edits.is_newer(ID, edits.count), "the next list knows of it");
    }

    #[test]
    fn nothing_is_left_of_what_every_list_knows() {
        let mut edits = Edits::default();
        edits.begun(ID);
        edits.forget(edits.count);
        assert!(!edits.of.is_empty(), "it is under way");
        edits.ended(ID);
        edits.forget(edits.count);
        assert!(edits.of.is_empty());
    }
}
