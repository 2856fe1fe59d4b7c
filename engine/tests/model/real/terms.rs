//! Terms in the form of the API.

use std::collections::BTreeMap;

use perennial_domain::cashback::OfferInput;
use perennial_domain::ids::TierId;
use perennial_domain::policies::PolicyInput;
use perennial_domain::promotion::PromotionTerms;
use perennial_domain::rewards::RewardInput;
use perennial_domain::tiers::TierInput;
use serde_json::{Value, json};

use crate::plain::*;

/// The settings of the merchant.
pub fn settings(setup: &Setup, claim_days: i64) -> Value {
    let ladder = &setup.ladder;
    let mut settings = json!({
        "expiry": expiry(&setup.expiry),
        "claim_days": claim_days,
        "carry_over": setup.carry_over,
        "rounding": match setup.rounding {
            Rounding::Floor => "floor",
            Rounding::HalfUp => "half_up",
            Rounding::HalfEven => "half_even",
            Rounding::Ceil => "ceil",
        },
        "tiers": {
            "basis": match ladder.basis {
                Basis::Points => "points_earned",
                Basis::Spend => "spend",
                Basis::Purchases => "purchases",
            },
            "window": match ladder.window {
                Window::Ever => json!({"kind": "ever"}),
                Window::Months(months) => json!({"kind": "rolling_months", "months": months}),
                Window::CalendarYear => json!({"kind": "calendar_year"}),
                Window::MembershipYear => json!({"kind": "membership_year"}),
            },
            "demotion": if ladder.one_step { "one_step" } else { "straight" },
            "grace_days": ladder.grace_days,
        },
        "cashback_mode": if setup.best_offer_only { "best" } else { "all" },
    });
    if let Some((points, amount)) = setup.point_value {
        settings["point_value"] = json!({"points": points, "amount": amount});
    }
    if let Some(friends) = &setup.friends {
        settings["referrals"] = json!({"hold_days": friends.hold_days, "max_per_hour": friends.per_hour});
    }
    settings
}

pub fn promotion(terms: &Terms, tiers: &BTreeMap<usize, TierId>) -> PromotionTerms {
    let mut input = json!({
        "name": "Promotion",
        "products": {"include": terms.include, "exclude": terms.exclude},
        "retailers": terms.retailers,
        "tiers": terms.tiers.iter().map(|tier| tiers[tier]).collect::<Vec<_>>(),
        "first_purchase_only": terms.first_purchase_only,
        "stacking": {"group": terms.group, "mode": match terms.mode {
            Mode::Add => "add",
            Mode::Best => "best",
            Mode::Exclusive => "exclusive",
        }},
        "priority": terms.priority,
    });
    match &terms.effect {
        Effect::Rate(rate) => input["award_rate"] = json!(rate.to_string()),
        Effect::Multiplier(by) => input["multiplier"] = json!(by.to_string()),
        Effect::Flat(points) => input["flat_points"] = json!(points),
    }
    if let Some(amount) = terms.minimum_amount {
        input["minimum_amount"] = json!(amount);
    }
    if let Some(points) = terms.per_purchase {
        input["max_points_per_purchase"] = json!(points);
    }
    if let Some((points, period)) = terms.per_customer {
        input["max_points_per_customer"] = json!({"points": points, "per": per(period)});
    }
    if let Some((points, partial)) = terms.budget {
        input["budget"] =
            json!({"points": points, "when_exhausted": if partial { "partial" } else { "stop" }});
    }
    if let Some(days) = terms.pending_days {
        input["pending_days"] = json!(days);
    }
    serde_json::from_value(input).unwrap()
}

pub fn tier(number: usize, terms: &Tier) -> TierInput {
    TierInput {
        name: format!("Tier {number}"),
        threshold: Some(terms.threshold),
        multiplier: Some(terms.multiplier.to_string()),
        discount: (!terms.discount.is_zero()).then(|| terms.discount.normalize().to_string()),
        ..TierInput::default()
    }
}

pub fn offer(terms: &OfferTerms) -> OfferInput {
    let mut input = json!({
        "name": "Offer",
        "percentage": terms.percentage.normalize().to_string(),
        "products": terms.products,
        "active": terms.active,
        "pending_days": terms.pending_days,
    });
    for (field, value) in [
        ("cap_per_purchase", terms.per_purchase),
        ("cap_per_month", terms.per_month),
        ("valid_days", terms.valid_days.and_then(|days| i64::try_from(days).ok())),
    ] {
        if let Some(value) = value {
            input[field] = json!(value);
        }
    }
    serde_json::from_value(input).unwrap()
}

pub fn reward(terms: &Reward) -> RewardInput {
    let mut input = json!({"name": "Reward", "points_cost": terms.cost});
    let (kind, value) = match &terms.kind {
        RewardKind::Gift => ("external", None),
        RewardKind::MoneyOff(amount) => ("money_off", Some(json!(amount))),
        RewardKind::Percent(part) => ("percent", Some(json!(part.normalize().to_string()))),
        RewardKind::FreeProduct(sku) => ("free_product", Some(json!(sku))),
    };
    input["kind"] = json!(kind);
    let fields = [
        ("value", value),
        ("stock", terms.stock.map(|stock| json!(stock))),
        ("limit_per_customer", terms.per_customer.map(|most| json!(most))),
        ("valid_days", terms.valid_days.filter(|_| kind != "external").map(|days| json!(days))),
    ];
    for (field, value) in fields {
        if let Some(value) = value {
            input[field] = value;
        }
    }
    serde_json::from_value(input).unwrap()
}

pub fn promise(terms: &Promise, tiers: &BTreeMap<usize, TierId>) -> PolicyInput {
    let event = match &terms.when {
        When::Joined => json!({"on": "enrolment"}),
        When::FriendJoined => json!({"on": "registration"}),
        When::FirstPurchase(counting) => counted("first_purchase", counting, None),
        When::FriendPurchase(counting) => counted("friend_purchase", counting, None),
        When::FriendCount(counting, numbers) => counted("friend_count", counting, Some(numbers)),
        When::FriendsCount(counting, numbers) => counted("friends_count", counting, Some(numbers)),
        When::OwnCount(counting, numbers) => counted("own_count", counting, Some(numbers)),
        When::TierReached(tier) => json!({"on": "tier", "tier": tiers[tier]}),
        When::PointsAbove(points) => json!({"on": "points", "above": points}),
    };
    let gives = match terms.gives {
        Gift::Points(points) => json!({"give": "points", "points": points}),
        Gift::MoneyOff(amount) => json!({"give": "discount", "value": amount}),
    };
    let mut input = json!({"name": "Promise", "event": event, "effects": [gives], "to": match terms.to {
        To::Customer => "customer",
        To::Friend => "friend",
        To::Advocate => "advocate",
        To::Both => "both",
    }});
    if let Some((times, period)) = terms.cap {
        input["cap"] = json!({"times": times, "per": per(period)});
    }
    if terms.hold_days > 0 {
        input["hold_days"] = json!(terms.hold_days);
    }
    serde_json::from_value(input).unwrap()
}

fn counted(on: &str, counting: &Counting, numbers: Option<&Numbers>) -> Value {
    let mut event = json!({
        "on": on,
        "count": if counting.units { "units" } else { "purchases" },
        "products": {"include": counting.include},
    });
    if let Some(amount) = counting.minimum {
        event["minimum_amount"] = json!(amount);
    }
    match numbers {
        Some(Numbers::At(at)) => event["at"] = json!(at),
        Some(Numbers::Every(step)) => event["every"] = json!(step),
        None => {}
    }
    event
}

/// A return policy as a setting.
pub fn policy(policy: ReturnPolicy) -> &'static str {
    match policy {
        ReturnPolicy::AllowNegative => "allow_negative",
        ReturnPolicy::FloorZero => "floor_zero",
        ReturnPolicy::Window => "pending_until_return_window",
    }
}

fn per(period: Period) -> &'static str {
    match period {
        Period::Day => "day",
        Period::Week => "week",
        Period::Month => "month",
        Period::Ever => "ever",
    }
}

fn expiry(expiry: &Expiry) -> Value {
    match expiry {
        Expiry::Never => json!({"kind": "never"}),
        Expiry::AfterMonths { months, month_end } => {
            json!({"kind": "after_months", "months": months, "month_end": month_end})
        }
        Expiry::Calendar(days) => {
            let days: Vec<String> = days.iter().map(|(month, day)| format!("{month:02}-{day:02}")).collect();
            json!({"kind": "calendar", "dates": days})
        }
        Expiry::Inactivity(months) => json!({"kind": "inactivity", "months": months}),
    }
}
