//! Opening balances: what customers bring along, given once.

use futures::future::join_all;
use perennial_domain::customer::CustomerRef;
use perennial_engine::import::{Columns, ImportOptions, ImportReport, Kind, Scattered};
use perennial_engine::{Clock, Cx, Engine, PageRequest};
use serde_json::json;

use crate::intake_support::{Shop, at, purchase};
use crate::merge::{enter, merge};

async fn read(engine: &Engine, cx: &Cx, text: &str, dry_run: bool) -> ImportReport {
    let options = ImportOptions {
        kind: Kind::Customers,
        columns: Columns::default(),
        dry_run,
        leave_out: Scattered::default(),
    };
    engine.import(cx, text.as_bytes(), &options, |_| {}).await.unwrap()
}

async fn import(shop: &Shop, text: &str) -> ImportReport {
    read(&shop.engine, &shop.cx, text, false).await
}

/// New, changed, unchanged, refused.
fn counts(report: &ImportReport) -> (u64, u64, u64, u64) {
    (report.created, report.changed, report.unchanged, report.refused)
}

async fn points(shop: &Shop, external_id: &str) -> i64 {
    let who = format!("ext:{external_id}").parse().unwrap();
    shop.engine.customer_points(&shop.cx, &who).await.unwrap().points
}

async fn assert_reconciled(shop: &Shop) {
    let reconciled = shop.engine.reconcile(&shop.cx, |_| {}).await.unwrap();
    assert!(reconciled.is_clean(), "{:#?}", reconciled.checks);
}

const FILE: &str = "\
external_id,name,opening_points
crm-1,Maya,1200
crm-2,Ben,0
crm-3,Ada,
crm-4,Tim,50
";

#[tokio::test]
async fn an_opening_balance_is_given_once_however_often_it_is_imported() {
    let shop = Shop::open_at(Clock::fixed(at("2026-11-21T12:00:00Z"))).await;
    shop.set(json!({"expiry": {"kind": "after_months", "months": 12}})).await;
    // One of them is there already, and has points.
    let known = shop.bought(purchase("1", 100, json!({"customer": {"external_id": "crm-4"}}))).await;
    let dry = read(&shop.engine, &shop.cx, FILE, true).await;
    assert_eq!(counts(&dry), (3, 1, 0, 0));
    assert_eq!((shop.count("customers").await, shop.count("adjustments").await), (1, 0));

    assert_eq!(counts(&import(&shop, FILE).await), (3, 1, 0, 0));
    let had = (points(&shop, "crm-1").await, points(&shop, "crm-2").await, points(&shop, "crm-3").await);
    assert_eq!(had, (1_200, 0, 0));
    assert_eq!(points(&shop, "crm-4").await, 50);
    assert_eq!(counts(&import(&shop, FILE).await), (0, 0, 4, 0));
    assert_eq!(points(&shop, "crm-1").await, 1_200);

    // What has happened since changes nothing about what was brought along.
    let less = serde_json::from_value(json!({"points": -200, "reason": "Was wrong"})).unwrap();
    let maya = CustomerRef::ExternalId("crm-1".parse().unwrap());
    let maya = shop.engine.customer_find(&shop.cx, &maya).await.unwrap().unwrap().id;
    shop.engine.adjustment_create(&shop.cx, maya, less).await.unwrap();
    let renamed = FILE.replace("Maya", "Maya B.");
    assert_eq!(counts(&import(&shop, &renamed).await), (0, 1, 3, 0));
    assert_eq!(points(&shop, "crm-1").await, 1_000);

    let page = PageRequest::default();
    let adjusted =
        shop.engine.adjustment_list(&shop.cx, known.customer_id.unwrap(), &page).await.unwrap().data;
    let [opening] = adjusted.as_slice() else { panic!("{adjusted:?}") };
    assert_eq!((opening.points, opening.reason.as_str()), (50, "Opening balance"));
    assert!(opening.expires_on.is_some(), "it lives as long as points of today");
    assert_reconciled(&shop).await;
    shop.close().await;
}

#[tokio::test]
async fn another_opening_balance_and_what_is_none_are_refused() {
    let shop = Shop::open().await;
    import(&shop, FILE).await;
    let other = "\
external_id,opening_points
crm-1,1300
crm-2,7
crm-3,many
crm-4,-5
crm-5,9007199254740992
";
    let report = import(&shop, other).await;
    assert_eq!(counts(&report), (0, 1, 0, 4), "who had none may still get one");
    let mut errors: Vec<String> =
        report.errors.iter().map(|error| format!("{} {} {}", error.line, error.column, error.code)).collect();
    errors.sort_unstable();
    assert_eq!(
        errors,
        [
            "2 opening_points opening_differs",
            "4 opening_points invalid",
            "5 opening_points invalid",
            "6 opening_points invalid"
        ]
    );
    assert_eq!((points(&shop, "crm-1").await, points(&shop, "crm-2").await), (1_200, 7));
    assert_reconciled(&shop).await;
    shop.close().await;
}

#[tokio::test]
async fn more_than_can_be_counted_is_refused_and_the_others_are_taken() {
    let shop = Shop::open().await;
    shop.bought(purchase("1", 100, json!({"customer": {"external_id": "crm-1"}}))).await;
    let file = "external_id,opening_points\ncrm-1,9007199254740991\ncrm-2,7\n";
    let report = import(&shop, file).await;
    assert_eq!(counts(&report), (1, 0, 0, 1), "{:?}", report.errors);
    let error = &report.errors[0];
    assert_eq!(format!("{} {} {}", error.line, error.column, error.code), "2 opening_points overflow");
    assert_eq!((points(&shop, "crm-1").await, points(&shop, "crm-2").await), (100, 7));
    assert_reconciled(&shop).await;
    shop.close().await;
}

/// A file of another system that still has both of two accounts which were merged: each row is the one customer.
#[tokio::test]
async fn of_two_rows_of_one_customer_one_gives_the_balance() {
    let shop = Shop::open().await;
    import(&shop, "external_id\ncrm-1\ncrm-2\n").await;
    let ada = enter(&shop, json!({"external_id": "crm-1"})).await;
    let ben = enter(&shop, json!({"external_id": "crm-2"})).await;
    merge(&shop, ada, ben).await.unwrap();
    let file = "external_id,opening_points\ncrm-1,100\ncrm-2,50\n";
    // The first time, the second, and as if another chunk had each row: always the same.
    for (file, expected) in
        [(file, (0, 1, 0, 1)), (file, (0, 0, 1, 1)), ("external_id,opening_points\ncrm-2,50\n", (0, 0, 0, 1))]
    {
        let report = import(&shop, file).await;
        assert_eq!(counts(&report), expected, "{:?}", report.errors);
        assert_eq!(report.errors[0].code, "opening_differs");
        assert_eq!(points(&shop, "crm-1").await, 100);
    }
    assert_eq!(shop.count("adjustments WHERE is_opening").await, 1);
    assert_reconciled(&shop).await;
    shop.close().await;
}

/// Ten imports of one file at once, on two servers.
#[tokio::test]
async fn of_many_imports_at_once_one_gives_the_balance() {
    let shop = Shop::open().await;
    let other = shop.another_engine().await;
    import(&shop, "external_id\ncrm-1\ncrm-2\ncrm-3\ncrm-4\n").await;
    let file = "external_id,opening_points\ncrm-1,100\ncrm-2,200\ncrm-3,300\ncrm-4,400\n";
    let engines = [&shop.engine, &other];
    let imports = engines.into_iter().cycle().take(10).map(|engine| read(engine, &shop.cx, file, false));
    let mut changed = 0;
    for report in join_all(imports).await {
        assert_eq!((report.refused, report.created), (0, 0), "{:?}", report.errors);
        changed += report.changed;
    }
    assert_eq!(changed, 4);
    assert_eq!(shop.count("adjustments WHERE is_opening").await, 4);
    for (who, brought) in [("crm-1", 100), ("crm-2", 200), ("crm-3", 300), ("crm-4", 400)] {
        assert_eq!(points(&shop, who).await, brought);
    }
    assert_reconciled(&shop).await;
    other.shutdown().await;
    shop.close().await;
}
