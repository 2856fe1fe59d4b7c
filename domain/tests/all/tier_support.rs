//! Short ways to write ladders and memberships.

use chrono::NaiveDate;
use perennial_domain::ids::TierId;
use perennial_domain::tiers::{Ladder, Membership, Situation, Tier, TierInput, TierPolicy};
use serde_json::{Value, json};
use uuid::Uuid;

pub fn date(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// The id of the n-th tier of a test.
pub fn tier_id(number: u128) -> TierId {
    TierId::from_uuid(Uuid::from_u128(number))
}

pub fn tier(number: u128, threshold: i64) -> Tier {
    let input =
        TierInput { name: format!("Tier {number}"), threshold: Some(threshold), ..TierInput::default() };
    Tier { id: tier_id(number), terms: input.check().unwrap() }
}

/// Tiers 1, 2, 3 … with these thresholds.
pub fn ladder(thresholds: &[i64]) -> Ladder {
    Ladder::new((1..).zip(thresholds).map(|(number, threshold)| tier(number, *threshold))).unwrap()
}

/// The ladder of seed 001.
pub fn seed_ladder() -> Ladder {
    ladder(&[0, 50, 100])
}

pub fn policy(window: Value, change: Value) -> TierPolicy {
    let policy = TierPolicy { window: serde_json::from_value(window).unwrap(), ..TierPolicy::default() };
    policy.with(serde_json::from_value(change).unwrap())
}

pub fn calendar_year() -> TierPolicy {
    policy(json!({"kind": "calendar_year"}), json!({}))
}

pub fn rolling(months: u16) -> TierPolicy {
    policy(json!({"kind": "rolling_months", "months": months}), json!({}))
}

pub fn ever() -> TierPolicy {
    policy(json!({"kind": "ever"}), json!({}))
}

/// A customer who enrolled on 10 March 2024.
pub fn on<'a>(ladder: &'a Ladder, policy: &'a TierPolicy, today: &str) -> Situation<'a> {
    Situation { ladder, policy, today: date(today), enrolled_on: date("2024-03-10") }
}

pub fn member(tier: u128, since: &str, kept_until: Option<&str>) -> Membership {
    Membership {
        tier: (tier > 0).then(|| tier_id(tier)),
        since: date(since),
        kept_until: kept_until.map(date),
        pinned_until: None,
        manual: None,
    }
}
