//! What the portal says, written on the server: in the merchant's words, in the zone of the store.

use super::purchase::ExplainedView;
use crate::format::{date_in, long_date, money, time, zone};
use crate::ui::{ReceiptLine, ReceiptView, grouped, signed};
use chrono::{DateTime, Datelike, Timelike, Utc};
use perennial_domain::calendar::local_date;
use perennial_domain::evaluate::{Explanation, LineExplanation, MissReason, Outcome, PromotionExplanation};
use perennial_domain::expiry::Warning;
use perennial_domain::money::format_amount;
use perennial_domain::promotion::Effect;
use perennial_domain::settings::MerchantSettings;
use perennial_engine::points::Expiring;
use perennial_engine::purchase_record::{LineRecord, PurchaseRecord};
use perennial_engine::purchases::PurchaseView;
use perennial_engine::snapshot::Snapshot;

/// “Good evening, Maya. You have”, by the clocks of the merchant.
pub(super) fn greeting(name: &str, now: DateTime<Utc>, settings: &MerchantSettings) -> String {
    let part = match now.with_timezone(&zone(settings.time_zone.as_str())).hour() {
        5..12 => "morning",
        12..18 => "afternoon",
        _ => "evening",
    };
    match name.split_whitespace().next() {
        Some(first) => format!("Good {part}, {first}. You have"),
        None => format!("Good {part}. You have"),
    }
}

/// What points are worth in money, rounded down, where there are any and the merchant says so.
pub(super) fn worth(points: i64, settings: &MerchantSettings) -> Option<String> {
    let value = settings.point_value.filter(|value| points > 0 && !value.points.is_zero())?;
    let minor = i128::from(points) * i128::from(value.amount.get()) / i128::from(value.points.get());
    Some(money(i64::try_from(minor).ok()?, settings.currency.code()))
}

/// Points that are gone within a month: how many, and the last day on which they can be spent.
pub(super) fn expiring(
    soon: &Expiring,
    now: DateTime<Utc>,
    settings: &MerchantSettings,
) -> Option<(i64, String)> {
    let today = local_date(now, settings.time_zone);
    let left = soon.expires_on.signed_duration_since(today).num_days();
    (0..=i64::from(Warning::Month.days()))
        .contains(&left)
        .then(|| (soon.points, date_in(soon.expires_on, today.year())))
}

/// Lines that a receipt shows; a basket may have ten thousand.
const LINES_SHOWN: usize = 100;
/// Promotions that nearly applied and are told to the customer.
const MISSES_SHOWN: usize = 3;

/// What was paid, and with what besides money.
fn paid(record: &PurchaseRecord) -> Vec<(String, String)> {
    let show = |amount| format_amount(amount, record.currency);
    let Some(tenders) = &record.tenders else { return vec![("Paid".to_owned(), show(record.amount))] };
    let mut paid = vec![("Price".to_owned(), show(record.amount))];
    for voucher in &tenders.vouchers {
        paid.push(("Voucher".to_owned(), format!("{}, {}", voucher.name, show(voucher.amount))));
    }
    if let Some(points) = &tenders.points {
        let worth = format!("{} for {}", points.spent.grouped(), show(points.amount));
        paid.push(("Paid with points".to_owned(), worth));
    }
    if let Some(cashback) = &tenders.cashback {
        paid.push(("Paid with cashback".to_owned(), show(cashback.amount)));
    }
    paid.push(("Paid".to_owned(), show(tenders.paid)));
    paid
}

/// A purchase, explained like a receipt.
pub(super) fn explained(view: &PurchaseView, explanation: &Explanation, program: &Snapshot) -> ExplainedView {
    let unit = program.settings.points_name.as_str();
    let record = &view.record;
    let zone = zone(&view.retailer.time_zone);
    let points = explanation.points.get();
    let total = format!("{} {unit}", grouped(points));
    let mut facts = vec![
        ("Bought".to_owned(), long_date(record.occurred_at, zone)),
        ("Time".to_owned(), time(record.occurred_at, zone)),
        ("Receipt".to_owned(), record.transaction_id.to_string()),
    ];
    facts.extend(paid(record));
    if let Some(claim) = &view.claim {
        facts.push(("Claimed".to_owned(), long_date(claim.claimed_at, zone)));
    }
    let mut lines: Vec<ReceiptLine> = record
        .lines
        .iter()
        .zip(&explanation.lines)
        .take(LINES_SHOWN)
        .map(|(bought, line)| receipt_line(bought, line, explanation, program))
        .collect();
    lines.extend(more_lines(explanation, unit));
    lines.extend(explanation.applied.iter().map(|applied| ReceiptLine {
        what: applied.name.to_string(),
        figure: format!("{} {unit}", signed(applied.points.get())),
        why: vec!["Once for the whole purchase".to_owned()],
        miss: applied.points.is_zero(),
    }));
    lines.extend(explanation.promotions.iter().filter_map(near_miss).take(MISSES_SHOWN));
    lines.extend(explanation.pending.iter().map(|pending| {
        let days = if pending.days == 1 { "day" } else { "days" };
        ReceiptLine {
            what: "Not spendable at once".to_owned(),
            figure: format!("{} {unit}", grouped(pending.points.get())),
            why: vec![format!("They wait {} {days} from the purchase or the claim", pending.days)],
            miss: true,
        }
    }));
    let receipt = ReceiptView {
        question: if points > 0 { format!("Why {total}?") } else { format!("Why no {unit}?") },
        lines,
        total_label: "Earned".to_owned(),
        total: total.clone(),
    };
    ExplainedView { title: view.retailer.name.clone(), facts, receipt, total, cashback: None, returned: None }
}

fn receipt_line(
    bought: &LineRecord,
    line: &LineExplanation,
    explanation: &Explanation,
    program: &Snapshot,
) -> ReceiptLine {
    let name = name_of(bought, program);
    let what = match (bought.quantity, bought.unit_price) {
        (1, _) => name,
        (count, Some(price)) => {
            format!("{name}, {} × {}", grouped_count(count), format_amount(price, explanation.currency))
        }
        (count, None) => format!("{name}, {}", grouped_count(count)),
    };
    ReceiptLine {
        what,
        figure: format_amount(line.paid, explanation.currency),
        why: arithmetic(line, explanation, program.settings.points_name.as_str()),
        miss: line.points.is_zero(),
    }
}

/// How a line earned what it earned, in the customer's word for points; a sentence each.
fn arithmetic(line: &LineExplanation, explanation: &Explanation, unit: &str) -> Vec<String> {
    if line.applied.is_empty() {
        let text = if line.paid.is_zero() { "Nothing was paid for it, so no" } else { "Does not earn" };
        return vec![format!("{text} {unit}")];
    }
    let each = explanation.currency.one();
    let mut why: Vec<String> = line
        .applied
        .iter()
        .map(|applied| {
            let points = applied.points.grouped();
            let mut sentence = match applied.effect {
                Effect::AwardRate(rate) => format!("{rate} {unit} for each {each} = {points}"),
                Effect::Multiplier(factor) => format!("{}, {factor}×: {points} more", applied.name),
                Effect::FlatPoints(_) => format!("{}: {points}", applied.name),
            };
            if !applied.cut.is_zero() {
                sentence.push_str(&format!(", {} less than without its limit", applied.cut.grouped()));
            }
            if let Some(own) = line.carried.iter().find(|own| own.promotion_id == applied.promotion_id) {
                sentence.push_str(&format!(", {}", own.carried.text));
            }
            sentence
        })
        .collect();
    // What is carried over is not lost: each promotion tells its own.
    if line.exact.contains('.') && !explanation.carry_over {
        why.push(format!("{} {}", line.exact, explanation.rounding.text()));
    }
    why
}

/// What the lines of a purchase are called.
pub(super) fn names(view: &PurchaseView, program: &Snapshot) -> Vec<String> {
    view.record.lines.iter().map(|line| name_of(line, program)).collect()
}

/// The name in the catalogue, else what the till called it.
fn name_of(bought: &LineRecord, program: &Snapshot) -> String {
    let known =
        bought.product_id.and_then(|id| program.catalogue.by_id(id)).map(|product| product.name.clone());
    known.or_else(|| bought.product.clone()).unwrap_or_else(|| "Purchase".to_owned())
}

fn grouped_count(count: u64) -> String {
    grouped(i64::try_from(count).unwrap_or(i64::MAX))
}

/// One row for the lines beyond those that are shown, so that the receipt still adds up.
fn more_lines(explanation: &Explanation, unit: &str) -> Option<ReceiptLine> {
    let rest = explanation.lines.get(LINES_SHOWN..).filter(|rest| !rest.is_empty())?;
    let points: i64 = rest.iter().map(|line| line.points.get()).sum();
    Some(ReceiptLine {
        what: format!("{} more lines", grouped_count(rest.len() as u64)),
        figure: format!("{} {unit}", signed(points)),
        why: Vec::new(),
        miss: points == 0,
    })
}

/// A promotion that failed by one thing which the customer could do otherwise next time.
fn near_miss(promotion: &PromotionExplanation) -> Option<ReceiptLine> {
    let Outcome::Missed { reasons } = &promotion.outcome else { return None };
    let [only] = reasons.as_slice() else { return None };
    let figure = match &only.reason {
        MissReason::BelowMinimum { .. } => "not yet",
        MissReason::Weekday { .. } | MissReason::Hours { .. } | MissReason::NotStarted { .. } => {
            "not this time"
        }
        MissReason::NotBest { .. } | MissReason::Excluded { .. } => "another one counts",
        _ => return None,
    };
    Some(ReceiptLine {
        what: promotion.name.clone(),
        figure: figure.to_owned(),
        why: vec![match &only.reason {
            MissReason::BelowMinimum { missing, currency, .. } => {
                format!("{} short", format_amount(*missing, *currency))
            }
            _ => only.text.clone(),
        }],
        miss: true,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn settings(point_value: serde_json::Value) -> MerchantSettings {
        serde_json::from_value(json!({
            "name": "Sola Bakery", "currency": "USD", "time_zone": "America/Los_Angeles", "points_name": "crumbs",
            "unknown_customer": "create", "claim_days": 30, "accepted_lateness_days": 7, "rounding": "floor",
            "point_value": point_value,
        }))
        .unwrap()
    }

    #[test]
    fn points_are_worth_whole_minor_units() {
        let settings = settings(json!({"points": 3, "amount": 10}));
        assert_eq!(worth(1_000, &settings).as_deref(), Some("$33.33"));
        assert_eq!(worth(0, &settings), None);
        assert_eq!(worth(-5, &settings), None, "a debt is worth nothing, not less");
    }

    #[test]
    fn no_value_no_worth() {
        assert_eq!(worth(1_000, &settings(json!(null))), None);
    }

    #[test]
    fn the_greeting_follows_the_merchants_clock() {
        let settings = settings(json!(null));
        let at = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
        assert_eq!(
            greeting("Maya Okafor", at("2026-05-14T02:00:00Z"), &settings),
            "Good evening, Maya. You have"
        );
        assert_eq!(greeting("", at("2026-05-14T16:00:00Z"), &settings), "Good morning. You have");
    }
}
