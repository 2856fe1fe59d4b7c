//! Points that were held for a redemption while their lot expired.

use chrono::{DateTime, TimeDelta};
use perennial_testkit::TestDb;
use sea_orm::DatabaseTransaction;
use serde_json::json;

use super::*;
use crate::clock::Clock;
use crate::config::EngineConfig;
use crate::cx::Cx;
use crate::engine::Engine;
use crate::ledger::Shortfall;
use crate::merchants::NewMerchant;

struct House {
    engine: Engine,
    cx: Cx,
    ada: CustomerId,
    _db: TestDb,
}

impl House {
    /// A merchant in New York and a customer with 100 points until 14 March 2027, a day of 23 hours.
    async fn new() -> Self {
        let db = TestDb::new().await;
        let config = EngineConfig { connections: 4, lanes: 1, ..EngineConfig::new(&db.url) };
        let clock = Clock::fixed("2027-03-10T12:00:00Z".parse().unwrap());
        let engine = Engine::connect_at(config, clock).await.unwrap();
        let merchant = NewMerchant {
            name: "Corner".parse().unwrap(),
            slug: "corner".parse().unwrap(),
            currency: "USD".parse().unwrap(),
            time_zone: "America/New_York".parse().unwrap(),
            owner_email: "owner@corner.example".parse().unwrap(),
            owner_name: None,
            owner_password: "seven brown foxes".to_owned(),
        };
        let cx = Cx::system(engine.merchant_create(merchant).await.unwrap().merchant_id);
        let ada = serde_json::from_value(json!({"email": "ada@example.com"})).unwrap();
        let ada = engine.customer_create(&cx, ada).await.unwrap().customer.id;
        let gift = json!({"points": 100, "reason": "A test", "expires_on": "2027-03-14"});
        engine.adjustment_create(&cx, ada, serde_json::from_value(gift).unwrap()).await.unwrap();
        Self { engine, cx, ada, _db: db }
    }

    fn now(&self) -> DateTime<Utc> {
        self.engine.now(self.cx.merchant())
    }

    async fn begin(&self) -> (DatabaseTransaction, Ledger, MerchantSettings) {
        let txn = self.engine.begin().await.unwrap();
        let ledger = Ledger::lock(&txn, self.cx.merchant(), &[self.ada], self.now()).await.unwrap();
        let settings = self.engine.merchant_settings_in(&txn, self.cx.merchant()).await.unwrap();
        (txn, ledger, settings)
    }

    /// Available and reserved points.
    async fn standing(&self) -> (i64, i64) {
        let points = self.engine.customer_points(&self.cx, &self.ada.into()).await.unwrap();
        (points.points, points.reserved)
    }
}

#[tokio::test]
async fn reserved_points_do_not_expire_and_expire_at_once_when_given_back() {
    let house = House::new().await;
    let (txn, mut ledger, _) = house.begin().await;
    let mut hold = ledger.posting(PostingKind::Redemption, Uuid::from_u128(1), house.ada, None).unwrap();
    let held = hold.debit(Side::Reserved, 60, Shortfall::Refuse).unwrap();
    hold.done();
    ledger.write(&txn).await.unwrap();
    txn.commit().await.unwrap();

    house.engine.clock().advance(TimeDelta::days(7));
    let round = house.engine.expiry_round().await.unwrap();
    assert_eq!((round.points, house.standing().await), (40, (0, 60)), "what is held stays");

    let (txn, mut ledger, settings) = house.begin().await;
    let mut release = ledger.posting(PostingKind::Release, Uuid::from_u128(2), house.ada, None).unwrap();
    release.give_back(Side::Reserved, &held).unwrap();
    release.done();
    let now = house.now();
    let expired = expire_over(&mut ledger, house.ada, &settings, now, Uuid::from_u128(3)).unwrap();
    let nothing = expire_over(&mut ledger, house.ada, &settings, now, Uuid::from_u128(4)).unwrap();
    ledger.write(&txn).await.unwrap();
    txn.commit().await.unwrap();
    assert_eq!((expired, nothing, house.standing().await), (60, 0, (0, 0)));
    let entries =
        house.engine.customer_entries(&house.cx, house.ada, None, &Default::default()).await.unwrap().data;
    let newest: Vec<_> = entries.iter().take(2).map(|entry| (entry.kind.as_str(), entry.amount)).collect();
    assert_eq!(newest, [("expiry", -60), ("release", 60)], "with an entry of its own");
}

/// Which points lapse before they mature is asked in another shape, about the same entries.
#[test]
fn the_same_entries_are_an_activity_in_every_statement() {
    let kinds = |sql: &'static str| {
        let (_, list) = sql.split_once("entry.kind IN (").unwrap();
        list.split_once(')').unwrap().0
    };
    assert_eq!(kinds(include_str!("activity.sql")), kinds(include_str!("lapsed.sql")));
    for sql in [include_str!("until.sql"), include_str!("change.sql"), include_str!("set_aside.sql")] {
        assert!(!sql.contains("entry.kind"), "{sql}");
    }
}
