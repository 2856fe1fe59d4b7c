//! `perennial migrate`: brings the schema up to date.

use std::process::ExitCode;

use serde::Serialize;

use super::print_result;
use crate::{config::Config, database::Database};

/// Brings the database schema up to date. Servers do the same when they start.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Migrated {
    applied: usize,
}

/// Runs the command.
pub async fn run(args: Args, config: Config) -> anyhow::Result<ExitCode> {
    let database = Database::open(&config).await?;
    let migrated = database.migrate().await.map(|applied| Migrated { applied });
    database.close().await?;
    let migrated = migrated?;
    print_result(args.json, &migrated, || match migrated.applied {
        0 => "The schema is up to date.".to_owned(),
        1 => "One migration was applied.".to_owned(),
        many => format!("{many} migrations were applied."),
    })?;
    Ok(ExitCode::SUCCESS)
}
