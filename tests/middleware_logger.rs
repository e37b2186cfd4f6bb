//! The logger writes a line per action, and costs nothing where nobody listens.

mod log;

use foregone::Store;
use foregone::middleware::Logger;
use foregone::tracing::Level;
use log::Log;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

/// Counts how often it is formatted.
struct Add(u32, Arc<AtomicU32>);

impl fmt::Debug for Add {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.1.fetch_add(1, Ordering::Relaxed);
        write!(f, "Add({})", self.0)
    }
}

/// Counts how often it is cloned and compared: what a logger costs an edit in place.
#[derive(Default)]
struct Counter {
    n: u32,
    handled: Arc<AtomicU32>,
}

impl Clone for Counter {
    fn clone(&self) -> Self {
        self.handled.fetch_add(1, Ordering::Relaxed);
        Self { n: self.n, handled: Arc::clone(&self.handled) }
    }
}

impl PartialEq for Counter {
    fn eq(&self, other: &Self) -> bool {
        self.handled.fetch_add(1, Ordering::Relaxed);
        self.n == other.n
    }
}

fn store(level: Level) -> Store<Counter, Add> {
    Store::builder_in_place(Counter::default(), |counter, Add(n, _)| counter.n += n)
        .middleware(Logger::new(level))
        .build()
}

#[test]
fn a_line_tells_the_action_how_long_it_took_and_whether_the_state_changed() {
    for level in [Level::ERROR, Level::WARN, Level::INFO, Level::DEBUG, Level::TRACE] {
        let (log, _listening) = Log::listen(level);
        let (store, formatted) = (store(level), Arc::default());
        store.dispatch(Add(2, Arc::clone(&formatted)));
        store.dispatch(Add(0, Arc::clone(&formatted)));
        let lines = log.lines();
        assert_eq!(lines.len(), 2, "{lines:?}");
        for (line, (action, changed)) in lines.iter().zip([("Add(2)", "true"), ("Add(0)", "false")]) {
            let parts = [level.as_str(), "foregone", "action=", action, "duration=", &format!("changed={changed}")];
            assert!(parts.iter().all(|part| line.contains(part)), "{parts:?} in {line}");
        }
        assert_eq!(formatted.load(Ordering::Relaxed), 2, "once for each");
    }
}

#[tokio::test(start_paused = true)]
async fn the_duration_is_that_of_the_chain_behind_it_by_the_stores_clock() {
    let (log, _listening) = Log::listen(Level::INFO);
    let store = Store::builder(0, |n: &u32, add: u32| n + add).middleware(Logger::new(Level::INFO)).build();
    store.dispatch(1);
    assert!(log.lines()[0].contains("duration=0ns"), "the clock stands still: {:?}", log.lines());
}

#[test]
fn at_a_level_nobody_listens_to_it_formats_compares_and_clones_nothing() {
    let (log, _listening) = Log::listen(Level::INFO);
    let (store, formatted) = (store(Level::DEBUG), Arc::default());
    for _ in 0..10 {
        store.dispatch(Add(1, Arc::clone(&formatted)));
    }
    assert_eq!(formatted.load(Ordering::Relaxed), 0);
    assert_eq!(store.state().handled.load(Ordering::Relaxed), 0);
    assert_eq!((store.state().n, log.lines().len()), (10, 0));
}

#[test]
fn a_nested_action_is_logged_before_the_one_that_caused_it_since_that_ends_later() {
    let (log, _listening) = Log::listen(Level::INFO);
    let store = Store::builder(0, |n: &u32, add: u32| n + add)
        .middleware(Logger::new(Level::INFO))
        .middleware_fn(|store, add, next| {
            let completion = next.run(add);
            if add == 1 { completion.join(store.dispatch(2)) } else { completion }
        })
        .build();
    store.dispatch(1);
    let lines = log.lines();
    assert!(lines[0].contains("action=\"2\"") && lines[1].contains("action=\"1\""), "{lines:?}");
}
