//! `perennial worker`: works off queues without serving anything.

use std::process::ExitCode;

use tokio_util::sync::CancellationToken;

use super::{Session, serve::stopped};
use crate::config::Config;

/// Processes queues (modules, statistics, mail, webhooks, live updates, housekeeping) and listens to the bus, until Ctrl-C or SIGTERM. Any
/// number of workers and servers may do so at the same time.
#[derive(Debug, clap::Args)]
pub struct Args {}

/// Runs the command.
pub async fn run(Args {}: Args, config: Config) -> anyhow::Result<ExitCode> {
    let session = Session::open(&config).await?;
    let workers = session.engine.workers();
    let stop = CancellationToken::new();
    let consumer = session.nats.as_ref().map(|nats| nats.consume(session.engine.clone(), stop.clone()));
    eprintln!("Processing queues. Ctrl-C to stop.");
    let stopped = stopped().await;
    stop.cancel();
    if let Some(consumer) = consumer
        && consumer.await.is_err()
    {
        tracing::error!("the consumer of the bus had ended before");
    }
    workers.stop().await;
    session.close().await?;
    stopped?;
    Ok(ExitCode::SUCCESS)
}
