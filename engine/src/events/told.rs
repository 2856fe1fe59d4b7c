//! What a customer reads of an event.

use perennial_domain::events::EventKind;
use perennial_domain::money::{Amount, Currency, format_amount, group_digits};
use perennial_domain::written;
use serde_json::Value;

/// An event as a customer reads it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Told {
    /// One short sentence, without a full stop.
    pub(crate) title: String,
    /// The page of the portal where one sees more, below the merchant's address; empty for the first page.
    pub(crate) page: &'static str,
}

/// Says `event` to the customer whom it concerns; nothing for a kind that is neither told nor shown.
///
/// `points_name` is what the merchant calls points. A field that is missing, because the event was written by another
/// version of the program, leaves a sentence without it.
#[must_use]
pub(crate) fn told(kind: EventKind, data: &Value, program: &str, points_name: &str) -> Option<Told> {
    let told = |title: String, page| Some(Told { title, page });
    let number = |field: &str| data.get(field).and_then(Value::as_i64).unwrap_or(0);
    let text = |field: &str| data.get(field).and_then(Value::as_str).unwrap_or_default();
    let points = |field: &str| format!("{} {points_name}", group_digits(number(field).saturating_abs()));
    match kind {
        EventKind::PointsMatured => told(format!("{} can be spent now", points("points")), "activity"),
        EventKind::PointsExpired => told(format!("{} have expired", points("points")), "activity"),
        EventKind::PointsAdjusted | EventKind::PointsAwarded if number("points") < 0 => {
            told(format!("{} were taken from your account", points("points")), "activity")
        }
        EventKind::PointsAdjusted | EventKind::PointsAwarded => {
            told(format!("You were given {}", points("points")), "activity")
        }
        EventKind::PointsExpiring => {
            let until = day(text("expires_on")).map(|day| format!(" after {day}")).unwrap_or_default();
            told(format!("{} will expire{until}", points("points")), "rewards")
        }
        EventKind::CreditsAwarded => {
            let credits = number("credits");
            let noun = if credits.saturating_abs() == 1 { "referral credit" } else { "referral credits" };
            let credited = format!("{} {noun}", group_digits(credits.saturating_abs()));
            match (credits < 0, credits.saturating_abs()) {
                (true, 1) => told(format!("{credited} was taken from your account"), "invite"),
                (true, _) => told(format!("{credited} were taken from your account"), "invite"),
                (false, _) => told(format!("You were given {credited}"), "invite"),
            }
        }
        EventKind::PurchaseReturned if number("points_reversed") == 0 => {
            told("A return was booked on one of your purchases".to_owned(), "activity")
        }
        EventKind::PurchaseReturned => {
            told(format!("A return took back {}", points("points_reversed")), "activity")
        }
        EventKind::TierChanged => {
            let name = |end: &str| data.pointer(&format!("/{end}/name")).and_then(Value::as_str);
            let title = match (text("moved"), name("from"), name("to")) {
                ("up", _, Some(to)) => format!("You have reached {to}"),
                (_, _, Some(to)) => format!("Your tier is {to} now"),
                (_, Some(from), None) => format!("You are no longer on {from}"),
                (_, None, None) => "Your tier has changed".to_owned(),
            };
            told(title, "tiers")
        }
        EventKind::CashbackCredited => match money(number("amount"), text("currency")) {
            Some(amount) => told(format!("{amount} of cashback for your purchase"), "cashback"),
            None => told("There is cashback for your purchase".to_owned(), "cashback"),
        },
        EventKind::CashbackAwarded => {
            let amount = money(number("amount").saturating_abs(), text("currency"));
            let amount =
                amount.map_or_else(|| "cashback".to_owned(), |amount| format!("{amount} of cashback"));
            let title = if number("amount") < 0 {
                format!("A gift was taken back: {amount}")
            } else {
                format!("You were given {amount}")
            };
            told(title, "cashback")
        }
        EventKind::CashbackExpired => match money(number("amount"), text("currency")) {
            Some(amount) => told(format!("{amount} of cashback have expired"), "cashback"),
            None => told("Some of your cashback has expired".to_owned(), "cashback"),
        },
        EventKind::RedemptionChanged => {
            let (reward, state) = (text("reward"), text("state"));
            let is_restored = data.get("restored").and_then(Value::as_bool).unwrap_or(false);
            let title = match state {
                _ if is_restored => format!("{reward}: you can use it once more"),
                "reserved" => format!("{reward}: the points are held for you"),
                "captured" => format!("{reward}: the points are spent"),
                "preparing" => format!("{reward} is being prepared"),
                "shipped" => format!("{reward} is on its way to you"),
                "fulfilled" => format!("{reward}: you have it"),
                "released" | "cancelled" | "reversed" => format!("{reward}: cancelled, the points are back"),
                _ => format!("{reward}: something has changed"),
            };
            told(title, "vouchers")
        }
        EventKind::VoucherGiven => told(format!("You have a voucher: {}", text("reward")), "vouchers"),
        EventKind::CustomerCreated => told(format!("Welcome to {program}"), ""),
        EventKind::CustomerMerged => {
            told("Another account of yours was merged into this one".to_owned(), "activity")
        }
        EventKind::ReferralRegistered => told("A friend joined with your invitation".to_owned(), "invite"),
        EventKind::ReferralQualified => {
            told("A friend you invited made a first purchase".to_owned(), "invite")
        }
        EventKind::ReferralRewarded => told("You were rewarded for inviting a friend".to_owned(), "invite"),
        EventKind::ReferralReversed => {
            told("A friend you invited returned the first purchase".to_owned(), "invite")
        }
        EventKind::PointsCredited
        | EventKind::PointsReversed
        | EventKind::PurchaseUnclaimed
        | EventKind::PurchaseClaimed
        | EventKind::CashbackReversed
        | EventKind::RewardRedeemed
        | EventKind::VoucherUsed
        | EventKind::ReferralRejected
        | EventKind::CustomerErased => None,
    }
}

fn day(text: &str) -> Option<String> {
    text.parse().ok().map(written::date)
}

fn money(amount: i64, currency: &str) -> Option<String> {
    let currency: Currency = currency.parse().ok()?;
    Some(format_amount(Amount::new(amount).ok()?, currency))
}
