//! What the sync says of itself as `tracing` spans and events.

mod server;

use foregone::middleware::ExponentialBuilder;
use server::{Action, Answer, app_with, pass};
use std::io::Write;
use std::sync::{Arc, Mutex};

#[derive(Clone, Default)]
struct Written(Arc<Mutex<Vec<u8>>>);

impl Write for Written {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test(start_paused = true)]
async fn spans_and_events_name_key_number_attempt_coalesced_count_and_outcome() {
    let written = Written::default();
    let writer = written.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::DEBUG)
        .with_ansi(false)
        .with_writer(move || writer.clone())
        .finish();
    let _guard = tracing::subscriber::set_default(subscriber);

    let (store, sync, server) = app_with(|builder| builder.retry(ExponentialBuilder::default()));
    server.script(100, Answer::Transient);
    store.dispatch(Action::Set(7, 1));
    pass(10).await;
    store.dispatch(Action::Set(7, 2));
    store.dispatch(Action::Set(7, 3));
    sync.flush().await;
    server.script(100, Answer::Refuse);
    store.dispatch(Action::Set(8, 1));
    sync.flush().await;

    let written = written.0.lock().unwrap().clone();
    let log = String::from_utf8(written).unwrap();
    for expected in [
        "request{key=7 number=1 attempt=1}: foregone: will try again key=7 error=busy pause=",
        "request{key=7 number=1 attempt=1}: foregone: sending",
        "foregone: dispatch ended key=7 outcome=Confirmed",
        "foregone: at rest key=7 taps=3 requests=2 coalesced=1",
        "foregone: dispatch ended key=8 outcome=Rejected",
        "WARN request{key=8",
        "foregone: at rest after a failure key=8 taps=1 requests=1 coalesced=0 error=refused",
    ] {
        assert!(log.contains(expected), "{expected:?} is missing in\n{log}");
    }
}
