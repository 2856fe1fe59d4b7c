//! Cashback in words, written on the server: the receipt of a purchase, one explanation that customers and staff read alike;
//! and where a customer stands.

use crate::format::{day, percent};
use crate::ui::{ReceiptLine, ReceiptView};
use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;
use perennial_domain::cashback::{CashbackOutcome, LineCashback, OfferExplanation, OfferMissReason};
use perennial_domain::money::{Amount, Currency, format_amount};
use perennial_engine::cashback::{CashbackGiven, CashbackWallet};

/// Lines that a receipt shows; a basket may have ten thousand.
const LINES_SHOWN: usize = 100;

/// What the wallets of a customer hold to spend, and what waits or is gone next; nothing before the first.
pub fn standing(wallets: &[CashbackWallet], zone: Tz, now: DateTime<Utc>) -> Option<(String, String)> {
    if wallets.is_empty() {
        return None;
    }
    let (mut available, mut notes) = (Vec::new(), Vec::new());
    for wallet in wallets {
        let money = |amount: Amount| crate::format::money(amount.get(), &wallet.currency);
        available.push(money(wallet.available));
        if !wallet.pending.is_zero() {
            notes.push(format!("{} waits", money(wallet.pending)));
        }
        if !wallet.owed.is_zero() {
            notes.push(format!("{} owed", money(wallet.owed)));
        }
        if let Some(soon) = wallet.expiring.first() {
            // It is gone at the end of a day: the last moment of that day is just before.
            let last = day(soon.expires_at - TimeDelta::seconds(1), zone, now);
            // Where all of it goes then, the figure above the note has said how much.
            let is_all = wallets.len() == 1 && notes.is_empty() && soon.amount == wallet.available;
            notes.push(if is_all {
                format!("until {last}")
            } else {
                format!("{} until {last}", money(soon.amount))
            });
        }
    }
    Some((available.join(", "), notes.join(", ")))
}

/// Why a purchase gave the cashback that it gave, and what returns took back. `names` are those of its lines. Customers
/// are not told of offers that do not run (`all`), and nothing at all (no lines) where none ran.
pub fn receipt(given: &CashbackGiven, names: &[String], all: bool) -> ReceiptView {
    let cashback = &given.cashback;
    let money = |amount| format_amount(amount, cashback.currency);
    // Where nothing was given, the offers say why; the lines would only repeat it. Merchants see those that came to less
    // than a cent.
    let is_tried = all && cashback.lines.iter().any(|line| !line.applied.is_empty());
    let told = if is_tried || !cashback.amount.is_zero() { cashback.lines.as_slice() } else { &[] };
    let (shown, rest) = told.split_at_checked(LINES_SHOWN).unwrap_or((told, &[]));
    let mut lines: Vec<ReceiptLine> =
        shown.iter().zip(names).map(|(line, name)| bought(line, name, cashback.currency)).collect();
    lines.extend(more(rest, cashback.currency));
    lines.extend(cashback.offers.iter().filter_map(|offer| missed(offer, all)));
    let kept = cashback.amount.checked_sub(given.returned).unwrap_or(Amount::ZERO);
    if !given.returned.is_zero() {
        lines.push(ReceiptLine {
            what: "Returned".to_owned(),
            figure: format!("−{}", money(given.returned)),
            why: vec![format!("Of the {} that the purchase gave", money(cashback.amount))],
            miss: true,
        });
    }
    let question = if cashback.amount.is_zero() {
        "Why no cashback?".to_owned()
    } else {
        format!("Why {} cashback?", money(cashback.amount))
    };
    let total_label = if given.returned.is_zero() { "Cashback" } else { "Cashback that is left" };
    ReceiptView { question, lines, total_label: total_label.to_owned(), total: money(kept) }
}

fn bought(line: &LineCashback, name: &str, currency: Currency) -> ReceiptLine {
    let money = |amount| format_amount(amount, currency);
    let why = if line.applied.is_empty() {
        vec![line.text.clone()]
    } else {
        let sentence = |applied: &perennial_domain::cashback::AppliedOffer| {
            let part = percent(applied.percentage);
            let mut text =
                format!("{}: {part} of {} = {}", applied.name, money(line.paid), money(applied.amount));
            if !applied.cut.is_zero() {
                text.push_str(&format!(", {} less by its cap", money(applied.cut)));
            }
            text
        };
        line.applied.iter().map(sentence).collect()
    };
    ReceiptLine { what: name.to_owned(), figure: money(line.amount), why, miss: line.amount.is_zero() }
}

/// One row for the lines beyond those that are shown, so that the receipt still adds up.
fn more(rest: &[LineCashback], currency: Currency) -> Option<ReceiptLine> {
    let amount = Amount::checked_sum(rest.iter().map(|line| line.amount))?;
    (!rest.is_empty()).then(|| ReceiptLine {
        what: format!("{} more lines", rest.len()),
        figure: format_amount(amount, currency),
        why: Vec::new(),
        miss: amount.is_zero(),
    })
}

fn missed(offer: &OfferExplanation, all: bool) -> Option<ReceiptLine> {
    let CashbackOutcome::Missed { reasons } = &offer.outcome else { return None };
    let is_told = |reason: &OfferMissReason| {
        all || !matches!(
            reason,
            OfferMissReason::Inactive | OfferMissReason::NotStarted { .. } | OfferMissReason::Over { .. }
        )
    };
    reasons.iter().all(|miss| is_told(&miss.reason)).then(|| ReceiptLine {
        what: offer.name.to_string(),
        figure: "not this time".to_owned(),
        why: reasons.iter().map(|miss| miss.text.clone()).collect(),
        miss: true,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn given(returned: i64) -> CashbackGiven {
        let (wine, tart, glass) = (
            "01900000-0000-7000-8000-000000000001",
            "01900000-0000-7000-8000-000000000002",
            "01900000-0000-7000-8000-000000000003",
        );
        serde_json::from_value(json!({
            "returned": returned, "credited_at": "2026-11-21T12:00:00Z", "amount": 90, "currency": "USD",
            "lines": [
                {"paid": 1_800, "amount": 90, "text": "", "applied": [
                    {"offer_id": wine, "name": "Wine days", "percentage": "0.075", "amount": 90, "cut": 45}]},
                {"paid": 800, "amount": 0, "text": "No offer covers it", "applied": []},
            ],
            "offers": [
                {"offer_id": wine, "name": "Wine days", "summary": "", "outcome": "applied", "amount": 90, "cut": 45},
                {"offer_id": tart, "name": "Cakes", "summary": "", "outcome": "missed",
                 "reasons": [{"code": "no_matching_line", "text": "Nothing eligible was bought"}]},
                {"offer_id": glass, "name": "Secret", "summary": "", "outcome": "missed",
                 "reasons": [{"code": "inactive", "text": "It is switched off"}]},
            ],
        }))
        .unwrap()
    }

    fn names() -> Vec<String> {
        ["Natural wine", "Apple tart"].map(str::to_owned).to_vec()
    }

    #[test]
    fn every_cent_is_explained() {
        let shown = receipt(&given(0), &names(), false);
        assert_eq!((shown.question.as_str(), shown.total.as_str()), ("Why $0.90 cashback?", "$0.90"));
        let lines: Vec<_> =
            shown.lines.iter().map(|line| (line.what.as_str(), line.figure.as_str())).collect();
        assert_eq!(
            lines,
            [("Natural wine", "$0.90"), ("Apple tart", "$0.00"), ("Cakes", "not this time")],
            "customers hear nothing of an offer that is switched off"
        );
        assert_eq!(shown.lines[0].why, ["Wine days: 7.5% of $18.00 = $0.90, $0.45 less by its cap"]);
        assert_eq!(receipt(&given(0), &names(), true).lines.last().unwrap().what, "Secret");
    }

    #[test]
    fn what_was_returned_is_taken_off() {
        let shown = receipt(&given(60), &names(), false);
        assert_eq!(shown.lines.last().unwrap().figure, "−$0.60");
        assert_eq!((shown.total_label.as_str(), shown.total.as_str()), ("Cashback that is left", "$0.30"));
    }
}
