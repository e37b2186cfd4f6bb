//! The server's memory: a file that survives it.

use crate::messages::{Todo, TodoId};
use rusqlite::{Connection, OpenFlags, Result, Transaction, TransactionBehavior};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

const TABLES: &str = "
    CREATE TABLE IF NOT EXISTS todos (id INTEGER PRIMARY KEY, text TEXT NOT NULL, done INTEGER NOT NULL);
    CREATE TABLE IF NOT EXISTS requests (key TEXT PRIMARY KEY) WITHOUT ROWID;";

#[derive(Debug, Clone)]
pub(crate) struct Database(Arc<Mutex<Connection>>);

impl Database {
    /// Opens the file, or makes it.
    pub(crate) fn open(path: &Path) -> Result<Self> {
        let connection = Connection::open(path)?;
        connection.execute_batch(TABLES)?;
        Ok(Self(Arc::new(Mutex::new(connection))))
    }

    pub(crate) async fn todos(&self) -> Result<Vec<Todo>> {
        self.with(|connection| all_todos(connection)).await
    }

    pub(crate) async fn ids_containing(&self, text: String) -> Result<Vec<TodoId>> {
        self.with(move |connection| {
            let mut found = connection.prepare("SELECT id FROM todos WHERE instr(lower(text), lower(?1)) > 0")?;
            found.query_map([text], |row| row.get(0).map(TodoId))?.collect()
        })
        .await
    }

    /// Once for each key, however often it arrives.
    pub(crate) async fn add(&self, todo: Todo, key: String) -> Result<()> {
        self.with(move |connection| {
            once(connection, &key, |transaction| {
                let Todo { id, text, done } = &todo;
                transaction.execute("INSERT OR REPLACE INTO todos VALUES (?1, ?2, ?3)", (id.0, text, done))
            })
        })
        .await
    }

    /// Once for each key, however often it arrives: a late one does not delete what was added again.
    pub(crate) async fn delete(&self, id: TodoId, key: String) -> Result<()> {
        self.with(move |connection| {
            once(connection, &key, |transaction| transaction.execute("DELETE FROM todos WHERE id = ?1", [id.0]))
        })
        .await
    }

    /// Gives false if there is no such todo.
    pub(crate) async fn set_done(&self, id: TodoId, done: bool) -> Result<bool> {
        let set = "UPDATE todos SET done = ?2 WHERE id = ?1";
        self.with(move |connection| connection.execute(set, (id.0, done)).map(|rows| rows > 0)).await
    }

    /// A lock that waits and a disk that is slow belong on a thread where nobody else waits.
    async fn with<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Connection) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let connection = Arc::clone(&self.0);
        let work = move || work(&mut connection.lock().unwrap_or_else(PoisonError::into_inner));
        match tokio::task::spawn_blocking(work).await {
            Ok(result) => result,
            Err(ended) => std::panic::resume_unwind(ended.into_panic()),
        }
    }
}

/// What the file says, past the server.
pub(crate) fn read(path: &Path) -> Result<Vec<Todo>> {
    all_todos(&Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?)
}

fn all_todos(connection: &Connection) -> Result<Vec<Todo>> {
    let mut todos = connection.prepare("SELECT id, text, done FROM todos ORDER BY id")?;
    let todo = |row: &rusqlite::Row<'_>| Ok(Todo { id: TodoId(row.get(0)?), text: row.get(1)?, done: row.get(2)? });
    todos.query_map([], todo)?.collect()
}

fn once(connection: &mut Connection, key: &str, work: impl FnOnce(&Transaction<'_>) -> Result<usize>) -> Result<()> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    if transaction.execute("INSERT OR IGNORE INTO requests VALUES (?1)", [key])? == 1 {
        work(&transaction)?;
    }
    transaction.commit()
}

#[cfg(test)]
mod tests {
    use super::{Database, read};
    use crate::messages::{Todo, TodoId};

    #[tokio::test]
    async fn what_arrives_twice_is_done_once() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("todos.sqlite");
        let database = Database::open(&path).unwrap();
        let milk = Todo { id: TodoId(1), text: "milk".to_owned(), done: false };
        let key = str::to_owned;
        database.add(milk.clone(), key("add")).await.unwrap();
        database.delete(milk.id, key("delete")).await.unwrap();
        database.add(milk.clone(), key("add")).await.unwrap();
        assert_eq!(read(&path), Ok(vec![]), "its answer was lost, and it was sent again");
        database.add(milk.clone(), key("undo")).await.unwrap();
        database.delete(milk.id, key("delete")).await.unwrap();
        assert_eq!(read(&path), Ok(vec![milk]), "a late `DELETE`");
    }
}
