//! `perennial clock`: what time it is for a sandbox merchant, and what happens when it is later.

use std::{process::ExitCode, time::Duration};

use anyhow::{Context as _, bail};
use chrono::{DateTime, TimeDelta, Utc};
use perennial_engine::merchants::MerchantSummary;
use serde::Serialize;

use super::{Session, explained, print_result};
use crate::config::Config;

/// Long enough for every server to have followed.
const FOLLOWED: Duration = Duration::from_secs(2);

/// Moves the clock of a sandbox merchant forward and does everything that is due by then: points mature and expire, warnings
/// go out. Without --to or --advance it only prints the time. The clock never goes back.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Slug of a merchant created with `merchant create --sandbox`
    merchant: String,
    /// The new time, such as 2027-01-01T00:01:00+01:00
    #[arg(long, conflicts_with = "advance")]
    to: Option<DateTime<Utc>>,
    /// How far to move it: a number with s, m, h, d or w, such as 30d
    #[arg(long, value_parser = length)]
    advance: Option<TimeDelta>,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Told {
    merchant: String,
    now: DateTime<Utc>,
}

/// Runs the command.
pub async fn run(args: Args, config: Config) -> anyhow::Result<ExitCode> {
    let session = Session::open(&config).await?;
    let told = set(&session, &args).await;
    session.close().await?;
    let told = told?;
    print_result(args.json, &told, || format!("For {} it is {}.", told.merchant, told.now))?;
    Ok(ExitCode::SUCCESS)
}

async fn set(session: &Session, args: &Args) -> anyhow::Result<Told> {
    let engine = &session.engine;
    let MerchantSummary { id, slug, .. } = engine.merchant_by_slug(&args.merchant).await?;
    let to = match (args.to, args.advance) {
        (Some(to), _) => Some(to),
        (None, Some(by)) => {
            Some(engine.now(id).checked_add_signed(by).context("--advance: is beyond every calendar")?)
        }
        (None, None) => None,
    };
    if let Some(to) = to {
        engine.sandbox_set_clock(id, to).await.map_err(explained)?;
        // Servers that are running see it within a second; who asks them after this command meets the new time.
        tokio::time::sleep(FOLLOWED).await;
        engine.jobs_run().await?;
    }
    Ok(Told { merchant: slug, now: engine.now(id) })
}

/// Reads `90s`, `15m`, `12h`, `30d`, `2w`.
fn length(text: &str) -> anyhow::Result<TimeDelta> {
    let number = text.trim_end_matches(|letter: char| letter.is_ascii_alphabetic());
    let seconds: i64 = match text.get(number.len()..) {
        Some("s") => 1,
        Some("m") => 60,
        Some("h") => 3_600,
        Some("d") => 86_400,
        Some("w") => 604_800,
        _ => bail!("must end in s, m, h, d or w"),
    };
    let number: u32 = number.parse().context("must begin with a whole number")?;
    TimeDelta::try_seconds(i64::from(number).saturating_mul(seconds)).context("is too long")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_length_is_a_number_and_a_letter() {
        assert_eq!(length("90s").unwrap(), TimeDelta::seconds(90));
        assert_eq!(length("15m").unwrap(), TimeDelta::minutes(15));
        assert_eq!(length("12h").unwrap(), TimeDelta::hours(12));
        assert_eq!(length("30d").unwrap(), TimeDelta::days(30));
        assert_eq!(length("2w").unwrap(), TimeDelta::weeks(2));
        for wrong in ["", "d", "30", "-1d", "1.5d", "1y", "4294967296s", "1dd", "1 d"] {
            assert!(length(wrong).is_err(), "{wrong}");
        }
        assert!(length("4294967295w").is_ok());
    }
}
