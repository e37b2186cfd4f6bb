//! Where effects run: the only file that names an executor, a timer or a clock.

use foregone_middleware::{BoxFuture, BoxWork, Instant};
use std::future::poll_fn;
use std::pin::pin;
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
            let mut run = pin!(async move {
                tokio::select! {
                    biased;
                    // Nothing is ever sent: this ends when the sender is dropped.
                    _ = open.changed() => {}
                    () = effect => {}
                }
            });
            poll_fn(|cx| {
                let report = ReportPanic;
                let polled = run.as_mut().poll(cx);
                std::mem::forget(report);
                polled
            })
            .await;
        };
        drop(self.handle().spawn(task));
    }

    /// Runs `work` to its end on a thread that may be blocked.
    pub(crate) fn spawn_blocking(&self, work: BoxWork) {
        drop(self.handle().spawn_blocking(|| {
            let report = ReportPanic;
            work();
            std::mem::forget(report);
        }));
    }

    fn handle(&self) -> &Handle {
        self.handle.as_ref().unwrap_or_else(|| &BACKGROUND)
    }

    /// Begins when it is first polled, by whichever executor or none.
    pub(crate) fn sleep(&self, duration: Duration) -> BoxFuture<()> {
        let handle = self.handle.clone();
        Box::pin(async move {
            let sleep = {
                // A timer belongs to the runtime it is made in: this store's, whose clock `now` tells.
                let _entered = handle.as_ref().unwrap_or_else(|| &BACKGROUND).enter();
                tokio::time::sleep(duration)
            };
            sleep.await;
        })
    }

    /// On tokio's clock, which tests may pause.
    pub(crate) fn now(&self) -> Instant {
        let Some(handle) = &self.handle else { return Instant::now() };
        let _entered = handle.enter();
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

/// An effect that panics harms nobody else; that it did is not kept quiet. Only dropped by a panic.
struct ReportPanic;

impl Drop for ReportPanic {
    fn drop(&mut self) {
        tracing::error!(target: "foregone", "an effect panicked");
    }
}
