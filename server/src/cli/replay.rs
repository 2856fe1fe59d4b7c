//! `perennial replay`: what a promotion would have given over stored purchases.

use std::{process::ExitCode, time::Duration};

use anyhow::{Context as _, bail};
use chrono::{NaiveDate, TimeDelta};
use indicatif::{ProgressBar, ProgressStyle};
use perennial_domain::{
    calendar::{end_of_date, local_date, start_of_date},
    codes::Zone,
    ids::PromotionId,
    money::{Amount, Currency, format_amount, group_digits},
    replay::{Replay, ReplayBudget},
};
use perennial_engine::{
    Cx, Engine, PageRequest,
    promotions::{PromotionFilter, ReplaySpan, Tried},
};

use super::{Session, explained, print_result};
use crate::config::Config;

/// Says what a promotion would have given, had it been in force in the past. Nothing is written. Its dates are ignored; its
/// weekdays, hours, filters and limits apply.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Slug of the merchant
    #[arg(long)]
    merchant: String,
    /// The promotion, by id or full name
    #[arg(long)]
    promotion: String,
    /// The version to try (default: the draft, otherwise the newest)
    #[arg(long)]
    version: Option<u32>,
    /// How many days to look back (default: 30)
    #[arg(long, conflicts_with_all = ["from", "to"], value_parser = clap::value_parser!(u32).range(1..=400))]
    days: Option<u32>,
    /// The first day, on the merchant's calendar, such as 2026-05-01
    #[arg(long)]
    from: Option<NaiveDate>,
    /// The last day, included
    #[arg(long)]
    to: Option<NaiveDate>,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// Runs the command.
pub async fn run(args: Args, config: Config) -> anyhow::Result<ExitCode> {
    let session = Session::open(&config).await?;
    let found = find(&session.engine, &args).await;
    session.close().await?;
    let (replay, zone) = found?;
    print_result(args.json, &replay, || sentences(&replay, zone))?;
    Ok(ExitCode::SUCCESS)
}

async fn find(engine: &Engine, args: &Args) -> anyhow::Result<(Replay, Zone)> {
    let merchant = engine
        .merchant_by_slug(&args.merchant)
        .await
        .with_context(|| format!("--merchant: {}", args.merchant))?;
    let cx = Cx::system(merchant.id);
    let zone = engine.merchant_settings(&cx).await?.time_zone;
    let id = promotion(engine, &cx, &args.promotion).await?;
    let span = match args.days {
        // Both ends by one look at the clock: else the longest window would be too long by the time in between.
        Some(days) => {
            let now = engine.now(merchant.id);
            ReplaySpan { from: Some(now - TimeDelta::days(i64::from(days))), to: Some(now) }
        }
        None => ReplaySpan {
            from: args.from.map(|date| start_of_date(date, zone)),
            to: args.to.map(|date| end_of_date(date, zone)),
        },
    };
    let tried = Tried::Version { id, version: args.version };
    let replay = engine.promotion_replay(&cx, tried, span).await.map_err(explained)?;
    // Hidden by itself where standard error is no terminal.
    let bar = ProgressBar::new(replay.progress().expected);
    bar.set_style(
        ProgressStyle::with_template(
            "{msg} [{bar:32}] {percent:>3} %  {human_pos} of about {human_len} purchases",
        )?
        .progress_chars("=> "),
    );
    bar.set_message("replaying");
    bar.enable_steady_tick(Duration::from_millis(120));
    let told = bar.clone();
    let replay = replay
        .run(None, move |progress| {
            told.set_length(progress.expected);
            told.set_position(progress.looked_at);
        })
        .await;
    bar.finish_and_clear();
    Ok((replay.map_err(explained)?, zone))
}

/// The promotion with this id, or else the only one with this name.
async fn promotion(engine: &Engine, cx: &Cx, named: &str) -> anyhow::Result<PromotionId> {
    if let Ok(id) = named.parse() {
        return Ok(id);
    }
    let filter = PromotionFilter { search: Some(named.to_owned()), state: None };
    let mut found = Vec::new();
    let mut after = None;
    loop {
        let page = engine.promotion_list(cx, &filter, &PageRequest::new(Some(200), after)?).await?;
        found.extend(page.data.iter().filter(|view| view.terms.name.as_str() == named).map(|view| view.id));
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    match found.as_slice() {
        [only] => Ok(*only),
        [] => bail!("--promotion: there is none called “{named}”"),
        several => bail!("--promotion: {} are called “{named}”; name one by its id", several.len()),
    }
}

fn sentences(replay: &Replay, zone: Zone) -> String {
    let number = |number: u64| group_digits(i64::try_from(number).unwrap_or(i64::MAX));
    let Replay { looked_at, currency, .. } = replay;
    let mut lines = vec![format!(
        "{}, version {}, from {} to {}:",
        replay.name,
        replay.version,
        local_date(replay.from, zone),
        local_date(replay.to - TimeDelta::microseconds(1), zone),
    )];
    let cost = match replay.cost {
        Some(cost) => format!(", worth {}", money(cost, *currency)),
        None => String::new(),
    };
    let share = replay.share.map_or_else(String::new, |share| {
        let hundredths = share.millionths() / 100;
        format!(", {}.{:02} % of what was paid", hundredths / 100, hundredths % 100)
    });
    lines.push(format!("  {} points more{cost}{share}", group_digits(replay.points)));
    if replay.displaces != 0 {
        lines.push(format!(
            "  it gives {}, others give {} less because of it",
            group_digits(replay.gives),
            group_digits(replay.displaces)
        ));
    }
    if replay.gave != 0 {
        lines.push(format!(
            "  it was in force then and gave {}; that makes a change of {}",
            group_digits(replay.gave),
            group_digits(replay.change)
        ));
    }
    lines.push(format!(
        "  {} of {} purchases, {} of {} customers",
        number(replay.matched),
        number(looked_at.purchases),
        number(replay.customers),
        number(looked_at.customers),
    ));
    if let Some(budget) = &replay.budget {
        lines.push(format!("  {}", of_budget(budget, zone)));
    }
    if let Some(proposed) = replay.proposed_budget {
        lines.push(format!("  a budget of {} is enough, with a tenth to spare", proposed.counted()));
    }
    for overlap in replay.overlaps.iter().take(5) {
        lines.push(format!("  meets “{}” in {} purchases", overlap.name, number(overlap.purchases)));
    }
    for winner in replay.winners.iter().take(5) {
        lines.push(format!("  {} would have {} more", winner.customer_id, group_digits(winner.points)));
    }
    if replay.unclaimed.matched > 0 {
        lines.push(format!(
            "  and {} points for {} purchases that nobody has claimed",
            group_digits(replay.unclaimed.points),
            number(replay.unclaimed.matched)
        ));
    }
    for left_out in &replay.left_out {
        lines.push(format!(
            "  left out: {} purchases, {}; one is {}",
            number(left_out.purchases),
            left_out.reason.text(),
            left_out.example
        ));
    }
    lines.join("\n")
}

fn of_budget(budget: &ReplayBudget, zone: Zone) -> String {
    let points = budget.points.counted();
    match (budget.ran_out_at, budget.lasts_until.filter(|_| budget.is_short)) {
        (Some(at), _) => format!("the budget of {points} would have run out on {}", local_date(at, zone)),
        (None, Some(until)) => format!(
            "the budget of {points} was enough; at that pace it lasts until {}, the promotion longer",
            local_date(until, zone)
        ),
        (None, None) => format!("the budget of {points} would have been enough"),
    }
}

fn money(minor_units: i64, currency: Currency) -> String {
    let amount = format_amount(Amount::saturating(minor_units.unsigned_abs()), currency);
    if minor_units < 0 { format!("−{amount}") } else { amount }
}
