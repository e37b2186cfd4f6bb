//! A person taps. What every post shows and does is on the last line.

use crate::api::ApiError;
use crate::client::Client;
use crate::journal::Journal;
use crate::keys::Keys;
use crate::messages::PostId;
use crate::paint::{BAD, DIM, DOUBTFUL, GOOD, of_post, painted, red_heart};
use conditions::{Conditions, Latency};
use foregone::middleware::{Status, SyncError};
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::time::interval;

/// How often a count-down is drawn anew.
const TICK: Duration = Duration::from_millis(100);

pub(crate) async fn play(client: &Client, conditions: &Conditions, journal: &Journal, posts: PostId) -> io::Result<()> {
    journal.note(&format!("1 to {posts}: tap that post   f: fail on or off   + -: latency   r: refresh   q: quit"));
    journal.pages().timeline.heading("You tap");
    let mut keys = Keys::listen()?;
    let mut statuses = client.sync.statuses().watch();
    let mut refreshes = FuturesUnordered::new();
    let mut ticks = interval(TICK);
    let is_live = crate::keys::is_live();
    loop {
        tokio::select! {
            key = keys.next() => match key {
                None | Some('q') => break,
                // Taps do not wait for it.
                Some('r') => refreshes.push(client.load()),
                Some(key) => press(key, client, conditions, journal, posts),
            },
            Some(loaded) = refreshes.next() => if let Err(error) = loaded {
                journal.note(&format!("not refreshed: {error}"));
            },
            Some(_) = statuses.next() => {}
            _ = ticks.tick(), if is_live => {}
        }
        let board = board(client);
        journal.pages().timeline.output.footer(board);
    }
    journal.pages().timeline.output.end_footer();
    Ok(())
}

fn press(key: char, client: &Client, conditions: &Conditions, journal: &Journal, posts: PostId) {
    match key {
        'f' if conditions.toggle_down() => journal.note("the server is failing: it answers 503"),
        'f' => journal.note("the server works again"),
        '+' => latency(conditions.change_latency(Latency::doubled), journal),
        '-' => latency(conditions.change_latency(Latency::halved), journal),
        _ => match key.to_digit(10) {
            Some(post) if (1..=posts).contains(&post) => client.tap(post),
            _ => {}
        },
    }
}

fn latency(latency: Latency, journal: &Journal) {
    journal.note(&format!("a request takes {latency} from now on"));
}

fn board(client: &Client) -> String {
    let statuses = client.sync.statuses().snapshot();
    let of_one = |(post, liked): (PostId, bool)| {
        let name = painted(of_post(post), &post.to_string());
        [&*name, &red_heart(liked), &described(statuses.get(&post))].join(" ")
    };
    client.store.state().likes().map(of_one).collect::<Vec<_>>().join("   ")
}

fn described(status: Option<&Status<Arc<SyncError<ApiError>>>>) -> String {
    match status {
        None | Some(Status::Idle) => painted(GOOD, "saved"),
        Some(Status::Running { attempt: 1, .. }) => painted(DIM, "sending"),
        Some(Status::Running { attempt, .. }) => painted(DIM, &format!("sending, try {attempt}")),
        Some(Status::Waiting { until, .. }) => {
            let left = until.saturating_duration_since(Instant::now());
            painted(DOUBTFUL, &format!("again in {:.1} s", left.as_secs_f32()))
        }
        Some(Status::Failed { error, .. }) => painted(BAD, &error.to_string()),
        Some(_) => painted(DIM, "queued"),
    }
}
