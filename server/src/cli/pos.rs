//! `perennial pos`: simulated tills that post to the real API, and do not give up.
//!
//! A till names a purchase before it sends it and sends the same until it is answered, as a good till does: through time-outs, refusals to
//! take more, and servers that are killed. At the end every acknowledged purchase is posted once more, which has to be answered as a
//! replay, with the very same body.

mod basket;
mod till;

use std::{
    process::ExitCode,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use anyhow::Context as _;
use indicatif::{ProgressBar, ProgressStyle};
use perennial_domain::{access::Scope, codes::Label};
use perennial_engine::{Cx, api_keys::NewApiKey};
use rand::{SeedableRng, rngs::StdRng};
use serde::Serialize;
use tokio::{sync::Semaphore, task::JoinSet};

use super::{Session, explained, print_result};
use crate::config::Config;
use basket::Shop;
use till::{Acknowledged, Till};

/// Simulates tills that post to the real API.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Purchases per second
    #[arg(long, default_value_t = 20.0, value_parser = positive)]
    rate: f64,
    /// How many seconds
    #[arg(long, default_value_t = 30)]
    seconds: u64,
    /// The server (default: the configured one); given several times, tills move from one to the next
    #[arg(long)]
    url: Vec<String>,
    /// API key of the tills (default: a temporary one, created in the configured database)
    #[arg(long, env = "PERENNIAL_API_KEY", hide_env_values = true)]
    key: Option<String>,
    /// Slug of the merchant for the temporary key
    #[arg(long, default_value = "hearth")]
    merchant: String,
    /// How many different customers
    #[arg(long, default_value_t = 500, value_parser = clap::value_parser!(u32).range(1..))]
    customers: u32,
    /// Seconds for which a till retries a purchase that was not answered
    #[arg(long, default_value_t = 120)]
    patience: u64,
    /// How many purchases may be in flight at once
    #[arg(long, default_value_t = 512, value_parser = clap::value_parser!(u32).range(1..))]
    in_flight: u32,
    /// Seed of the baskets; the same seed makes the same ones
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Do not post everything once more at the end
    #[arg(long)]
    no_verify: bool,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

fn positive(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(rate) if rate > 0.0 && rate <= 100_000.0 => Ok(rate),
        _ => Err("must be a number above 0, at most 100000".to_owned()),
    }
}

#[derive(Debug, Serialize)]
struct Report {
    posted: u64,
    acknowledged: u64,
    points: i64,
    retries: u64,
    unanswered: u64,
    refused: u64,
    refusals: Vec<String>,
    p50_ms: f64,
    p99_ms: f64,
    /// Acknowledged purchases posted again and answered as a replay with the same body; `null` when this was left out.
    verified: Option<u64>,
}

impl Report {
    fn is_good(&self) -> bool {
        self.unanswered == 0
            && self.refused == 0
            && self.verified.is_none_or(|verified| verified == self.acknowledged)
    }
}

/// Runs the command.
pub async fn run(args: Args, config: Config) -> anyhow::Result<ExitCode> {
    let mut servers = args.url.clone();
    if servers.is_empty() {
        servers.push(config.base_url_for(config.addr));
    }
    let key = Key::get(&args, &config).await?;
    let report = simulate(&args, &servers, key.secret()).await;
    key.give_back(&config).await?;
    let report = report?;
    print_result(args.json, &report, || sentences(&report))?;
    Ok(if report.is_good() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

async fn simulate(args: &Args, servers: &[String], key: &str) -> anyhow::Result<Report> {
    let patience = Duration::from_secs(args.patience);
    let till = Till::new(servers, key, patience)?;
    let shop = Shop::visit(&till, args.customers).await?;
    let total = (args.rate * args.seconds as f64).round().max(1.0) as u64;
    let bar = ProgressBar::new(total);
    bar.set_style(
        ProgressStyle::with_template("posting [{bar:32}] {pos}/{len}  {msg}")?.progress_chars("=> "),
    );

    let (slots, retries) = (Arc::new(Semaphore::new(args.in_flight as usize)), Arc::new(AtomicU64::new(0)));
    let mut random = StdRng::seed_from_u64(args.seed);
    let run_id = uuid::Uuid::now_v7().simple().to_string();
    let start = Instant::now();
    let mut under_way = JoinSet::new();
    let mut outcomes = Outcomes::default();
    for number in 0..total {
        // From scheduled time: a server that stalls makes purchases wait, not go away.
        let scheduled = start + Duration::from_secs_f64(number as f64 / args.rate);
        tokio::time::sleep_until(scheduled.into()).await;
        let slot = slots.clone().acquire_owned().await?;
        let body = shop.basket(&mut random, &format!("pos-{run_id}-{number}"))?;
        let (till, counted) = (till.clone(), retries.clone());
        under_way.spawn(async move {
            let _slot = slot;
            till.post(body, scheduled, &counted).await
        });
        while let Some(outcome) = under_way.try_join_next() {
            outcomes.take(outcome?);
        }
        bar.set_position(number + 1);
        bar.set_message(format!(
            "{} acknowledged, {} retries",
            outcomes.acknowledged.len(),
            retries.load(Ordering::Relaxed)
        ));
    }
    while let Some(outcome) = under_way.join_next().await {
        outcomes.take(outcome?);
    }
    bar.finish_and_clear();

    let verified =
        if args.no_verify { None } else { Some(verify(&till, &outcomes.acknowledged, &slots).await?) };
    Ok(outcomes.report(total, retries.load(Ordering::Relaxed), verified))
}

/// Posts everything once more; counts what is answered as a replay with the same body.
async fn verify(till: &Till, acknowledged: &[Acknowledged], slots: &Arc<Semaphore>) -> anyhow::Result<u64> {
    let bar = ProgressBar::new(acknowledged.len() as u64);
    bar.set_style(
        ProgressStyle::with_template("posting once more [{bar:32}] {pos}/{len}")?.progress_chars("=> "),
    );
    let mut under_way = JoinSet::new();
    let mut same = 0;
    for purchase in acknowledged {
        let slot = slots.clone().acquire_owned().await?;
        let (till, purchase) = (till.clone(), purchase.clone());
        under_way.spawn(async move {
            let _slot = slot;
            till.is_replayed(&purchase).await
        });
        bar.inc(1);
        while let Some(replayed) = under_way.try_join_next() {
            same += u64::from(replayed?);
        }
    }
    while let Some(replayed) = under_way.join_next().await {
        same += u64::from(replayed?);
    }
    bar.finish_and_clear();
    Ok(same)
}

#[derive(Default)]
struct Outcomes {
    acknowledged: Vec<Acknowledged>,
    unanswered: u64,
    refused: u64,
    refusals: Vec<String>,
}

impl Outcomes {
    fn take(&mut self, outcome: till::Outcome) {
        match outcome {
            till::Outcome::Acknowledged(purchase) => self.acknowledged.push(purchase),
            till::Outcome::Unanswered => self.unanswered += 1,
            till::Outcome::Refused(reason) => {
                self.refused += 1;
                if self.refusals.len() < 10 {
                    self.refusals.push(reason);
                }
            }
        }
    }

    fn report(self, posted: u64, retries: u64, verified: Option<u64>) -> Report {
        let mut took: Vec<f64> =
            self.acknowledged.iter().map(|purchase| purchase.took.as_secs_f64() * 1000.0).collect();
        took.sort_by(f64::total_cmp);
        let at = |share: f64| {
            let index = ((took.len() as f64 * share) as usize).min(took.len().saturating_sub(1));
            took.get(index).copied().unwrap_or(0.0)
        };
        Report {
            posted,
            acknowledged: self.acknowledged.len() as u64,
            points: self.acknowledged.iter().map(|purchase| purchase.points).sum(),
            retries,
            unanswered: self.unanswered,
            refused: self.refused,
            refusals: self.refusals,
            p50_ms: at(0.50),
            p99_ms: at(0.99),
            verified,
        }
    }
}

fn sentences(report: &Report) -> String {
    let mut text = format!(
        "{} purchases posted, {} acknowledged ({} points), {} retries, {} unanswered, {} refused\n\
         p50 {:.1} ms, p99 {:.1} ms from the scheduled start",
        report.posted,
        report.acknowledged,
        report.points,
        report.retries,
        report.unanswered,
        report.refused,
        report.p50_ms,
        report.p99_ms,
    );
    for refusal in &report.refusals {
        text.push_str(&format!("\n  refused: {refusal}"));
    }
    if let Some(verified) = report.verified {
        text.push_str(&format!(
            "\n{verified} of {} answered the same when posted once more",
            report.acknowledged
        ));
    }
    text
}

/// The key of the tills.
enum Key {
    Given(String),
    /// Made for this run on the configured database.
    Temporary {
        secret: String,
        id: perennial_domain::ids::ApiKeyId,
        merchant: perennial_domain::ids::MerchantId,
    },
}

impl Key {
    async fn get(args: &Args, config: &Config) -> anyhow::Result<Self> {
        if let Some(key) = &args.key {
            return Ok(Self::Given(key.clone()));
        }
        let session = Session::open(config).await?;
        let made = async {
            let merchant = session
                .engine
                .merchant_by_slug(&args.merchant)
                .await
                .with_context(|| format!("--merchant: {}", args.merchant))?;
            let name = Label::new("Simulated tills").map_err(|error| anyhow::anyhow!("{error}"))?;
            // To post, and to see what there is to buy and in which currency.
            let scopes = vec![Scope::PurchasesWrite, Scope::CatalogueRead, Scope::SettingsRead];
            let (key, secret) = session
                .engine
                .api_key_create(&Cx::system(merchant.id), NewApiKey { name, scopes, retailer: None })
                .await
                .map_err(explained)?;
            Ok(Self::Temporary { secret: secret.expose().to_owned(), id: key.id, merchant: merchant.id })
        }
        .await;
        session.close().await?;
        made
    }

    fn secret(&self) -> &str {
        match self {
            Self::Given(secret) | Self::Temporary { secret, .. } => secret,
        }
    }

    async fn give_back(self, config: &Config) -> anyhow::Result<()> {
        if let Self::Temporary { id, merchant, .. } = self {
            let session = Session::open(config).await?;
            let revoked = session.engine.api_key_revoke(&Cx::system(merchant), id).await.map_err(explained);
            session.close().await?;
            revoked?;
        }
        Ok(())
    }
}
