//! A position that is reported while it changes: a hundred moves, a handful of reports, and the last one is where it rests.
//!
//! `cargo run --example throttle`

use foregone::Store;
use foregone::middleware::{Dropped, Throttle};
use std::time::Duration;

enum Action {
    Move(u32),
    Beep,
}

#[derive(Debug, Clone, Default)]
struct State {
    reported: Vec<u32>,
    beeps: u32,
}

fn reduce(state: &mut State, action: Action) {
    match action {
        Action::Move(to) => state.reported.push(to),
        Action::Beep => state.beeps += 1,
    }
}

#[tokio::main(flavor = "current_thread", start_paused = true)] // seconds pass at once
async fn main() {
    let moves = Throttle::new("move", Duration::from_millis(100), |action: &Action| {
        matches!(action, Action::Move(_)).then_some(())
    })
    .trailing();
    let beeps =
        Throttle::new("beep", Duration::from_secs(60), |action: &Action| matches!(action, Action::Beep).then_some(()));
    let store = Store::builder_by_mut(State::default(), reduce).middleware(moves.clone()).middleware(beeps).build();

    for to in 1..=100 {
        store.dispatch(Action::Move(to));
        tokio::time::sleep(Duration::from_millis(3)).await;
    }
    moves.flush_all(); // as at the end of a program
    let reported = store.state().reported.clone();
    println!("reported: {reported:?}");
    assert_eq!((reported.first(), reported.last()), (Some(&1), Some(&100)));
    assert_eq!(reported.len(), 4, "one at once, then one for each window, and the last");

    store.dispatch(Action::Beep);
    let failure = store.dispatch(Action::Beep).await.unwrap_err();
    println!("the second beep: {failure}");
    assert!(matches!(failure.downcast_ref(), Some(Dropped::Throttled)));
    assert_eq!(store.state().beeps, 1);
}
