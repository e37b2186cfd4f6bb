//! One file for each store that is compared.

pub(crate) mod bare;
pub(crate) mod foregone;
pub(crate) mod redux_rs;
pub(crate) mod rs_store;
pub(crate) mod rust_elm;
pub(crate) mod tca_rs;
pub(crate) mod uniflow;

use tokio::runtime::{Builder, Runtime};

/// A peer that applies in a task gets one thread where one thread dispatches, since that is its fastest: no wake-up
/// crosses threads.
pub(crate) fn executor(threads: bool) -> Runtime {
    let mut builder = if threads { Builder::new_multi_thread() } else { Builder::new_current_thread() };
    builder.enable_time().build().expect("the system gives threads and a timer")
}
