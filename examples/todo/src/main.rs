//! A todo list that never waits: most of foregone's middlewares together, in a terminal, against a real HTTP server.
//!
//! `cargo run -p todo` opens it; `client.rs`, `changes.rs`, `done.rs` and `load.rs` are what an application would have to
//! write beside its state and its screen.

mod api;
mod app;
mod args;
mod changes;
mod client;
mod database;
mod doing;
mod done;
mod edits;
mod keys;
mod load;
mod messages;
mod screen;
mod server;
mod session;
mod summary;
mod terminal;
mod undo;
mod view;

use api::Api;
use args::Args;
use clap::Parser;
use client::Client;
use conditions::Conditions;
use database::Database;
use server::Weather;
use std::error::Error;
use std::process::ExitCode;
use summary::Summary;
use terminal::Terminal;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match run(Args::parse()).await {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(error) => {
            eprintln!("todo: {error}");
            ExitCode::from(2)
        }
    }
}

/// Gives whether screen and server agree at the end.
async fn run(args: Args) -> Result<bool, Box<dyn Error>> {
    let path = args.database();
    let database =
        Database::open(&path).map_err(|error| format!("the database {} cannot be used: {error}", path.display()))?;
    let weather = Weather { reads: Conditions::calm(args.latency), changes: Conditions::calm(args.latency) };
    weather.changes.befall(args.fail.0.clone());
    weather.reads.befall(args.fail_reads.0.clone());
    let url = server::start(database, weather).await?;
    let client = Client::new(Api::new(url)?, &args)?;

    let mut terminal = Terminal::open()?;
    let ended = session::run(&client, &mut terminal).await;
    drop(terminal);
    ended?;
    client.quit(args.patience()).await;

    let summary = Summary::new(&client.store.state(), &database::read(&path)?);
    println!("{}", summary.text);
    Ok(summary.agrees)
}
