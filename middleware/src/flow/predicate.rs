//! Which of many.

use crate::platform::{MaybeSend, MaybeSync};

/// `Fn(&T) -> bool`, with the bounds of the platform.
pub(super) trait Predicate<T>: MaybeSend + MaybeSync {
    fn holds(&self, of: &T) -> bool;
}

impl<T, F: Fn(&T) -> bool + MaybeSend + MaybeSync> Predicate<T> for F {
    fn holds(&self, of: &T) -> bool {
        self(of)
    }
}
