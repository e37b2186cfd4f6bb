//! What the user wants who presses a key.

use crate::app::{Action, State};
use crate::messages::{Todo, TodoId};
use crate::screen::Mode;
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Wish {
    /// In this order.
    Do(Vec<Action>),
    Reload,
    Undo,
    Redo,
    /// Online or offline.
    Switch,
    /// The user has seen what failed.
    Dismiss,
    Quit,
}

pub(crate) fn wish(key: KeyEvent, state: &State) -> Option<Wish> {
    let is_control = key.modifiers.contains(KeyModifiers::CONTROL);
    match (key.code, state.screen.mode) {
        (KeyCode::Char('c'), _) if is_control => Some(Wish::Quit),
        (KeyCode::Char('r'), Mode::List) if is_control => Some(Wish::Redo),
        (KeyCode::Char(_), _) if is_control => None,
        (code, Mode::List) => in_list(code, state),
        (code, _) => in_text(code, state).map(Wish::Do),
    }
}

fn in_list(code: KeyCode, state: &State) -> Option<Wish> {
    let to_selected = |action: fn(TodoId) -> Action| state.selected().map(|todo| Wish::Do(vec![action(todo.id)]));
    match code {
        KeyCode::Char('a') => Some(Wish::Do(vec![Action::Enter(Mode::Adding)])),
        KeyCode::Char('/') => Some(Wish::Do(vec![Action::Enter(Mode::Searching)])),
        KeyCode::Char(' ') => to_selected(Action::Toggle),
        KeyCode::Char('d') => to_selected(Action::Delete),
        KeyCode::Char('j') | KeyCode::Down => Some(Wish::Do(vec![Action::SelectNext])),
        KeyCode::Char('k') | KeyCode::Up => Some(Wish::Do(vec![Action::SelectPrevious])),
        KeyCode::Char('r') => Some(Wish::Reload),
        KeyCode::Char('u') => Some(Wish::Undo),
        KeyCode::Char('U') => Some(Wish::Redo),
        KeyCode::Char('o') => Some(Wish::Switch),
        KeyCode::Char('q') => Some(Wish::Quit),
        KeyCode::Esc if state.screen.search.is_empty() => Some(Wish::Dismiss),
        KeyCode::Esc => Some(Wish::Do(vec![Action::EndSearch])),
        _ => None,
    }
}

fn in_text(code: KeyCode, state: &State) -> Option<Vec<Action>> {
    let to_list = Action::Enter(Mode::List);
    match (code, state.screen.mode) {
        (KeyCode::Char(letter), _) => Some(vec![Action::Type(letter)]),
        (KeyCode::Backspace, _) => Some(vec![Action::Erase]),
        (KeyCode::Enter, Mode::Adding) if !state.screen.draft.trim().is_empty() => {
            let todo = Todo { id: TodoId::new(), text: state.screen.draft.clone(), done: false };
            Some(vec![Action::EndDraft, to_list, Action::Add(todo)])
        }
        (KeyCode::Esc, Mode::Searching) => Some(vec![Action::EndSearch, to_list]),
        (KeyCode::Enter | KeyCode::Esc, _) => Some(vec![to_list]),
        _ => None,
    }
}
