//! How it ended: whether screen and server agree.

use crate::app::State;
use crate::messages::{Todo, TodoId};
use std::collections::BTreeMap;

#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Summary {
    pub(crate) text: String,
    pub(crate) agrees: bool,
}

impl Summary {
    /// `server` is what its database says, read past the server.
    pub(crate) fn new(state: &State, server: &[Todo]) -> Self {
        let mut both: BTreeMap<TodoId, [Option<&Todo>; 2]> = BTreeMap::new();
        for todo in state.todos.values() {
            both.entry(todo.id).or_default()[0] = Some(todo);
        }
        for todo in server {
            both.entry(todo.id).or_default()[1] = Some(todo);
        }
        let differing = both.values().filter(|[shown, held]| shown != held);
        let texts: Vec<_> = differing.filter_map(|[shown, held]| shown.or(*held)).map(|todo| &*todo.text).collect();
        let text = if texts.is_empty() {
            format!("screen == server: {} of {0} todos agree", both.len())
        } else {
            format!("screen != server: they differ on {}", texts.join(", "))
        };
        Self { text, agrees: texts.is_empty() }
    }
}

#[cfg(test)]
mod tests {
    use super::Summary;
    use crate::app::{Action, List, State, reduce};
    use crate::messages::{Todo, TodoId};

    fn todo(id: u64, done: bool) -> Todo {
        Todo { id: TodoId(id), text: format!("todo {id}"), done }
    }

    #[test]
    fn what_only_one_side_has_or_has_otherwise_differs() {
        let mut state = State::default();
        reduce(
            &mut state,
            Action::Loaded(List { asked: 0, todos: vec![todo(1, true), todo(2, false), todo(3, true)] }),
        );
        let differing = Summary::new(&state, &[todo(2, true), todo(3, true), todo(4, false)]);
        assert_eq!(differing.text, "screen != server: they differ on todo 1, todo 2, todo 4");
        assert!(!differing.agrees);
        let agreeing = Summary::new(&state, &[todo(1, true), todo(2, false), todo(3, true)]);
        assert_eq!(agreeing, Summary { text: "screen == server: 3 of 3 todos agree".to_owned(), agrees: true });
    }
}
