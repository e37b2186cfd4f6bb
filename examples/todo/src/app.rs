//! The application, as it would be without a server: a state, actions, a reducer.

use crate::edits::Edits;
use crate::messages::{Todo, TodoId};
use crate::screen::{Mode, Screen};
use foregone::im;

/// Everything that is shown, but for what is under way: that is told by the middlewares' statuses.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct State {
    pub(crate) todos: im::OrdMap<TodoId, Todo>,
    pub(crate) edits: Edits,
    pub(crate) screen: Screen,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Action {
    /// The user's, which the server is told.
    Add(Todo),
    Delete(TodoId),
    Toggle(TodoId),
    /// An undo or a redo: it is taken apart into those above.
    Restore(im::OrdMap<TodoId, Todo>),

    /// The screen is there: other devices' changes are looked for from now on.
    Open,
    /// Questions to the server: they change nothing by themselves.
    Reload,
    Find(String),

    /// The server's answers, and what becomes of what it refused.
    Loaded(List),
    Found(String, im::OrdSet<TodoId>),
    Added(Todo),
    NotAdded(Todo),
    Deleted(TodoId),
    NotDeleted(Todo),
    DoneIs(TodoId, bool),

    /// The screen's own.
    Enter(Mode),
    Type(char),
    Erase,
    EndDraft,
    EndSearch,
    SelectNext,
    SelectPrevious,
    Note(String),
}

/// All todos of the server, and how many edits there had been here when they were asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct List {
    pub(crate) asked: u64,
    pub(crate) todos: Vec<Todo>,
}

impl State {
    pub(crate) fn is_done(&self, id: TodoId) -> bool {
        self.todos.get(&id).is_some_and(|todo| todo.done)
    }

    /// The todos on the screen.
    pub(crate) fn shown(&self) -> impl DoubleEndedIterator<Item = &Todo> {
        self.todos.values().filter(|todo| self.screen.shows(todo.id))
    }

    /// The todo that keys are about.
    pub(crate) fn selected(&self) -> Option<&Todo> {
        let is_selected = |todo: &&Todo| Some(todo.id) == self.screen.selected;
        self.shown().find(is_selected).or_else(|| self.shown().next())
    }

    fn next(&self) -> Option<TodoId> {
        let selected = self.selected()?.id;
        self.shown().map(|todo| todo.id).find(|id| *id > selected)
    }

    fn previous(&self) -> Option<TodoId> {
        let selected = self.selected()?.id;
        self.shown().map(|todo| todo.id).rfind(|id| *id < selected)
    }
}

pub(crate) fn reduce(state: &mut State, action: Action) {
    match action {
        Action::Add(todo) => {
            state.edits.begun(todo.id);
            state.screen.selected = Some(todo.id);
            state.screen.end_search();
            state.todos.insert(todo.id, todo);
        }
        Action::Delete(id) if state.todos.contains_key(&id) => {
            if state.selected().is_some_and(|todo| todo.id == id) {
                state.screen.selected = state.next().or_else(|| state.previous());
            }
            state.edits.begun(id);
            state.todos.remove(&id);
        }
        Action::Toggle(id) => set_done(state, id, !state.is_done(id)),

        Action::Loaded(List { asked, todos }) => load(state, asked, todos),
        // An answer to what is no longer asked.
        Action::Found(text, ids) if text == state.screen.search => state.screen.found = ids,
        Action::Added(todo) => {
            state.edits.ended(todo.id);
            if let Some(shown) = state.todos.get_mut(&todo.id) {
                shown.text = todo.text;
            }
        }
        Action::NotAdded(todo) => {
            state.edits.ended(todo.id);
            let was_there = state.todos.remove(&todo.id).is_some();
            if was_there && state.screen.draft.is_empty() {
                state.screen.draft = todo.text;
            }
        }
        Action::Deleted(id) => state.edits.ended(id),
        Action::NotDeleted(todo) => {
            state.edits.ended(todo.id);
            state.todos.entry(todo.id).or_insert(todo);
        }
        Action::DoneIs(id, done) => set_done(state, id, done),

        Action::Enter(mode) => state.screen.mode = mode,
        Action::Type(letter) => state.screen.text().into_iter().for_each(|text| text.push(letter)),
        Action::Erase => {
            state.screen.text().and_then(String::pop);
        }
        Action::EndDraft => state.screen.draft.clear(),
        Action::EndSearch => state.screen.end_search(),
        Action::SelectNext => state.screen.selected = state.next().or(state.screen.selected),
        Action::SelectPrevious => state.screen.selected = state.previous().or(state.screen.selected),
        Action::Note(note) => state.screen.note = note,
        Action::Delete(_)
        | Action::Restore(_)
        | Action::Found(..)
        | Action::Open
        | Action::Reload
        | Action::Find(_) => {}
    }
}

/// What is done is the business of the sync, but for todos that were not known here.
fn load(state: &mut State, asked: u64, todos: Vec<Todo>) {
    let edits = &state.edits;
    let mut merged: im::OrdMap<TodoId, Todo> = state
        .todos
        .iter()
        .filter(|(id, _)| edits.is_newer(**id, asked))
        .map(|(id, todo)| (*id, todo.clone()))
        .collect();
    for todo in todos.into_iter().filter(|todo| !edits.is_newer(todo.id, asked)) {
        let done = state.todos.get(&todo.id).map_or(todo.done, |shown| shown.done);
        merged.insert(todo.id, Todo { done, ..todo });
    }
    state.todos = merged;
    state.edits.forget(asked);
}

fn set_done(state: &mut State, id: TodoId, done: bool) {
    if let Some(todo) = state.todos.get_mut(&id) {
        todo.done = done;
    }
}

#[cfg(test)]
mod tests {
    use super::{Action, List, State, reduce};
    use crate::messages::{Todo, TodoId};

    fn todo(id: u64, text: &str, done: bool) -> Todo {
        Todo { id: TodoId(id), text: text.to_owned(), done }
    }

    fn after(actions: impl IntoIterator<Item = Action>) -> State {
        let mut state = State::default();
        actions.into_iter().for_each(|action| reduce(&mut state, action));
        state
    }

    fn texts(state: &State) -> Vec<&str> {
        state.todos.values().map(|todo| &*todo.text).collect()
    }

    #[test]
    fn a_list_that_is_older_than_an_edit_undoes_none() {
        let (milk, bread) = (todo(1, "milk", false), todo(2, "bread", false));
        let mut state = after([Action::Loaded(List { asked: 0, todos: vec![milk.clone()] })]);
        let asked = state.edits.count;
        for action in
            [Action::Delete(milk.id), Action::Deleted(milk.id), Action::Add(bread.clone()), Action::Added(bread)]
        {
            reduce(&mut state, action);
        }
        reduce(&mut state, Action::Loaded(List { asked, todos: vec![milk] }));
        assert_eq!(texts(&state), ["bread"]);
        let asked = state.edits.count;
        reduce(&mut state, Action::Loaded(List { asked, todos: vec![] }));
        assert!(state.todos.is_empty(), "deleted on another device");
    }

    #[test]
    fn a_list_leaves_to_the_sync_what_is_done() {
        let loaded = |done| Action::Loaded(List { asked: 0, todos: vec![todo(1, "milk", done)] });
        let state = after([loaded(true), Action::Toggle(TodoId(1)), loaded(true)]);
        assert!(!state.is_done(TodoId(1)), "what the user did last");
    }

    #[test]
    fn what_was_not_added_is_a_draft_again() {
        let milk = todo(1, "milk", false);
        let state = after([Action::Add(milk.clone()), Action::NotAdded(milk)]);
        assert_eq!((state.todos.len(), &*state.screen.draft), (0, "milk"));
    }

    #[test]
    fn an_answer_to_an_older_search_is_not_shown() {
        let search = |text: &str| Action::Found(text.to_owned(), [TodoId(1)].into_iter().collect());
        let mut state = State::default();
        state.screen.search = "mil".to_owned();
        reduce(&mut state, search("mi"));
        assert!(state.screen.found.is_empty());
        reduce(&mut state, search("mil"));
        assert!(!state.screen.found.is_empty());
    }

    #[test]
    fn the_selection_moves_on_from_what_is_deleted() {
        let add = |id| Action::Add(todo(id, "x", false));
        let mut state = after([add(1), add(2), add(3), Action::SelectPrevious, Action::Delete(TodoId(2))]);
        assert_eq!(state.screen.selected, Some(TodoId(3)));
        reduce(&mut state, Action::Delete(TodoId(3)));
        assert_eq!(state.screen.selected, Some(TodoId(1)));
    }
}
