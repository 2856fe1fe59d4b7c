//! Balances and what is behind them, as they are read.

use std::sync::Arc;

use chrono::NaiveDate;
use perennial_domain::access::{Action, Scope};
use perennial_domain::customer::CustomerRef;
use perennial_domain::ids::CustomerId;
use perennial_engine::customers::CustomerPath;
use perennial_engine::points::{Expiring, PointsSummary};
use perennial_engine::{Cx, Error, Page, PageRequest, What};
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::intake_support::{Shop, buy_all, merchant, purchase};

fn external(id: &str) -> CustomerPath {
    format!("ext:{id}").parse().unwrap()
}

fn of(external_id: &str) -> Value {
    json!({"customer": {"external_id": external_id}})
}

async fn points(shop: &Shop, cx: &Cx, path: impl Into<CustomerPath>) -> Result<PointsSummary, Error> {
    shop.engine.customer_points(cx, &path.into()).await
}

#[track_caller]
fn is_unknown<T: std::fmt::Debug>(result: Result<T, Error>) {
    assert!(matches!(result, Err(Error::NotFound(What::Customer))), "{result:?}");
}

/// Every page of a list, by pages of two.
pub async fn all<T, F: Future<Output = Result<Page<T>, Error>>>(list: impl Fn(PageRequest) -> F) -> Vec<T> {
    let (mut rows, mut after) = (Vec::new(), None);
    loop {
        let page = list(PageRequest::new(Some(2), after).unwrap()).await.unwrap();
        assert!(page.data.len() <= 2);
        rows.extend(page.data);
        after = page.next;
        if after.is_none() {
            return rows;
        }
    }
}

#[tokio::test]
async fn a_balance_is_found_by_id_and_by_external_id() {
    let shop = Shop::open().await;
    let bought = shop.bought(purchase("1", 250, of("crm-1"))).await;
    shop.bought(purchase("2", 50, of("crm-1"))).await;
    let id = bought.customer_id.unwrap();
    let by_id = points(&shop, &shop.cx, id).await.unwrap();
    assert_eq!((by_id.customer_id, by_id.points, by_id.lifetime), (id, 300, 300));
    assert_eq!((by_id.pending, by_id.reserved, by_id.debt, by_id.expiring.len()), (0, 0, 0, 0));
    let by_external = points(&shop, &shop.cx, external("crm-1")).await.unwrap();
    assert_eq!(PointsSummary { as_of: by_id.as_of, ..by_external.clone() }, by_id);
    assert!(by_external.as_of >= by_id.as_of);

    // Somebody who was entered and has bought nothing has nothing, and is known.
    let new = serde_json::from_value(json!({"external_id": "crm-2"})).unwrap();
    shop.engine.customer_create(&shop.cx, new).await.unwrap();
    assert_eq!(points(&shop, &shop.cx, external("crm-2")).await.unwrap().points, 0);

    is_unknown(points(&shop, &shop.cx, external("crm-3")).await);
    is_unknown(points(&shop, &shop.cx, CustomerId::new(0, [0; 10])).await);
    // An e-mail or a card is no external id.
    shop.bought(purchase("3", 1, json!({"customer": {"card": "777"}}))).await;
    is_unknown(points(&shop, &shop.cx, external("777")).await);
    shop.close().await;
}

#[tokio::test]
async fn a_balance_is_for_those_whom_it_concerns() {
    let shop = Shop::open().await;
    let id = shop.bought(purchase("1", 250, of("crm-1"))).await.customer_id.unwrap();
    let other = shop.bought(purchase("2", 250, of("crm-2"))).await.customer_id.unwrap();
    let neighbour = Cx::system(merchant(&shop.engine, "neighbour", "USD").await);
    is_unknown(points(&shop, &neighbour, id).await);
    is_unknown(points(&shop, &neighbour, external("crm-1")).await);
    let page = PageRequest::default();
    is_unknown(shop.engine.customer_entries(&neighbour, id, None, &page).await);
    is_unknown(shop.engine.customer_lots(&neighbour, id, &page).await);
    is_unknown(shop.engine.customer_activity(&neighbour, id, None, &page).await);

    let own = shop.engine.customer_cx(shop.merchant, id).await.unwrap();
    assert_eq!(points(&shop, &own, id).await.unwrap().points, 250);
    is_unknown(points(&shop, &own, other).await);
    is_unknown(shop.engine.customer_activity(&own, other, None, &page).await);

    let till = shop.key(&[Scope::PurchasesWrite], None).await;
    for path in [CustomerPath::Id(id), external("crm-1")] {
        let refused = points(&shop, &till, path).await;
        assert!(matches!(refused, Err(Error::Forbidden(Action::CustomersRead))), "{refused:?}");
    }
    let reader = shop.key(&[Scope::CustomersRead], None).await;
    assert_eq!(points(&shop, &reader, external("crm-1")).await.unwrap().points, 250);
    shop.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_thousand_questions_at_once_get_their_own_answers() {
    let shop = Arc::new(Shop::open().await);
    let neighbour = merchant(&shop.engine, "neighbour", "USD").await;
    let purchases = (0..100).map(|n| purchase(format!("{n}"), 1_000 + n, of(&format!("crm-{n}")))).collect();
    let ids: Vec<CustomerId> = buy_all(&shop.engine, &shop.cx, purchases)
        .await
        .into_iter()
        .map(|bought| bought.unwrap().record.customer_id.unwrap())
        .collect();
    let mut questions = JoinSet::new();
    for n in 0..1_000_i64 {
        let (shop, id) = (shop.clone(), ids[usize::try_from(n % 100).unwrap()]);
        questions.spawn(async move {
            let path = if n % 2 == 0 { id.into() } else { external(&format!("crm-{}", n % 100)) };
            if n % 10 == 3 {
                is_unknown(points(&shop, &Cx::system(neighbour), path).await);
            } else {
                let summary = points(&shop, &shop.cx, path).await.unwrap();
                assert_eq!((summary.customer_id, summary.points), (id, 1_000 + n % 100));
            }
        });
    }
    questions.join_all().await;
}

/// A question that comes after an answer sees what was answered, whatever other questions it is read with.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_balance_is_never_older_than_the_question() {
    let shop = Arc::new(Shop::open().await);
    let mut customers = JoinSet::new();
    for customer in 0..8 {
        let shop = shop.clone();
        customers.spawn(async move {
            let name = format!("crm-{customer}");
            for number in 1..=25 {
                let answer = shop.bought(purchase(format!("{customer}-{number}"), 10, of(&name))).await;
                let summary = points(&shop, &shop.cx, external(&name)).await.unwrap();
                assert_eq!(summary.points, answer.balance.unwrap().points);
            }
        });
    }
    customers.join_all().await;
}

/// Postgres has been started again since the last question: whoever asks next does not notice.
#[tokio::test]
async fn a_lost_connection_is_nobodys_fault_who_asks() {
    let shop = Shop::open().await;
    let maya = shop.bought(purchase("1", 100, json!({}))).await.customer_id.unwrap();
    for _ in 0..3 {
        assert_eq!(points(&shop, &shop.cx, maya).await.unwrap().points, 100);
        let mine =
            "pg_stat_activity WHERE datname = current_database() AND application_name = 'perennial points'";
        assert!(shop.count(mine).await > 0);
        let killed = format!("(SELECT pg_terminate_backend(pid, 5000) FROM {mine}) AS killed");
        assert!(shop.count(&killed).await > 0);
    }
    assert_eq!(points(&shop, &shop.cx, maya).await.unwrap().points, 100);
    shop.close().await;
}

#[tokio::test]
async fn entries_and_activity_are_paged_newest_first_with_claims_among_them() {
    let shop = Shop::open().await;
    let maya = shop.bought(purchase("1", 100, json!({}))).await.customer_id.unwrap();
    shop.bought(purchase("2", 0, json!({}))).await;
    let found = shop.bought(purchase("3", 300, json!({"customer": null, "retailer": "south"}))).await;
    shop.bought(purchase("4", 400, json!({}))).await;
    let code = found.claim_code.clone().unwrap();
    shop.engine.claim(&shop.cx, &code, &CustomerRef::Id(maya)).await.unwrap();
    shop.bought(purchase("5", 500, json!({}))).await;
    shop.bought(purchase("6", 600, json!({"customer": {"email": "luis@example.com"}}))).await;

    let entries = all(|page| shop_entries(&shop, maya, page)).await;
    let seen: Vec<_> =
        entries.iter().map(|entry| (entry.sequence, entry.kind.as_str(), entry.amount)).collect();
    assert_eq!(seen, [(4, "purchase", 500), (3, "claim", 300), (2, "purchase", 400), (1, "purchase", 100)]);
    assert!(entries.iter().all(|entry| entry.account == "available"));
    assert_eq!(entries[1].purchase_id, Some(found.id.uuid()));
    assert_ne!(entries[1].posting_id, found.id.uuid(), "a claim is a posting of its own");

    let activity = all(async |page| shop.engine.customer_activity(&shop.cx, maya, None, &page).await).await;
    let seen: Vec<_> = activity
        .iter()
        .map(|row| (row.transaction_id.as_deref().unwrap(), row.kind.as_str(), row.points))
        .collect();
    assert_eq!(
        seen,
        [
            ("5", "purchase", 500),
            ("3", "claim", 300),
            ("4", "purchase", 400),
            ("2", "purchase", 0),
            ("1", "purchase", 100)
        ]
    );
    assert_eq!(
        (activity[1].retailer_name.as_deref().unwrap(), activity[1].time_zone.as_str()),
        ("south", "Europe/Berlin")
    );
    assert_eq!((activity[1].amount, activity[1].occurred_at), (Some(300), found.occurred_at));
    assert!(activity[1].posted_at > found.received_at);

    // A page of one list is no page of another.
    let next = shop
        .engine
        .customer_activity(&shop.cx, maya, None, &PageRequest::new(Some(1), None).unwrap())
        .await
        .unwrap()
        .next;
    let wrong =
        shop.engine.customer_entries(&shop.cx, maya, None, &PageRequest::new(Some(1), next).unwrap()).await;
    assert!(matches!(wrong, Err(Error::Invalid(_))), "{wrong:?}");
    shop.close().await;
}

async fn shop_entries(
    shop: &Shop,
    customer: CustomerId,
    page: PageRequest,
) -> Result<Page<perennial_engine::points::EntryView>, Error> {
    shop.engine.customer_entries(&shop.cx, customer, None, &page).await
}

#[tokio::test]
async fn lots_come_soonest_first_and_only_those_that_expire_are_announced() {
    let shop = Shop::open().await;
    let maya = shop.bought(purchase("1", 100, json!({}))).await.customer_id.unwrap();
    sqlx::query(
        "INSERT INTO lots (merchant_id, customer_id, expires_on, remaining)
         SELECT $1, $2, date '2027-01-31' + 30 * n, CASE n WHEN 3 THEN 0 ELSE n END FROM generate_series(1, 15) AS n",
    )
    .bind(shop.merchant.uuid())
    .bind(maya.uuid())
    .execute(&shop.db.pool)
    .await
    .unwrap();
    let lots = all(async |page| shop.engine.customer_lots(&shop.cx, maya, &page).await).await;
    let left: Vec<i64> = lots.iter().map(|lot| lot.remaining).collect();
    assert_eq!(left, [1, 2, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 100], "those used up are left out");
    assert_eq!(lots[0].expires_on, NaiveDate::from_ymd_opt(2027, 3, 2));
    assert_eq!(lots[14].expires_on, None, "no expiry comes last");

    let summary = points(&shop, &shop.cx, maya).await.unwrap();
    assert_eq!(summary.expiring.len(), 12);
    let first = Expiring { expires_on: NaiveDate::from_ymd_opt(2027, 3, 2).unwrap(), points: 1 };
    assert_eq!(summary.expiring[0], first);
    assert!(summary.expiring.is_sorted_by_key(|lot| lot.expires_on));
    assert_eq!(summary.expiring.iter().map(|lot| lot.points).sum::<i64>(), 1 + 2 + (4..=13).sum::<i64>());
}
