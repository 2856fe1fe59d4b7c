//! `perennial worker`: works off queues without serving anything.

use std::process::ExitCode;

use super::{Session, serve::stopped};
use crate::config::Config;

/// Works off queues (statistics, mail, live updates, housekeeping) until Ctrl-C or SIGTERM. Any number of workers
/// and servers may do so at the same time.
#[derive(Debug, clap::Args)]
pub struct Args {}

/// Runs the command.
pub async fn run(Args {}: Args, config: Config) -> anyhow::Result<ExitCode> {
    let session = Session::open(&config).await?;
    let workers = session.engine.workers();
    eprintln!("Working off queues. Ctrl-C to stop.");
    let stopped = stopped().await;
    workers.stop().await;
    session.close().await?;
    stopped?;
    Ok(ExitCode::SUCCESS)
}
