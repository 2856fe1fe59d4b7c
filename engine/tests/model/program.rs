//! The real program on the engine: a merchant on a database of its own, and what its tables say.

use std::sync::Arc;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use perennial_domain::access::Scope;
use perennial_domain::cashback::OfferInput;
use perennial_domain::ids::{CustomerId, OfferId, PromotionId, RewardId, TierId};
use perennial_domain::promotion::PromotionTerms;
use perennial_domain::tiers::TierInput;
use perennial_engine::api_keys::NewApiKey;
use perennial_engine::merchants::NewMerchant;
use perennial_engine::{Clock, Cx, Engine, EngineConfig};
use perennial_testkit::TestDb;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::model::CLAIM_DAYS;
use crate::plain::*;

pub struct Program {
    pub db: TestDb,
    pub engine: Engine,
    pub clock: Clock,
    pub cx: Cx,
    /// A key that only sells: unlike the operator, it may not be late as it likes.
    pub till: Arc<Cx>,
    pub promotions: Vec<PromotionId>,
    pub offers: Vec<OfferId>,
    pub rewards: Vec<RewardId>,
    pub tiers: Vec<TierId>,
}

impl Program {
    pub async fn open(setup: &Setup, now: DateTime<Utc>) -> Self {
        let (db, clock) = (TestDb::new().await, Clock::fixed(now));
        let config = EngineConfig { connections: 6, lanes: 1, ..EngineConfig::new(&db.url) };
        let engine = Engine::connect_at(config, clock.clone()).await.unwrap();
        let created = engine
            .merchant_create(NewMerchant {
                name: "Model".parse().unwrap(),
                slug: "model".parse().unwrap(),
                currency: "USD".parse().unwrap(),
                time_zone: "America/New_York".parse().unwrap(),
                owner_email: "owner@model.example".parse().unwrap(),
                owner_name: None,
                owner_password: "seven brown foxes".to_owned(),
            })
            .await
            .unwrap();
        let cx = Cx::system(created.merchant_id);
        let key =
            NewApiKey { name: "till".parse().unwrap(), scopes: vec![Scope::PurchasesWrite], retailer: None };
        let (_, secret) = engine.api_key_create(&cx, key).await.unwrap();
        let till = engine.authenticate(secret.expose()).await.unwrap();
        let mut program = Self {
            db,
            engine,
            clock,
            cx,
            till,
            promotions: Vec::new(),
            offers: Vec::new(),
            rewards: Vec::new(),
            tiers: Vec::new(),
        };
        program.fill(setup).await;
        program
    }

    async fn fill(&mut self, setup: &Setup) {
        let (engine, cx) = (&self.engine, &self.cx);
        self.set(json!({
            "expiry": expiry(&setup.expiry),
            "claim_days": CLAIM_DAYS,
            "rounding": rounding(setup.rounding),
            "tiers": {"basis": "points_earned", "window": {"kind": "ever"}},
            "cashback_mode": if setup.best_offer_only { "best" } else { "all" },
        }))
        .await;
        for code in RETAILERS {
            let retailer = serde_json::from_value(json!({"code": code, "name": code})).unwrap();
            engine.retailer_create(cx, retailer).await.unwrap();
        }
        for (sku, category) in CATALOGUE {
            let product = json!({"sku": sku, "name": sku, "category": category});
            engine.product_create(cx, serde_json::from_value(product).unwrap()).await.unwrap();
        }
        // Before there is anybody: so nobody is moved by it.
        for (number, terms) in setup.tiers.iter().enumerate() {
            let created = engine.tier_create(cx, tier(number, terms), false).await.unwrap();
            self.tiers.push(created.tier.unwrap().id);
        }
        for customer in 0..KNOWN_CUSTOMERS {
            let customer = serde_json::from_value(json!({"external_id": name(customer)})).unwrap();
            engine.customer_create(cx, customer).await.unwrap();
        }
        for terms in &setup.promotions {
            let created = engine.promotion_create(cx, promotion(terms, &self.tiers)).await.unwrap();
            engine.promotion_publish(cx, created.id, None).await.unwrap();
            self.promotions.push(created.id);
            // Of equal priority the older goes first; so no two are of one moment.
            self.clock.advance(TimeDelta::milliseconds(1));
        }
        for terms in &setup.offers {
            self.offers.push(engine.cashback_offer_create(cx, offer(terms)).await.unwrap().id);
            self.clock.advance(TimeDelta::milliseconds(1));
        }
        for reward in &setup.rewards {
            let mut input = json!({"name": "Reward", "kind": "external", "points_cost": reward.cost});
            if let Some(stock) = reward.stock {
                input["stock"] = json!(stock);
            }
            if let Some(most) = reward.per_customer {
                input["limit_per_customer"] = json!(most);
            }
            let input = serde_json::from_value(input).unwrap();
            self.rewards.push(engine.reward_create(cx, input).await.unwrap().id);
            self.clock.advance(TimeDelta::milliseconds(1));
        }
        // The ladder is swept once, some time after it was made: not in the middle of a sequence.
        engine.jobs_run().await.unwrap();
    }

    pub async fn set(&self, settings: Value) {
        let settings = serde_json::from_value(settings).unwrap();
        self.engine.merchant_update(&self.cx, settings).await.unwrap();
    }

    /// The customers that are known by now, by number.
    pub async fn customer(&self, number: usize) -> Option<CustomerId> {
        let sql = "SELECT customer_id FROM customer_identities WHERE kind = 'external_id' AND value = $1";
        let id: Option<Uuid> =
            sqlx::query_scalar(sql).bind(name(number)).fetch_optional(&self.db.pool).await.unwrap();
        id.map(CustomerId::from_uuid)
    }

    pub async fn count(&self, of: &'static str) -> i64 {
        sqlx::query_scalar(of).fetch_one(&self.db.pool).await.unwrap()
    }

    /// What is stored.
    pub async fn books(&self) -> Books {
        let mut books = Books { customers: vec![Standing::default(); CUSTOMERS], ..Books::default() };
        let balances: Vec<(String, i64, i64, i64, i64, i64, i64)> = self
            .rows(
                "SELECT i.value, b.available, b.pending, b.reserved, b.debt, b.lifetime,
                        coalesce((SELECT sum(w.amount)::bigint FROM cashback_wallets AS w WHERE w.customer_id = b.customer_id), 0)
                 FROM balances AS b JOIN customer_identities AS i USING (customer_id)",
            )
            .await;
        for (customer, available, pending, reserved, debt, lifetime, wallet) in balances {
            books.customers[number(&customer)] = Standing {
                available,
                pending,
                reserved,
                debt,
                lifetime,
                lots: Vec::new(),
                wallet,
                tier: (0, 0),
            };
        }
        let members: Vec<(String, Option<Uuid>, i32)> = self
            .rows(
                "SELECT i.value, m.tier_id, m.moves FROM tier_memberships AS m
                 JOIN customer_identities AS i USING (customer_id)",
            )
            .await;
        for (customer, tier, moves) in members {
            let tier = self.tiers.iter().position(|id| Some(id.uuid()) == tier).unwrap();
            books.customers[number(&customer)].tier = (tier, moves);
        }
        let lots: Vec<(String, NaiveDate, i64)> = self
            .rows(
                "SELECT i.value, l.expires_on, l.remaining FROM lots AS l
                 JOIN customer_identities AS i USING (customer_id)
                 WHERE l.remaining <> 0 ORDER BY l.expires_on",
            )
            .await;
        for (customer, day, left) in lots {
            books.customers[number(&customer)].lots.push((day, left));
        }
        let budgets: Vec<(Uuid, i64)> =
            self.rows("SELECT promotion_id, used FROM promotion_budgets WHERE used <> 0").await;
        books.budgets = budgets.into_iter().map(|(id, used)| (self.promotion_of(id), used)).collect();
        books.budgets.sort_unstable();
        let uses: Vec<(String, Uuid, String, NaiveDate, i64)> = self
            .rows(
                "SELECT i.value, u.promotion_id, u.period, u.begins_on, u.used FROM promotion_uses AS u
                 JOIN customer_identities AS i USING (customer_id) WHERE u.used <> 0",
            )
            .await;
        let used = |(customer, id, period, day, used): (String, Uuid, String, NaiveDate, i64)| {
            let period = match period.as_str() {
                "day" => Period::Day,
                "month" => Period::Month,
                _ => Period::Ever,
            };
            (number(&customer), self.promotion_of(id), period, day, used)
        };
        books.uses = uses.into_iter().map(used).collect();
        books.uses.sort_unstable();
        let uses: Vec<(String, Uuid, NaiveDate, i64)> = self
            .rows(
                "SELECT i.value, u.offer_id, u.month, u.used FROM cashback_month_uses AS u
                 JOIN customer_identities AS i USING (customer_id) WHERE u.used <> 0",
            )
            .await;
        let offer = |id: Uuid| self.offers.iter().position(|offer| offer.uuid() == id).unwrap();
        let used = |(customer, id, month, used): (String, Uuid, NaiveDate, i64)| {
            (number(&customer), offer(id), month, used)
        };
        books.cashback_uses = uses.into_iter().map(used).collect();
        books.cashback_uses.sort_unstable();
        books.stock = self
            .rows("SELECT stock FROM rewards ORDER BY id")
            .await
            .into_iter()
            .map(|(left,)| left)
            .collect();
        books
    }

    fn promotion_of(&self, id: Uuid) -> usize {
        self.promotions.iter().position(|promotion| promotion.uuid() == id).unwrap()
    }

    async fn rows<T>(&self, sql: &'static str) -> Vec<T>
    where
        T: Send + Unpin + for<'r> sqlx::FromRow<'r, sqlx::postgres::PgRow>,
    {
        sqlx::query_as(sql).fetch_all(&self.db.pool).await.unwrap()
    }
}

/// The external id of a customer.
pub fn name(customer: usize) -> String {
    format!("customer-{customer}")
}

fn number(name: &str) -> usize {
    name.trim_start_matches("customer-").parse().unwrap()
}

/// Terms in the form of the API.
pub fn promotion(terms: &Terms, tiers: &[TierId]) -> PromotionTerms {
    let mut input = json!({
        "name": "Promotion",
        "products": {"include": terms.include, "exclude": terms.exclude},
        "retailers": terms.retailers,
        "tiers": terms.tiers.iter().map(|tier| tiers[*tier]).collect::<Vec<_>>(),
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
        let per = match period {
            Period::Day => "day",
            Period::Month => "month",
            Period::Ever => "ever",
        };
        input["max_points_per_customer"] = json!({"points": points, "per": per});
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

/// A tier in the form of the API.
pub fn tier(number: usize, terms: &Tier) -> TierInput {
    TierInput {
        name: format!("Tier {number}"),
        threshold: Some(terms.threshold),
        multiplier: Some(terms.multiplier.to_string()),
        ..TierInput::default()
    }
}

/// An offer in the form of the API.
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

/// A return policy as a setting.
pub fn policy(policy: ReturnPolicy) -> &'static str {
    match policy {
        ReturnPolicy::AllowNegative => "allow_negative",
        ReturnPolicy::FloorZero => "floor_zero",
        ReturnPolicy::Window => "pending_until_return_window",
    }
}

fn rounding(rounding: Rounding) -> &'static str {
    match rounding {
        Rounding::Floor => "floor",
        Rounding::HalfUp => "half_up",
        Rounding::HalfEven => "half_even",
        Rounding::Ceil => "ceil",
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
