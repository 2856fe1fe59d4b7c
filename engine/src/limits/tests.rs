use chrono::TimeDelta;
use perennial_domain::promotion::{Budget as Cap, CustomerLimit, WhenExhausted};
use perennial_testkit::TestDb;
use sea_orm::{DatabaseConnection, TransactionTrait as _};
use uuid::Uuid;

use super::*;

fn promotion(number: u128) -> PromotionId {
    PromotionId::from_uuid(Uuid::from_u128(number))
}

fn occasion() -> Occasion {
    Occasion {
        merchant: MerchantId::from_uuid(Uuid::from_u128(1)),
        customer: CustomerId::from_uuid(Uuid::from_u128(2)),
        // Half past eleven in the evening of 30 November in New York.
        instant: "2026-12-01T04:30:00Z".parse().unwrap(),
        zone: "America/New_York".parse().unwrap(),
    }
}

fn purchase() -> PurchaseId {
    PurchaseId::from_uuid(Uuid::from_u128(3))
}

/// A limit of 50 a day and a budget of 100.
fn limited(number: u128) -> Limited {
    Limited {
        promotion_id: promotion(number),
        customer: Some(CustomerLimit { points: Points::new(50), per: LimitPeriod::Day }),
        budget: Some(Cap { points: Points::new(100), when_exhausted: WhenExhausted::Stop }),
    }
}

fn consumed(number: u128, points: i64) -> Consumed {
    Consumed {
        promotion_id: promotion(number),
        points: Points::new(points),
        per: Some(LimitPeriod::Day),
        budget: true,
    }
}

#[test]
fn what_is_booked_is_gone_for_the_next() {
    let mut asked = Asked::default();
    asked.add(&occasion(), &[limited(7)]);
    let questions = asked.questions();
    assert_eq!(questions.use_begins_on, ["2026-11-30".parse().unwrap()], "the merchant's day");
    // Nothing of the customer is stored, 90 of the budget are gone.
    let mut given = asked.answered([(true, 1, 90)]);
    let facts = given.facts(&occasion(), &[limited(7)]).unwrap().of(promotion(7));
    assert_eq!((facts.used.get(), facts.budget_left.unwrap().get()), (0, 10));
    assert!(given.is_unchanged());

    given.book(&occasion(), purchase(), &[consumed(7, 10)]).unwrap();
    let facts = given.facts(&occasion(), &[limited(7)]).unwrap().of(promotion(7));
    assert_eq!((facts.used.get(), facts.budget_left.unwrap().get()), (10, 0));
    let columns = given.columns();
    assert_eq!((columns.points, columns.used, columns.budget_used), (vec![10], vec![10], vec![100]));
}

#[test]
fn what_was_not_read_is_never_guessed() {
    let given = Asked::default().answered([]);
    assert!(given.facts(&occasion(), &[limited(7)]).is_err());
    let mut asked = Asked::default();
    asked.add(&occasion(), &[limited(7)]);
    let mut given = asked.answered([]);
    assert!(given.facts(&occasion(), &[limited(7)]).is_err(), "a budget without a row");
    let tomorrow = Occasion { instant: occasion().instant + TimeDelta::days(1), ..occasion() };
    assert!(given.book(&tomorrow, purchase(), &[consumed(7, 1)]).is_err(), "another day");
}

/// Purchase 3 took 40 of promotion 7 and 10 of promotion 8, both limited and with a budget.
async fn booked(db: &TestDb) -> DatabaseConnection {
    let pool = DatabaseConnection::from(db.pool.clone());
    let both = [7, 8];
    for number in both {
        let row = "INSERT INTO promotion_budgets (merchant_id, promotion_id, used) VALUES ($1, $2, 20)";
        sqlx::query(row)
            .bind(occasion().merchant.uuid())
            .bind(promotion(number).uuid())
            .execute(&db.pool)
            .await
            .unwrap();
    }
    let txn = pool.begin().await.unwrap();
    let mut asked = Asked::default();
    asked.add(&occasion(), &both.map(limited));
    let mut given = lock(&txn, asked).await.unwrap();
    given.book(&occasion(), purchase(), &[consumed(7, 40), consumed(8, 10)]).unwrap();
    write(&txn, &given).await.unwrap();
    txn.commit().await.unwrap();
    pool
}

/// Budget, use, booked, returned: by promotion.
async fn rows(db: &TestDb) -> Vec<(i64, i64, i64, i64)> {
    sqlx::query_as(
        "SELECT budget.used, use.used, booking.points, booking.returned
         FROM promotion_budgets AS budget
         JOIN promotion_uses AS use USING (merchant_id, promotion_id)
         JOIN promotion_bookings AS booking USING (merchant_id, promotion_id)
         ORDER BY promotion_id",
    )
    .fetch_all(&db.pool)
    .await
    .unwrap()
}

#[tokio::test]
async fn a_return_gives_back_what_the_purchase_took() {
    let db = TestDb::new().await;
    let pool = booked(&db).await;
    assert_eq!(rows(&db).await, [(60, 40, 40, 0), (30, 10, 10, 0)]);
    let merchant = occasion().merchant;
    for (points, after) in [(15, (45, 25, 40, 15)), (25, (20, 0, 40, 40))] {
        // Another promotion of the purchase has neither limit nor budget.
        let returned = [(promotion(7), Points::new(points)), (promotion(9), Points::new(5))].into();
        give_back(&pool, merchant, purchase(), &returned).await.unwrap();
        assert_eq!(rows(&db).await, [after, (30, 10, 10, 0)]);
    }
    let more = [(promotion(8), Points::new(1)), (promotion(7), Points::new(1))].into();
    assert!(give_back(&pool, merchant, purchase(), &more).await.is_err(), "more than was taken");
    assert_eq!(rows(&db).await, [(20, 0, 40, 40), (30, 10, 10, 0)]);
}
