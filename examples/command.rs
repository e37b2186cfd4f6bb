//! Todos that show at once: tea is lost on the way and sent again, rum is refused and taken back.
//!
//! `cargo run --example command`

use foregone::middleware::{
    CommandCall, ErrorKind, ExponentialBuilder, OptimisticCommand, OptimisticCommandMiddleware,
};
use foregone::{Store, im};
use std::io::{Error, ErrorKind::PermissionDenied};
use std::time::Duration;

type Todos = im::OrdSet<&'static str>;
/// A todo, and whether it is on the list.
type Action = (&'static str, bool);

struct AddTodo;
impl OptimisticCommand<Todos, Action> for AddTodo {
    type Key = ();
    type Command = &'static str;
    type Output = ();
    type Error = Error;
    fn key(&self, action: &Action) -> Option<()> {
        action.1.then_some(())
    }
    fn command(&self, _: &Todos, (): &(), action: &mut Action) -> Option<&'static str> {
        Some(action.0)
    }
    async fn run(&self, call: CommandCall<'_, (), &'static str>) -> Result<(), Error> {
        println!("POST {}, attempt {}, Idempotency-Key: {}", call.command, call.attempt, call.idempotency_key);
        tokio::time::sleep(Duration::from_millis(100)).await;
        match (*call.command, call.attempt) {
            ("tea", 1) => Err(Error::other("connection lost")),
            ("rum", _) => Err(PermissionDenied.into()),
            _ => Ok(()),
        }
    }
    fn undo(&self, todos: &Todos, todo: &&'static str) -> Option<Action> {
        todos.contains(todo).then_some((*todo, false))
    }
    fn error_kind(&self, error: &Error) -> ErrorKind {
        if error.kind() == PermissionDenied { ErrorKind::Refused } else { ErrorKind::Unknown }
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let back_off = ExponentialBuilder::default().with_min_delay(Duration::from_millis(200));
    let commands = OptimisticCommandMiddleware::builder(AddTodo).retry(back_off).build()?;
    let reduce = |todos: &Todos, (todo, is_listed)| if is_listed { todos.update(todo) } else { todos.without(todo) };
    let store = Store::builder(Todos::new(), reduce).middleware(commands).build();

    let tea = store.dispatch(("tea", true));
    assert!(store.state().contains("tea")); // at once, and it stays while it is sent again
    assert!(store.dispatch(("gin", true)).failure().is_some()); // one at a time: this one is left out
    println!("tea: {:?}", tea.await?);
    println!("rum: {}", store.dispatch(("rum", true)).await.unwrap_err());
    assert_eq!(*store.state(), im::ordset!["tea"]);
    Ok(())
}
