//! The one store whose keys a middleware knows.

use crate::platform::BoxAny;
use crate::store_api::{StoreApi, WeakStore};
use std::sync::OnceLock;
use tracing::error;

/// As [`Plugged`](crate::plugged::Plugged), for a middleware that does not name the state. What a second store would
/// share with the first is which keys are busy, fresh, held: so it is refused, when it is dispatched to.
#[derive(Default)]
pub(crate) struct Home(OnceLock<BoxAny>);

impl Home {
    pub(crate) fn plug<S: 'static, A: 'static>(&self, store: WeakStore<S, A>) {
        if self.0.set(Box::new(store)).is_err() {
            error!(target: "foregone", "a middleware is plugged in already: make one for each store");
        }
    }

    /// Whether this is the store: the first that it was plugged into, or, driven by hand, the first that it saw.
    pub(crate) fn is<S: 'static, A: 'static>(&self, store: &dyn StoreApi<S, A>) -> bool {
        let home = self.0.get_or_init(|| Box::new(store.weak()));
        home.downcast_ref::<WeakStore<S, A>>().is_some_and(|home| home.is(store))
    }
}
