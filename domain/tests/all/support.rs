//! Short ways to write purchases, promotions and rule sets.

use std::sync::Arc;

use chrono::{DateTime, NaiveTime, Utc};
use perennial_domain::codes::Zone;
use perennial_domain::evaluate::{
    CompiledRules, Evaluation, Explanation, KnownProduct, LimitUse, LimitsUsed, LineFacts, MissReason,
    Outcome, PurchaseFacts, Remainders, RetailerFacts, TierFacts, evaluate, explain,
};
use perennial_domain::ids::{PromotionId, TierId};
use perennial_domain::money::Amount;
use perennial_domain::points::{Points, Rounding};
use perennial_domain::promotion::{
    PromotionInput, PromotionRules, PromotionTerms, PromotionVersion, RuleSet,
};
use serde_json::{Value, json};
use uuid::Uuid;

pub fn at(instant: &str) -> DateTime<Utc> {
    instant.parse().unwrap()
}

pub fn zone(name: &str) -> Zone {
    name.parse().unwrap()
}

pub fn clock(time: &str) -> NaiveTime {
    time.parse().unwrap_or_else(|_| NaiveTime::parse_from_str(time, "%H:%M").unwrap())
}

pub fn amount(minor_units: i64) -> Amount {
    Amount::new(minor_units).unwrap()
}

/// The id of the n-th promotion of a test.
pub fn id(number: u128) -> PromotionId {
    PromotionId::from_uuid(Uuid::from_u128(number))
}

/// The id of the n-th tier of a test.
pub fn tier_id(number: u128) -> TierId {
    TierId::from_uuid(Uuid::from_u128(number))
}

/// A purchase of nothing yet, on a Thursday noon in Berlin, at retailer `mitte` of region `east`.
pub fn purchase() -> PurchaseFacts {
    PurchaseFacts {
        occurred_at: at("2026-05-14T10:00:00Z"),
        retailer: Arc::new(RetailerFacts {
            code: "mitte".parse().unwrap(),
            region: Some("east".parse().unwrap()),
            zone: zone("Europe/Berlin"),
            business_day_start: NaiveTime::MIN,
        }),
        currency: "USD".parse().unwrap(),
        first_purchase: false,
        tier: None,
        limits: LimitsUsed::default(),
        remainders: Remainders::default(),
        lines: Vec::new(),
    }
}

pub trait PurchaseExt: Sized {
    fn on(self, instant: &str) -> Self;
    fn retailer(self, change: impl FnOnce(&mut RetailerFacts)) -> Self;
    fn currency(self, code: &str) -> Self;
    fn first(self) -> Self;
    /// By a customer of the n-th tier, whose lines earn so many times as much.
    fn tier(self, number: u128, multiplier: &str) -> Self;
    /// After the n-th promotion has given so much to the customer, and has left so much of its budget.
    fn given(self, number: u128, used: i64, budget_left: Option<i64>) -> Self;
    /// While the n-th promotion carries so much for the customer.
    fn carrying(self, number: u128, remainder: &str) -> Self;
    /// A line of a known product with category `food` and tag `fresh`.
    fn line(self, sku: &str, paid: i64) -> Self;
    fn product(self, product: KnownProduct, paid: i64) -> Self;
    fn unknown(self, text: Option<&str>, paid: i64) -> Self;
}

impl PurchaseExt for PurchaseFacts {
    fn on(mut self, instant: &str) -> Self {
        self.occurred_at = at(instant);
        self
    }

    fn retailer(mut self, change: impl FnOnce(&mut RetailerFacts)) -> Self {
        change(Arc::make_mut(&mut self.retailer));
        self
    }

    fn currency(mut self, code: &str) -> Self {
        self.currency = code.parse().unwrap();
        self
    }

    fn first(mut self) -> Self {
        self.first_purchase = true;
        self
    }

    fn tier(mut self, number: u128, multiplier: &str) -> Self {
        self.tier = Some(Arc::new(TierFacts {
            id: tier_id(number),
            name: format!("Tier {number}").parse().unwrap(),
            multiplier: multiplier.parse().unwrap(),
        }));
        self
    }

    fn given(mut self, number: u128, used: i64, budget_left: Option<i64>) -> Self {
        let given = LimitUse { used: Points::new(used), budget_left: budget_left.map(Points::new) };
        self.limits.set(id(number), given);
        self
    }

    fn carrying(mut self, number: u128, remainder: &str) -> Self {
        self.remainders.set(id(number), remainder.parse().unwrap());
        self
    }

    fn line(self, sku: &str, paid: i64) -> Self {
        self.product(product(sku, Some("food"), &["fresh"]), paid)
    }

    fn product(mut self, product: KnownProduct, paid: i64) -> Self {
        let product_text = Some(product.sku.to_string());
        self.lines.push(LineFacts { product: Some(Arc::new(product)), product_text, paid: amount(paid) });
        self
    }

    fn unknown(mut self, text: Option<&str>, paid: i64) -> Self {
        self.lines.push(LineFacts {
            product: None,
            product_text: text.map(str::to_owned),
            paid: amount(paid),
        });
        self
    }
}

pub fn product(sku: &str, category: Option<&str>, tags: &[&str]) -> KnownProduct {
    KnownProduct {
        sku: sku.parse().unwrap(),
        category: category.map(|category| category.parse().unwrap()),
        tags: tags.iter().map(|tag| tag.parse().unwrap()).collect(),
    }
}

/// Terms from the JSON of the API; the name may be left out.
pub fn terms(mut json: Value) -> PromotionTerms {
    json.as_object_mut().unwrap().entry("name").or_insert_with(|| json!("Test"));
    serde_json::from_value::<PromotionInput>(json).unwrap().check().unwrap()
}

/// A promotion that always was in force.
pub fn promotion(number: u128, json: Value) -> PromotionRules {
    versions(number, vec![(1, None, json)])
}

pub fn versions(number: u128, versions: Vec<(u32, Option<&str>, Value)>) -> PromotionRules {
    let versions = versions
        .into_iter()
        .map(|(version, effective_from, json)| PromotionVersion {
            version,
            effective_from: effective_from.map(at),
            terms: terms(json),
        })
        .collect();
    PromotionRules { id: id(number), versions, pauses: Vec::new(), ended_at: None }
}

/// Promotions numbered from 1, in their order.
pub fn rules(promotions: impl IntoIterator<Item = Value>) -> RuleSet {
    let promotions = (1..).zip(promotions).map(|(number, json)| promotion(number, json)).collect();
    RuleSet { rounding: Rounding::Floor, promotions, ..RuleSet::default() }
}

pub fn earn(facts: &PurchaseFacts, rules: &RuleSet) -> Evaluation {
    evaluate(facts, &CompiledRules::new(rules)).unwrap()
}

pub fn points(facts: &PurchaseFacts, rules: &RuleSet) -> i64 {
    earn(facts, rules).points.get()
}

pub fn why(facts: &PurchaseFacts, rules: &RuleSet) -> Explanation {
    explain(facts, &CompiledRules::new(rules)).unwrap()
}

/// What one promotion, by its terms alone, gives to a purchase.
pub fn alone(facts: &PurchaseFacts, json: Value) -> i64 {
    points(facts, &rules([json]))
}

/// The codes of the reasons for which a single promotion did not apply; empty when it did.
pub fn misses(facts: &PurchaseFacts, rules: &RuleSet) -> Vec<String> {
    let explanation = why(facts, rules);
    let [promotion] = explanation.promotions.as_slice() else { panic!("one promotion, not {explanation:?}") };
    match &promotion.outcome {
        Outcome::Applied { .. } => Vec::new(),
        Outcome::Missed { reasons } => reasons.iter().map(|miss| code(&miss.reason)).collect(),
    }
}

pub fn code(reason: &MissReason) -> String {
    serde_json::to_value(reason).unwrap()["code"].as_str().unwrap().to_owned()
}

/// Points per promotion id, over all lines and the purchase.
pub fn by_promotion(evaluation: &Evaluation) -> Vec<(u128, i64)> {
    let mut sums = std::collections::BTreeMap::new();
    for applied in evaluation.lines.iter().flat_map(|line| &line.applied).chain(&evaluation.applied) {
        *sums.entry(applied.promotion_id.uuid().as_u128()).or_insert(0) += applied.points.get();
    }
    sums.into_iter().collect()
}

pub fn total(points: impl IntoIterator<Item = Points>) -> i64 {
    points.into_iter().map(Points::get).sum()
}
