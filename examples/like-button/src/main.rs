//! A like button that never waits: a store as the client of a real HTTP server.
//!
//! `cargo run -p like-button` shows it; `like.rs` and `client.rs` are what an application would have to write.

mod api;
mod app;
mod args;
mod client;
mod database;
mod interactive;
mod journal;
mod keys;
mod like;
mod messages;
mod output;
mod paint;
mod row;
mod script;
mod server;
mod summary;
mod tally;
mod timeline;

use api::Api;
use app::State;
use args::Args;
use client::Client;
use conditions::Conditions;
use database::Database;
use journal::Journal;
use output::Output;
use std::error::Error;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;
use summary::Summary;
use timeline::Timeline;

const LEGEND: &str = "\
columns   1 2 3 …: a post each, with ┌│└ a request in flight, × one that failed, ┊ a pause before the next
requests  ♥ #n: the server is to hold ♥; n numbers what was wanted, with gaps. A failure with something newer
          waiting is not for good: the newer one is sent";

/// For what is under way when the program ends.
const PATIENCE: Duration = Duration::from_secs(30);

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match run(&Args::parsed()).await {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(error) => {
            anstream::eprintln!("like-button: {error}");
            ExitCode::from(2)
        }
    }
}

/// Gives whether screen and server agree at the end.
async fn run(args: &Args) -> Result<bool, Box<dyn Error>> {
    let path = args.database();
    let database = Database::open(&path, args.posts)
        .map_err(|error| format!("the database {} cannot be used: {error}", path.display()))?;
    let conditions = Arc::new(Conditions::calm(args.latency()));
    let url = server::start(database, Arc::clone(&conditions)).await?;

    let output = Output::new(args.interactive && keys::is_live());
    let journal = Arc::new(Journal::new(Timeline::new(output, &State::new(args.posts))));
    journal.note(&format!("server    {url}, a request takes {}\ndatabase  {}", args.latency(), path.display()));
    journal.note(LEGEND);
    let client = Client::new(Api::new(url)?, Arc::clone(&journal), args)?;
    journal.pages().timeline.heading("The screen is loaded");
    client.load().await?;

    if args.interactive {
        interactive::play(&client, &conditions, &journal, args.posts).await?;
    } else {
        script::play(&client, &conditions, &journal, args).await;
    }
    if let Err(unfinished) = client.sync.shutdown(PATIENCE).await {
        journal.note(&unfinished.to_string());
    }

    let held = database::read(&path)?;
    let pages = journal.pages();
    let summary = Summary::new(&client.store.state(), &pages.tally, &held);
    pages.timeline.output.line(&format!("\n{}", summary.text));
    Ok(summary.agrees)
}
