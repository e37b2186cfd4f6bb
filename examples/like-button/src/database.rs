//! The server's memory: a file that survives it.

use crate::messages::{Post, PostId, PutLike};
use rusqlite::{Connection, OpenFlags, OptionalExtension, Result, TransactionBehavior};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

const TABLES: &str = "
    CREATE TABLE IF NOT EXISTS posts (id INTEGER PRIMARY KEY, liked INTEGER NOT NULL DEFAULT 0);
    CREATE TABLE IF NOT EXISTS marks (
        post INTEGER NOT NULL, device TEXT NOT NULL, number INTEGER NOT NULL, PRIMARY KEY (post, device)
    ) WITHOUT ROWID;";

#[derive(Debug, Clone)]
pub(crate) struct Database(Arc<Mutex<Connection>>);

/// What became of a `PUT`.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Put {
    /// The post is so now; or was made so before, by the same request.
    Done(Post),
    /// A newer one of the same device was here first.
    Late,
    NoSuchPost,
}

impl Database {
    /// Opens the file, or makes it, with posts from 1 to `posts`.
    pub(crate) fn open(path: &Path, posts: PostId) -> Result<Self> {
        let mut connection = Connection::open(path)?;
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        transaction.execute_batch(TABLES)?;
        for post in 1..=posts {
            transaction.execute("INSERT OR IGNORE INTO posts (id) VALUES (?1)", [post])?;
        }
        transaction.commit()?;
        Ok(Self(Arc::new(Mutex::new(connection))))
    }

    pub(crate) async fn posts(&self) -> Result<Vec<Post>> {
        self.with(|connection| all_posts(connection)).await
    }

    pub(crate) async fn post(&self, id: PostId) -> Result<Option<Post>> {
        self.with(move |connection| one_post(connection, id)).await
    }

    pub(crate) async fn put(&self, id: PostId, put: PutLike) -> Result<Put> {
        self.with(move |connection| put_like(connection, id, &put)).await
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
pub(crate) fn read(path: &Path) -> Result<Vec<Post>> {
    all_posts(&Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?)
}

fn all_posts(connection: &Connection) -> Result<Vec<Post>> {
    let mut posts = connection.prepare("SELECT id, liked FROM posts ORDER BY id")?;
    posts.query_map([], |row| Ok(Post { id: row.get(0)?, liked: row.get(1)? }))?.collect()
}

fn one_post(connection: &Connection, id: PostId) -> Result<Option<Post>> {
    let post = |row: &rusqlite::Row<'_>| Ok(Post { id, liked: row.get(0)? });
    connection.query_row("SELECT liked FROM posts WHERE id = ?1", [id], post).optional()
}

fn put_like(connection: &mut Connection, id: PostId, put: &PutLike) -> Result<Put> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let Some(held) = one_post(&transaction, id)? else { return Ok(Put::NoSuchPost) };
    let mark: Option<u64> = transaction
        .query_row("SELECT number FROM marks WHERE post = ?1 AND device = ?2", (id, &put.device), |row| row.get(0))
        .optional()?;
    match mark {
        Some(mark) if put.number < mark => return Ok(Put::Late),
        // Its answer was lost, and it was sent again.
        Some(mark) if put.number == mark => return Ok(Put::Done(held)),
        _ => {}
    }
    transaction.execute("UPDATE posts SET liked = ?2 WHERE id = ?1", (id, put.liked))?;
    transaction.execute(
        "INSERT INTO marks (post, device, number) VALUES (?1, ?2, ?3)
         ON CONFLICT (post, device) DO UPDATE SET number = excluded.number",
        (id, &put.device, put.number),
    )?;
    transaction.commit()?;
    Ok(Put::Done(Post { id, liked: put.liked }))
}

#[cfg(test)]
mod tests {
    use super::{Database, Put, read};
    use crate::messages::{Post, PutLike};

    fn put(liked: bool, number: u64, device: &str) -> PutLike {
        PutLike { liked, number, device: device.to_owned() }
    }

    #[tokio::test]
    async fn a_late_request_is_refused_and_a_doubled_one_answered_again() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("posts.sqlite");
        let database = Database::open(&path, 1).unwrap();
        let (liked, unliked) = (Post { id: 1, liked: true }, Post { id: 1, liked: false });
        assert_eq!(database.put(1, put(true, 5, "phone")).await, Ok(Put::Done(liked)));
        assert_eq!(database.put(1, put(false, 4, "phone")).await, Ok(Put::Late));
        assert_eq!(database.put(1, put(true, 5, "phone")).await, Ok(Put::Done(liked)));
        assert_eq!(database.put(1, put(false, 1, "tablet")).await, Ok(Put::Done(unliked)));
        assert_eq!(database.put(1, put(true, 5, "phone")).await, Ok(Put::Done(unliked)), "doubled, and not done again");
        assert_eq!(database.put(2, put(true, 6, "phone")).await, Ok(Put::NoSuchPost));
        assert_eq!(read(&path), Ok(vec![unliked]));
    }
}
