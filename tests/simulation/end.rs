//! How a device ends in the middle of everything.

use crate::device::{Action, Device};
use std::sync::Arc;
use std::time::Duration;
use tokio::runtime::Runtime;

impl Device {
    /// Its runtime goes, or its store, or the program says goodbye. Every dispatch has an outcome all the same, and
    /// nothing is left.
    pub(crate) fn ends(self) {
        self.check_nothing_wrong();
        let Self { random, server, id, runtime, sync, store, watching, mut taps, .. } = self;
        let state = Arc::downgrade(&store.state());
        match random.below(3) {
            0 => {
                server.count("runtimes dropped", 1);
                server.lock().drops_tasks = true;
                drop(runtime);
                server.lock().drops_tasks = false;
                // The user need not notice.
                let value = taps.value(&random);
                taps.push(0, value, store.dispatch(Action::Tap(0, value)));
                drop(store);
            }
            1 => {
                server.count("stores dropped", 1);
                drop(store);
                runs_its_tasks(&runtime);
            }
            _ => {
                server.count("shut down", 1);
                // What is left unfinished, its outcomes tell.
                let brief = Duration::from_millis(random.below(2_000));
                let _ = runtime.block_on(sync.shutdown(brief));
                drop(store);
                runs_its_tasks(&runtime);
            }
        }
        taps.check(&server);
        drop((watching, sync));
        assert!(!server.is_in_flight(id), "a request goes on after its store has ended");
        assert!(state.upgrade().is_none(), "the state is kept");
    }
}

/// A task hears that its store has ended when it runs next.
fn runs_its_tasks(runtime: &Runtime) {
    runtime.block_on(async { tokio::time::sleep(Duration::from_millis(1)).await });
}
