//! What a customer can earn by: the promotions that are for the customer now, and what is left of them.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};
use perennial_domain::access::Action;
use perennial_domain::codes::{RetailerCode, Sku};
use perennial_domain::evaluate::InForce;
use perennial_domain::ids::{CustomerId, MerchantId, PromotionId, TierId};
use perennial_domain::points::Points;
use perennial_domain::promotion::{LimitPeriod, OfferNames, PromotionTerms, offer};
use sea_orm::ConnectionTrait;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::cx::Cx;
use crate::engine::Engine;
use crate::error::Error;
use crate::limits;
use crate::snapshot::{RetailerEntry, Snapshot};
use crate::statement::statement;

/// The most that a customer is told of.
const SHOWN: usize = 50;

/// A promotion that a customer can earn by now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PromotionOffer {
    /// The promotion.
    pub promotion_id: PromotionId,
    /// What it is called.
    pub name: String,
    /// What it gives, for what, where and when, in a sentence and in the merchant's word for points.
    pub summary: String,
    /// When it is over, by the clocks of the retailer; absent where no end is known.
    pub ends_at: Option<NaiveDateTime>,
    /// The most that it gives to one customer, and what is left of that.
    pub limit: Option<OfferLimit>,
    /// Whether every purchase of everybody earns by it, wherever and whenever.
    pub is_for_all: bool,
}

/// The most that a promotion gives to one customer in some time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OfferLimit {
    /// The most.
    pub points: i64,
    /// In which time.
    pub per: LimitPeriod,
    /// What the customer can still have of it in this time.
    pub left: i64,
}

/// What promotions have given so far.
#[derive(Debug, Default)]
struct GivenSoFar {
    /// To the customer, in the period of the limit that it has now.
    to_customer: BTreeMap<PromotionId, i64>,
    /// To all customers, where it has a budget.
    to_all: BTreeMap<PromotionId, i64>,
}

impl Engine {
    /// The promotions that a customer can earn by now: those of everybody, and those for the customer's tier; the one that
    /// is over first stands first. Left out are those of which nothing is left to give, to anybody or for ever.
    ///
    /// # Errors
    /// [`Error::NotFound`] for a customer of nobody or of another merchant.
    pub async fn customer_promotions(
        &self,
        cx: &Cx,
        customer: CustomerId,
    ) -> Result<Vec<PromotionOffer>, Error> {
        cx.require_for(Action::CustomersRead, customer)?;
        let purchases = self.customer_get(cx, customer).await?.purchases;
        let program = self.snapshot(cx).await?;
        let now = self.now(cx.merchant());
        let mut running: Vec<InForce<'_>> = program.rules.in_force(now).collect();
        running.retain(|promotion| {
            let is_late = promotion.terms.first_purchase_only && purchases > 0;
            !is_late && runs_somewhere(promotion, &program, now)
        });
        if running.iter().any(|promotion| !promotion.terms.tiers.is_empty()) {
            let tier = self.customer_tier(cx, customer).await?.tier.map(|tier| tier.id);
            running.retain(|InForce { terms, .. }| {
                terms.tiers.is_empty() || tier.is_some_and(|tier| terms.tiers.contains(&tier))
            });
        }
        let zone = program.settings.time_zone;
        let periods = running.iter().filter_map(|promotion| {
            let per = promotion.terms.max_points_per_customer?.per;
            Some((promotion.promotion_id, per, per.begins_on(now, zone).unwrap_or(limits::EVER)))
        });
        let budgets = running.iter().filter(|promotion| promotion.terms.budget.is_some());
        let budgets = budgets.map(|promotion| promotion.promotion_id.uuid()).collect();
        let given = given(self.db(), (cx.merchant(), customer), periods.collect(), budgets).await?;
        running.sort_by_key(|InForce { promotion_id, terms }| {
            (terms.ends_at.is_none(), terms.ends_at, Reverse(terms.priority), *promotion_id)
        });
        Ok(running.iter().filter_map(|promotion| told(promotion, &program, &given)).take(SHOWN).collect())
    }
}

/// Whether there is a retailer at which it counts by now.
fn runs_somewhere(promotion: &InForce<'_>, program: &Snapshot, now: DateTime<Utc>) -> bool {
    let mut places = program.retailers.iter().filter(|retailer| counts_at(promotion.terms, retailer));
    places.any(|retailer| promotion.runs_in(retailer.facts.zone, now))
}

fn counts_at(terms: &PromotionTerms, retailer: &RetailerEntry) -> bool {
    let facts = &retailer.facts;
    let is_named = terms.retailers.is_empty() || terms.retailers.contains(&facts.code);
    let is_there = terms.regions.is_empty()
        || facts.region.as_ref().is_some_and(|region| terms.regions.contains(region));
    !retailer.archived && is_named && is_there
}

/// What the customer is told of a promotion; nothing where it has nothing left to give.
fn told(promotion: &InForce<'_>, program: &Snapshot, given: &GivenSoFar) -> Option<PromotionOffer> {
    let InForce { promotion_id, terms } = *promotion;
    let is_spent = terms.budget.is_some_and(|budget| {
        let used = given.to_all.get(&promotion_id).copied().unwrap_or(0);
        limits::left(budget, used).is_some_and(|left| left.is_zero())
    });
    let limit = terms.max_points_per_customer.map(|limit| {
        let used = given.to_customer.get(&promotion_id).copied().unwrap_or(0);
        let left = limit.left(Points::new(used)).get();
        OfferLimit { points: limit.points.get(), per: limit.per, left }
    });
    let is_used_up = limit.is_some_and(|limit| limit.left == 0 && limit.per == LimitPeriod::Ever);
    (!is_spent && !is_used_up).then(|| PromotionOffer {
        promotion_id,
        name: terms.name.to_string(),
        summary: offer(terms, program.settings.currency, &Names(program)),
        ends_at: terms.ends_at,
        limit,
        is_for_all: promotion.is_for_all(),
    })
}

/// What promotions have given so far.
async fn given(
    db: &impl ConnectionTrait,
    (merchant, customer): (MerchantId, CustomerId),
    periods: Vec<(PromotionId, LimitPeriod, NaiveDate)>,
    budgets: Vec<Uuid>,
) -> Result<GivenSoFar, Error> {
    let mut given = GivenSoFar::default();
    if periods.is_empty() && budgets.is_empty() {
        return Ok(given);
    }
    let promotions: Vec<Uuid> = periods.iter().map(|(promotion, ..)| promotion.uuid()).collect();
    let kinds: Vec<String> = periods.iter().map(|(_, per, _)| per.as_str().to_owned()).collect();
    let first_days: Vec<NaiveDate> = periods.iter().map(|(.., first)| *first).collect();
    let values = [
        merchant.uuid().into(),
        customer.uuid().into(),
        promotions.into(),
        kinds.into(),
        first_days.into(),
        budgets.into(),
    ];
    for row in db.query_all_raw(statement(include_str!("given.sql"), values)).await? {
        let promotion = PromotionId::from_uuid(row.try_get("", "promotion_id")?);
        let counts = if row.try_get("", "is_budget")? { &mut given.to_all } else { &mut given.to_customer };
        counts.insert(promotion, row.try_get("", "used")?);
    }
    Ok(given)
}

/// What things of a merchant are called.
struct Names<'a>(&'a Snapshot);

impl OfferNames for Names<'_> {
    fn unit(&self) -> &str {
        self.0.settings.points_name.as_str()
    }

    fn product(&self, sku: &Sku) -> Option<String> {
        self.0.catalogue.by_sku(sku.as_str()).map(|product| product.name.clone())
    }

    fn retailer(&self, code: &RetailerCode) -> Option<String> {
        let retailer = self.0.retailers.by_code(code.as_str()).filter(|retailer| !retailer.archived)?;
        Some(retailer.name.clone())
    }

    fn tier(&self, id: TierId) -> Option<String> {
        self.0.tiers.ladder().get(id).map(|tier| tier.terms.name.to_string())
    }
}
