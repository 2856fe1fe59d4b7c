//! Replays for the editor: what is asked of the engine, and what it says in words.

use super::fields::{self, Values};
use super::found::{Budget, Figure, Found, News, Winner};
use crate::dashboard::session::{self, Staff};
use crate::dashboard::{clock, format, money};
use crate::error::PageError;
use crate::ui::grouped;
use chrono::{DateTime, TimeDelta, Utc};
use futures::StreamExt as _;
use http::HeaderValue;
use http::header::CONTENT_ENCODING;
use leptos::prelude::use_context;
use leptos::server_fn::codec::TextStream;
use leptos_axum::ResponseOptions;
use perennial_domain::access::Action;
use perennial_domain::calendar::local_date;
use perennial_domain::ids::{CustomerId, PromotionId};
use perennial_domain::points::Rate;
use perennial_domain::promotion::PromotionTerms;
use perennial_domain::replay::{Overlap, Replay, ReplayBudget};
use perennial_domain::settings::MerchantSettings;
use perennial_engine::Error;
use perennial_engine::promotions::{ReplayEvent, ReplaySpan, Tried};
use std::fmt::Write as _;
use std::time::Duration;

/// How long somebody waits for a page that has no progress to show.
const PATIENCE: Duration = Duration::from_secs(8);
/// Other promotions that are named.
const OVERLAPS: usize = 3;

/// What is typed, in the place of a promotion that may be there already.
pub fn typed(id: Option<PromotionId>, terms: PromotionTerms) -> Tried {
    Tried::Terms { id, terms: Box::new(terms) }
}

/// What a promotion that is there says now.
pub fn saved(id: PromotionId) -> Tried {
    Tried::Version { id, version: None }
}

/// Replays as far as one waits for a page.
pub async fn page(staff: &Staff, tried: Tried, days: u16) -> Result<Found, Error> {
    let replay = staff.engine.promotion_replay(&staff.cx, tried, span(staff, days)).await?;
    let expected = replay.progress().expected;
    let replay = replay.run(Some(PATIENCE), |_| {}).await?;
    found(staff, &replay, expected).await
}

/// Replays to the end for whoever listens, a line of JSON for each piece of news. Of an empty `typed` what is saved.
pub async fn stream(id: &str, days: u16, typed: &str) -> Result<TextStream<PageError>, PageError> {
    let response = use_context::<ResponseOptions>();
    let staff = session::staff().await?;
    let tried = asked(&staff, id, typed).await?;
    let replay = staff.engine.promotion_replay(&staff.cx, tried, span(&staff, days)).await?;
    let expected = replay.progress().expected;
    if let Some(response) = response {
        // A compressor would keep the lines until it has enough of them.
        response.insert_header(CONTENT_ENCODING, HeaderValue::from_static("identity"));
    }
    let lines = replay.events().then(move |event| {
        let staff = staff.clone();
        async move {
            let news = match event {
                Ok(ReplayEvent::Progress(progress)) => News::Progress {
                    looked_at: number(progress.looked_at),
                    expected: number(progress.expected),
                },
                Ok(ReplayEvent::Done(replay)) => match found(&staff, &replay, expected).await {
                    Ok(found) => News::Found(Box::new(found)),
                    Err(error) => News::Failed(error.into()),
                },
                Err(error) => News::Failed(error.into()),
            };
            Ok(line(&news))
        }
    });
    Ok(TextStream::new(lines))
}

async fn asked(staff: &Staff, id: &str, typed: &str) -> Result<Tried, PageError> {
    let id = match id {
        "" => None,
        id => Some(id.parse::<PromotionId>().map_err(|_| PageError::NotFound)?),
    };
    match (id, typed) {
        (Some(id), "") => Ok(saved(id)),
        (id, typed) => {
            let currency = staff.engine.merchant_settings(&staff.cx).await?.currency;
            let values: Values = serde_json::from_str(typed)
                .map_err(|_| PageError::Invalid("This is no promotion.".to_owned()))?;
            let terms = fields::terms(&values, currency).map_err(|problems| {
                let first = problems.into_values().next().unwrap_or_default();
                PageError::Invalid(format!("The sentence cannot stand yet: {first}."))
            })?;
            Ok(self::typed(id, terms))
        }
    }
}

fn span(staff: &Staff, days: u16) -> ReplaySpan {
    let now = staff.engine.now(staff.cx.merchant());
    ReplaySpan { from: Some(now - TimeDelta::days(i64::from(days))), to: Some(now) }
}

/// A line of ASCII: wherever the way cuts it into pieces, each of them is a text.
fn line(news: &News) -> String {
    let json = serde_json::to_string(news).unwrap_or_default();
    let mut line = String::with_capacity(json.len() + 1);
    for letter in json.chars() {
        if letter.is_ascii() {
            line.push(letter);
        } else {
            for unit in letter.encode_utf16(&mut [0; 2]) {
                // Writing into a text cannot fail.
                let _ = write!(line, "\\u{unit:04x}");
            }
        }
    }
    line.push('\n');
    line
}

async fn found(staff: &Staff, replay: &Replay, expected: u64) -> Result<Found, Error> {
    let settings = staff.engine.merchant_settings(&staff.cx).await?;
    let now = staff.engine.now(staff.cx.merchant());
    let zone = settings.time_zone;
    let last = replay.to - TimeDelta::microseconds(1);
    let [first, last] = [replay.from, last].map(|at| format::day(local_date(at, zone)));
    Ok(Found {
        period: format!("{first} – {last}"),
        purchases: number(replay.looked_at.purchases),
        cut: cut(replay, expected),
        figures: figures(replay, &settings),
        days: replay.days.iter().map(|day| (day.date, day.points)).collect(),
        winners: winners(staff, replay).await?,
        notes: notes(replay, &settings),
        budget: replay.budget.as_ref().map(|budget| {
            let enough = replay.proposed_budget.map(|points| points.get());
            of_budget(budget, enough, &settings, now)
        }),
    })
}

fn cut(replay: &Replay, expected: u64) -> String {
    if replay.complete {
        return String::new();
    }
    format!(
        "Cut short: {} of about {} purchases were looked at, those of the customers who joined first. With scripts, or by “perennial replay”, it runs to the end.",
        grouped(number(replay.looked_at.purchases)),
        grouped(number(expected)),
    )
}

fn figures(replay: &Replay, settings: &MerchantSettings) -> Vec<Figure> {
    let figure = |number, what: String| Figure { number, what };
    let cost = replay.cost.map(|cost| {
        let share =
            replay.share.map_or_else(String::new, |share| format!(", {} of what was paid", percent(share)));
        figure(signed_money(cost, settings), format!("would have cost{share}"))
    });
    let points = figure(grouped(replay.points), format!("{} more", settings.points_name));
    let of = number(replay.looked_at.customers);
    let customers = figure(grouped(number(replay.customers)), format!("of {}", customers(of)));
    cost.into_iter().chain([points, customers]).collect()
}

fn customers(count: i64) -> String {
    format::plural(count, "customer", "customers")
}

fn purchases(count: i64) -> String {
    format::plural(count, "purchase", "purchases")
}

/// `0.9%`, and two places below one percent.
fn percent(share: Rate) -> String {
    let millionths = i64::try_from(share.millionths()).unwrap_or(i64::MAX);
    match millionths {
        0 => "0%".to_owned(),
        1..100 => "less than 0.01%".to_owned(),
        100..10_000 => format!("0.{:02}%", millionths / 100),
        _ => format::percent(millionths / 1_000),
    }
}

async fn winners(staff: &Staff, replay: &Replay) -> Result<Vec<Winner>, Error> {
    if !staff.cx.may(Action::CustomersRead) {
        return Ok(Vec::new());
    }
    let ids: Vec<CustomerId> = replay.winners.iter().map(|winner| winner.customer_id).collect();
    let names = staff.engine.customers_called(&staff.cx, &ids).await?;
    let most = replay.winners.first().map_or(1, |winner| winner.points).max(1);
    let percent = |points: i64| i64::try_from(i128::from(points) * 100 / i128::from(most)).unwrap_or(100);
    Ok(replay
        .winners
        .iter()
        .map(|winner| Winner {
            id: winner.customer_id.to_string(),
            name: names.get(&winner.customer_id).cloned().unwrap_or_else(|| "No name".to_owned()),
            points: winner.points,
            percent: percent(winner.points),
        })
        .collect())
}

/// What the figures do not say by themselves.
fn notes(replay: &Replay, settings: &MerchantSettings) -> Vec<String> {
    let points_name = &settings.points_name;
    let matched = number(replay.matched);
    let all = purchases(number(replay.looked_at.purchases));
    let mut notes = vec![match replay.gives.checked_div(matched) {
        None => format!("It matches none of {all}."),
        Some(each) => {
            format!(
                "It matches {} of {all}, {} {points_name} each on average.",
                grouped(matched),
                grouped(each)
            )
        }
    }];
    if replay.displaces != 0 {
        notes.push(format!(
            "It gives {} {points_name} itself; others give {} less because of it.",
            grouped(replay.gives),
            grouped(replay.displaces)
        ));
    }
    if replay.gave != 0 {
        notes.push(format!(
            "It was in force in that time and gave {} {points_name}; this makes a difference of {}.",
            grouped(replay.gave),
            grouped(replay.change)
        ));
    }
    notes.extend(replay.overlaps.iter().take(OVERLAPS).map(overlap));
    let unclaimed = replay.unclaimed;
    if unclaimed.matched > 0 {
        notes.push(format!(
            "Not counted: {} {points_name} for {} that nobody has claimed.",
            grouped(unclaimed.points),
            purchases(number(unclaimed.matched))
        ));
    }
    let left_out = replay.left_out.iter();
    notes.extend(left_out.map(|left_out| {
        format!("Left out: {}, because {}.", purchases(number(left_out.purchases)), left_out.reason.text())
    }));
    notes
}

fn overlap(overlap: &Overlap) -> String {
    let met = purchases(number(overlap.purchases));
    match overlap.displaced {
        0 => format!("{met} of these earn by “{}”, too.", overlap.name),
        displaced => {
            format!("In {met} it meets “{}”, which gives {} less.", overlap.name, grouped(displaced))
        }
    }
}

fn of_budget(
    budget: &ReplayBudget,
    enough: Option<i64>,
    settings: &MerchantSettings,
    now: DateTime<Utc>,
) -> Budget {
    let (zone, points_name) = (settings.time_zone.tz(), &settings.points_name);
    let points = grouped(budget.points.get());
    let day = |at| clock::day(at, zone, now);
    let lasts = budget.lasts_until.map_or_else(
        || format!("At the pace of the replay, {points} {points_name} last."),
        |until| format!("At the pace of the replay, {points} {points_name} last until {}.", day(until)),
    );
    let title = match (budget.is_short, budget.ends_at) {
        (false, _) => String::new(),
        // The end is the first instant that is outside.
        (true, Some(ends_at)) => {
            format!("The budget ends before {}.", day(ends_at - TimeDelta::microseconds(1)))
        }
        (true, None) => "The budget is soon spent.".to_owned(),
    };
    let ran_out = budget.ran_out_at.map(|at| format!(" In the replay it ran out on {}.", day(at)));
    Budget {
        points: budget.points.get(),
        title,
        text: lasts + &ran_out.unwrap_or_default(),
        enough: enough.filter(|_| budget.is_short),
    }
}

fn signed_money(minor_units: i64, settings: &MerchantSettings) -> String {
    let amount = money::show(minor_units.checked_abs().unwrap_or(i64::MAX), settings.currency);
    if minor_units < 0 { format!("−{amount}") } else { amount }
}

fn number(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_ascii_and_says_the_same() {
        let news = News::Failed(PageError::Invalid("“Ä” 🌿\nend".to_owned()));
        let line = line(&news);
        assert!(line.is_ascii());
        assert_eq!(line.find('\n'), Some(line.len() - 1), "one line");
        assert_eq!(serde_json::from_str::<News>(&line).unwrap(), news);
    }

    #[test]
    fn small_shares_keep_their_places() {
        let share = |text: &str| percent(text.parse().unwrap());
        assert_eq!(
            ["0", "0.00005", "0.0042", "0.0099", "0.01", "0.128"].map(share),
            ["0%", "less than 0.01%", "0.42%", "0.99%", "1.0%", "12.8%"]
        );
    }
}
