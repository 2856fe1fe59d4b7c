use perennial_testkit::TestDb;
use sea_orm::{DatabaseConnection, TransactionTrait as _};

use super::*;

const MERCHANT: MerchantId = MerchantId::from_uuid(Uuid::from_u128(1));
const CUSTOMER: CustomerId = CustomerId::from_uuid(Uuid::from_u128(2));

fn promotion(number: u128) -> PromotionId {
    PromotionId::from_uuid(Uuid::from_u128(number))
}

fn remainder(text: &str) -> Remainder {
    text.parse().unwrap()
}

fn carried(number: u128, before: &str, after: &str) -> Carried {
    Carried { promotion_id: promotion(number), before: remainder(before), after: remainder(after) }
}

fn asked(numbers: &[u128]) -> Asked {
    let mut asked = Asked::default();
    let promotions: Vec<_> = numbers.iter().map(|number| promotion(*number)).collect();
    asked.add(MERCHANT, CUSTOMER, &promotions);
    asked
}

#[test]
fn what_one_leaves_is_there_for_the_next() {
    let mut kept = asked(&[7, 8]).answered([(2, 400_000_000)]);
    let of = |kept: &Kept, number| {
        kept.facts(MERCHANT, CUSTOMER, &[promotion(number)]).unwrap().of(promotion(number))
    };
    assert_eq!((of(&kept, 7), of(&kept, 8)), (Remainder::ZERO, remainder("0.4")));
    kept.book(MERCHANT, CUSTOMER, &[carried(7, "0", "0"), carried(8, "0.4", "0.15")]).unwrap();
    assert_eq!(of(&kept, 8), remainder("0.15"));
    let (keys, now) = kept.columns();
    assert_eq!(keys.promotion, [promotion(8).uuid()], "only what has changed");
    assert_eq!(now, [150_000_000]);
}

#[test]
fn what_was_not_read_is_never_guessed() {
    let mut kept = asked(&[7]).answered([]);
    assert!(kept.facts(MERCHANT, CUSTOMER, &[promotion(8)]).is_err());
    assert!(kept.book(MERCHANT, CUSTOMER, &[carried(8, "0", "0.5")]).is_err());
    assert!(kept.is_unchanged());
}

#[tokio::test]
async fn a_return_takes_off_what_is_carried_also_below_zero() {
    let db = TestDb::new().await;
    let pool = DatabaseConnection::from(db.pool.clone());
    let txn = pool.begin().await.unwrap();
    let mut kept = read(&txn, asked(&[7])).await.unwrap();
    kept.book(MERCHANT, CUSTOMER, &[carried(7, "0", "0.4")]).unwrap();
    write(&txn, &kept).await.unwrap();
    take_off(&txn, MERCHANT, CUSTOMER, &[(promotion(7), remainder("0.65"))].into()).await.unwrap();
    // A purchase can have added nothing, and its return something all the same.
    take_off(&txn, MERCHANT, CUSTOMER, &[(promotion(8), remainder("-0.5"))].into()).await.unwrap();
    txn.commit().await.unwrap();
    let kept = read(&pool, asked(&[7, 8, 9])).await.unwrap();
    let found = kept.facts(MERCHANT, CUSTOMER, &[7, 8, 9].map(promotion)).unwrap();
    let expected = [(promotion(7), remainder("-0.25")), (promotion(8), remainder("0.5"))];
    assert_eq!(found.iter().collect::<Vec<_>>(), expected);
}
