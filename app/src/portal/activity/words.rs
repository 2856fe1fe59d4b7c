//! What happened to a customer's points, in words: in the zone of the store.

use crate::format::{date_in, day, month, time, zone};
use crate::portal::parts::Entry;
use crate::ui::{grouped, signed};
use chrono::{DateTime, Datelike, Utc};
use perennial_engine::points::Activity;

/// Something that happened, in a list: `dated` where no heading says the day.
pub(in crate::portal) fn entry(slug: &str, row: &Activity, now: DateTime<Utc>, dated: bool) -> Entry {
    let zone = zone(&row.time_zone);
    let at = happened(row);
    let shop = row.retailer_name.clone().unwrap_or_default();
    let bought = row.kind == "purchase" || row.kind == "claim";
    let mut detail = match dated {
        true => format!("{}, {}", day(at, zone, now), time(at, zone)),
        false => time(at, zone),
    };
    if !bought && !shop.is_empty() {
        detail.push_str(&format!(", {shop}"));
    }
    if row.kind == "claim" {
        detail.push_str(", claimed");
    }
    match row.returned {
        Some(true) => detail.push_str(", returned"),
        Some(false) => detail.push_str(", partly returned"),
        None => {}
    }
    if let Some(waits) = waits(row, now) {
        detail.push_str(&format!(", {waits}"));
    }
    let redemption = row.redemption_id.map(|redemption| format!("/p/{slug}/vouchers/{redemption}"));
    let what = match (&row.reward_name, bought) {
        (_, true) => shop,
        (Some(reward), _) => format!("{}: {reward}", what(&row.kind, row.purchase_id.is_some())),
        (None, _) => what(&row.kind, row.purchase_id.is_some()).to_owned(),
    };
    Entry {
        href: redemption.or(row.purchase_id.map(|purchase| format!("/p/{slug}/activity/{purchase}"))),
        what,
        detail,
        receipt: row.transaction_id.as_deref().map(|number| format!("receipt {number}")),
        points: signed(row.points),
        earned: row.points > 0,
        is_reward: row.redemption_id.is_some(),
        waits: row.waiting > 0 && row.waiting == row.points,
    }
}

/// What cannot be spent yet of a purchase or claim: “on the way until May 28”, or “148 on the way until May 28” of more points.
fn waits(row: &Activity, now: DateTime<Utc>) -> Option<String> {
    let until = row.waits_until.filter(|_| row.waiting > 0)?;
    let how_many =
        if row.waiting == row.points { String::new() } else { format!("{} ", grouped(row.waiting)) };
    // What is due comes with the next round.
    if until <= now {
        return Some(format!("{how_many}on the way"));
    }
    let zone = zone(&row.time_zone);
    let last = date_in(until.with_timezone(&zone).date_naive(), now.with_timezone(&zone).year());
    Some(format!("{how_many}on the way until {last}"))
}

/// What happened, where it was neither a purchase nor a claim. Points are redeemed for a reward, or in a purchase.
fn what(kind: &str, in_purchase: bool) -> &str {
    match kind {
        "redemption" if in_purchase => "Paid with points",
        "maturity" => "Points became spendable",
        "return" => "Return",
        "expiry" => "Points expired",
        "adjustment" => "Corrected by the staff",
        "redemption" => "Redeemed",
        "release" => "No longer held",
        "cancellation" => "Given back",
        "award" => "A thank-you",
        "merge" => "Your accounts became one",
        _ => "Points",
    }
}

/// The heading that an entry belongs under, and whether that says the day: “Today”, “Yesterday”, else the month.
pub(super) fn heading(row: &Activity, now: DateTime<Utc>) -> (String, bool) {
    let (at, zone) = (happened(row), zone(&row.time_zone));
    let said = day(at, zone, now);
    let is_near = ["Today", "Yesterday"].contains(&said.as_str());
    if is_near { (said, true) } else { (month(at, zone, now), false) }
}

/// A purchase, and the points that paid for it, count when it was bought; everything else when it was posted.
fn happened(row: &Activity) -> DateTime<Utc> {
    let paid = row.kind == "redemption" && row.purchase_id.is_some();
    if row.kind == "purchase" || paid { row.occurred_at } else { row.posted_at }
}
