//! `perennial demo`: a merchant with stores, products, promotions, customers and two months of purchases; and `perennial demo grocery`,
//! a month of a real grocery chain.
//!
//! Both go through the same doors as everybody else: the engine's operations, the import, the intake. Running them again changes nothing.

mod cashback;
mod grocery;
mod hearth;
mod leaderboard;
mod policies;
mod purchases;
mod referrals;
mod rewards;
mod tenders;
mod tiers;

use std::{path::PathBuf, process::ExitCode, time::Duration};

use clap::Subcommand;
use perennial_engine::intake::{Source, SubmitOptions};

use super::{Session, print_result};
use crate::config::Config;

pub(super) use hearth::prepare;

/// Tabs of the demo, for which nobody stands at a till: on a machine that is busy they take their time.
const UNHURRIED: SubmitOptions =
    SubmitOptions { source: Source::Api, deadline: Some(Duration::from_secs(60)), accepted_at: None };

/// Loads demo data; changes nothing where it is loaded already.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Option<Command>,
    /// Print one JSON object
    #[arg(long, global = true)]
    json: bool,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// A month of a real grocery chain: 191 stores, 1,982 customers, 12,721 purchases of 124,051 lines
    Grocery {
        /// Folder with products.csv.gz and purchase_lines_2017_01.csv.gz of the data set “The Complete Journey”
        #[arg(long)]
        folder: PathBuf,
    },
}

/// Runs the command.
pub async fn run(args: Args, config: Config) -> anyhow::Result<ExitCode> {
    let session = Session::open(&config).await?;
    let done = load(&args, &config, &session).await;
    session.close().await?;
    done?;
    Ok(ExitCode::SUCCESS)
}

async fn load(args: &Args, config: &Config, session: &Session) -> anyhow::Result<()> {
    match &args.command {
        Some(Command::Grocery { folder }) => {
            let outcome = grocery::load(&session.engine, folder).await?;
            print_result(args.json, &outcome.summary, || outcome.sentences())
        }
        None => {
            let demo = prepare(&session.engine, &config.data_dir).await?;
            let base = config.base_url_for(config.addr);
            print_result(args.json, &demo, || demo.greeting(&base))
        }
    }
}
