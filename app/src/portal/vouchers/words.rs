//! What the portal says about vouchers and what people prepare, written on the server.

use super::dto::{StageView, VoucherCard};
use crate::format::{date, day, time, zone};
use crate::portal::rewards::words::{Shelf, kind_of};
use chrono::{DateTime, TimeDelta, Utc};
use perennial_domain::calendar::local_date;
use perennial_domain::rewards::{RedemptionState, VoucherState};
use perennial_engine::customer_rewards::CustomerReward;
use perennial_engine::rewards::RedemptionStep;

/// In a list.
pub(in crate::portal) fn card(shelf: &Shelf, had: &CustomerReward, now: DateTime<Utc>) -> VoucherCard {
    let until = had.expires_at.filter(|_| had.voucher == Some(VoucherState::Issued));
    VoucherCard {
        href: shelf.path(&format!("vouchers/{}", had.id)),
        name: had.name.clone(),
        kind: had.worth.kind.clone(),
        code: had.code.clone().filter(|_| had.is_open),
        detail: match until {
            Some(end) => format!("Until {}", last_day(end, shelf)),
            None => state(shelf, had, now),
        },
    }
}

/// Where it is in its life.
pub(super) fn state(shelf: &Shelf, had: &CustomerReward, now: DateTime<Utc>) -> String {
    let zone = zone(shelf.settings().time_zone.as_str());
    let on = |what: &str, instant: Option<DateTime<Utc>>| match instant {
        Some(instant) => format!("{what} {}", in_sentence(day(instant, zone, now))),
        None => what.to_owned(),
    };
    match (had.voucher, had.redemption) {
        (Some(VoucherState::Issued), _) => "Ready to use".to_owned(),
        (Some(VoucherState::Reserved), _) => "In a purchase that is being rung up".to_owned(),
        (Some(VoucherState::Used), _) => on("Used", had.used_at),
        (Some(VoucherState::Expired), _) => match had.expires_at {
            Some(end) => format!("Was good until {}", last_day(end, shelf)),
            None => "Over".to_owned(),
        },
        (Some(VoucherState::Reversed), _) | (None, Some(RedemptionState::Reversed)) => {
            "Taken back with its purchase".to_owned()
        }
        (Some(VoucherState::Cancelled), _) | (None, Some(RedemptionState::Cancelled)) => {
            "Given back".to_owned()
        }
        (None, Some(RedemptionState::Reserved)) => match had.held_until {
            Some(until) => format!("Held for you until {}", time(until, zone)),
            None => "Held for you".to_owned(),
        },
        (None, Some(RedemptionState::Released)) => "Not taken in the end".to_owned(),
        (None, Some(RedemptionState::Preparing)) => "Being prepared".to_owned(),
        (None, Some(RedemptionState::Shipped)) => "On its way".to_owned(),
        (None, Some(RedemptionState::Fulfilled)) => "You have it".to_owned(),
        (None, Some(RedemptionState::Captured) | None) => "Yours, soon to be prepared".to_owned(),
    }
}

/// What to do with what can be used.
pub(super) fn how(had: &CustomerReward, merchant: &str) -> Option<String> {
    let text = match (had.voucher, had.redemption) {
        (Some(VoucherState::Issued), _) if had.worth.kind == "voucher_pool" => {
            format!("Use this code where {merchant} says. It is yours alone.")
        }
        (Some(VoucherState::Issued), _) => {
            "At the till, show the code before you pay. Online, type it when you order.".to_owned()
        }
        (None, Some(RedemptionState::Reserved)) => {
            "The till takes the points when you pay, or lets go of them.".to_owned()
        }
        (None, Some(RedemptionState::Captured | RedemptionState::Preparing | RedemptionState::Shipped)) => {
            format!("There is nothing to do: {merchant} sees to it, and this page keeps up.")
        }
        _ => return None,
    };
    Some(text)
}

/// Whether the customer can give it back: what is unused and in nobody's hands yet. The engine decides; this only keeps
/// the page from offering what it would refuse.
pub(super) fn can_give_back(had: &CustomerReward) -> bool {
    match (had.voucher, had.redemption) {
        (Some(voucher), Some(RedemptionState::Captured)) => {
            voucher == VoucherState::Issued && had.worth.kind != "voucher_pool"
        }
        (None, Some(state)) => matches!(state, RedemptionState::Captured | RedemptionState::Reserved),
        _ => false,
    }
}

/// How far people have come with what they prepare; nothing for a voucher, and for what was given back.
pub(super) fn stages(
    shelf: &Shelf,
    had: &CustomerReward,
    steps: &[RedemptionStep],
    now: DateTime<Utc>,
) -> Vec<StageView> {
    const STAGES: [(RedemptionState, &str); 4] = [
        (RedemptionState::Captured, "Redeemed"),
        (RedemptionState::Preparing, "Being prepared"),
        (RedemptionState::Shipped, "On its way"),
        (RedemptionState::Fulfilled, "You have it"),
    ];
    let place = |state| STAGES.iter().position(|(stage, _)| *stage == state);
    let Some(reached) = had.redemption.filter(|_| had.worth.kind == "external").and_then(place) else {
        return Vec::new();
    };
    let zone = zone(shelf.settings().time_zone.as_str());
    STAGES
        .iter()
        .enumerate()
        .map(|(index, (state, label))| StageView {
            label: (*label).to_owned(),
            at: steps.iter().find(|step| step.state == *state).map(|step| day(step.at, zone, now)),
            is_reached: index <= reached,
            is_next: index == reached + 1,
        })
        .collect()
}

/// The small print.
pub(super) fn facts(shelf: &Shelf, had: &CustomerReward, now: DateTime<Utc>) -> Vec<(String, String)> {
    let zone = zone(shelf.settings().time_zone.as_str());
    let mut facts = Vec::new();
    let mut fact = |name: &str, value: String| facts.push((name.to_owned(), value));
    if let (Some(VoucherState::Issued | VoucherState::Reserved), Some(end)) = (had.voucher, had.expires_at) {
        let left = (local_date(end - TimeDelta::microseconds(1), shelf.settings().time_zone)
            - local_date(now, shelf.settings().time_zone))
        .num_days();
        let left = match left {
            i64::MIN..=0 => "today only".to_owned(),
            1 => "1 more day".to_owned(),
            days => format!("{days} more days"),
        };
        fact("Good until", format!("{}, {left}", last_day(end, shelf)));
    }
    if let Some(instant) = had.used_at {
        fact("Used", format!("{}, {}", day(instant, zone, now), time(instant, zone)));
    }
    match had.points {
        Some(points) => fact("It cost", shelf.points(points)),
        None => fact("It cost", "Nothing, it was given to you".to_owned()),
    }
    fact("Yours since", format!("{}, {}", day(had.created_at, zone, now), time(had.created_at, zone)));
    // What cannot be used any more needs no picture, but may have to be found again.
    if let Some(code) = had.code.clone().filter(|_| !had.is_open) {
        fact("Code", code);
    }
    facts
}

/// What it takes off, in words.
pub(super) fn worth(shelf: &Shelf, had: &CustomerReward) -> String {
    kind_of(&had.worth.kind, had.worth.value.clone()).map(|kind| shelf.worth(&kind)).unwrap_or_default()
}

/// The last day of something that ends at an instant, by the merchant's calendar: “May 21, 2026”.
pub(in crate::portal) fn last_day(end: DateTime<Utc>, shelf: &Shelf) -> String {
    date(local_date(end - TimeDelta::microseconds(1), shelf.settings().time_zone))
}

/// “today” within a sentence, “on May 12” with its preposition.
fn in_sentence(day: String) -> String {
    match day.as_str() {
        "Today" | "Yesterday" => day.to_lowercase(),
        _ => format!("on {day}"),
    }
}
