//! Engines, merchants and actors for tests.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use perennial_domain::access::{Role, Scope};
use perennial_domain::ids::{MerchantId, PromotionId, RetailerId};
use perennial_domain::promotion::PromotionTerms;
use perennial_engine::api_keys::NewApiKey;
use perennial_engine::merchants::{MerchantCreated, NewMerchant};
use perennial_engine::products::NewProduct;
use perennial_engine::promotions::PromotionView;
use perennial_engine::retailers::{NewRetailer, Retailer};
use perennial_engine::staff::NewStaff;
use perennial_engine::{Clock, Cx, Engine, EngineConfig, Error, PageRequest};
use perennial_testkit::TestDb;
use serde_json::{Value, json};

/// The password of every staff account in these tests.
pub const PASSWORD: &str = "seven brown foxes";

/// One engine on a database of its own, with one merchant that has the retailer `north` in New York.
pub struct House {
    pub db: TestDb,
    pub engine: Engine,
    pub merchant: MerchantId,
    /// The operator, who may do everything.
    pub cx: Cx,
    pub retailer: RetailerId,
    pub created: MerchantCreated,
}

impl House {
    /// By the clock of the machine.
    pub async fn new() -> Self {
        Self::at(Clock::system()).await
    }

    /// By a clock that stands at this instant until a test moves it.
    pub async fn fixed(now: &str) -> Self {
        Self::at(Clock::fixed(instant(now))).await
    }

    async fn at(clock: Clock) -> Self {
        let db = TestDb::new().await;
        let engine = engine(&db, clock).await;
        let created = merchant(&engine, "corner").await;
        let cx = Cx::system(created.merchant_id);
        let retailer = retailer(&engine, &cx, "north").await.id;
        Self { db, engine, merchant: created.merchant_id, cx, retailer, created }
    }

    /// Another server on the same database, by the same clock.
    pub async fn another_engine(&self) -> Engine {
        engine(&self.db, self.engine.clock().clone()).await
    }

    /// Another merchant on the same engine.
    pub async fn neighbour(&self) -> MerchantCreated {
        merchant(&self.engine, "neighbour").await
    }

    /// A member of the staff with this role.
    pub async fn staff(&self, role: Role) -> Cx {
        let member = self
            .engine
            .staff_add(
                &self.cx,
                NewStaff {
                    email: format!("the-{role}@corner.example").parse().unwrap(),
                    name: None,
                    role,
                    password: PASSWORD.to_owned(),
                },
            )
            .await
            .unwrap();
        self.engine.staff_cx(member.id, self.merchant).await.unwrap()
    }

    /// The context of a new API key.
    pub async fn key(&self, scopes: &[Scope], retailer: Option<RetailerId>) -> Arc<Cx> {
        let retailer = retailer.map(|id| id.to_string());
        let key = NewApiKey { name: "till".parse().unwrap(), scopes: scopes.to_vec(), retailer };
        let (_, secret) = self.engine.api_key_create(&self.cx, key).await.unwrap();
        self.engine.authenticate(secret.expose()).await.unwrap()
    }

    /// Drafts a promotion, in the form of the API; `name` and `award_rate` need not be given.
    pub async fn draft(&self, terms: Value) -> PromotionView {
        self.engine.promotion_create(&self.cx, self::terms(terms)).await.unwrap()
    }

    /// Drafts and publishes.
    pub async fn published(&self, terms: Value) -> PromotionId {
        let draft = self.draft(terms).await;
        self.engine.promotion_publish(&self.cx, draft.id, None).await.unwrap();
        draft.id
    }

    /// The only number that a query gives.
    pub async fn number(&self, sql: &'static str) -> i64 {
        sqlx::query_scalar(sql).fetch_one(&self.db.pool).await.unwrap()
    }
}

/// An engine with few connections.
pub async fn engine(db: &TestDb, clock: Clock) -> Engine {
    let config = EngineConfig { connections: 6, lanes: 1, ..EngineConfig::new(&db.url) };
    Engine::connect_at(config, clock).await.unwrap()
}

/// A merchant in US dollars and New York.
pub async fn merchant(engine: &Engine, slug: &str) -> MerchantCreated {
    engine.merchant_create(new_merchant(slug)).await.unwrap()
}

/// What [`merchant`] creates.
pub fn new_merchant(slug: &str) -> NewMerchant {
    NewMerchant {
        name: slug.parse().unwrap(),
        slug: slug.parse().unwrap(),
        currency: "USD".parse().unwrap(),
        time_zone: "America/New_York".parse().unwrap(),
        owner_email: format!("owner@{slug}.example").parse().unwrap(),
        owner_name: None,
        owner_password: PASSWORD.to_owned(),
    }
}

/// A retailer in the merchant's zone.
pub async fn retailer(engine: &Engine, cx: &Cx, code: &str) -> Retailer {
    let input: NewRetailer = serde_json::from_value(json!({"code": code, "name": code})).unwrap();
    engine.retailer_create(cx, input).await.unwrap()
}

/// A product, in the form of the API; `name` need not be given.
pub fn product(sku: &str, fields: Value) -> NewProduct {
    serde_json::from_value(merged(json!({"sku": sku, "name": sku}), fields)).unwrap()
}

/// Terms, in the form of the API; `name` and `award_rate` need not be given.
pub fn terms(fields: Value) -> PromotionTerms {
    let has_effect =
        ["multiplier", "flat_points", "award_rate"].iter().any(|effect| !fields[effect].is_null());
    let base = if has_effect { json!({"name": "Base"}) } else { json!({"name": "Base", "award_rate": "10"}) };
    serde_json::from_value(merged(base, fields)).unwrap()
}

/// An instant in RFC 3339.
pub fn instant(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

/// The first page of any list.
pub fn first() -> PageRequest {
    PageRequest::default()
}

/// The stable word of an error: the code of a conflict or of the first wrong field.
pub fn code<T: std::fmt::Debug>(result: Result<T, Error>) -> String {
    match result {
        Err(Error::Conflict { code, .. } | Error::TooLarge { code, .. }) => code.to_owned(),
        Err(Error::Invalid(errors)) => format!("{} {}", errors[0].pointer, errors[0].code),
        other => panic!("neither a conflict nor invalid: {other:?}"),
    }
}

fn merged(mut base: Value, fields: Value) -> Value {
    let Value::Object(fields) = fields else { panic!("fields are an object") };
    base.as_object_mut().unwrap().extend(fields);
    base
}
