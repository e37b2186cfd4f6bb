//! The history against a naive one: a list of what the part was, and a place in it.

use foregone::Store;
use foregone::middleware::History;
use proptest::prelude::*;
use std::time::Duration;

#[derive(Debug, Clone)]
enum Step {
    /// By the user, of this group, if of any.
    Mine(u8, Option<u8>),
    /// Not recorded.
    Theirs(u8),
    Undo,
    Redo,
    Clear,
    Wait(u64),
}

/// What the user edits, and what others do.
type State = (u8, u8);

#[derive(Debug, Clone)]
enum Action {
    Mine(u8, Option<u8>),
    Theirs(u8),
    Restore(State),
}

const PAUSE: u64 = 10;
const CAP: usize = 4;

struct Naive {
    was: Vec<u8>,
    at: usize,
    theirs: u8,
    now: u64,
    open: Option<(u8, u64)>,
    merges: bool,
    /// `theirs`, when the newest step was made.
    theirs_then: u8,
}

impl Naive {
    fn take(&mut self, step: &Step) {
        match *step {
            Step::Mine(mine, group) => {
                let grows = self.open.is_some_and(|(open, last)| Some(open) == group && self.now - last < PAUSE);
                if mine == self.was[self.at] {
                    self.open = self.open.filter(|_| grows);
                    return;
                }
                self.was.truncate(self.at + 1);
                if grows && self.theirs == self.theirs_then {
                    self.was.pop();
                }
                self.theirs_then = self.theirs;
                if self.was.last() == Some(&mine) {
                    self.open = None;
                } else {
                    self.was.push(mine);
                    self.open = group.map(|group| (group, self.now));
                }
                let forgotten = self.was.len().saturating_sub(CAP + 1);
                self.was.drain(..forgotten);
                self.at = self.was.len() - 1;
            }
            Step::Theirs(theirs) if theirs != self.theirs => {
                self.theirs = theirs;
                if !self.merges {
                    self.clear();
                }
            }
            Step::Undo if self.at > 0 => {
                self.at -= 1;
                self.open = None;
            }
            Step::Redo if self.at + 1 < self.was.len() => {
                self.at += 1;
                self.open = None;
            }
            Step::Clear => self.clear(),
            Step::Wait(time) => self.now += time,
            Step::Theirs(_) | Step::Undo | Step::Redo => {}
        }
    }

    fn clear(&mut self) {
        self.was = vec![self.was[self.at]];
        self.at = 0;
        self.open = None;
    }
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => (0..4_u8, prop::option::of(0..2_u8)).prop_map(|(mine, group)| Step::Mine(mine, group)),
        1 => (0..3_u8).prop_map(Step::Theirs),
        3 => Just(Step::Undo),
        3 => Just(Step::Redo),
        1 => (1..=PAUSE).prop_map(Step::Wait),
        1 => prop::bool::weighted(0.2).prop_map(|clear| if clear { Step::Clear } else { Step::Undo }),
    ]
}

async fn agree(steps: Vec<Step>, merges: bool) -> Result<(), TestCaseError> {
    let mut builder = History::builder(State::clone, Action::Restore)
        .record(|action| matches!(action, Action::Mine(..)))
        .group(|action| if let Action::Mine(_, group) = action { *group } else { None })
        .pause(Duration::from_millis(PAUSE))
        .cap(CAP);
    if merges {
        builder = builder.merge(|_: &State, to: &State, now: &State| (to.0, now.1));
    }
    let history = builder.build();
    let store = Store::builder_by_mut((0, 0), |state: &mut State, action| match action {
        Action::Mine(mine, _) => state.0 = mine,
        Action::Theirs(theirs) => state.1 = theirs,
        Action::Restore(restored) => *state = restored,
    })
    .middleware(history.clone())
    .build();
    let mut naive = Naive { was: vec![0], at: 0, theirs: 0, now: 0, open: None, merges, theirs_then: 0 };
    for step in steps {
        match step {
            Step::Mine(mine, group) => drop(store.dispatch(Action::Mine(mine, group))),
            Step::Theirs(theirs) => drop(store.dispatch(Action::Theirs(theirs))),
            Step::Undo => drop(history.undo()),
            Step::Redo => drop(history.redo()),
            Step::Clear => history.clear(),
            Step::Wait(time) => tokio::time::advance(Duration::from_millis(time)).await,
        }
        naive.take(&step);
        prop_assert_eq!(*store.state(), (naive.was[naive.at], naive.theirs), "after {:?}", step);
        let steps = history.steps();
        prop_assert_eq!((steps.undo, steps.redo), (naive.at, naive.was.len() - 1 - naive.at), "after {:?}", step);
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nobody_can_tell_it_from_a_list_of_what_was(steps in prop::collection::vec(step(), 1..60), merges: bool) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        runtime.block_on(agree(steps, merges))?;
    }
}
