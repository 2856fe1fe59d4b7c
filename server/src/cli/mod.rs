//! The command line. Each command is a file with its arguments and what it does.
//!
//! A command prints what it was asked for on standard output, as sentences or, with `--json`, as one JSON object;
//! everything else goes to standard error.

mod clock;
mod demo;
mod draft;
mod export;
mod import;
mod key;
mod merchant;
mod migrate;
mod pos;
mod program;
mod queues;
mod reconcile;
mod replay;
mod serve;
mod staff;
mod worker;

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use perennial_engine::{Engine, EngineConfig};
use serde::Serialize;

use crate::{bus::Nats, config::Config, database::Database, start::mail_transport};

/// Perennial: a self-hosted loyalty platform for merchants with one store or a thousand.
#[derive(Debug, Parser)]
#[command(name = "perennial", version, disable_help_subcommand = true)]
#[command(
    after_help = "Settings come from the environment, then from perennial.toml; `perennial settings` lists them."
)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve pages and API, and process queues
    Serve(serve::Args),
    /// Process queues without serving anything
    Worker(worker::Args),
    /// Bring the database schema up to date
    Migrate(migrate::Args),
    /// Create merchants
    Merchant(merchant::Args),
    /// Create API keys
    Key(key::Args),
    /// Add, list and remove a merchant's staff; reset passwords
    Staff(staff::Args),
    /// Load demo data
    Demo(demo::Args),
    /// Import retailers, products, customers and past purchases from CSV, or a whole program
    Import(import::Args),
    /// Write retailers, products, customers and past purchases to CSV files, or a whole program to a file
    Export(export::Args),
    /// Simulate tills that post to the real API
    Pos(pos::Args),
    /// Wait until the queues are empty
    Queues(queues::Args),
    /// Move the clock of a sandbox merchant forward
    Clock(clock::Args),
    /// Prove that the ledger is right; exits with 1 if it is not
    Reconcile(reconcile::Args),
    /// Say what a promotion would have given for stored purchases
    Replay(replay::Args),
    /// List all settings, their defaults and what they do
    Settings,
}

/// Runs the command line of the process.
///
/// # Errors
/// Whatever keeps the command from being done.
pub async fn run(cli: Cli) -> anyhow::Result<ExitCode> {
    if matches!(cli.command, Command::Settings) {
        print!("{}", crate::config::setting::markdown());
        return Ok(ExitCode::SUCCESS);
    }
    let config = Config::load()?;
    let traces = crate::logging::start(&config)?;
    let ended = command(cli.command, config).await;
    if let Some(traces) = traces {
        traces.finish().await;
    }
    ended
}

async fn command(command: Command, config: Config) -> anyhow::Result<ExitCode> {
    match command {
        Command::Serve(args) => serve::run(args, config).await,
        Command::Worker(args) => worker::run(args, config).await,
        Command::Migrate(args) => migrate::run(args, config).await,
        Command::Merchant(args) => merchant::run(args, config).await,
        Command::Key(args) => key::run(args, config).await,
        Command::Staff(args) => staff::run(args, config).await,
        Command::Demo(args) => demo::run(args, config).await,
        Command::Import(args) => import::run(args, config).await,
        Command::Export(args) => export::run(args, config).await,
        Command::Pos(args) => pos::run(args, config).await,
        Command::Queues(args) => queues::run(args, config).await,
        Command::Clock(args) => clock::run(args, config).await,
        Command::Reconcile(args) => reconcile::run(args, config).await,
        Command::Replay(args) => replay::run(args, config).await,
        Command::Settings => Ok(ExitCode::SUCCESS),
    }
}

/// The database and an engine on it, for commands that work beside a server or without one.
pub struct Session {
    /// The engine.
    pub engine: Engine,
    /// The bus, when there is one.
    pub nats: Option<Nats>,
    database: Database,
}

impl Session {
    /// Opens the database, brings its schema up to date and connects an engine with one lane.
    ///
    /// # Errors
    /// When the database cannot be had.
    pub async fn open(config: &Config) -> anyhow::Result<Self> {
        let database = Database::open(config).await?;
        database.migrate().await?;
        let nats = match &config.bus {
            Some(bus) => Some(Nats::connect(bus.clone()).await?),
            None => None,
        };
        let engine = Engine::connect(EngineConfig {
            database_url: database.url().to_owned(),
            connections: config.connections,
            lanes: 1,
            // Nobody asks a command anything.
            request_log: 0,
            mail: mail_transport(config, &config.base_url_for(config.addr)),
            base_url: config.base_url_for(config.addr),
            bus: nats.as_ref().map(Nats::bus),
            // The server beside it sends them, or the next one.
            webhooks: None,
        })
        .await?;
        Ok(Self { engine, nats, database })
    }

    /// Closes both.
    ///
    /// # Errors
    /// When the private Postgres does not stop.
    pub async fn close(self) -> anyhow::Result<()> {
        self.engine.shutdown().await;
        self.database.close().await
    }
}

/// Prints a result: a JSON object for scripts, sentences for people.
fn print_result(
    json: bool,
    result: &impl Serialize,
    sentences: impl FnOnce() -> String,
) -> anyhow::Result<()> {
    if json {
        println!("{}", serde_json::to_string_pretty(result)?);
    } else {
        println!("{}", sentences());
    }
    Ok(())
}

/// Errors of the engine for a terminal: each wrong field with what is wrong.
fn explained(error: perennial_engine::Error) -> anyhow::Error {
    match error {
        perennial_engine::Error::Invalid(fields) => {
            let lines: Vec<_> = fields
                .iter()
                .map(|field| {
                    let option = field.pointer.trim_start_matches('/').replace('_', "-");
                    format!("--{option}: {}", field.detail)
                })
                .collect();
            anyhow::anyhow!("{}", lines.join("\n"))
        }
        other => other.into(),
    }
}
