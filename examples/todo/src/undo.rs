//! Undo and redo, as actions that the server is told like any other.

use crate::app::{Action, State};
use crate::messages::{Todo, TodoId};
use foregone::im::OrdMap;
use foregone::im::ordmap::DiffItem;
use foregone::middleware::{Completion, History, HistoryError, StoreApi};

type Todos = OrdMap<TodoId, Todo>;

pub(crate) type Steps = History<State, Action, Todos>;

/// A step is what the user did, and not what a server or another device did.
pub(crate) fn steps() -> Steps {
    History::builder(|state: &State| state.todos.clone(), Action::Restore)
        .record(|action| matches!(action, Action::Add(_) | Action::Delete(_) | Action::Toggle(_)))
        .merge(merge)
        .build()
}

/// What leads from `from` to `to`, done to `now`, which the server or another device may have changed since.
fn merge(from: &Todos, to: &Todos, now: &Todos) -> Todos {
    from.diff(to).fold(now.clone(), |now, change| match change {
        DiffItem::Add(id, todo) => now.update(*id, todo.clone()),
        DiffItem::Remove(id, _) => now.without(id),
        DiffItem::Update { new: (id, todo), .. } => {
            now.alter(|shown| shown.map(|shown| Todo { done: todo.done, ..shown }), *id)
        }
    })
}

/// Makes the todos these, by what a user could have done.
pub(crate) fn restore(store: &dyn StoreApi<State, Action>, todos: &Todos) -> Completion {
    let shown = store.state();
    let actions = shown.todos.diff(todos).map(|change| match change {
        DiffItem::Add(_, todo) => Action::Add(todo.clone()),
        DiffItem::Remove(id, _) => Action::Delete(*id),
        DiffItem::Update { new: (id, _), .. } => Action::Toggle(*id),
    });
    actions.map(|action| store.dispatch(action)).fold(Completion::applied(), Completion::join)
}

/// What to tell the user.
pub(crate) fn note(done: &'static str, step: &Completion) -> String {
    match step.failure().map(|failure| (failure.downcast_ref(), failure)) {
        None => done.to_owned(),
        Some((Some(HistoryError::NothingLeft), _)) => format!("nothing to be {done}"),
        Some((_, failure)) => failure.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::{Todos, merge};
    use crate::messages::{Todo, TodoId};

    fn todos(todos: &[(u64, &str, bool)]) -> Todos {
        let todo =
            |&(id, text, done): &(u64, &str, bool)| (TodoId(id), Todo { id: TodoId(id), text: text.to_owned(), done });
        todos.iter().map(todo).collect()
    }

    #[test]
    fn an_undo_leaves_alone_what_others_have_done_meanwhile() {
        let (before, after) = (todos(&[(1, " milk", false)]), todos(&[(1, " milk", true)]));
        let now = todos(&[(1, "milk", true), (2, "tea", true)]);
        assert_eq!(merge(&after, &before, &now), todos(&[(1, "milk", false), (2, "tea", true)]));
        let now = todos(&[(2, "tea", true)]);
        assert_eq!(merge(&after, &before, &now), now, "deleted on another device");
    }
}
