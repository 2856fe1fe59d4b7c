//! What purchases give back in money, and why.

use std::collections::BTreeMap;

use perennial_domain::cashback::{
    Cashback, CashbackFacts, CashbackMode, CashbackOutcome, CompiledOffers, LineOfferMissReason,
    LineReturned, Offer, OfferInput, cashback, reversal,
};
use perennial_domain::evaluate::PurchaseFacts;
use perennial_domain::ids::OfferId;
use perennial_domain::money::Amount;
use perennial_domain::proportion::kept;
use proptest::prelude::*;
use serde_json::{Value, json};
use uuid::Uuid;

use super::support::*;

fn offer_id(number: u128) -> OfferId {
    OfferId::from_uuid(Uuid::from_u128(number))
}

/// Offers numbered from 1, in their order.
fn offers(offers: impl IntoIterator<Item = Value>) -> Vec<Offer> {
    let terms = |mut json: Value| {
        json.as_object_mut().unwrap().entry("name").or_insert_with(|| json!("Offer"));
        serde_json::from_value::<OfferInput>(json).unwrap().check().unwrap()
    };
    (1..).zip(offers).map(|(number, json)| Offer { id: offer_id(number), terms: terms(json) }).collect()
}

fn give_with(
    facts: &PurchaseFacts,
    offers: Vec<Offer>,
    mode: CashbackMode,
    used: &BTreeMap<OfferId, Amount>,
) -> Cashback {
    let facts = CashbackFacts {
        occurred_at: facts.occurred_at,
        zone: zone("Europe/Berlin"),
        currency: facts.currency,
        lines: &facts.lines,
        used_this_month: used,
    };
    cashback(&facts, &CompiledOffers::new(offers), mode).unwrap()
}

fn give(facts: &PurchaseFacts, offers: Vec<Offer>) -> Cashback {
    give_with(facts, offers, CashbackMode::All, &BTreeMap::new())
}

fn by_line(cashback: &Cashback) -> Vec<i64> {
    cashback.lines.iter().map(|line| line.amount.get()).collect()
}

/// What became of each offer, in the order in which they are told.
fn told(cashback: &Cashback) -> Vec<String> {
    let outcome = |outcome: &CashbackOutcome| match outcome {
        CashbackOutcome::Applied { amount, cut } => format!("{amount} less {cut}"),
        CashbackOutcome::Missed { reasons } => {
            reasons.iter().map(|miss| miss.text.clone()).collect::<Vec<_>>().join(" / ")
        }
    };
    cashback.offers.iter().map(|offer| format!("{}: {}", offer.name, outcome(&offer.outcome))).collect()
}

#[test]
fn g33_a_non_matching_offer_before_a_matching_one_hides_nothing() {
    let facts = purchase().line("MEAL", 2_000).line("WINE", 999);
    let found = give(
        &facts,
        offers([
            json!({"name": "Books", "percentage": "0.5", "products": ["BOOK"]}),
            json!({"name": "Off", "percentage": "0.5", "active": false}),
            json!({"name": "Meals", "percentage": "0.1", "products": ["MEAL"]}),
            json!({"name": "Toys", "percentage": "0.5", "products": ["category:toys", "tag:toy"]}),
            json!({"name": "All", "percentage": "0.05"}),
        ]),
    );
    assert_eq!(by_line(&found), [300, 49]);
    assert_eq!(found.amount.get(), 349);
    assert_eq!(
        told(&found),
        [
            "Meals: 200 less 0",
            "All: 149 less 0",
            "Books: No line matches",
            "Off: Switched off",
            "Toys: No line matches"
        ]
    );
    let lines: Vec<_> = found.lines.iter().map(|line| line.text.as_str()).collect();
    assert_eq!(lines, ["10% of $20.00: $2.00; 5% of $20.00: $1.00", "5% of $9.99: $0.49"]);
    assert_eq!(found.lines[1].missed[0].code, LineOfferMissReason::NotIncluded);
    assert_eq!(found.of(offer_id(3)).get(), 200);
    assert_eq!(found.of(offer_id(1)), Amount::ZERO);
}

#[test]
fn each_line_is_rounded_down_on_its_own() {
    let facts = purchase().line("A", 99).line("B", 99).line("C", 1).line("D", 0);
    let found = give(&facts, offers([json!({"percentage": "0.015"})]));
    assert_eq!(by_line(&found), [1, 1, 0, 0]);
    assert_eq!(found.lines[2].text, "1.5% of $0.01: $0.00");
    assert_eq!(found.lines[3].text, "Nothing was paid for it, so it gives no cashback");
    assert_eq!(found.lines[3].missed[0].code, LineOfferMissReason::NothingPaid);
}

#[test]
fn g31_minor_units_are_minor_units_in_every_currency() {
    for (currency, text) in [("JPY", "10% of ¥1,999: ¥199"), ("KWD", "10% of KWD 1.999: KWD 0.199")] {
        let found =
            give(&purchase().currency(currency).line("A", 1_999), offers([json!({"percentage": "0.1"})]));
        assert_eq!((found.amount.get(), found.lines[0].text.as_str()), (199, text));
    }
}

#[test]
fn products_are_named_by_sku_category_and_tag() {
    let facts = purchase()
        .product(product("A", Some("food"), &["fresh"]), 1_000)
        .product(product("B", Some("drinks"), &["cold"]), 1_000)
        .unknown(Some("A"), 1_000);
    let table = [
        (json!(["A"]), [100, 0, 0]),
        (json!(["category:drinks"]), [0, 100, 0]),
        (json!(["tag:cold", "category:food"]), [100, 100, 0]),
        (json!([]), [100, 100, 100]),
    ];
    for (products, expected) in table {
        let found = give(&facts, offers([json!({"percentage": "0.1", "products": products})]));
        assert_eq!(by_line(&found), expected, "{products}");
    }
    let found = give(&facts, offers([json!({"name": "Food", "percentage": "0.1", "products": ["A"]})]));
    assert_eq!(found.lines[2].missed[0].code, LineOfferMissReason::UnknownProduct);
    assert_eq!(found.lines[2].text, "Food: Not in the catalogue");
}

#[test]
fn the_merchants_clocks_begin_and_end_an_offer() {
    let offer = || {
        offers([json!({
            "percentage": "0.1", "starts_at": "2026-05-01T00:00:00", "expires_at": "2026-06-01T00:00:00",
        })])
    };
    let table = [
        ("2026-04-30T21:59:59Z", "Offer: Starts on May 1, 2026"),
        ("2026-04-30T22:00:00Z", "Offer: 10 less 0"),
        ("2026-05-31T21:59:59Z", "Offer: 10 less 0"),
        ("2026-05-31T22:00:00Z", "Offer: Was over on Jun 1, 2026"),
    ];
    for (instant, expected) in table {
        assert_eq!(told(&give(&purchase().on(instant).line("A", 100), offer())), [expected], "{instant}");
    }
}

#[test]
fn caps_cut_by_largest_remainder_and_say_so() {
    let facts = purchase().line("A", 1_000).line("B", 1_000).line("C", 1_000);
    let capped = |cap: Value| {
        let mut offer = json!({"percentage": "0.1"});
        offer.as_object_mut().unwrap().extend(cap.as_object().unwrap().clone());
        offers([offer])
    };
    let found = give(&facts, capped(json!({"cap_per_purchase": 100})));
    assert_eq!(by_line(&found), [34, 33, 33]);
    assert_eq!(told(&found), ["Offer: 100 less 200"]);
    assert_eq!(found.lines[0].text, "10% of $10.00: $0.34 ($0.66 less by its cap)");
    // The cap itself, one below, one above.
    for (cap, expected) in
        [(299, "Offer: 299 less 1"), (300, "Offer: 300 less 0"), (301, "Offer: 300 less 0")]
    {
        assert_eq!(told(&give(&facts, capped(json!({"cap_per_purchase": cap})))), [expected]);
    }
    let used = |used: i64| BTreeMap::from([(offer_id(1), amount(used))]);
    let month = |used| give_with(&facts, capped(json!({"cap_per_month": 400})), CashbackMode::All, &used);
    assert_eq!(told(&month(BTreeMap::new())), ["Offer: 300 less 0"]);
    assert_eq!(told(&month(used(150))), ["Offer: 250 less 50"]);
    assert_eq!(told(&month(used(400))), ["Offer: All $4.00 of this month have been given"]);
    assert_eq!(told(&month(used(500))), ["Offer: All $4.00 of this month have been given"]);
    let both = capped(json!({"cap_per_month": 400, "cap_per_purchase": 90}));
    assert_eq!(told(&give_with(&facts, both, CashbackMode::All, &used(350))), ["Offer: 50 less 250"]);
}

#[test]
fn one_at_a_time_the_best_counts_and_of_equal_ones_the_older() {
    let facts = purchase().line("A", 1_000).line("B", 500);
    let three = || {
        offers([
            json!({"name": "Missing", "percentage": "0.9", "products": ["Z"]}),
            json!({"name": "On A", "percentage": "0.15", "products": ["A"]}),
            json!({"name": "On all", "percentage": "0.1"}),
            json!({"name": "Capped", "percentage": "0.5", "cap_per_purchase": 149}),
        ])
    };
    let best = give_with(&facts, three(), CashbackMode::Best, &BTreeMap::new());
    assert_eq!(by_line(&best), [150, 0]);
    assert_eq!(
        told(&best),
        [
            "On A: 150 less 0",
            "Missing: No line matches",
            "On all: Offers count one at a time, and “On A” gave more",
            "Capped: Offers count one at a time, and “On A” gave more",
        ]
    );
    assert_eq!(give(&facts, three()).amount.get(), 150 + 150 + 149);
}

#[test]
fn months_are_the_merchants() {
    let used = BTreeMap::new();
    let month = |instant: &str| {
        let facts = CashbackFacts {
            occurred_at: at(instant),
            zone: zone("Europe/Berlin"),
            currency: "EUR".parse().unwrap(),
            lines: &[],
            used_this_month: &used,
        };
        facts.month().to_string()
    };
    assert_eq!(month("2026-05-31T21:59:59Z"), "2026-05-01");
    assert_eq!(month("2026-05-31T22:00:00Z"), "2026-06-01");
}

#[test]
fn too_little_for_any_cashback_is_told() {
    let found = give(&purchase().line("A", 9), offers([json!({"percentage": "0.1"})]));
    assert_eq!(told(&found), ["Offer: Too little was paid for any cashback"]);
    assert_eq!(found.lines[0].text, "No offer covers it");
}

#[test]
fn it_survives_json() {
    let found = give(
        &purchase().line("A", 999).unknown(None, 0),
        offers([
            json!({"percentage": "0.1", "cap_per_purchase": 1}),
            json!({"percentage": "0.1", "active": false}),
        ]),
    );
    let json = serde_json::to_value(&found).unwrap();
    assert_eq!(json["offers"][0]["outcome"], "applied");
    assert_eq!(json["offers"][1]["reasons"][0]["code"], "inactive");
    assert_eq!(serde_json::from_value::<Cashback>(json).unwrap(), found);
}

#[test]
fn spending_begins_after_pending_and_ends_with_a_day() {
    let berlin = zone("Europe/Berlin");
    let time = |json: Value| {
        let mut json = json;
        json["percentage"] = json!("0.1");
        offers([json]).remove(0).terms.spending_time(at("2026-03-28T12:00:00Z"), berlin)
    };
    let plain = time(json!({}));
    assert_eq!((plain.from, plain.until), (at("2026-03-28T12:00:00Z"), None));
    let held = time(json!({"pending_days": 1, "valid_days": 2}));
    assert_eq!((held.from, held.until), (at("2026-03-29T11:00:00Z"), Some(at("2026-03-31T22:00:00Z"))));
}

#[test]
fn a_return_takes_back_its_part() {
    let line = |offer, given, paid, returned| LineReturned {
        offer: offer_id(offer),
        given: amount(given),
        paid: amount(paid),
        returned: amount(returned),
    };
    let lines = [line(1, 10, 3, 1), line(2, 7, 3, 1), line(1, 5, 100, 0)];
    let first = reversal(lines, &BTreeMap::new());
    // Kept are 6 of 10 and 4 of 7.
    assert_eq!(first.amount.get(), 7);
    assert_eq!(first.offers, BTreeMap::from([(offer_id(1), amount(4)), (offer_id(2), amount(3))]));
    let again = reversal(lines, &first.offers);
    assert_eq!((again.amount, again.offers.len()), (Amount::ZERO, 0));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, ..ProptestConfig::default() })]

    #[test]
    fn many_returns_end_where_one_does(
        lines in proptest::collection::vec((1_i64..500, 0_i64..500), 1..5),
        steps in proptest::collection::vec((0_usize..5, 0_i64..200), 0..12),
    ) {
        let mut returned = vec![0_i64; lines.len()];
        let mut reversed: BTreeMap<OfferId, Amount> = BTreeMap::new();
        let state = |returned: &[i64]| -> Vec<LineReturned> {
            lines.iter().zip(returned).enumerate().map(|(index, ((paid, given), returned))| LineReturned {
                // Two lines share an offer.
                offer: offer_id((index / 2) as u128),
                given: amount(*given),
                paid: amount(*paid),
                returned: amount(*returned),
            }).collect()
        };
        for (index, more) in steps {
            let index = index % lines.len();
            returned[index] = (returned[index] + more).min(lines[index].0);
            for (offer, amount) in reversal(state(&returned), &reversed).offers {
                let sum = reversed.entry(offer).or_default();
                *sum = sum.checked_add(amount).unwrap();
            }
        }
        prop_assert_eq!(&reversed, &reversal(state(&returned), &BTreeMap::new()).offers);
        let expected: u64 = lines.iter().zip(&returned).map(|((paid, given), returned)| {
            let [given, paid, returned] = [given, paid, returned].map(|number| number.unsigned_abs());
            given - kept(given, paid, returned)
        }).sum();
        prop_assert_eq!(reversed.values().map(|amount| amount.get().unsigned_abs()).sum::<u64>(), expected);
    }

    #[test]
    fn amounts_add_up_and_caps_hold(
        paid in proptest::collection::vec(0_i64..5_000, 0..6),
        terms in proptest::collection::vec(
            (1_u32..1_000_000, proptest::option::of(1_i64..300), proptest::option::of(1_i64..300), 0_i64..300),
            0..5,
        ),
        best in any::<bool>(),
    ) {
        let facts = paid.iter().fold(purchase(), |facts, paid| facts.line("A", *paid));
        let used = (1..).zip(&terms).map(|(id, term)| (offer_id(id), amount(term.3))).collect();
        let json = terms.iter().map(|(millionths, purchase, month, _)| {
            let mut json = json!({"percentage": format!("0.{millionths:06}")});
            if let Some(cap) = purchase { json["cap_per_purchase"] = json!(cap); }
            if let Some(cap) = month { json["cap_per_month"] = json!(cap); }
            json
        });
        let mode = if best { CashbackMode::Best } else { CashbackMode::All };
        let found = give_with(&facts, offers(json), mode, &used);
        prop_assert_eq!(found.offers.len(), terms.len());
        prop_assert_eq!(found.lines.len(), paid.len());
        let lines: i64 = by_line(&found).iter().sum();
        prop_assert_eq!(found.amount.get(), lines);
        let mut plain: Vec<i64> = Vec::new();
        for (number, (millionths, purchase, month, used)) in (1_u128..).zip(&terms) {
            let full: i64 = paid.iter().map(|paid| paid * i64::from(*millionths) / 1_000_000).sum();
            let left = month.map(|month| (month - used).max(0));
            plain.push([*purchase, left].into_iter().flatten().fold(full, i64::min));
            let own: i64 = found.lines.iter().flat_map(|line| &line.applied)
                .filter(|applied| applied.offer_id == offer_id(number)).map(|applied| applied.amount.get()).sum();
            prop_assert_eq!(own, found.of(offer_id(number)).get());
            if !best { prop_assert_eq!(own, plain[plain.len() - 1]); }
        }
        let expected = if best { plain.iter().copied().max().unwrap_or(0) } else { plain.iter().sum() };
        prop_assert_eq!(found.amount.get(), expected);
    }
}
