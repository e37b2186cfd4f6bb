//! The application, as it would be without a server: a state, actions, a reducer.

use crate::messages::PostId;
use foregone::im;

/// What the screen shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct State {
    likes: im::OrdMap<PostId, bool>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Action {
    /// The user taps the heart of a post.
    ToggleLike(PostId),
    /// Whoever knows says so.
    LikeIs(PostId, bool),
}

impl State {
    /// Posts from 1 to `posts`, none of them liked.
    pub(crate) fn new(posts: PostId) -> Self {
        Self { likes: (1..=posts).map(|post| (post, false)).collect() }
    }

    pub(crate) fn is_liked(&self, post: PostId) -> bool {
        self.likes.get(&post).copied().unwrap_or_default()
    }

    pub(crate) fn likes(&self) -> impl Iterator<Item = (PostId, bool)> {
        self.likes.iter().map(|(post, liked)| (*post, *liked))
    }
}

pub(crate) fn reduce(state: &State, action: Action) -> State {
    let likes = match action {
        Action::ToggleLike(post) => state.likes.update(post, !state.is_liked(post)),
        Action::LikeIs(post, liked) => state.likes.update(post, liked),
    };
    State { likes }
}
