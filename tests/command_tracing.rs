//! What the commands say of themselves as `tracing` spans and events.

mod commands;
mod log;

use commands::{Answer, Hook, add, app_with};
use foregone::middleware::ExponentialBuilder;
use foregone::tracing::Level;
use log::Log;

#[tokio::test(start_paused = true)]
async fn spans_and_events_are_those_of_the_table() {
    let (log, _guard) = Log::listen(Level::DEBUG);
    let (store, commands, server) = app_with(|b| b.retry(ExponentialBuilder::default()));
    server.script(100, Answer::Transient).script(100, Answer::Accept);
    store.dispatch(add("tea"));
    commands.flush().await;
    server.script(100, Answer::Refuse).script(100, Answer::AcceptAs(commands::APPLY_PANICS));
    server.hook(Hook::Panics);
    store.dispatch(add("rum"));
    commands.flush().await;
    server.reload_gives(0, Err(commands::ApiError::Lost));
    store.dispatch(add("gin"));
    commands.flush().await;
    let key = server.requests()[0].idempotency_key;
    let span = format!("command{{key=(Add, 0) idempotency_key={key}}}: foregone:");
    let log = log.lines().join("\n");
    for expected in [
        &*format!("DEBUG {span} sending attempt=1"),
        &*format!("WARN {span} will try again key=(Add, 0) error=busy pause="),
        &*format!("DEBUG {span} sending attempt=2"),
        &*format!("DEBUG {span} command confirmed key=(Add, 0) attempts=2"),
        "foregone: command failed key=(Add, 0) attempts=1 outcome=Rejected error=refused",
        "foregone: the finish hook failed key=(Add, 0) error=the spec panicked: the hook panics",
        "foregone: the answer could not be applied key=(Add, 0) error=apply panics",
        "foregone: a reload failed key=(Add, 0) error=connection lost",
    ] {
        assert!(log.contains(expected), "{expected:?} is missing in\n{log}");
    }
}
