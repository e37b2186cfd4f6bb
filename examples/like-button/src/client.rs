//! The store, plugged together: reducer, a closure that notes the taps, optimistic sync, the screen.

use crate::api::{Api, ApiError};
use crate::app::{Action, State, reduce};
use crate::args::{Args, OnFailure};
use crate::journal::Journal;
use crate::like::Like;
use foregone::middleware::{ConfigError, ExponentialBuilder, OptimisticSyncMiddleware};
use foregone::{Store, Subscription};
use std::sync::Arc;
use std::time::Duration;

const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

#[derive(Debug)]
pub(crate) struct Client {
    pub(crate) store: Store<State, Action>,
    pub(crate) sync: OptimisticSyncMiddleware<State, Action, Like>,
    api: Api,
    journal: Arc<Journal>,
    _screen: Subscription,
}

impl Client {
    pub(crate) fn new(api: Api, journal: Arc<Journal>, args: &Args) -> Result<Self, ConfigError> {
        let backoff = ExponentialBuilder::default()
            .with_min_delay(FIRST_PAUSE)
            .with_max_delay(LONGEST_PAUSE)
            .with_max_times(args.retries.into());
        let sync = OptimisticSyncMiddleware::builder(Like { api: api.clone(), journal: Arc::clone(&journal) })
            .deadline(args.deadline())
            .retry(backoff);
        let sync = match args.on_failure {
            OnFailure::Keep => sync,
            OnFailure::RollBack => sync.roll_back_on_failure(),
            OnFailure::Reload => {
                let (api, journal) = (api.clone(), Arc::clone(&journal));
                sync.reload_on_failure(move |post| {
                    let (api, journal) = (api.clone(), Arc::clone(&journal));
                    async move {
                        journal.asked(Some(post));
                        let answer = api.post(post).await;
                        journal.told(Some(post), &answer);
                        Ok(answer?.liked)
                    }
                })
            }
        };
        let sync = sync.build()?;

        let (taps, screen) = (Arc::clone(&journal), Arc::clone(&journal));
        let store = Store::builder(State::new(args.posts), reduce)
            .middleware_fn(move |store, action, next| {
                if let Action::ToggleLike(post) = action {
                    taps.tapped(post, !store.state().is_liked(post));
                }
                next.run(action)
            })
            .middleware(sync.clone())
            .build();
        let screen = store.subscribe(move |state| screen.shown(state));
        Ok(Self { store, sync, api, journal, _screen: screen })
    }

    /// What the server holds comes in as a refresh: it never overwrites a tap, and is never sent back.
    pub(crate) async fn load(&self) -> Result<(), ApiError> {
        let refresh = self.sync.refresh();
        self.journal.asked(None);
        let answer = self.api.posts().await;
        self.journal.told(None, &answer);
        let posts = answer?;
        // The file may know more posts than this run has.
        let is_ours = |post| self.store.state().likes().any(|(ours, _)| ours == post);
        for post in posts.into_iter().filter(|post| is_ours(post.id)) {
            refresh.put(&post.id, post.liked);
        }
        Ok(())
    }

    pub(crate) fn tap(&self, post: u32) {
        self.store.dispatch(Action::ToggleLike(post));
    }
}
