//! CSV files: every mistake named, nothing twice, nothing half.

use std::io::{self, Cursor, Read};
use std::sync::Mutex;

use perennial_engine::import::{Columns, ImportOptions, ImportReport, Kind, Scattered};
use perennial_engine::points::PointsSummary;
use perennial_engine::retailers::RetailerPatch;
use perennial_engine::{Clock, Error};
use serde_json::json;

use crate::intake_support::{Shop, at, purchase};

/// A file as it is read.
struct File<'a> {
    kind: Kind,
    text: &'a [u8],
    columns: Columns,
}

fn file(kind: Kind, text: &str) -> File<'_> {
    File { kind, text: text.as_bytes(), columns: Columns::default() }
}

impl File<'_> {
    fn map(mut self, ours: &str, theirs: &str) -> Self {
        self.columns.rename(self.kind, ours, theirs).unwrap();
        self
    }

    fn set(mut self, ours: &str, value: &str) -> Self {
        self.columns.fix(self.kind, ours, value).unwrap();
        self
    }

    async fn read(&self, shop: &Shop, dry_run: bool, leave_out: Scattered) -> Result<ImportReport, Error> {
        let options = ImportOptions { kind: self.kind, columns: self.columns.clone(), dry_run, leave_out };
        shop.engine.import(&shop.cx, self.text, &options, |_| {}).await
    }

    async fn check(&self, shop: &Shop) -> ImportReport {
        self.read(shop, true, Scattered::default()).await.unwrap()
    }

    async fn import(&self, shop: &Shop) -> ImportReport {
        self.read(shop, false, Scattered::default()).await.unwrap()
    }

    async fn refusal(&self, shop: &Shop) -> String {
        match self.read(shop, true, Scattered::default()).await {
            Err(Error::Invalid(errors)) => {
                errors.iter().map(|error| error.detail.clone()).collect::<Vec<_>>().join("; ")
            }
            other => panic!("{other:?}"),
        }
    }
}

/// `line column code` of every error.
fn errors(report: &ImportReport) -> Vec<String> {
    report.errors.iter().map(|error| format!("{} {} {}", error.line, error.column, error.code)).collect()
}

/// New, changed, unchanged, refused.
fn counts(report: &ImportReport) -> (u64, u64, u64, u64) {
    (report.created, report.changed, report.unchanged, report.refused)
}

/// Everything that an import could change, as one text.
async fn everything(shop: &Shop) -> String {
    let mut all = String::new();
    for (table, order) in [
        ("retailers", "id"),
        ("products", "id"),
        ("customers", "id"),
        ("customer_identities", "customer_id, kind"),
        ("purchases", "id"),
        ("purchase_keys", "purchase_id"),
        ("entries", "posting_id, leg"),
        ("lots", "customer_id"),
        ("balances", "customer_id"),
        ("claims", "code"),
        ("outbox", "id"),
        ("rule_sets", "version"),
        ("merchant_revisions", "merchant_id"),
    ] {
        let sql =
            format!("SELECT coalesce(string_agg(t::text, E'\\n' ORDER BY {order}), '') FROM {table} AS t");
        let rows: String =
            sqlx::query_scalar(sqlx::AssertSqlSafe(sql)).fetch_one(&shop.db.pool).await.unwrap();
        all.push_str(&format!("-- {table}\n{rows}\n"));
    }
    all
}

async fn points_of(shop: &Shop, external_id: &str) -> PointsSummary {
    shop.engine.customer_points(&shop.cx, &format!("ext:{external_id}").parse().unwrap()).await.unwrap()
}

const PURCHASES: &str = "\
transaction_id,retailer,occurred_at,customer_external_id,product,quantity,unit_price,amount,discount
1,north,2024-01-05T10:00:00Z,crm-1,ipa,2,350,,
1,north,2024-01-05T10:00:00Z,crm-1,toast,,,999,99
2,north,2024-01-05 18:30:00,crm-2,,,,500,
1,south,2024-01-06T10:00,crm-1,ipa,1,350,,
3,south,,,,,,250,
";

#[tokio::test]
async fn past_purchases_are_credited_once_however_often_they_are_imported() {
    let shop = Shop::open().await;
    let purchases = file(Kind::Purchases, PURCHASES);
    let before = everything(&shop).await;
    let dry = purchases.check(&shop).await;
    assert!(dry.dry_run);
    assert_eq!((dry.rows, dry.items, counts(&dry), dry.errors.len()), (5, 4, (0, 0, 0, 0), 0));
    assert_eq!(everything(&shop).await, before, "a dry run writes nothing");

    let first = purchases.import(&shop).await;
    assert_eq!((first.rows, first.items, counts(&first)), (5, 4, (4, 0, 0, 0)));
    assert_eq!(first.points, 700 + 900 + 500 + 350, "what is unclaimed is nobody's yet");
    assert_eq!(points_of(&shop, "crm-1").await.points, 700 + 900 + 350);
    let imported = everything(&shop).await;

    let second = purchases.import(&shop).await;
    assert_eq!((counts(&second), second.points), ((0, 0, 4, 0), first.points));
    assert_eq!(everything(&shop).await, imported, "a second import changes nothing");

    // A local time is one of the store.
    let instants: Vec<String> = sqlx::query_scalar(
        "SELECT (occurred_at AT TIME ZONE 'UTC')::text FROM purchases WHERE occurred_at_sent ORDER BY occurred_at",
    )
    .fetch_all(&shop.db.pool)
    .await
    .unwrap();
    assert_eq!(instants, ["2024-01-05 10:00:00", "2024-01-05 23:30:00", "2024-01-06 09:00:00"]);
    assert_eq!(shop.count("purchases WHERE source = 'import'").await, 4);
    assert!(shop.engine.reconcile(&shop.cx, |_| {}).await.unwrap().is_clean());

    // The same transaction from a till is the same purchase.
    let lines = json!([{"amount": 500}]);
    let with = json!({"customer": {"external_id": "crm-2"}, "amount": null, "lines": lines, "occurred_at": "2024-01-05T23:30:00Z"});
    assert!(shop.buy(purchase("2", 0, with)).await.unwrap().replayed);
    shop.close().await;
}

#[tokio::test]
async fn a_dry_run_names_every_mistake_by_line_and_column() {
    let shop = Shop::open().await;
    let text = "\
Bill,shop,when,crm,mail,sku,qty,cents,off,cur
1,north,2024-01-05 10:00,a,,x,1,100,,
,north,,a,,x,1,100,,
3,nowhere,2024-01-05 10:00,a,,x,1,100,,
4,north,yesterday,a,,x,1,100,,
5,north,,a,,x,1,9.99,,
6,north,,a,,x,-1,100,,
7,north,,a,,x,1,100,200,
8,north,,a,,x,1,100,,EUR
9,north,,a,who@example.com,x,1,100,,
10,north,,a,,x,1,100,,
10,north,,b,,x,1,100,,
11,north,,a,,x,1,100,,
11,north,2024-01-05 10:00,a,,x,1,100,,
12,north,,,nobody,x,1,100,,
13,north,,a,,x,1,100,,
13,north,,a,,x,1,-5,,
14,north,,a,,x,1,,,
15,north,,a,,x,1,100
16,north,1066-10-14 10:00,a,,x,1,100,,
17,north,,a,,x,1,100,,USD
18,north,,a,,x,1,,,
";
    let wrong = file(Kind::Purchases, text)
        .map("transaction_id", "bill")
        .map("retailer", "shop")
        .map("occurred_at", "when")
        .map("customer_external_id", "crm")
        .map("customer_email", "mail")
        .map("product", "sku")
        .map("quantity", "qty")
        .map("amount", "cents")
        .map("discount", "off")
        .map("currency", "cur");
    let before = everything(&shop).await;
    let report = wrong.check(&shop).await;
    assert_eq!(everything(&shop).await, before);
    let told = errors(&report);
    for expected in [
        "3 bill required",
        "4 shop unknown_retailer",
        "5 when invalid",
        "6 cents invalid",
        "7 qty out_of_range",
        "9 cur currency_mismatch",
        "12  differs",
        "14 when differs",
        "17 cents out_of_range",
        "19  unequal_length",
        "20 when out_of_range",
    ] {
        assert!(told.iter().any(|error| error == expected), "{expected} is not in {told:#?}");
    }
    for line in [8, 10, 15, 22] {
        assert!(report.errors.iter().any(|error| error.line == line), "line {line} is not in {told:#?}");
    }
    assert!(report.errors.iter().all(|error| ![2, 21].contains(&error.line)), "these are right: {told:#?}");
    assert!(report.errors.iter().all(|error| !error.detail.is_empty()));

    // The right ones are taken when they are wanted without the others. What stands behind a broken row is not guessed at.
    let imported = wrong.import(&shop).await;
    assert_eq!(errors(&imported), told);
    assert_eq!((imported.created, imported.refused), (2, report.refused));
    assert_eq!(shop.count("purchases").await, 2);
    shop.close().await;
}

/// What contradicts the stored state is refused row by row, too.
#[tokio::test]
async fn conflicts_with_what_is_stored_are_named_and_stop_nobody() {
    let shop = Shop::open().await;
    file(Kind::Purchases, PURCHASES).import(&shop).await;
    shop.set(json!({"unknown_customer": "reject"})).await;
    let text = "\
transaction_id,retailer,customer_external_id,amount
2,north,crm-2,501
20,north,stranger,100
21,north,crm-2,100
";
    let before = everything(&shop).await;
    let foreseen = file(Kind::Purchases, text).check(&shop).await;
    assert_eq!(everything(&shop).await, before);
    let report = file(Kind::Purchases, text).import(&shop).await;
    assert_eq!(
        errors(&report),
        ["2 transaction_id transaction_conflict", "3 customer_external_id customer_not_found"]
    );
    assert_eq!((errors(&foreseen), foreseen.refused), (errors(&report), 2), "a dry run knows it before");
    assert_eq!(counts(&report), (1, 0, 0, 2));
    assert_eq!(points_of(&shop, "crm-2").await.points, 600);
    shop.close().await;
}

#[tokio::test]
async fn rows_that_are_not_next_to_each_other_are_left_out_whole() {
    let shop = Shop::open().await;
    let text = "\
transaction_id,retailer,customer_external_id,amount
1,north,a,100
2,north,a,10
1,north,a,100
1,south,a,1
1,north,a,100
";
    let scattered = file(Kind::Purchases, text);
    let dry = scattered.check(&shop).await;
    assert_eq!((dry.items, dry.refused), (3, 1), "the same number at another store is another purchase");
    assert_eq!(errors(&dry), ["4 transaction_id not_adjacent", "6 transaction_id not_adjacent"]);
    let report = scattered.read(&shop, false, dry.scattered.clone()).await.unwrap();
    assert_eq!(errors(&report)[0], "2 transaction_id not_adjacent", "now the first part is known, too");
    assert_eq!((counts(&report), report.points), ((2, 0, 0, 1), 11));
    assert_eq!(shop.count("purchases WHERE amount = 100").await, 0, "no part of it was credited");
    shop.close().await;
}

/// A file whose reading fails after some bytes, as when somebody pulls the plug.
struct Broken<'a> {
    text: Cursor<&'a [u8]>,
    after: u64,
}

impl Read for Broken<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = self.after.saturating_sub(self.text.position());
        if left == 0 {
            return Err(io::Error::other("the plug"));
        }
        let length = buffer.len().min(left as usize);
        self.text.read(&mut buffer[..length])
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_interrupted_import_is_completed_by_running_it_again() {
    let shop = Shop::open().await;
    let mut text = "transaction_id,retailer,customer_external_id,amount\n".to_owned();
    for purchase in 0..1_500 {
        for line in 0..=purchase % 3 {
            text.push_str(&format!("{purchase},north,crm-{},{}\n", purchase % 40, 1 + line));
        }
    }
    let options = ImportOptions {
        kind: Kind::Purchases,
        columns: Columns::default(),
        dry_run: false,
        leave_out: Scattered::default(),
    };
    let heard = Mutex::new(Vec::new());
    let tell = |rows| heard.lock().unwrap().push(rows);
    let broken = Broken { text: Cursor::new(text.as_bytes()), after: text.len() as u64 / 2 };
    let interrupted = shop.engine.import(&shop.cx, broken, &options, tell).await;
    assert!(
        matches!(&interrupted, Err(Error::Invalid(errors)) if errors[0].code == "unreadable"),
        "{interrupted:?}"
    );
    let half = shop.count("purchases").await;
    assert_eq!(half, 500, "whole batches, not the purchase in which it broke");
    assert!(!heard.lock().unwrap().is_empty());

    // The second time the process goes away between two batches.
    let whole = ImportOptions { dry_run: false, ..options.clone() };
    let gone = tokio::time::timeout(
        std::time::Duration::from_millis(40),
        shop.engine.import(&shop.cx, text.as_bytes(), &whole, |_| {}),
    )
    .await;
    drop(gone);

    let report = shop.engine.import(&shop.cx, text.as_bytes(), &options, |_| {}).await.unwrap();
    assert_eq!((report.items, report.refused, report.created + report.unchanged), (1_500, 0, 1_500));
    assert!(report.unchanged >= 500);
    // Each three purchases: 1, 1 + 2, 1 + 2 + 3; one point a cent.
    assert_eq!(report.points, 500 * (1 + 3 + 6));
    let stored: i64 = sqlx::query_scalar("SELECT sum(available)::int8 FROM balances")
        .fetch_one(&shop.db.pool)
        .await
        .unwrap();
    assert_eq!(stored, report.points);
    assert_eq!(shop.count("purchases").await, 1_500);
    shop.close().await;
}

#[tokio::test]
async fn columns_have_the_names_of_the_file_or_one_value_for_all() {
    let shop = Shop::open().await;
    let text = "basket,store,household,product,sales\n7,ignored,42,ipa,150\n8,ignored,42,toast,50\n";
    let mapped = file(Kind::Purchases, text)
        .map("transaction_id", "basket")
        .map("customer_external_id", "Household")
        .map("amount", "sales")
        .set("retailer", "south")
        .set("occurred_at", "2024-07-01 12:00");
    let report = mapped.import(&shop).await;
    assert_eq!((counts(&report), report.points), ((2, 0, 0, 0), 200));
    assert_eq!(shop.count("purchases WHERE occurred_at = '2024-07-01T10:00:00Z'").await, 2, "noon in Berlin");

    assert_eq!(
        file(Kind::Purchases, text).refusal(&shop).await,
        "The file has no column transaction_id; The file has no column retailer; The file has no column amount or unit_price"
    );
    let missing =
        file(Kind::Purchases, text).map("transaction_id", "bill").set("retailer", "south").set("amount", "1");
    assert_eq!(missing.refusal(&shop).await, "The file has no column bill");
    let mut columns = Columns::default();
    let unknown = columns.rename(Kind::Products, "colour", "color").unwrap_err().to_string();
    assert_eq!(unknown, "products have no column colour; they have sku, name, category, tags");
    assert!(columns.fix(Kind::Products, "price", "1").is_err());
    assert!("shops".parse::<Kind>().is_err());
    shop.close().await;
}

#[tokio::test]
async fn retailers_are_entered_changed_and_left_alone() {
    let shop = Shop::open().await;
    let text = "\u{feff}code,name,region,time_zone,business_day_start\r\n\
                east,East Side,Coast,America/New_York,04:00\r\n\
                west,,,America/Los_Angeles,\r\n\
                east,East Side,Coast,America/New_York,04:00\r\n\
                north,North,,,\r\n\
                west,Westend,,America/Los_Angeles,\r\n\
                mars,,,Mars/Olympus,25:00\r\n\
                \"far, away\",,,,\r\n";
    let retailers = file(Kind::Retailers, text);
    let before = everything(&shop).await;
    let dry = retailers.check(&shop).await;
    assert_eq!((dry.rows, dry.items, counts(&dry)), (7, 4, (3, 1, 0, 2)), "what would happen");
    assert_eq!(errors(&dry), ["6  duplicate", "7 time_zone invalid", "7 business_day_start invalid"]);
    assert_eq!(everything(&shop).await, before);

    assert_eq!(counts(&retailers.import(&shop).await), (3, 1, 0, 2));
    let snapshot = shop.engine.snapshot(&shop.cx).await.unwrap();
    let east = snapshot.retailers.by_code("east").unwrap();
    assert_eq!((east.name.as_str(), east.facts.zone.as_str()), ("East Side", "America/New_York"));
    assert_eq!(
        snapshot.retailers.by_code("west").unwrap().name.as_str(),
        "west",
        "the code, where there is no name"
    );
    assert!(snapshot.retailers.by_code("far, away").is_some());
    let imported = everything(&shop).await;
    assert_eq!(counts(&retailers.import(&shop).await), (0, 0, 4, 2));
    assert_eq!(everything(&shop).await, imported);
    shop.close().await;
}

#[tokio::test]
async fn products_and_customers_are_entered_changed_and_left_alone() {
    let shop = Shop::open().await;
    let products = file(
        Kind::Products,
        "sku,name,category,tags\nipa,IPA,beer,draft | seasonal\ntoast,,kitchen,\n,nameless,,\n",
    );
    assert_eq!(counts(&products.check(&shop).await), (2, 0, 0, 1));
    let report = products.import(&shop).await;
    assert_eq!((counts(&report), errors(&report)), ((2, 0, 0, 1), vec!["4 sku required".to_owned()]));
    assert_eq!(counts(&products.import(&shop).await), (0, 0, 2, 1));
    let changed = file(Kind::Products, "sku,name,category,tags\nipa,IPA,beer,draft|bottle\n");
    assert_eq!(counts(&changed.import(&shop).await), (0, 1, 0, 0));
    let snapshot = shop.engine.snapshot(&shop.cx).await.unwrap();
    let ipa = snapshot.catalogue.named("ipa").unwrap();
    assert_eq!(ipa.known.tags.len(), 2);

    shop.set(json!({"default_country": "US"})).await;
    let text = "\
external_id,email,phone,card,name
a,Maya@Example.com,(212) 555-0100,,Maya
b,,,card-1,
,,,,Nobody
c,not an address,,,
d,maya@example.com,,,Somebody else
a,maya@example.com,+12125550100,,Maya
e,,,,\u{0}
";
    let customers = file(Kind::Customers, text);
    let before = everything(&shop).await;
    let dry = customers.check(&shop).await;
    assert_eq!(everything(&shop).await, before);
    let expected = ["4  required", "5 email malformed", "8 name control_character", "6 email duplicate"];
    let mut told: Vec<_> = errors(&dry).iter().map(|error| error.replace(" invalid", " malformed")).collect();
    told[2] = told[2].replace("malformed", "control_character");
    assert_eq!(told, expected, "the same e-mail in two rows is found where both are seen");
    assert_eq!(counts(&customers.import(&shop).await), (2, 0, 0, 4));
    assert_eq!(shop.count("customer_identities WHERE kind = 'phone' AND value = '+12125550100'").await, 1);
    assert_eq!(points_of(&shop, "b").await.points, 0, "with a balance to look at");
    let imported = everything(&shop).await;
    assert_eq!(counts(&customers.import(&shop).await), (0, 0, 2, 4));
    assert_eq!(everything(&shop).await, imported);

    // An identity that is somebody else's by now is refused with its line, its neighbours are entered.
    let taken =
        file(Kind::Customers, "external_id,email\nf,f@example.com\nb,maya@example.com\ng,g@example.com\n");
    let report = taken.import(&shop).await;
    assert_eq!((counts(&report), errors(&report)), ((2, 0, 0, 1), vec!["3 email identity_taken".to_owned()]));
    shop.close().await;
}

#[tokio::test]
async fn a_file_of_purchases_can_be_read_for_its_stores_and_customers() {
    let shop = Shop::open().await;
    let text = "basket,store,household,cents\n1,s1,h1,10\n1,s1,h1,20\n2,s2,h1,30\n3,s1,h2,40\n";
    let stores = file(Kind::Retailers, text).map("code", "store").import(&shop).await;
    assert_eq!((stores.rows, stores.items, counts(&stores)), (4, 2, (2, 0, 0, 0)));
    let customers = file(Kind::Customers, text).map("external_id", "household").import(&shop).await;
    assert_eq!((customers.items, counts(&customers)), (2, (2, 0, 0, 0)));
    let purchases = file(Kind::Purchases, text)
        .map("transaction_id", "basket")
        .map("retailer", "store")
        .map("customer_external_id", "household")
        .map("amount", "cents");
    assert_eq!((purchases.import(&shop).await.points, points_of(&shop, "h1").await.points), (100, 60));
    shop.close().await;
}

#[tokio::test]
async fn rows_that_are_no_text_are_refused_and_the_rest_is_read() {
    let shop = Shop::open().await;
    let text = b"sku,name\r\nipa,\"I\r\nPA\"\r\nbad,\xff\xfe\r\n\r\ntoast,Toast\r\nlong,a,b\r\nlast,Last";
    let products = File { kind: Kind::Products, text, columns: Columns::default() };
    let report = products.import(&shop).await;
    assert_eq!(
        errors(&report),
        ["2 name invalid", "4  not_utf8", "7  unequal_length"],
        "by the line where each begins"
    );
    assert_eq!((report.rows, counts(&report)), (5, (2, 0, 0, 3)));
    shop.close().await;
}

/// What happened years ago may come late; what has not happened yet may not come at all.
#[tokio::test]
async fn an_import_may_be_late_and_not_early() {
    let shop = Shop::open_at(Clock::fixed(at("2026-11-20T12:00:00Z"))).await;
    shop.promote(json!({"name": "Base", "award_rate": "100"})).await;
    let text = "transaction_id,retailer,occurred_at,amount\n1,north,1999-12-31 23:59:59,5\n2,north,2026-11-20T12:06:00Z,5\n";
    assert_eq!(errors(&file(Kind::Purchases, text).check(&shop).await), ["3 occurred_at in_future"]);
    let report = file(Kind::Purchases, text).import(&shop).await;
    assert_eq!(
        (counts(&report), errors(&report)),
        ((1, 0, 0, 1), vec!["3 occurred_at in_future".to_owned()])
    );
    shop.close().await;
}

/// An archived retailer takes nothing new, and what it sold before is still known.
#[tokio::test]
async fn a_dry_run_knows_which_retailers_are_archived() {
    let shop = Shop::open().await;
    let old = "transaction_id,retailer,occurred_at,amount\n1,north,2024-01-05 10:00,5\n";
    file(Kind::Purchases, old).import(&shop).await;
    let north = shop.engine.snapshot(&shop.cx).await.unwrap().retailers.by_code("north").unwrap().id;
    let archive = RetailerPatch { archived: Some(true), ..RetailerPatch::default() };
    shop.engine.retailer_update(&shop.cx, north, archive).await.unwrap();
    let both = format!("{old}2,north,2024-01-05 10:00,5\n");
    for report in
        [file(Kind::Purchases, &both).check(&shop).await, file(Kind::Purchases, &both).import(&shop).await]
    {
        assert_eq!(errors(&report), ["3 retailer unknown_retailer"]);
    }
    shop.close().await;
}

/// What a number means that stands there without its country depends on a setting; what was stored does not.
#[tokio::test]
async fn local_numbers_are_found_again_whatever_the_country_has_become() {
    let shop = Shop::open().await;
    shop.set(json!({"default_country": "AT"})).await;
    let text = "\
transaction_id,retailer,occurred_at,customer_phone,amount
1,north,2024-01-05T10:00:00Z,0660 1234567,500
2,north,2024-01-05T11:00:00Z,0660 1234567,300
";
    let bills = file(Kind::Purchases, text);
    assert_eq!(counts(&bills.import(&shop).await), (2, 0, 0, 0));
    for country in [json!("DE"), serde_json::Value::Null] {
        shop.set(json!({"default_country": country})).await;
        let foreseen = bills.check(&shop).await;
        assert_eq!((errors(&foreseen), foreseen.refused), (Vec::new(), 0), "{country}");
        assert_eq!(counts(&bills.import(&shop).await), (0, 0, 2, 0), "{country}");
        let other = text.replace(",500", ",499");
        let other = file(Kind::Purchases, &other);
        for report in [other.check(&shop).await, other.import(&shop).await] {
            let [error] = report.errors.as_slice() else { panic!("{:?}", report.errors) };
            assert_eq!(error.code, "transaction_conflict", "{country}");
            assert!(!error.detail.contains("/customer"), "{country}: {}", error.detail);
        }
    }
    assert_eq!(shop.count("customers").await, 1);
    shop.close().await;
}
