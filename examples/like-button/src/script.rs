//! What happens when nobody is at the keyboard: bursts of taps, and a fault in each but the first and the last.

use crate::args::Args;
use crate::client::Client;
use crate::journal::Journal;
use crate::messages::PostId;
use conditions::{Conditions, Fault};
use tokio::time::{Instant, sleep_until};

/// One post is tapped most, one twice, one once: relative to the post that is the act's own.
const PATTERN: [u32; 8] = [0, 0, 2, 1, 0, 0, 0, 1];

/// A burst of taps, and what it meets.
#[derive(Debug, PartialEq, Eq)]
struct Act {
    title: String,
    fault: Option<Fault>,
    taps: u32,
}

pub(crate) async fn play(client: &Client, conditions: &Conditions, journal: &Journal, args: &Args) {
    for (first, act) in (0..).zip(acts(&args.fail.0, args.taps)) {
        journal.pages().timeline.heading(&act.title);
        conditions.befall(act.fault);
        let start = Instant::now();
        for (tap, post) in (0..).zip(posts(first, act.taps, args.posts)) {
            sleep_until(start + args.pause() * tap).await;
            client.tap(post);
        }
        client.sync.flush().await;
        conditions.befall(None);
    }
}

/// Taps that cannot be shared out evenly go to the first acts.
fn acts(faults: &[Fault], taps: u32) -> Vec<Act> {
    let calm = |title: &str| (title.to_owned(), None);
    let mut stages = vec![calm("A burst of taps")];
    stages.extend(faults.iter().map(|fault| (format!("A burst during which {fault}"), Some(*fault))));
    if !faults.is_empty() {
        stages.push(calm("A burst after the recovery"));
    }
    let acts = u32::try_from(stages.len()).unwrap_or(u32::MAX);
    let share = |index| taps / acts + u32::from(index < taps % acts);
    (0..)
        .zip(stages)
        .map(|(index, (title, fault))| Act { title, fault, taps: share(index) })
        .filter(|act| act.taps > 0)
        .collect()
}

fn posts(first: u32, taps: u32, posts: u32) -> impl Iterator<Item = PostId> {
    // A burst long enough reaches every post.
    let offsets = (0..posts).step_by(3).cycle().flat_map(|round| PATTERN.map(|offset| round + offset));
    (0..taps).zip(offsets).map(move |(_, offset)| (first + offset) % posts + 1)
}

#[cfg(test)]
mod tests {
    use super::{acts, posts};
    use conditions::Faults;

    #[test]
    fn no_tap_is_lost_among_the_acts() {
        let faults: Faults = "503x3,lost,403x3".parse().unwrap();
        let taps: Vec<_> = acts(&faults.0, 32).iter().map(|act| act.taps).collect();
        assert_eq!(taps, [7, 7, 6, 6, 6]);
    }

    #[test]
    fn without_a_fault_there_is_one_act() {
        let acts = acts(&[], 5);
        assert_eq!(acts.len(), 1);
        assert_eq!(acts[0].taps, 5);
    }

    #[test]
    fn a_burst_taps_one_post_most() {
        assert_eq!(posts(1, 8, 3).collect::<Vec<_>>(), [2, 2, 1, 3, 2, 2, 2, 3]);
        assert_eq!(posts(4, 3, 1).collect::<Vec<_>>(), [1, 1, 1]);
    }
}
