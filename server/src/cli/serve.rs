//! `perennial serve`: pages, API and workers.

use std::process::ExitCode;

use anyhow::Context as _;
use tokio::signal::unix::{SignalKind, signal};

use crate::{config::Config, database::Database, start::Server};

/// Serves pages and API, and processes queues, until Ctrl-C or SIGTERM; then answers requests in flight and exits.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Leave the queues to `perennial worker`
    #[arg(long)]
    no_workers: bool,
    /// Load the demo merchant if it is not there yet, and print its log-ins
    #[arg(long)]
    demo: bool,
}

/// Runs the command.
pub async fn run(args: Args, config: Config) -> anyhow::Result<ExitCode> {
    let mut signals = Signals::new()?;
    let database = Database::open(&config).await?;
    let served = serve(&args, &config, &database, &mut signals).await;
    // Also after a failure: otherwise the private Postgres would stay behind without a user.
    let closed = database.close().await;
    let code = served?;
    closed?;
    Ok(code)
}

async fn serve(
    args: &Args,
    config: &Config,
    database: &Database,
    signals: &mut Signals,
) -> anyhow::Result<ExitCode> {
    database.migrate().await?;
    let server = Server::start(config, database.url(), !args.no_workers).await?;
    announce(config, database, &server, args);
    // A signal during the long work of the demonstration ends it: what was loaded stays, the next start goes on.
    let ended = tokio::select! {
        ended = demonstrate(args, config, &server) => ended,
        () = signals.next() => Ok(()),
    };
    if ended.is_ok() {
        eprintln!("Stopping; requests in flight are answered first. Again to stop at once.");
    }
    tokio::select! {
        () = server.stop() => ended.map(|()| ExitCode::SUCCESS),
        () = signals.next() => Ok(ExitCode::from(130)),
    }
}

/// Loads the demonstration if it is wanted, then waits for ever.
async fn demonstrate(args: &Args, config: &Config, server: &Server) -> anyhow::Result<()> {
    if args.demo {
        let demo = super::demo::prepare(&server.engine, &config.data_dir).await?;
        println!("{}", demo.greeting(&server.base_url));
    }
    std::future::pending().await
}

/// Says where everything is.
fn announce(config: &Config, database: &Database, server: &Server, args: &Args) {
    let base = &server.base_url;
    println!("Perennial is ready.");
    println!();
    println!("  Front page   {base}/");
    println!("  Dashboard    {base}/dashboard");
    println!("  API          {base}/api/v1   (described at {base}/api/docs)");
    let has_mailbox = config.shows_mailbox(server.addr);
    if has_mailbox {
        println!("  Mailbox      {base}/dev/mailbox");
    }
    println!("  Data         {}", database.description(config));
    println!();
    if base.starts_with("http://") && !config.is_at_home(server.addr) {
        eprintln!(
            "Warning: this is plain http beyond this machine. Passwords and keys can be read on the way; put a proxy\n\
             with https in front and set PERENNIAL_BASE_URL to its address."
        );
    }
    if config.smtp_url.is_none() && !has_mailbox {
        eprintln!(
            "Warning: no mail leaves this server and nobody can read it here. Sign-in codes and all other letters are\n\
             written and not sent; set SMTP_URL."
        );
    }
    if args.no_workers {
        eprintln!("Queues are not processed here; run `perennial worker` beside it.");
    }
}

/// Ctrl-C and SIGTERM.
struct Signals {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
}

impl Signals {
    fn new() -> anyhow::Result<Self> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt()).context("signals cannot be watched")?,
            terminate: signal(SignalKind::terminate()).context("signals cannot be watched")?,
        })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

/// Resolves at the first Ctrl-C or SIGTERM, for other commands that run until then.
pub(super) async fn stopped() -> anyhow::Result<()> {
    Signals::new()?.next().await;
    Ok(())
}
