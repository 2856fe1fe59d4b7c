//! CSV files out: what a row cannot say is counted, and what an import would credit is what was earned and kept.

use perennial_domain::access::{Action, Scope};
use perennial_domain::customer::CustomerRef;
use perennial_domain::ids::PurchaseId;
use perennial_domain::returns::ReturnInput;
use perennial_engine::export::{ExportOptions, ExportReport};
use perennial_engine::import::{Columns, ImportOptions, Kind, Scattered};
use perennial_engine::privacy::EraseInput;
use perennial_engine::retailers::RetailerPatch;
use perennial_engine::{Clock, Cx, Error};
use serde_json::{Value, json};

use crate::intake_support::{Shop, at, basket, merchant, purchase};
use crate::merge::{enter, merge};

const BALANCES: ExportOptions = ExportOptions { balances: true, archived: false };

/// A file, which begins with the names of its columns, and what was told about it.
async fn exported(shop: &Shop, kind: Kind, options: ExportOptions) -> (String, ExportReport) {
    let mut export = shop.engine.export_begin(&shop.cx).await.unwrap();
    let mut bytes = Vec::new();
    let report = export.write(kind, options, &mut bytes, |_| {}).await.unwrap();
    export.end().await.unwrap();
    let text = String::from_utf8(bytes).unwrap();
    assert_eq!(text.lines().next().unwrap(), kind.columns().join(","));
    (text, report)
}

/// The rows in the order of the alphabet: things of one instant have no order.
fn rows(text: &str) -> Vec<&str> {
    let mut rows: Vec<&str> = text.lines().skip(1).collect();
    rows.sort_unstable();
    rows
}

fn remarks(report: &ExportReport) -> Value {
    serde_json::to_value(&report.remarks).unwrap()
}

async fn give_back(shop: &Shop, purchase: PurchaseId, input: Value) {
    let input: ReturnInput = serde_json::from_value(input).unwrap();
    shop.engine.return_purchase(&shop.cx, purchase, &input.check().unwrap(), false).await.unwrap();
}

#[tokio::test]
async fn purchases_are_written_as_they_stand() {
    let shop = Shop::open_at(Clock::fixed(at("2026-11-21T15:00:00Z"))).await;
    let base = json!({"name": "Base", "award_rate": "100"});
    shop.promote(base.clone()).await;
    let whole = shop.bought(purchase("1", 100, json!({}))).await;
    give_back(&shop, whole.id, json!({"return_id": "all"})).await;
    let lines = json!([
        {"product": "ipa", "quantity": 3, "unit_price": 100},
        {"product": "toast", "amount": 500, "discount": 50},
    ]);
    let part = shop.bought(basket("2", lines)).await;
    give_back(&shop, part.id, json!({"return_id": "one", "lines": [{"line": 0, "quantity": 1}]})).await;
    let claimed = shop.bought(purchase("3", 200, json!({"customer": null}))).await;
    let maya = CustomerRef::Email("maya@example.com".parse().unwrap());
    shop.engine.claim(&shop.cx, claimed.claim_code.as_ref().unwrap(), &maya).await.unwrap();
    shop.bought(purchase("4", 300, json!({"customer": null, "retailer": "south"}))).await;

    let (text, report) = exported(&shop, Kind::Purchases, ExportOptions::default()).await;
    assert_eq!(
        rows(&text),
        [
            "2,north,2026-11-21T10:00:00-05:00,,maya@example.com,,,ipa,2,,200,,USD",
            "2,north,2026-11-21T10:00:00-05:00,,maya@example.com,,,toast,1,,500,50,USD",
            "3,north,2026-11-21T10:00:00-05:00,,maya@example.com,,,,1,,200,,USD",
            "4,south,2026-11-21T16:00:00+01:00,,,,,,1,,300,,USD",
        ]
    );
    assert_eq!((report.rows, report.items), (4, 3));
    assert_eq!(remarks(&report), json!({"returned": 1, "returned_in_part": 1, "unclaimed": 1}));

    // Where the same promotion is in force, an import gives the same points.
    let oak = Cx::system(merchant(&shop.engine, "oak", "USD").await);
    let created = shop.engine.promotion_create(&oak, serde_json::from_value(base).unwrap()).await.unwrap();
    shop.engine.promotion_publish(&oak, created.id, None).await.unwrap();
    let options = ImportOptions {
        kind: Kind::Purchases,
        columns: Columns::default(),
        dry_run: false,
        leave_out: Scattered::default(),
    };
    let imported = shop.engine.import(&oak, text.as_bytes(), &options, |_| {}).await.unwrap();
    assert_eq!((imported.created, imported.refused), (3, 0), "{:?}", imported.errors);
    assert_eq!(imported.points, 200 + 450 + 200);
    assert_eq!(shop.points_of("maya@example.com").await, imported.points);
    shop.close().await;
}

/// Points are given for money: what else has paid is to earn nothing elsewhere either.
#[tokio::test]
async fn what_was_not_paid_in_money_is_written_as_a_discount() {
    let shop = Shop::open_at(Clock::fixed(at("2026-11-21T15:00:00Z"))).await;
    shop.promote(json!({"name": "Base", "award_rate": "100"})).await;
    shop.set(json!({"point_value": {"points": 1, "amount": 1}})).await;
    shop.bought(purchase("1", 1_000, json!({}))).await;
    let paid = shop.bought(purchase("2", 1_500, json!({"pay_with_points": 600}))).await;
    assert_eq!(paid.points_earned.get(), 900);
    let (text, report) = exported(&shop, Kind::Purchases, ExportOptions::default()).await;
    assert_eq!(
        rows(&text),
        [
            "1,north,2026-11-21T10:00:00-05:00,,maya@example.com,,,,1,,1000,,USD",
            "2,north,2026-11-21T10:00:00-05:00,,maya@example.com,,,,1,,1500,600,USD",
        ]
    );
    assert_eq!(remarks(&report), json!({"paid_otherwise": 1}));
    shop.close().await;
}

#[tokio::test]
async fn who_is_gone_is_left_out_and_what_has_no_column_is_counted() {
    let shop = Shop::open().await;
    let ada = enter(&shop, json!({"external_id": "a", "email": "ada@example.com", "name": "Ada"})).await;
    let ben = enter(&shop, json!({"email": "ben@example.com", "name": "Ben"})).await;
    merge(&shop, ada, ben).await.unwrap();
    shop.bought(purchase("1", 70, json!({"customer": {"external_id": "a"}}))).await;
    let zera = shop.bought(purchase("2", 50, json!({"customer": {"email": "zera@example.com"}}))).await;
    shop.engine.customer_erase(&shop.cx, zera.customer_id.unwrap(), EraseInput::default()).await.unwrap();
    shop.set(json!({"pending_days": 10})).await;
    shop.bought(purchase("3", 100, json!({}))).await;

    let (text, report) = exported(&shop, Kind::Customers, BALANCES).await;
    assert_eq!(rows(&text), [",maya@example.com,,,,,", "a,ada@example.com,,,Ada,,70"]);
    assert_eq!(remarks(&report), json!({"further_identities": 1, "pending_points": 100}));
    let (text, report) = exported(&shop, Kind::Customers, ExportOptions::default()).await;
    assert_eq!(rows(&text), [",maya@example.com,,,,,", "a,ada@example.com,,,Ada,,"]);
    assert_eq!(
        remarks(&report),
        json!({"further_identities": 1, "pending_points": 100, "spendable_points": 70})
    );
    let (text, report) = exported(&shop, Kind::Purchases, ExportOptions::default()).await;
    assert!(!text.contains("zera"), "{text}");
    assert_eq!((report.items, remarks(&report)), (3, json!({"without_customer": 1})));
    // Numbers of events have a hole where somebody was erased.
    shop.engine.shutdown().await;
}

#[tokio::test]
async fn archived_retailers_are_written_when_they_are_asked_for() {
    let shop = Shop::open().await;
    shop.bought(purchase("1", 70, json!({}))).await;
    let north = shop.engine.snapshot(&shop.cx).await.unwrap().retailers.by_code("north").unwrap().id;
    let archive = RetailerPatch { archived: Some(true), ..RetailerPatch::default() };
    shop.engine.retailer_update(&shop.cx, north, archive).await.unwrap();
    let (text, report) = exported(&shop, Kind::Retailers, ExportOptions::default()).await;
    assert_eq!(rows(&text), ["south,south,,Europe/Berlin,00:00"]);
    assert_eq!(remarks(&report), json!({"archived": 1}));
    let all = ExportOptions { archived: true, ..ExportOptions::default() };
    let (text, report) = exported(&shop, Kind::Retailers, all).await;
    assert_eq!(rows(&text), ["north,north,,America/New_York,00:00", "south,south,,Europe/Berlin,00:00"]);
    assert_eq!(remarks(&report), json!({}));
    let (_, report) = exported(&shop, Kind::Purchases, ExportOptions::default()).await;
    assert_eq!(remarks(&report), json!({"at_archived": 1}));
    shop.close().await;
}

#[tokio::test]
async fn whoever_may_not_read_all_of_it_exports_nothing() {
    let shop = Shop::open().await;
    let reader = shop.key(&[Scope::PurchasesRead], None).await;
    let bound = shop.key(&[Scope::PurchasesRead], Some("north")).await;
    for (cx, kind, action) in [
        (&reader, Kind::Customers, Action::CustomersExport),
        (&reader, Kind::Products, Action::CatalogueRead),
        (&bound, Kind::Purchases, Action::PurchasesRead),
    ] {
        let mut export = shop.engine.export_begin(cx).await.unwrap();
        let mut bytes = Vec::new();
        let refused = export.write(kind, BALANCES, &mut bytes, |_| {}).await;
        assert!(matches!(&refused, Err(Error::Forbidden(what)) if *what == action), "{refused:?}");
        assert!(bytes.is_empty());
    }
    shop.close().await;
}
