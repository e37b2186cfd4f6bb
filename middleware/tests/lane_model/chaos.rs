//! Events in any order, with any numbers, as no middleware would send them: nothing is promised then, but that the lane
//! does not panic and keeps its own numbers in order.

use crate::lane::{Answer, Failed, Lane, Mark, Op, Record, Rules, Server, Then, Word};
use fastrand::Rng;

fn number(rng: &mut Rng) -> u64 {
    match rng.u8(0..8) {
        0 => 0,
        1 => u64::MAX - rng.u64(0..3),
        2 => u64::MAX >> 1,
        _ => rng.u64(0..12),
    }
}

fn mark(rng: &mut Rng) -> Mark {
    let number = number(rng);
    [Mark::Accepted(number), Mark::Rejected(number), Mark::Fenced(number)][rng.usize(0..3)]
}

fn answer(rng: &mut Rng) -> Answer<u8> {
    let word = match rng.u8(0..3) {
        0 => Word::Accepted,
        1 => Word::Conflict,
        _ => Word::Mark(mark(rng)),
    };
    Answer { value: rng.bool().then(|| rng.u8(0..3)), revision: number(rng), word }
}

fn rules(rng: &mut Rng) -> Rules {
    let server = [Server::Plain, Server::Compare, Server::Marks, Server::MarksAndRevisions][rng.usize(0..4)];
    Rules { server, keeps: rng.bool(), follow_up_limit: rng.bool().then(|| rng.u32(0..3)), saves: rng.bool() }
}

fn lane(rng: &mut Rng) -> Lane<u8, ()> {
    if rng.bool() {
        return Lane::new(0);
    }
    let op = if rng.bool() { Op::Fence } else { Op::Set(1) };
    Lane::restored(Record { number: number(rng), op, base: 0, revision: number(rng) })
}

/// One life of a lane, told by its seed.
pub(crate) fn chaos(seed: u64) {
    let mut rng = Rng::with_seed(seed);
    let (rules, mut lane) = (rules(&mut rng), lane(&mut rng));
    for _ in 0..60 {
        let (n, value) = (number(&mut rng), rng.u8(0..3));
        match rng.u8(0..14) {
            0 => {
                let _ = lane.tap(n, value, ());
            }
            1 => {
                let _ = lane.changed_outside(n, value);
            }
            2..5 => {
                let _ = lane.pump(&rules, n);
            }
            5 => {
                let another = rng.bool();
                let _ = lane.replied(&rules, answer(&mut rng), another, n);
            }
            6 => {
                let ours = rng.bool().then(|| mark(&mut rng));
                let _ = lane.heard(&rules, (value, n), ours, number(&mut rng));
            }
            7 => {
                let failed = if rng.bool() { Failed::Refused } else { Failed::Unknown };
                let _ = lane.failed(&rules, failed, [Then::Retry, Then::GiveUp, Then::Abandon][rng.usize(0..3)]);
            }
            8 => {
                let _ = lane.timer(n);
            }
            9 => {
                let _ = lane.cancel(&rules);
            }
            10 => lane.pulled(value),
            11 => lane.rests_on(&value),
            12 => {
                let _ = lane.save(&rules);
                let _ = lane.saved(&rules, rng.bool());
            }
            _ => lane.may_save_again(),
        }
        assert!(!lane.at_rest() || !lane.is_ready(&rules), "at rest, with something to send");
        lane.view();
    }
    let _ = lane.cleared();
}
