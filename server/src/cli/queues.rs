//! `perennial queues`: waits until everything that follows from what has happened has happened.

use std::{process::ExitCode, time::Duration};

use clap::Subcommand;
use perennial_engine::Engine;
use serde::Serialize;
use tokio::time::{Instant, sleep};

use super::{Session, print_result};
use crate::config::Config;

/// How often it is looked.
const EVERY: Duration = Duration::from_millis(100);

/// Looks after the queues, beside a running server or without one.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Wait until every queue is empty except for dead letters; exits with 1 if that takes too long
    Wait {
        /// Seconds to wait at most
        #[arg(long, default_value_t = 60)]
        timeout: u64,
        /// Print one JSON object
        #[arg(long)]
        json: bool,
    },
}

#[derive(Serialize)]
struct Waited {
    drained: bool,
    seconds: f64,
}

/// Runs the command.
pub async fn run(args: Args, config: Config) -> anyhow::Result<ExitCode> {
    let Command::Wait { timeout, json } = args.command;
    let session = Session::open(&config).await?;
    let waited = wait(&session.engine, Duration::from_secs(timeout)).await;
    session.close().await?;
    let waited = waited?;
    print_result(json, &waited, || sentence(&waited))?;
    Ok(if waited.drained { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Somebody else works the queues off: a server, or `perennial worker`.
async fn wait(engine: &Engine, timeout: Duration) -> anyhow::Result<Waited> {
    let began = Instant::now();
    loop {
        let drained = engine.queues_are_drained().await?;
        if drained || began.elapsed() >= timeout {
            return Ok(Waited { drained, seconds: began.elapsed().as_secs_f64() });
        }
        sleep(EVERY).await;
    }
}

fn sentence(waited: &Waited) -> String {
    let seconds = waited.seconds;
    if waited.drained {
        format!("Every queue is empty, after {seconds:.1} seconds.")
    } else {
        format!("After {seconds:.0} seconds something still waits. Is a server or a worker running?")
    }
}
