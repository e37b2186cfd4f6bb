//! A dark-mode switch that asks the server again when a request failed.
//!
//! `cargo run --example dark_mode`

use foregone::Store;
use foregone::middleware::{OptimisticSync, OptimisticSyncMiddleware, Reply, Request};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, Mutex};

#[derive(Clone, Default)]
struct Settings {
    is_dark_mode: bool,
}

enum Action {
    ToggleDarkMode,
    DarkModeIs(bool),
}

fn reduce(settings: &mut Settings, action: Action) {
    match action {
        Action::ToggleDarkMode => settings.is_dark_mode = !settings.is_dark_mode,
        Action::DarkModeIs(is_dark_mode) => settings.is_dark_mode = is_dark_mode,
    }
}

#[derive(Debug, thiserror::Error)]
#[error("the server is down")]
struct Down;

/// Stands for a server.
#[derive(Default)]
struct Api {
    is_down: AtomicBool,
    settings: Mutex<Settings>,
}

struct DarkMode {
    api: Arc<Api>,
}

impl OptimisticSync<Settings, Action> for DarkMode {
    type Key = ();
    type Value = bool;
    type Error = Down;

    fn key(&self, action: &Action) -> Option<()> {
        matches!(action, Action::ToggleDarkMode).then_some(())
    }

    fn value(&self, settings: &Settings, (): &()) -> bool {
        settings.is_dark_mode
    }

    fn set(&self, (): &(), is_dark_mode: bool) -> Action {
        Action::DarkModeIs(is_dark_mode)
    }

    async fn send(&self, request: Request<(), bool>) -> Result<Reply<bool>, Down> {
        tokio::task::yield_now().await;
        if self.api.is_down.load(Relaxed) {
            return Err(Down);
        }
        self.api.settings.lock().expect("no panics here").is_dark_mode = request.value;
        Ok(Reply::accepted())
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let api = Arc::new(Api::default());
    let load = Arc::clone(&api);
    let sync = OptimisticSyncMiddleware::builder(DarkMode { api: Arc::clone(&api) })
        .reload_on_failure(move |()| {
            let api = Arc::clone(&load);
            async move { Ok(api.settings.lock().expect("no panics here").is_dark_mode) }
        })
        .build()?;
    let store = Store::builder_by_mut(Settings::default(), reduce).middleware(sync.clone()).build();
    let _watching = store.subscribe(|settings| println!("screen: dark mode {}", settings.is_dark_mode));

    println!("tap: on");
    println!("outcome: {:?}", store.dispatch(Action::ToggleDarkMode).await?);

    println!("tap: off, with the server down");
    api.is_down.store(true, Relaxed);
    if let Err(failure) = store.dispatch(Action::ToggleDarkMode).await {
        println!("outcome: {failure}");
    }
    sync.flush().await;
    assert!(store.state().is_dark_mode, "the screen shows what the server holds");
    Ok(())
}
