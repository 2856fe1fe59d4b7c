//! What a server does, measured as ratios in one run on one machine.
//!
//! Absolute rates of a shared machine swing; the ratio to `pgbench` on the same Postgres, taken in turn with it, holds. Every round
//! measures each figure once, the report gives the median round. Nothing here is a test: a slow machine fails no build.

mod client;
mod load;
mod pgbench;
mod replay;
mod report;
mod stage;
mod workload;

use std::{path::PathBuf, time::Duration};

use anyhow::Result;
use clap::Parser;

use crate::{
    report::{Commit, Latency, Report},
    stage::Stage,
};

/// Measures purchases, batches, point look-ups, quotes and latency against pgbench on the same Postgres.
///
/// Quotes are asked for in a closed loop over 64 connections, as points are: the report shows their rate, its ratio to
/// pgbench -S, and the p50 and p99 of an answer.
#[derive(Parser)]
struct Options {
    /// The server binary to measure; built with `--release`.
    #[arg(long, default_value = "target/release/perennial")]
    server: PathBuf,
    /// Length of each measurement.
    #[arg(long, default_value_t = 10)]
    seconds: u64,
    /// Rounds; the report shows the median.
    #[arg(long, default_value_t = 3)]
    rounds: usize,
    /// Connections of the single-purchase load.
    #[arg(long, default_value_t = 256)]
    connections: usize,
    /// Connections of the batch load; each keeps one batch in flight.
    #[arg(long, default_value_t = 16)]
    batch_connections: usize,
    /// Purchases in a batch.
    #[arg(long, default_value_t = 500)]
    batch_size: usize,
    /// Customers that the purchases belong to.
    #[arg(long, default_value_t = 20_000)]
    customers: u32,
    /// Merchants that share the load; 1 is the hardest for the lanes.
    #[arg(long, default_value_t = 1)]
    merchants: usize,
    /// The rate of the latency measurement, as a share of the highest.
    #[arg(long, default_value_t = 0.5)]
    latency_share: f64,
    /// Fill the tables with this many purchases, in thousands, measure the purchases once more, and replay a draft promotion
    /// over all of them.
    #[arg(long, default_value_t = 0)]
    stored_thousands: u64,
    /// Measure latency once more as on a disk that takes this long for a commit, microseconds; 0 leaves it out. A machine whose
    /// disk confirms within microseconds measures processor time; most disks take a millisecond or more.
    #[arg(long, default_value_t = 2_000)]
    commit_delay: u32,
    /// Leave the latency measurements out.
    #[arg(long)]
    no_latency: bool,
    /// Print the report as JSON.
    #[arg(long)]
    json: bool,
}

fn main() -> Result<()> {
    let options = Options::parse();
    // One worker for the generator: two would take the cores from what is measured.
    tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?.block_on(run(options))
}

async fn run(options: Options) -> Result<()> {
    let length = Duration::from_secs(options.seconds);
    let stage = Stage::set(&options.server, options.merchants).await?;
    let work = workload::Workload::new(&stage, options.customers);
    let purchase = {
        let work = work.clone();
        move |_| work.purchase()
    };
    let batches = {
        let (work, size) = (work.clone(), options.batch_size);
        move |_| work.batch(size)
    };
    let look_up = {
        let work = work.clone();
        move |turn| work.points(turn)
    };
    let quotes = {
        let work = work.clone();
        move |turn| work.quote(turn)
    };
    let mut report = Report::default();

    eprintln!("warming up");
    stage.send_all(work.introductions()).await?;
    load::closed(&stage, options.connections, Duration::from_secs(3), purchase.clone()).await?;
    pgbench::simple_update(&stage, 32, Duration::from_secs(2))?;

    for round in 1..=options.rounds {
        eprintln!(
            "round {round} of {}: pgbench -N, single, batch, pgbench -S, points, quotes",
            options.rounds
        );
        stage.checkpoint()?;
        let update = pgbench::simple_update(&stage, 32, length)?;
        let single = load::closed(&stage, options.connections, length, purchase.clone()).await?;
        let batch = load::closed(&stage, options.batch_connections, length, batches.clone()).await?;
        let select = pgbench::select_only(&stage, 32, length)?;
        let points = load::closed(&stage, 64, length, look_up.clone()).await?;
        let quoted = load::closed(&stage, 64, length, quotes.clone()).await?;
        report.round(&update, &single, &batch, options.batch_size, &select, &points);
        report.quotes(&select, &quoted);
        report.memory(stage.server_memory_mib()?);
    }
    if !options.no_latency {
        let rate = report.single_rate() * options.latency_share;
        report.latency(latency(&stage, &options, rate, length, purchase.clone()).await?);
        if options.commit_delay > 0 {
            stage.delay_commits(options.commit_delay)?;
            let slower = load::closed(&stage, options.connections, length, purchase.clone()).await?.rate();
            let rate = slower * options.latency_share;
            report.slow_disk(latency(&stage, &options, rate, length, purchase.clone()).await?);
            stage.delay_commits(0)?;
        }
    }
    if options.stored_thousands > 0 {
        fill(&stage, &work, &options).await?;
        stage.checkpoint()?;
        eprintln!("once more, with {} purchases stored", work.sent());
        let single = load::closed(&stage, options.connections, length, purchase.clone()).await?;
        let batch = load::closed(&stage, options.batch_connections, length, batches.clone()).await?;
        report.filled(work.sent(), &single, &batch, options.batch_size);
        eprintln!("a draft promotion, replayed over them");
        report.replayed(replay::replay(&stage).await?);
        report.memory(stage.server_memory_mib()?);
    }
    stage.strike().await?;
    if options.json {
        println!("{}", serde_json::to_string_pretty(&report.summary())?);
    } else {
        print!("{}", report.summary());
    }
    Ok(())
}

/// Purchases at a fixed rate, and beside them what one commit takes on the same Postgres, alone and among others.
async fn latency(
    stage: &Stage,
    options: &Options,
    rate: f64,
    length: Duration,
    purchase: impl Fn(u64) -> Vec<u8> + Clone + Send + Sync + 'static,
) -> Result<Latency> {
    eprintln!("latency: {rate:.0} purchases/s, open loop");
    stage.checkpoint()?;
    let commit = Commit {
        alone_ms: pgbench::commit_latency(stage, 1, length)?,
        among_32_ms: pgbench::commit_latency(stage, 32, length)?,
    };
    let open = load::open(stage, options.connections, rate, length, purchase).await?;
    Ok(Latency::new(rate, &open, commit))
}

/// Sends batches until so many purchases were sent in all.
async fn fill(stage: &Stage, work: &workload::Workload, options: &Options) -> Result<()> {
    let wanted = options.stored_thousands * 1_000;
    let progress = indicatif::ProgressBar::new(wanted)
        .with_style(indicatif::ProgressStyle::with_template("filling {wide_bar} {pos}/{len}, {eta} to go")?);
    while work.sent() < wanted {
        progress.set_position(work.sent());
        let (work, size) = (work.clone(), options.batch_size);
        let part = Duration::from_secs(1);
        load::closed(stage, options.batch_connections, part, move |_| work.batch(size)).await?;
    }
    progress.finish_and_clear();
    Ok(())
}
