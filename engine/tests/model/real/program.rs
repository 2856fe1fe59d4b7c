//! The real program on the engine: a merchant on a database of its own.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use perennial_domain::access::Scope;
use perennial_domain::codes::{ReferralCode, VoucherCode};
use perennial_domain::ids::{CustomerId, OfferId, PolicyId, PromotionId, RedemptionId, RewardId, TierId};
use perennial_engine::api_keys::NewApiKey;
use perennial_engine::merchants::NewMerchant;
use perennial_engine::{Clock, Cx, Engine, EngineConfig};
use perennial_testkit::TestDb;
use serde_json::{Value, json};
use uuid::Uuid;

use super::terms;
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
    /// By number; those that are gone keep theirs.
    pub tiers: BTreeMap<usize, TierId>,
    pub promises: Vec<PolicyId>,
    /// The codes of the known customers.
    codes: Vec<ReferralCode>,
    pub redemptions: BTreeMap<u32, RedemptionId>,
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
            tiers: BTreeMap::new(),
            promises: Vec::new(),
            codes: Vec::new(),
            redemptions: BTreeMap::new(),
        };
        program.fill(setup).await;
        program
    }

    async fn fill(&mut self, setup: &Setup) {
        let (engine, cx) = (&self.engine, &self.cx);
        self.set(terms::settings(setup, CLAIM_DAYS)).await;
        for code in RETAILERS {
            let retailer = serde_json::from_value(json!({"code": code, "name": code})).unwrap();
            engine.retailer_create(cx, retailer).await.unwrap();
        }
        for (sku, category) in CATALOGUE {
            let product = json!({"sku": sku, "name": sku, "category": category});
            engine.product_create(cx, serde_json::from_value(product).unwrap()).await.unwrap();
        }
        // Before there is anybody: so nobody is moved by it.
        for (number, tier) in setup.tiers.iter().enumerate() {
            let created = engine.tier_create(cx, terms::tier(number, tier), false).await.unwrap();
            self.tiers.insert(number, created.tier.unwrap().id);
        }
        for customer in 0..KNOWN_CUSTOMERS {
            let customer = serde_json::from_value(json!({"external_id": name(customer)})).unwrap();
            let id = engine.customer_create(cx, customer).await.unwrap().customer.id;
            if setup.friends.is_some() {
                self.codes.push(engine.referral_code_of(cx, id).await.unwrap().code);
            }
        }
        for promotion in &setup.promotions {
            let created =
                engine.promotion_create(cx, terms::promotion(promotion, &self.tiers)).await.unwrap();
            engine.promotion_publish(cx, created.id, None).await.unwrap();
            self.promotions.push(created.id);
            // Of equal priority the older goes first; so no two are of one moment.
            self.clock.advance(TimeDelta::milliseconds(1));
        }
        for offer in &setup.offers {
            self.offers.push(engine.cashback_offer_create(cx, terms::offer(offer)).await.unwrap().id);
            self.clock.advance(TimeDelta::milliseconds(1));
        }
        for reward in &setup.rewards {
            self.rewards.push(engine.reward_create(cx, terms::reward(reward)).await.unwrap().id);
            self.clock.advance(TimeDelta::milliseconds(1));
        }
        for promise in &setup.promises {
            let id = engine.policy_create(cx, terms::promise(promise, &self.tiers)).await.unwrap().id;
            engine.policy_publish(cx, id).await.unwrap();
            self.promises.push(id);
            self.clock.advance(TimeDelta::milliseconds(1));
        }
        if setup.has_board {
            engine.leaderboard_set(cx, true).await.unwrap();
        }
        // What is made is swept once, some time after it was: not in the middle of a sequence. It is put off while any
        // transaction of the engine is under way, and a glance of its background at the database is one.
        let unswept = "SELECT (SELECT count(*) FROM tier_ladders WHERE swept_at IS NULL)
                            + (SELECT count(*) FROM leaderboards WHERE swept_at IS NULL)";
        for _ in 0..6_000 {
            engine.jobs_run().await.unwrap();
            if self.count(unswept).await == 0 {
                return;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("a transaction that was under way when they were made does not end");
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

    /// The referral code of a customer; one that nobody has, of those who have none.
    pub fn code(&self, customer: usize) -> String {
        self.codes.get(customer).map_or_else(|| ReferralCode::from_random([7; 8]), Clone::clone).to_string()
    }

    /// The code of the voucher of a redemption; one that nobody has, where there is none.
    pub async fn voucher(&self, number: u32) -> VoucherCode {
        let sql = "SELECT code FROM vouchers WHERE redemption_id = $1";
        let code: Option<String> = match self.redemptions.get(&number) {
            Some(id) => sqlx::query_scalar(sql).bind(id.uuid()).fetch_optional(&self.db.pool).await.unwrap(),
            None => None,
        };
        code.map_or_else(|| unknown_voucher(number), |code| VoucherCode::new(&code).unwrap())
    }

    pub async fn count(&self, of: &'static str) -> i64 {
        sqlx::query_scalar(of).fetch_one(&self.db.pool).await.unwrap()
    }

    pub async fn rows<T>(&self, sql: &'static str) -> Vec<T>
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

/// The customer of an external id.
pub fn number(name: &str) -> usize {
    name.trim_start_matches("customer-").parse().unwrap()
}

fn unknown_voucher(number: u32) -> VoucherCode {
    let [a, b, c, d] = number.to_be_bytes();
    VoucherCode::from_random([7, 7, 7, 7, 7, 7, a, b, c, d])
}
