//! Two taps on one key, the second while the first is in flight.

use crate::likes::{Action, Answers, Server, likes};
use foregone_benches::runtime;
use serde::{Deserialize, Serialize};
use tokio::sync::oneshot;

/// One of them: in the order of the answers, a tap and whether the server accepts it.
pub type Answered = [(u64, bool); 2];

/// All of them, each with what a user reads and the right answer.
pub const OVERLAPS: [(&str, Answered, u64); 6] = [
    ("A fails, B succeeds", [(1, false), (2, true)], 2),
    ("A succeeds, B fails", [(1, true), (2, false)], 1),
    ("A fails, B fails", [(1, false), (2, false)], 0),
    ("B answered first, A late", [(2, true), (1, true)], 2),
    ("B fails, then A fails", [(2, false), (1, false)], 0),
    ("B fails, then A succeeds", [(2, false), (1, true)], 1),
];

/// Where an overlap ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct End {
    /// What the screen shows; none where it never came to rest.
    pub screen: Option<u64>,
    /// What the server holds.
    pub server: u64,
}

/// Where all of them ended for one library.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Ends {
    /// The library.
    pub name: String,
    /// In the order of [`OVERLAPS`].
    pub ends: Vec<End>,
}

/// foregone's.
#[must_use]
pub fn overlaps() -> Ends {
    Ends { name: "foregone".into(), ends: OVERLAPS.iter().map(|(_, answers, _)| end(*answers)).collect() }
}

fn end(answers: Answered) -> End {
    let runtime = runtime();
    runtime.block_on(async {
        let refuses = answers.iter().filter(|(_, accepted)| !accepted).map(|(value, _)| *value).collect();
        let (store, sync, server) = likes(Answers::Scripted, 8, refuses);
        store.dispatch(Action::Tap(7, 1));
        rest().await;
        store.dispatch(Action::Tap(7, 2));
        rest().await;
        let mut left: Vec<u64> = answers.iter().map(|(value, _)| *value).collect();
        while !left.is_empty() {
            let Some((value, answer)) = next(&server, &left) else { break };
            answer.send(()).expect("the request waits");
            left.retain(|one| *one != value);
            rest().await;
        }
        sync.flush().await;
        End { screen: Some(store.state()[&7]), server: server.values.lock().get(&7).copied().unwrap_or(0) }
    })
}

/// The second request is kept back while the first is in flight, whatever the script wants.
fn next(server: &Server, left: &[u64]) -> Option<(u64, oneshot::Sender<()>)> {
    let mut waiting = server.waiting.lock();
    let place = left.iter().find_map(|value| waiting.iter().position(|(waits, _)| waits == value))?;
    Some(waiting.remove(place))
}

/// Until every task has done what it can without an answer.
async fn rest() {
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
}
