//! What a basket would earn and cost.

use std::collections::BTreeMap;

use perennial_domain::cashback::{CashbackMode, CompiledOffers, Offer, OfferInput};
use perennial_domain::evaluate::{CompiledRules, PurchaseFacts};
use perennial_domain::ids::{OfferId, RewardId};
use perennial_domain::points::Points;
use perennial_domain::promotion::RuleSet;
use perennial_domain::quote::{Quote, QuoteFacts, QuoteInput, RewardDue, RewardOnOffer, TierDiscount, quote};
use perennial_domain::rewards::{RewardTerms, Standing};
use proptest::prelude::*;
use serde_json::json;
use uuid::Uuid;

use super::rewards::reward;
use super::support::*;

fn reward_id(number: u128) -> RewardId {
    RewardId::from_uuid(Uuid::from_u128(number))
}

struct World {
    rules: CompiledRules,
    offers: CompiledOffers,
    catalogue: Vec<RewardTerms>,
    available: Option<i64>,
    discount: Option<&'static str>,
}

impl World {
    fn new(rules: &RuleSet) -> Self {
        Self {
            rules: CompiledRules::new(rules),
            offers: CompiledOffers::default(),
            catalogue: Vec::new(),
            available: Some(0),
            discount: None,
        }
    }

    fn quote(&self, purchase: &PurchaseFacts) -> Quote {
        let rewards: Vec<_> = (1..)
            .zip(&self.catalogue)
            .map(|(number, terms)| RewardOnOffer {
                id: reward_id(number),
                terms,
                stock_left: terms.stock,
                redeemed: 0,
            })
            .collect();
        let (name, why) = ("Meal".to_owned(), "100th meal".to_owned());
        let due = [RewardDue { reward_id: reward_id(99), name, why, held: false }];
        let facts = QuoteFacts {
            purchase,
            rules: &self.rules,
            offers: &self.offers,
            cashback_mode: CashbackMode::All,
            used_this_month: &BTreeMap::new(),
            discount: self.discount.map(|part| TierDiscount { tier: "Gold", part: part.parse().unwrap() }),
            rewards: &rewards,
            standing: self.available.map(|points| Standing {
                available: Points::new(points),
                tier: None,
                redeemed: 0,
            }),
            rewards_due: &due,
            zone: zone("Europe/Berlin"),
            now: purchase.occurred_at,
        };
        quote(&facts).unwrap()
    }
}

#[test]
fn a_quote_says_what_the_discounted_basket_earns() {
    let rules = rules([json!({"name": "Base", "award_rate": "10"})]);
    let mut world = World::new(&rules);
    let offer: OfferInput = serde_json::from_value(json!({"name": "Back", "percentage": "0.1"})).unwrap();
    let id = OfferId::from_uuid(Uuid::from_u128(1));
    world.offers = CompiledOffers::new([Offer { id, terms: offer.check().unwrap() }]);
    world.discount = Some("0.15");
    let basket = purchase().line("A", 1_000).line("B", 999);
    let found = world.quote(&basket);
    // 15% of 19.99 is 2.99, rounded down.
    assert_eq!((found.price.get(), found.price_after.get()), (1_999, 1_700));
    let lines: Vec<_> = found
        .lines
        .iter()
        .map(|line| (line.price.get(), line.price_after.get(), line.earns.get(), line.cashback.get()))
        .collect();
    assert_eq!(lines, [(1_000, 850, 85, 85), (999, 850, 85, 85)]);
    assert_eq!((found.points.get(), found.cashback.get()), (170, 170));
    assert_eq!(found.discounts[0].text, "15% off for Gold: $2.99");
    assert_eq!(found.lines[0].why, "10 points per $1 on $8.50: 85");
    assert_eq!(found.rewards_due[0].name, "Meal");
    // What the till then posts earns just that.
    let posted = found.lines.iter().fold(purchase(), |facts, line| facts.line("A", line.price_after.get()));
    assert_eq!(points(&posted, &rules), 170);
    let json = serde_json::to_value(&found).unwrap();
    assert_eq!(json["discounts"][0]["kind"], "tier");
    assert_eq!(serde_json::from_value::<Quote>(json).unwrap(), found);
}

#[test]
fn without_a_discount_the_price_stays() {
    let rules = rules([json!({"award_rate": "1"})]);
    let basket = purchase().line("A", 500);
    let found = World::new(&rules).quote(&basket);
    assert!(found.discounts.is_empty());
    assert_eq!((found.price, found.price_after, found.points.get()), (amount(500), amount(500), 5));
    let mut tiny = World::new(&rules);
    tiny.discount = Some("0.001");
    assert!(tiny.quote(&basket).discounts.is_empty(), "a discount of nothing is none");
    let mut free = World::new(&rules);
    free.discount = Some("1");
    assert_eq!((free.quote(&basket).price_after.get(), free.quote(&basket).points.get()), (0, 0));
}

#[test]
fn rewards_within_reach_and_the_next_one() {
    let mut world = World::new(&RuleSet::default());
    world.catalogue = vec![
        reward(json!({"name": "Coffee", "points_cost": 100})),
        reward(json!({"name": "Sold out", "points_cost": 50, "stock": 0})),
        reward(json!({"name": "Lunch", "points_cost": 400})),
        reward(json!({"name": "Dinner", "points_cost": 900})),
        reward(json!({"name": "Hotel", "points_cost": 5_000})),
    ];
    let basket = purchase().line("A", 100);
    let names = |available: Option<i64>| {
        world_names(
            &World { available, catalogue: world.catalogue.clone(), ..World::new(&RuleSet::default()) },
            &basket,
        )
    };
    assert_eq!(
        names(Some(400)),
        (vec!["Lunch".to_owned(), "Coffee".to_owned()], Some(("Dinner".to_owned(), 500)))
    );
    assert_eq!(names(Some(99)), (vec![], Some(("Coffee".to_owned(), 1))));
    assert_eq!(names(Some(9_999)).1, None);
    assert_eq!(names(None), (vec![], None), "nobody has no points to spend");
}

fn world_names(world: &World, basket: &PurchaseFacts) -> (Vec<String>, Option<(String, i64)>) {
    let found = world.quote(basket);
    let next = found.next_reward.map(|next| (next.name, next.missing.get()));
    (found.redeemable.into_iter().map(|reward| reward.name).collect(), next)
}

#[test]
fn a_basket_is_checked_like_a_purchase() {
    let check = |json: serde_json::Value| {
        let input: QuoteInput = serde_json::from_value(json).unwrap();
        input.check(None, "EUR".parse().unwrap())
    };
    let checked = check(json!({"lines": [{"product": "A", "quantity": 2, "unit_price": 500}]})).unwrap();
    assert_eq!((checked.amount.get(), checked.currency.code()), (1_000, "EUR"));
    let errors = check(json!({"amount": -1, "currency": "XXX"})).unwrap_err();
    assert_eq!(errors.iter().map(|e| e.pointer.as_str()).collect::<Vec<_>>(), ["/currency", "/amount"]);
    let neither = check(json!({})).unwrap_err();
    assert_eq!(neither[0].pointer, "/lines");
    assert!(serde_json::from_value::<QuoteInput>(json!({"transaction_id": "1"})).is_err());
}

proptest! {
    #[test]
    fn prices_add_up(
        paid in proptest::collection::vec(0_i64..3_000, 1..6),
        part in proptest::sample::select(vec![None, Some("0.05"), Some("0.333333"), Some("0.5"), Some("1")]),
    ) {
        let rules = rules([json!({"award_rate": "3"}), json!({"multiplier": "1.5"})]);
        let basket = paid.iter().fold(purchase(), |facts, paid| facts.line("A", *paid));
        let mut world = World::new(&rules);
        world.discount = part;
        let found = world.quote(&basket);
        let off: i64 = found.discounts.iter().map(|discount| discount.amount.get()).sum();
        prop_assert_eq!(found.price.get(), paid.iter().sum::<i64>());
        prop_assert_eq!(found.price.get() - off, found.price_after.get());
        prop_assert_eq!(found.lines.iter().map(|line| line.price_after.get()).sum::<i64>(), found.price_after.get());
        prop_assert_eq!(found.lines.iter().map(|line| line.earns.get()).sum::<i64>(), found.points.get());
        prop_assert!(found.lines.iter().all(|line| line.price_after <= line.price));
    }
}
