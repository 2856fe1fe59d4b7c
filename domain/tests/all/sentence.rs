//! Promotions in plain words.

use perennial_domain::promotion::{sentence, sentence_naming};
use serde_json::json;

use super::support::*;

#[test]
fn a_promotion_reads_as_a_sentence() {
    let table = [
        (json!({"award_rate": "10"}), "10 points per $1 on everything."),
        (json!({"award_rate": "1"}), "1 point per $1 on everything."),
        (json!({"award_rate": "0.5"}), "0.5 points per $1 on everything."),
        (json!({"multiplier": "2"}), "2× points on everything."),
        (
            json!({"flat_points": 500, "minimum_amount": 5_000}),
            "500 points for a purchase, when at least $50.00 is paid.",
        ),
        (json!({"flat_points": 1, "products": {"include": ["A"]}}), "1 point for a purchase with product A."),
        (
            json!({"multiplier": "2", "products": {"include": ["tag:draft"], "exclude": ["GROWLER"]}}),
            "2× points on tag “draft” except product GROWLER.",
        ),
        (
            json!({"multiplier": "2", "products": {"include": ["A", "B", "category:wine"]}}),
            "2× points on product A, product B or category “wine”.",
        ),
        (
            json!({"multiplier": "2", "products": {"exclude": ["category:deposit", "tag:gift"]}}),
            "2× points on everything except category “deposit” and tag “gift”.",
        ),
        (
            json!({"multiplier": "2", "retailers": ["r1", "r2", "r3", "r4", "r5", "r6", "r7", "r8", "r9"]}),
            "2× points on everything, at r1, r2, r3 or 6 more.",
        ),
        (
            json!({"multiplier": "2", "retailers": ["riverside"], "regions": ["coast"]}),
            "2× points on everything, at riverside in coast.",
        ),
        (
            json!({
                "multiplier": "2", "weekdays": ["thu"], "hours": {"from": "17:00", "to": "04:00"},
                "starts_at": "2026-04-02T00:00", "ends_at": "2026-05-29T17:30",
            }),
            "2× points on everything, on Thursday from 5:00 pm to 4:00 am between Apr 2, 2026 \
             and May 29, 2026, 5:30 pm.",
        ),
        (
            json!({"multiplier": "2", "starts_at": "2026-04-02T00:00"}),
            "2× points on everything, starting Apr 2, 2026.",
        ),
        (
            json!({"multiplier": "2", "ends_at": "2026-04-02T00:00"}),
            "2× points on everything, until Apr 2, 2026.",
        ),
        (
            json!({
                "multiplier": "2", "first_purchase_only": true, "minimum_amount": 1_000,
                "products": {"include": ["tag:draft"]}, "max_points_per_purchase": 500,
            }),
            "2× points on tag “draft”, when at least $10.00 is paid for them, on the first purchase only, \
             at most 500 points a purchase.",
        ),
        (
            json!({
                "multiplier": "2", "max_points_per_purchase": 50, "pending_days": 14,
                "max_points_per_customer": {"points": 100, "per": "day"},
                "budget": {"points": 10_000, "when_exhausted": "partial"},
            }),
            "2× points on everything, at most 50 points a purchase, at most 100 points a day for each customer, \
             until 10,000 points are given in all, to be spent after 14 days.",
        ),
        (
            json!({
                "flat_points": 5, "pending_days": 0, "budget": {"points": 1},
                "max_points_per_customer": {"points": 5, "per": "ever"},
            }),
            "5 points for a purchase, at most 5 points for each customer, for purchases that fit what is left of \
             1 point, to be spent at once.",
        ),
        (
            json!({"multiplier": "2", "max_points_per_customer": {"points": 100, "per": "month"}, "pending_days": 1}),
            "2× points on everything, at most 100 points a month for each customer, to be spent after 1 day.",
        ),
        (json!({"multiplier": "2", "tiers": [tier_id(1)]}), "2× points on everything, for one tier only."),
        (
            json!({"multiplier": "2", "retailers": ["r"], "tiers": [tier_id(1), tier_id(2)], "weekdays": ["thu"]}),
            "2× points on everything, at r, for 2 tiers only, on Thursday.",
        ),
        (
            json!({"multiplier": "2", "stacking": {"group": "multipliers", "mode": "best"}}),
            "2× points on everything, if it is the best of group “multipliers”.",
        ),
        (
            json!({"multiplier": "2", "stacking": {"mode": "exclusive"}}),
            "2× points on everything, in place of everything else in group “default”.",
        ),
    ];
    for (json, expected) in table {
        assert_eq!(sentence(&terms(json), "USD".parse().unwrap()), expected);
    }
    let rate = terms(json!({"award_rate": "10", "minimum_amount": 5_000}));
    assert_eq!(
        sentence(&rate, "KWD".parse().unwrap()),
        "10 points per KWD 1 on everything, when at least KWD 5.000 is paid."
    );
}

#[test]
fn tiers_are_called_by_the_names_that_are_known() {
    let names = [(tier_id(1), "Gold"), (tier_id(2), "Silver")];
    let name = |tier| names.iter().find(|(id, _)| *id == tier).map(|(_, name)| (*name).to_owned());
    let table: [(&[u128], &str); 5] = [
        (&[1], "2× points on everything, for Gold only."),
        (&[1, 2], "2× points on everything, for Gold or Silver only."),
        (&[3, 1], "2× points on everything, for Gold or one other tier only."),
        (&[1, 3, 2, 4], "2× points on everything, for Gold, Silver or 2 other tiers only."),
        (&[3], "2× points on everything, for one tier only."),
    ];
    for (tiers, expected) in table {
        let ids: Vec<_> = tiers.iter().copied().map(tier_id).collect();
        let terms = terms(json!({"multiplier": "2", "tiers": ids}));
        assert_eq!(sentence_naming(&terms, "USD".parse().unwrap(), name), expected);
    }
}
