//! Where effects run: the only file that names an executor, a timer or a clock.

use foregone_middleware::{BoxFuture, Instant};
use std::sync::LazyLock;
use std::time::Duration;
use tokio::runtime::{self, Handle};
use tokio::sync::watch;

/// The executor of one store. Dropping it ends what it runs.
#[derive(Debug)]
pub(crate) struct Runtime {
    handle: Option<Handle>,
    open: watch::Sender<()>,
}

impl Runtime {
    /// The tokio runtime this is called in; else one thread for the whole process, started when first needed.
    pub(crate) fn current() -> Self {
        Self { handle: Handle::try_current().ok(), open: watch::Sender::new(()) }
    }

    /// Runs `effect` until it ends or this is dropped.
    pub(crate) fn spawn(&self, effect: BoxFuture<()>) {
        let mut open = self.open.subscribe();
        let task = async move {
            let _report = ReportPanic;
            tokio::select! {
                biased;
                // Nothing is ever sent: this ends when the sender is dropped.
                _ = open.changed() => {}
                () = effect => {}
            }
        };
        drop(self.handle.as_ref().unwrap_or_else(|| &BACKGROUND).spawn(task));
    }

    pub(crate) fn sleep(duration: Duration) -> BoxFuture<()> {
        // Made when first polled, since a timer belongs to the runtime it is made in.
        Box::pin(async move { tokio::time::sleep(duration).await })
    }

    /// On tokio's clock, which tests may pause.
    pub(crate) fn now(&self) -> Instant {
        let _entered = self.handle.as_ref().map(Handle::enter);
        tokio::time::Instant::now().into_std()
    }
}

/// For programs without a runtime. It lives as long as the process.
static BACKGROUND: LazyLock<Handle> = LazyLock::new(|| {
    let runtime = runtime::Builder::new_current_thread().enable_all().build().expect("the system gives a timer");
    let handle = runtime.handle().clone();
    std::thread::Builder::new()
        .name("foregone".to_owned())
        .spawn(move || runtime.block_on(std::future::pending::<()>()))
        .expect("the system gives a thread");
    handle
});

/// An effect that panics harms nobody else; that it did is not kept quiet.
struct ReportPanic;

impl Drop for ReportPanic {
    fn drop(&mut self) {
        if std::thread::panicking() {
            tracing::error!(target: "foregone", "an effect panicked");
        }
    }
}
