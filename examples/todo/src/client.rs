//! The store, plugged together.

use crate::api::Api;
use crate::app::{Action, State, reduce};
use crate::args::Args;
use crate::changes::Changes;
use crate::doing::Doing;
use crate::done::SetDone;
use crate::keys::Wish;
use crate::load::{Done, Question, Thunks, thunks};
use crate::undo::{self, Steps};
use foregone::Store;
use foregone::middleware::{
    Debounce, ExponentialBuilder, Failure, Fresh, Listeners, Listening, Online, OptimisticCommandMiddleware,
    OptimisticSyncMiddleware, Outcome, Persist, Poll, PollControl, Queue, Retry, WhileOffline,
};
use futures_util::stream::{BoxStream, select_all};
use futures_util::{Stream, StreamExt};
use std::error::Error;
use std::time::Duration;
use tokio::join;
use tokio::time::timeout;

const FIRST_PAUSE: Duration = Duration::from_millis(200);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);
/// How long the user has to pause in typing for a search to begin.
const TYPING: Duration = Duration::from_millis(200);

#[derive(Debug)]
pub(crate) struct Client {
    pub(crate) store: Store<State, Action>,
    api: Api,
    changes: OptimisticCommandMiddleware<State, Action, Changes>,
    done: Done,
    online: Online<Action, ()>,
    fresh: Fresh<Action, ()>,
    load: Retry<Action, ()>,
    typing: Debounce<State, Action, ()>,
    thunks: Thunks,
    steps: Steps,
    draft: Persist<State, Action, String>,
    _searching: [Listening; 2],
}

impl Client {
    pub(crate) fn new(api: Api, args: &Args) -> Result<Self, Box<dyn Error>> {
        // For as long as it takes: what the user did is not given up because a train is in a tunnel.
        let back_off =
            ExponentialBuilder::new().with_min_delay(FIRST_PAUSE).with_max_delay(LONGEST_PAUSE).without_max_times();
        let changes = OptimisticCommandMiddleware::builder(Changes { api: api.clone() })
            .kind("change")
            .deadline(args.deadline())
            .retry(back_off)
            .queued()
            .build()?;
        let done = OptimisticSyncMiddleware::builder(SetDone { api: api.clone(), changes: changes.statuses().clone() })
            .kind("done")
            .deadline(args.deadline())
            .retry(back_off)
            .roll_back_on_failure()
            .build()?;

        let is_reload = |action: &Action| matches!(action, Action::Reload).then_some(());
        let poll = Poll::new(
            "load",
            args.poll(),
            |action| matches!(action, Action::Open).then_some(PollControl::Start(())),
            |()| Action::Reload,
        )?;
        let online = Online::new("load", is_reload).while_offline(WhileOffline::Hold(Queue::LatestWins));
        let fresh = Fresh::new("load", args.poll() / 2, is_reload);
        let load = Retry::new("load", back_off, is_reload);
        let is_find = |action: &Action| matches!(action, Action::Find(_)).then_some(());
        let typing = Debounce::new("search", TYPING, is_find);
        let thunks = thunks(api.clone(), done.clone());

        let steps = undo::steps();
        let listeners = Listeners::new();
        let draft = Persist::builder(args.draft(), |state: &State| state.screen.draft.clone());
        let mut state = State::default();
        state.screen.draft = draft.load()?.unwrap_or_default();
        let draft = draft.build();

        let store = Store::builder_by_mut(state, reduce)
            .middleware(poll)
            .middleware(online.clone())
            .middleware(fresh.clone())
            .middleware(load.clone())
            .middleware(typing.clone())
            .middleware(thunks.clone())
            .middleware(steps.clone())
            .middleware_fn(|store, action, next| match action {
                Action::Restore(todos) => undo::restore(store, &todos),
                other => next.run(other),
            })
            .middleware(changes.clone())
            .middleware(done.clone())
            .middleware(listeners.clone())
            .middleware(draft.clone())
            .build();
        let searching = [search_when_typed(&listeners), search_when_loaded(&listeners)];
        store.dispatch(Action::Open);
        // Now, and not when the poll gets to it, which then joins this.
        store.dispatch(Action::Reload);
        Ok(Self { store, api, changes, done, online, fresh, load, typing, thunks, steps, draft, _searching: searching })
    }

    pub(crate) fn grant(&self, wish: Wish) {
        match wish {
            Wish::Do(actions) => actions.into_iter().for_each(|action| drop(self.store.dispatch(action))),
            Wish::Reload => self.reload(),
            Wish::Switch => {
                let is_online = !self.online.is_online();
                self.api.cut(!is_online);
                // Who was away knows nothing of the others.
                self.fresh.invalidate_all();
                self.online.set_online(is_online);
            }
            Wish::Dismiss => self.dismiss(),
            Wish::Undo => self.note(undo::note("undone", &self.steps.undo())),
            Wish::Redo => self.note(undo::note("redone", &self.steps.redo())),
            Wish::Quit => {}
        }
    }

    /// What is under way at the moment.
    pub(crate) fn doing(&self) -> Doing {
        // Without what it means for the server, of which nothing was asked but to tell.
        let reason = |failure: Failure| failure.error().to_string();
        Doing {
            now: self.store.now(),
            is_online: self.online.is_online(),
            done: self.done.statuses().snapshot(),
            changes: self.changes.statuses().snapshot(),
            load: self.online.statuses().of(&()).or(self.load.statuses().of(&())).map_err(reason),
            search: self.typing.statuses().of(&()).or(self.thunks.statuses().of(&Question::Search)).map_err(reason),
        }
    }

    /// Whenever the screen is to be drawn anew.
    pub(crate) fn changes(&self) -> impl Stream<Item = ()> + use<> {
        let streams: [BoxStream<'static, ()>; 7] = [
            self.store.snapshots().map(drop).boxed(),
            self.changes.statuses().watch().map(drop).boxed(),
            self.done.statuses().watch().map(drop).boxed(),
            self.online.statuses().watch().map(drop).boxed(),
            self.load.statuses().watch().map(drop).boxed(),
            self.typing.statuses().watch().map(drop).boxed(),
            self.thunks.statuses().watch().map(drop).boxed(),
        ];
        select_all(streams)
    }

    /// Waits for what is under way, and says what could not be saved.
    pub(crate) async fn quit(&self, patience: Duration) {
        if self.changes.statuses().any_waiting() || self.done.statuses().any_waiting() {
            eprintln!("todo: saving what is under way");
        }
        let loaded = timeout(patience, self.load.statuses().at_rest(&()));
        let (changes, done, _) = join!(self.changes.shutdown(patience), self.done.shutdown(patience), loaded);
        for unfinished in [changes, done].into_iter().filter_map(Result::err) {
            eprintln!("todo: {unfinished}");
        }
        if let Err(error) = self.draft.flush().await {
            eprintln!("todo: the draft is lost: {error}");
        }
    }

    fn reload(&self) {
        let (store, loaded) = (self.store.clone(), self.store.dispatch(Action::Reload));
        tokio::spawn(async move {
            // What failed is told by the status.
            if let Ok(outcome) = loaded.await {
                let note = if outcome == Outcome::Skipped { "up to date" } else { "loaded" };
                store.dispatch(Action::Note(note.to_owned()));
            }
        });
    }

    fn note(&self, note: String) {
        self.store.dispatch(Action::Note(note));
    }

    fn dismiss(&self) {
        self.note(String::new());
        self.changes.statuses().dismiss_all();
        self.done.statuses().dismiss_all();
    }
}

fn search_when_typed(listeners: &Listeners<State, Action>) -> Listening {
    listeners.on_change(
        |state| state.screen.search.clone(),
        |_, search, store| async move {
            if !search.is_empty() {
                store.dispatch(Action::Find(search));
            }
        },
    )
}

/// Another device may have added what is searched for.
fn search_when_loaded(listeners: &Listeners<State, Action>) -> Listening {
    listeners.on(
        |action| matches!(action, Action::Loaded(_)).then_some(()),
        |(), store| async move {
            let search = store.state().screen.search.clone();
            if !search.is_empty() {
                store.dispatch(Action::Find(search));
            }
        },
    )
}
