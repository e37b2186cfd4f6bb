//! Who may wait, and what becomes of the others.

/// Who may wait for their turn, and what becomes of the others. Each of those has an outcome, and was not applied.
///
/// ```
/// use foregone_middleware::{Queue, Sequential};
///
/// # struct Save(u32);
/// let saves = Sequential::new("save", |save: &Save| Some(save.0)).queue(Queue::DropOldest(100));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Queue {
    /// All wait, however many: memory is the limit.
    #[default]
    Unbounded,
    /// So many wait; while they do, a new one is left out, with [`Dropped::QueueFull`](crate::Dropped::QueueFull). With 0,
    /// nobody waits.
    DropNewest(usize),
    /// So many wait; while they do, a new one takes the place of the oldest, which is left out with
    /// [`Dropped::MadeRoom`](crate::Dropped::MadeRoom). With 0, nobody waits: a new one is left out as above.
    DropOldest(usize),
    /// Of each key, the newest waits: the one before it ends as [`Superseded`](crate::Outcome::Superseded).
    LatestWins,
}
