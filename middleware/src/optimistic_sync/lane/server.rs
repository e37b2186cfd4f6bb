//! How a server works, and what that allows.

/// What a server keeps besides the value, and so what can be promised. Said by
/// [`OptimisticSync::server`](crate::OptimisticSync::server).
///
/// | the server | what it keeps | promised | not promised, and why |
/// |---|---|---|---|
/// | [`Plain`](Self::Plain) | the value | everything, as long as no request arrives after its deadline, and but for a failure that nobody can tell the outcome of | a request that arrives late overwrites a newer one: no client can repair that |
/// | [`Compare`](Self::Compare) | a revision | one device: everything, with loss, delay and doubling. Several: the same, until a request fails without an answer | a request that is tried again can overwrite another device's newer value |
/// | [`Marks`](Self::Marks) | per key and device, the highest number seen | one device: everything | pushes cannot be ordered: none are taken |
/// | [`MarksAndRevisions`](Self::MarksAndRevisions) | both, and it pushes | several devices: everything | |
///
/// "Everything" is that a newer wish is never lost or undone by an older one, that outcomes are true, and that in the
/// end the screen shows what the server holds.
///
/// # What a server that keeps marks does
///
/// It keeps one number and one [`Mark`](crate::Mark) per key and device. For each request with the number `n`, in one
/// transaction:
/// - `n` is above its mark: a value is accepted (written, with the next revision, pushed to all) or rejected, a
///   [`Fence`](crate::Fence) writes nothing; the mark is `n`, with what was done;
/// - else nothing is done: the request came late, or twice.
///
/// Either way it answers its mark, the value it holds, and the revision, as a [`Reply`](crate::Reply).
///
/// ```
/// use foregone_middleware::{DeviceId, Mark, Reply};
/// use std::collections::HashMap;
///
/// struct Row { value: bool, revision: u64, marks: HashMap<DeviceId, Mark> }
///
/// /// Nobody has written it yet: its revision is 1 all the same, and a device that it has not seen is at number 0.
/// fn new_row() -> Row {
///     Row { value: false, revision: 1, marks: HashMap::new() }
/// }
///
/// /// `None` for a fence.
/// fn put(row: &mut Row, device: DeviceId, number: u64, value: Option<bool>) -> Reply<bool> {
///     let mark = row.marks.entry(device).or_insert(Mark::Fenced(0));
///     if number > mark.number() {
///         *mark = match value {
///             Some(value) => {
///                 row.value = value;
///                 row.revision += 1;
///                 Mark::Accepted(number)
///             }
///             None => Mark::Fenced(number),
///         };
///     }
///     Reply::value(row.value).revision(row.revision).mark(*mark)
/// }
///
/// let (mut row, device) = (new_row(), DeviceId::from(1));
/// put(&mut row, device, 2, None);
/// let late = put(&mut row, device, 1, Some(true));
/// assert_eq!(late, Reply::value(false).revision(1).mark(Mark::Fenced(2)));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum Server {
    /// It takes a value.
    #[default]
    Plain,
    /// It takes a value if the [revision](crate::Request::revision) is still the one it has (`If-Match`, an `ETag`), and
    /// else answers [`Reply::conflict`](crate::Reply::conflict). Its revisions are numbers, from 1, that grow with each
    /// write. A request without a revision it takes in any case: tell the first one by
    /// [`push`](crate::OptimisticSyncMiddleware::push) when you load.
    ///
    /// A doubt is ended by writing what it is known to hold, at that revision.
    Compare,
    /// It keeps marks.
    Marks,
    /// It keeps marks, and revisions: numbers, from 1, that grow with each write of whichever device.
    MarksAndRevisions,
}

impl Server {
    /// Whether its replies carry a [`Mark`](crate::Mark).
    #[must_use]
    pub const fn keeps_marks(self) -> bool {
        matches!(self, Self::Marks | Self::MarksAndRevisions)
    }

    /// Whether its replies carry a revision, so that what it says can be put in order.
    #[must_use]
    pub const fn keeps_revisions(self) -> bool {
        matches!(self, Self::Compare | Self::MarksAndRevisions)
    }

    /// An answer is about a number. With others it is about a value.
    pub(crate) const fn numbers(self) -> bool {
        !matches!(self, Self::Plain)
    }

    /// Whether a doubt can be ended. To compare, a revision must be known; 0 is none.
    pub(crate) const fn fences(self, revision: u64) -> bool {
        self.keeps_marks() || (self.keeps_revisions() && revision > 0)
    }
}

/// What holds for every lane of a middleware.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Rules {
    pub(crate) server: Server,
    /// A value that failed stays on the screen.
    pub(crate) keeps: bool,
    pub(crate) follow_up_limit: Option<u32>,
    /// There is an outbox.
    pub(crate) saves: bool,
}
