use perennial_testkit::TestDb;
use sea_orm::DatabaseConnection;

use super::*;

fn instant(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

#[test]
fn what_has_waited_long_enough_does_not_wait() {
    let parts = [(1, 5), (3, 7)].map(|(days, points)| PendingPoints { days, points: Points::new(points) });
    let zone = "Europe/Berlin".parse().unwrap();
    let bought = instant("2026-03-27T12:00:00Z");
    let after = |days| {
        let now = bought + chrono::TimeDelta::days(days);
        waiting(&parts, bought, now, zone)
    };
    // The clocks go forward on 29 March: the same time of day is an hour earlier.
    let later = Waiting { matures_at: instant("2026-03-30T11:00:00Z"), points: Points::new(7) };
    let soon = Waiting { matures_at: instant("2026-03-28T12:00:00Z"), points: Points::new(5) };
    assert_eq!(after(0), [soon, later]);
    assert_eq!(total(&after(0)).get(), 12);
    assert_eq!(after(1), [later]);
    assert_eq!(after(3), []);
}

#[tokio::test]
async fn a_return_takes_what_would_have_waited_longest() {
    let db = TestDb::new().await;
    let pool = DatabaseConnection::from(db.pool.clone());
    let merchant = MerchantId::from_uuid(Uuid::from_u128(1));
    let (purchase, other) =
        (PurchaseId::from_uuid(Uuid::from_u128(2)), PurchaseId::from_uuid(Uuid::from_u128(3)));
    let customer = CustomerId::from_uuid(Uuid::from_u128(4));
    let parts = [("2026-12-01T00:00:00Z", 10), ("2026-12-05T00:00:00Z", 20)]
        .map(|(at, points)| Waiting { matures_at: instant(at), points: Points::new(points) });
    for purchase in [purchase, other] {
        write(&pool, merchant, purchase, customer, &parts).await.unwrap();
    }
    let left = async || -> Vec<i64> {
        sqlx::query_scalar("SELECT waiting FROM pending_points WHERE purchase_id = $1 ORDER BY matures_at")
            .bind(purchase.uuid())
            .fetch_all(&db.pool)
            .await
            .unwrap()
    };
    cancel(&pool, merchant, purchase, 5).await.unwrap();
    assert_eq!(left().await, [10, 15]);
    cancel(&pool, merchant, purchase, 17).await.unwrap();
    assert_eq!(left().await, [8, 0]);
    assert_eq!(of_purchase(&pool, merchant, purchase).await.unwrap(), 8);
    assert_eq!(of_purchase(&pool, merchant, other).await.unwrap(), 30);
    let more = cancel(&pool, merchant, purchase, 9).await;
    assert!(matches!(more, Err(Error::Inconsistent(_))), "{more:?}");
}
