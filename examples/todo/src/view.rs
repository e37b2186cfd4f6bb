//! The screen, from the state and the statuses and nothing else.

use crate::app::State;
use crate::doing::{Doing, Hint};
use crate::messages::Todo;
use crate::screen::Mode;
use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Position, Rect};
use ratatui::style::{Style, Stylize};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Row, Table, TableState};

/// Columns for what a todo is doing.
const HINT: u16 = 32;

pub(crate) fn draw(frame: &mut Frame<'_>, state: &State, doing: &Doing) {
    let [title, list, news, prompt, keys] = Layout::vertical([
        Constraint::Length(1),
        Constraint::Fill(1),
        Constraint::Length(1),
        Constraint::Length(1),
        Constraint::Length(1),
    ])
    .areas(frame.area());
    draw_title(frame, title, state, doing);
    draw_list(frame, list, state, doing);
    frame.render_widget(self::news(state, doing), news);
    draw_prompt(frame, prompt, state, doing);
    frame.render_widget(self::keys(state.screen.mode, doing), keys);
}

fn draw_title(frame: &mut Frame<'_>, area: Rect, state: &State, doing: &Doing) {
    let done = state.todos.values().filter(|todo| todo.done).count();
    let counts = format!("{} open, {done} done", state.todos.len() - done);
    let connection = if doing.is_online { "online".green() } else { "offline".red() };
    let mut line = Line::from(vec!["todo  ".bold(), counts.into(), "  ".into(), connection, "  ".into()]);
    line.extend(doing.of_load().map(said));
    frame.render_widget(line, area);
}

fn draw_list(frame: &mut Frame<'_>, area: Rect, state: &State, doing: &Doing) {
    let rows = state.shown().map(|todo| Row::new([described(todo), Line::from_iter(doing.of(todo.id).map(said))]));
    let table = Table::new(rows, [Constraint::Fill(1), Constraint::Length(HINT)])
        .highlight_symbol("> ")
        .row_highlight_style(Style::new().bold());
    let selected = state.selected().and_then(|selected| state.shown().position(|todo| todo.id == selected.id));
    frame.render_stateful_widget(table, area, &mut TableState::new().with_selected(selected));
}

fn described(todo: &Todo) -> Line<'_> {
    if todo.done {
        Line::from(vec!["[x] ".green(), todo.text.as_str().dim().crossed_out()])
    } else {
        Line::from(vec!["[ ] ".into(), todo.text.as_str().into()])
    }
}

/// What no row tells.
fn news<'a>(state: &'a State, doing: &Doing) -> Line<'a> {
    let mut line = Line::default();
    for hint in doing.of_missing(|id| state.todos.contains_key(&id)) {
        line.push_span(said(hint));
        line.push_span("  ");
    }
    line.push_span(state.screen.note.as_str());
    line
}

fn draw_prompt(frame: &mut Frame<'_>, area: Rect, state: &State, doing: &Doing) {
    let screen = &state.screen;
    let mut line = match screen.mode {
        Mode::Adding => Line::from(format!("new: {}", screen.draft)),
        Mode::List if screen.search.is_empty() => return,
        Mode::List | Mode::Searching => Line::from(format!("search: {}", screen.search)),
    };
    let end = u16::try_from(line.width()).unwrap_or(u16::MAX);
    if screen.mode != Mode::Adding && !screen.search.is_empty() {
        line.push_span("  ");
        line.extend(doing.of_search().map(said));
    }
    frame.render_widget(line, area);
    if screen.mode != Mode::List {
        let x = area.x.saturating_add(end).min(area.right().saturating_sub(1));
        frame.set_cursor_position(Position { x, y: area.y });
    }
}

fn keys(mode: Mode, doing: &Doing) -> Line<'static> {
    let switch = if doing.is_online { "offline" } else { "online" };
    let keys: &[(&str, &str)] = match mode {
        Mode::List => &[
            ("a", "add"),
            ("space", "done"),
            ("d", "delete"),
            ("/", "find"),
            ("r", "reload"),
            ("o", switch),
            ("u/U", "undo/redo"),
            ("q", "quit"),
        ],
        Mode::Adding => &[("enter", "add it"), ("esc", "keep it as a draft")],
        Mode::Searching => &[("enter", "to the list"), ("esc", "end the search")],
    };
    let both = |(key, what): &(&'static str, &'static str)| [key.bold(), format!(" {what}  ").dim()];
    keys.iter().flat_map(both).collect()
}

fn said(hint: Hint) -> Span<'static> {
    match hint {
        Hint::Waiting(text) => text.yellow(),
        Hint::Failed(text) => text.red(),
    }
}

#[cfg(test)]
mod tests {
    use super::draw;
    use crate::api::ApiError;
    use crate::app::{Action, List, State, reduce};
    use crate::doing::Doing;
    use crate::messages::{Todo, TodoId};
    use crate::screen::Mode;
    use foregone::im;
    use foregone::middleware::{CommandError, Status, SyncError};
    use ratatui::Terminal;
    use ratatui::backend::TestBackend;
    use std::sync::Arc;
    use std::time::{Duration, Instant};

    const MILK: TodoId = TodoId(1);
    const BREAD: TodoId = TodoId(2);

    fn state() -> State {
        let todo = |id, text: &str, done| Todo { id, text: text.to_owned(), done };
        let todos = vec![todo(MILK, "milk", true), todo(BREAD, "bread", false)];
        let mut state = State::default();
        reduce(&mut state, Action::Loaded(List { asked: 0, todos }));
        state
    }

    fn nothing() -> Doing {
        Doing {
            now: Instant::now(),
            is_online: true,
            done: im::HashMap::new(),
            changes: im::HashMap::new(),
            load: Status::Idle,
            search: Status::Idle,
        }
    }

    fn drawn(state: &State, doing: &Doing) -> Vec<String> {
        let mut terminal = Terminal::new(TestBackend::new(80, 8)).unwrap();
        terminal.draw(|frame| draw(frame, state, doing)).unwrap();
        let cells = terminal.backend().buffer().content();
        let line = |cells: &[ratatui::buffer::Cell]| cells.iter().map(|cell| cell.symbol()).collect::<String>();
        cells.chunks(80).map(|cells| line(cells).trim_end().to_owned()).collect()
    }

    #[test]
    fn a_quiet_screen_shows_the_todos_and_the_keys() {
        assert_eq!(
            drawn(&state(), &nothing()),
            [
                "todo  1 open, 1 done  online",
                "> [x] milk",
                "  [ ] bread",
                "",
                "",
                "",
                "",
                "a add  space done  d delete  / find  r reload  o offline  u/U undo/redo  q quit",
            ]
        );
    }

    #[test]
    fn beside_each_todo_is_what_it_is_doing() {
        let mut doing = nothing();
        let since = doing.now;
        doing.done.insert(MILK, Status::Waiting { until: since + Duration::from_millis(1500), since });
        let refused = ApiError::Status(reqwest::StatusCode::FORBIDDEN);
        let error = Arc::new(SyncError::Send(refused));
        doing.done.insert(BREAD, Status::Failed { error, since, dismissed: false });
        let screen = drawn(&state(), &doing);
        assert!(screen[1].starts_with("> [x] milk") && screen[1].ends_with("saving again in 1.5 s"), "{screen:?}");
        assert!(screen[2].ends_with("not saved: 403 Forbidden"), "{screen:?}");
        doing.changes.insert(BREAD, Status::Running { attempt: 2, since });
        assert!(drawn(&state(), &doing)[2].ends_with("adding, try 2"), "it is saved after that");
    }

    #[test]
    fn what_is_not_in_the_list_is_told_below_it() {
        let mut doing = nothing();
        let since = doing.now;
        let error = Arc::new(CommandError::TimedOut(Duration::from_millis(400)));
        doing.changes.insert(TodoId(3), Status::Failed { error: Arc::clone(&error), since, dismissed: false });
        doing.changes.insert(TodoId(4), Status::Failed { error, since, dismissed: true });
        assert_eq!(drawn(&state(), &doing)[5].trim_end(), "not added: no answer within 400 ms");
    }

    #[test]
    fn the_title_tells_of_the_connection_and_the_list() {
        let mut doing = Doing { is_online: false, ..nothing() };
        doing.load = Status::Queued { since: doing.now };
        assert_eq!(drawn(&state(), &doing)[0], "todo  1 open, 1 done  offline  waiting");
        let error = ApiError::NotConnected.to_string();
        doing.load = Status::Failed { error, since: doing.now, dismissed: false };
        assert!(drawn(&state(), &doing)[0].ends_with("not loaded: not connected"));
    }

    #[test]
    fn a_search_shows_what_was_found() {
        let mut state = state();
        state.screen.search = "mil".to_owned();
        reduce(&mut state, Action::Enter(Mode::Searching));
        reduce(&mut state, Action::Found("mil".to_owned(), im::OrdSet::unit(MILK)));
        let screen =
            drawn(&state, &Doing { search: Status::Running { attempt: 1, since: Instant::now() }, ..nothing() });
        assert_eq!(screen[1..3], ["> [x] milk", ""]);
        assert_eq!(screen[6..], ["search: mil  searching", "enter to the list  esc end the search"]);
    }
}
