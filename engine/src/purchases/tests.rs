use perennial_domain::ids::MerchantId;
use perennial_testkit::TestDb;
use sqlx::PgPool;

use super::*;

const MERCHANT: Uuid = Uuid::from_u128(1);
const CLOSED: Uuid = Uuid::from_u128(2);

/// A merchant with a retailer that closed after sixty purchases, and one that has sold thirty thousand times since.
async fn fill(pool: &PgPool) {
    let merchant = "INSERT INTO merchants (id, slug, name, currency, time_zone, created_at)
        VALUES ($1, 'one', 'One', 'USD', 'UTC', now())";
    sqlx::query(merchant).bind(MERCHANT).execute(pool).await.unwrap();
    let retailers = "
        INSERT INTO retailers (merchant_id, id, code, name, time_zone, created_at)
        SELECT $1, r.id, r.code, r.code, 'UTC', now()
        FROM unnest($2::uuid[], ARRAY['closed', 'open']) AS r (id, code)";
    sqlx::query(retailers).bind(MERCHANT).bind([CLOSED, Uuid::from_u128(3)]).execute(pool).await.unwrap();
    let purchases = "
        INSERT INTO purchases (merchant_id, id, retailer_id, transaction_id, status, currency, amount, occurred_at,
            occurred_at_sent, business_date, received_at, points, rules_version, facts, lines, source)
        SELECT $1, lpad(to_hex(n), 32, '0')::uuid, CASE WHEN n <= 60 THEN $2::uuid ELSE $3::uuid END, n::text, 'unclaimed',
               'USD', 1, now(), false, now(), now(), 0, 1, '{}', '[]', 'api'
        FROM generate_series(1, 30000) AS n";
    sqlx::query(purchases).bind(MERCHANT).bind(CLOSED).bind(Uuid::from_u128(3)).execute(pool).await.unwrap();
    sqlx::query("ANALYZE").execute(pool).await.unwrap();
}

/// The purchases of a retailer are found by it, not among those of all others, from the first page to the last.
#[tokio::test]
async fn the_list_of_one_retailer_goes_by_its_index() {
    let db = TestDb::new().await;
    fill(&db.pool).await;
    let cx = Cx::system(MerchantId::from_uuid(MERCHANT));
    let filter =
        PurchaseFilter { retailer: Some(RetailerId::from_uuid(CLOSED)), ..PurchaseFilter::default() };
    for after in [None, crate::page::cursor(&Uuid::from_u128(40))] {
        let page = PageRequest::new(Some(20), after).unwrap();
        let mut query = QueryBuilder::new("EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF) ");
        let filter = Narrowed { filter: &filter, found: None, ahead: TimeDelta::zero() };
        list(&mut query, &cx, filter, &page).unwrap();
        let plan: Vec<String> = query.build_query_scalar().fetch_all(&db.pool).await.unwrap();
        let scan = plan.iter().position(|line| line.contains("on purchases")).expect("the table is read");
        let (by, condition) = (&plan[scan], &plan[scan + 1]);
        let plan = plan.join("\n");
        assert!(by.contains("Index Scan Backward using purchases_merchant_id_retailer_id_idx"), "{plan}");
        assert!(by.contains("rows=21") && condition.contains("retailer_id ="), "{plan}");
    }
}
