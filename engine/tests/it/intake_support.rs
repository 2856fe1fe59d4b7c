//! A small shop to buy in, on a database of its own.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use perennial_domain::access::Scope;
use perennial_domain::ids::MerchantId;
use perennial_domain::purchase::{CheckedPurchase, PurchaseInput};
use perennial_engine::api_keys::NewApiKey;
use perennial_engine::intake::{Source, SubmitOptions, Submitted};
use perennial_engine::merchants::NewMerchant;
use perennial_engine::purchase_record::PurchaseRecord;
use perennial_engine::retailers::NewRetailer;
use perennial_engine::{Clock, Cx, Engine, EngineConfig, Error};
use perennial_testkit::TestDb;
use serde_json::{Value, json};
use sqlx::{PgConnection, PgPool, Postgres, Transaction};
use uuid::Uuid;

use crate::support_ledger::assert_ledger_clean;

/// A merchant with the retailers `north` (New York) and `south` (Berlin), on one engine.
pub struct Shop {
    pub db: TestDb,
    pub engine: Engine,
    pub merchant: MerchantId,
    /// The operator, who may do everything.
    pub cx: Cx,
}

impl Shop {
    /// A shop in US dollars that gives one point per cent, unless told otherwise.
    pub async fn open() -> Self {
        let shop = Self::open_at(Clock::system()).await;
        shop.promote(json!({"name": "Base", "award_rate": "100"})).await;
        shop
    }

    /// A shop without promotions, by the given clock.
    pub async fn open_at(clock: Clock) -> Self {
        let db = TestDb::new().await;
        let engine = engine_on(&db.url, clock).await;
        let merchant = merchant(&engine, "corner", "USD").await;
        Self { db, engine, merchant, cx: Cx::system(merchant) }
    }

    /// Another server on the same database.
    pub async fn another_engine(&self) -> Engine {
        engine_on(&self.db.url, self.engine.clock().clone()).await
    }

    /// Publishes a promotion that is in force at once, for all time.
    pub async fn promote(&self, promotion: Value) -> perennial_domain::ids::PromotionId {
        let input = serde_json::from_value(promotion).unwrap();
        let created = self.engine.promotion_create(&self.cx, input).await.unwrap();
        self.engine.promotion_publish(&self.cx, created.id, None).await.unwrap();
        created.id
    }

    /// Runs the jobs until what was under way when tiers and leaderboards began is counted. They put that off while any
    /// transaction of the engine is open that began before, and every glance of its background at the database is one.
    pub async fn swept(&self) {
        for _ in 0..6_000 {
            self.engine.tiers_round().await.unwrap();
            self.engine.leaderboards_round().await.unwrap();
            let tiers = self.count("tier_ladders WHERE swept_at IS NULL").await;
            if tiers + self.count("leaderboards WHERE swept_at IS NULL").await == 0 {
                return;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("a transaction that was under way when they began does not end");
    }

    /// Changes settings, in the form of the API.
    pub async fn set(&self, settings: Value) {
        self.engine.merchant_update(&self.cx, serde_json::from_value(settings).unwrap()).await.unwrap();
    }

    /// Acts by a new API key with these scopes.
    pub async fn key(&self, scopes: &[Scope], retailer: Option<&str>) -> Arc<Cx> {
        let retailer = retailer.map(str::to_owned);
        let key = NewApiKey { name: "till".parse().unwrap(), scopes: scopes.to_vec(), retailer };
        let (_, secret) = self.engine.api_key_create(&self.cx, key).await.unwrap();
        self.engine.authenticate(secret.expose()).await.unwrap()
    }

    /// Submits one purchase and returns its answer.
    pub async fn buy(&self, purchase: Value) -> Result<Submitted, Error> {
        buy(&self.engine, &self.cx, purchase).await
    }

    /// Submits one purchase that is new.
    pub async fn bought(&self, purchase: Value) -> Arc<PurchaseRecord> {
        let submitted = self.buy(purchase).await.unwrap();
        assert!(!submitted.replayed);
        submitted.record
    }

    /// What `SELECT count(*) FROM …` says.
    pub async fn count(&self, table_and_condition: &str) -> i64 {
        let sql = format!("SELECT count(*) FROM {table_and_condition}");
        sqlx::query_scalar(sqlx::AssertSqlSafe(sql)).fetch_one(&self.db.pool).await.unwrap()
    }

    /// The stored balance of the one customer with this e-mail.
    pub async fn points_of(&self, email: &str) -> i64 {
        sqlx::query_scalar(
            "SELECT b.available FROM balances AS b JOIN customer_identities AS i USING (merchant_id, customer_id)
             WHERE i.merchant_id = $1 AND i.kind = 'email' AND i.value = $2",
        )
        .bind(self.merchant.uuid())
        .bind(email)
        .fetch_one(&self.db.pool)
        .await
        .unwrap()
    }

    /// Ends the test: the ledger is right, and so is every answer that it would give.
    pub async fn close(self) {
        assert_ledger_clean(&self.db.pool).await;
        self.engine.shutdown().await;
    }
}

/// A row that is held, so that whoever needs it waits.
pub struct Hold {
    txn: Transaction<'static, Postgres>,
    pid: i32,
    pool: PgPool,
}

impl Hold {
    /// Holds the row that a statement about the merchant ($1) and one id ($2) locks.
    pub async fn on(shop: &Shop, lock: &'static str, id: Uuid) -> Self {
        let pool = shop.db.pool.clone();
        let mut txn = pool.begin().await.unwrap();
        let held = sqlx::query(lock).bind(shop.merchant.uuid()).bind(id).fetch_all(&mut *txn).await.unwrap();
        assert_eq!(held.len(), 1);
        let pid = sqlx::query_scalar("SELECT pg_backend_pid()").fetch_one(&mut *txn).await.unwrap();
        Self { txn, pid, pool }
    }

    /// Holds a table, so that whoever writes to it waits.
    pub async fn of_table(shop: &Shop, lock: &'static str) -> Self {
        let pool = shop.db.pool.clone();
        let mut txn = pool.begin().await.unwrap();
        sqlx::raw_sql(lock).execute(&mut *txn).await.unwrap();
        let pid = sqlx::query_scalar("SELECT pg_backend_pid()").fetch_one(&mut *txn).await.unwrap();
        Self { txn, pid, pool }
    }

    /// Waits until somebody waits for it.
    pub async fn is_met(&self) {
        for _ in 0..6_000 {
            let waiting: i64 = sqlx::query_scalar(
                "SELECT count(*) FROM pg_stat_activity
                 WHERE datname = current_database() AND $1 = ANY (pg_blocking_pids(pid))",
            )
            .bind(self.pid)
            .fetch_one(&self.pool)
            .await
            .unwrap();
            if waiting > 0 {
                return;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("nobody came");
    }

    /// For what is to be different when the others go on.
    pub fn connection(&mut self) -> &mut PgConnection {
        &mut self.txn
    }

    /// Commits, so that the others go on.
    pub async fn let_go(self) {
        self.txn.commit().await.unwrap();
    }
}

/// Tries again while the engine is busy, as a till does: it waits for a lock for five seconds at most.
macro_rules! patiently {
    ($call:expr) => {
        loop {
            match $call.await {
                Err(perennial_engine::Error::Busy { .. }) => {
                    tokio::time::sleep(std::time::Duration::from_millis(5)).await;
                }
                answer => break answer,
            }
        }
    };
}
pub(crate) use patiently;

pub async fn engine_on(url: &str, clock: Clock) -> Engine {
    let config = EngineConfig { connections: 4, lanes: 2, ..EngineConfig::new(url) };
    Engine::connect_at(config, clock).await.unwrap()
}

/// A merchant with two retailers.
pub async fn merchant(engine: &Engine, slug: &str, currency: &str) -> MerchantId {
    let created = engine
        .merchant_create(NewMerchant {
            name: "Corner Shop".parse().unwrap(),
            slug: slug.parse().unwrap(),
            currency: currency.parse().unwrap(),
            time_zone: "America/New_York".parse().unwrap(),
            owner_email: format!("owner@{slug}.example").parse().unwrap(),
            owner_name: None,
            owner_password: "correct horse battery staple".to_owned(),
        })
        .await
        .unwrap();
    let cx = Cx::system(created.merchant_id);
    for (code, zone) in [("north", "America/New_York"), ("south", "Europe/Berlin")] {
        let retailer = NewRetailer {
            code: code.parse().unwrap(),
            name: code.parse().unwrap(),
            region: None,
            time_zone: Some(zone.parse().unwrap()),
            business_day_start: None,
        };
        engine.retailer_create(&cx, retailer).await.unwrap();
    }
    created.merchant_id
}

/// A purchase of one amount at `north` by `maya@example.com`; `with` overrides or, by `null`, removes fields.
pub fn purchase(transaction_id: impl Into<String>, cents: i64, with: Value) -> Value {
    let mut purchase = json!({
        "transaction_id": transaction_id.into(),
        "retailer": "north",
        "customer": {"email": "maya@example.com"},
        "amount": cents,
        "currency": "USD",
    });
    let fields = purchase.as_object_mut().unwrap();
    for (field, value) in with.as_object().unwrap() {
        if value.is_null() {
            fields.remove(field);
        } else {
            fields.insert(field.clone(), value.clone());
        }
    }
    purchase
}

/// The same with lines in place of the amount.
pub fn basket(transaction_id: impl Into<String>, lines: Value) -> Value {
    purchase(transaction_id, 0, json!({"amount": null, "lines": lines}))
}

/// A purchase after the checks that need no state.
pub fn checked(purchase: Value) -> CheckedPurchase {
    let input: PurchaseInput = serde_json::from_value(purchase).unwrap();
    input.check(None).unwrap()
}

pub async fn buy(engine: &Engine, cx: &Cx, purchase: Value) -> Result<Submitted, Error> {
    buy_all(engine, cx, vec![purchase]).await.remove(0)
}

pub async fn buy_all(engine: &Engine, cx: &Cx, purchases: Vec<Value>) -> Vec<Result<Submitted, Error>> {
    let purchases = purchases.into_iter().map(checked).collect();
    engine.purchases_submit(cx, purchases, PATIENT).await
}

/// For tests that are not about the age at which a purchase is refused: a loaded machine may stand still for longer than the
/// two seconds that a till waits.
pub const PATIENT: SubmitOptions =
    SubmitOptions { source: Source::Api, deadline: Some(Duration::from_secs(120)), accepted_at: None };

/// An instant of RFC 3339.
pub fn at(instant: &str) -> DateTime<Utc> {
    instant.parse().unwrap()
}

/// The code of a refusal, and where it points when it concerns one field.
#[track_caller]
pub fn refusal(answer: &Result<Submitted, Error>) -> String {
    match answer.as_ref().expect_err("was accepted") {
        Error::Invalid(errors) => errors
            .iter()
            .map(|error| format!("{} {}", error.pointer, error.code))
            .collect::<Vec<_>>()
            .join(", "),
        Error::TransactionConflict(differences) => {
            let pointers: Vec<_> = differences.iter().map(|difference| difference.pointer.as_str()).collect();
            format!("conflict {}", pointers.join(" "))
        }
        Error::CustomerNotFound => "customer_not_found".to_owned(),
        Error::UnknownRetailer => "unknown_retailer".to_owned(),
        Error::Forbidden(action) => format!("forbidden {action:?}"),
        Error::Busy { .. } => "busy".to_owned(),
        other => format!("{other:?}"),
    }
}
