//! `perennial import`: checked whole before anything is written, compressed or not, with columns of any name.

use std::{fs::File, io::Write as _};

use flate2::{Compression, write::GzEncoder};
use perennial_testkit::TestDb;
use serde_json::json;

use crate::tools_support::{Installation, parsed};

fn gz(text: &str) -> Vec<u8> {
    let mut gz = GzEncoder::new(Vec::new(), Compression::fast());
    gz.write_all(text.as_bytes()).unwrap();
    gz.finish().unwrap()
}

async fn count(db: &TestDb, table: &'static str) -> i64 {
    let sql = format!("SELECT count(*) FROM {table}");
    sqlx::query_scalar(sqlx::AssertSqlSafe(sql)).fetch_one(&db.pool).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_is_checked_first_and_imported_whole_or_not_at_all() {
    let db = TestDb::new().await;
    let house = Installation::on(&db.url);
    house.merchant().await;
    std::fs::write(house.path("stores.csv"), "code,name\nnorth,North\nsouth,South\n").unwrap();
    let stores = house.json(&["import", "retailers", "stores.csv", "--merchant", "corner", "--json"]).await;
    assert_eq!((&stores["created"], &stores["dry_run"]), (&2.into(), &false.into()), "{stores}");

    let right = "bill,shop,crm,cents\n1,north,a,100\n1,north,a,50\n2,south,b,25\n";
    let wrong = format!("{right}3,nowhere,a,10\n4,north,a,x\n");
    std::fs::write(house.path("wrong.csv"), &wrong).unwrap();
    let mapped = |file: &'static str, more: &[&'static str]| {
        let mut arguments = vec!["import", "purchases", file, "--merchant", "corner"];
        arguments.extend(["--map", "transaction_id=bill", "--map", "retailer=shop", "--map", "amount=cents"]);
        arguments.extend(["--map", "customer_external_id=crm", "--set", "occurred_at=2024-02-03 12:00"]);
        arguments.extend(more);
        arguments
    };
    let refused = house.run(&mapped("wrong.csv", &[])).await;
    assert!(!refused.status.success());
    let text = String::from_utf8(refused.stdout).unwrap();
    assert!(
        text.contains("line 5, shop: There is no such retailer") && text.contains("line 6, cents:"),
        "{text}"
    );
    assert!(text.contains("nothing was written"), "{text}");
    assert_eq!(count(&db, "purchases").await, 0);

    // Two compressed parts, one behind the other, are one file.
    let (head, tail) = right.split_at(30);
    let mut joined = File::create(house.path("right.csv.gz")).unwrap();
    joined.write_all(&[gz(head), gz(tail)].concat()).unwrap();
    drop(joined);
    let dry = house.json(&mapped("right.csv.gz", &["--dry-run", "--json"])).await;
    assert_eq!((&dry["rows"], &dry["items"], &dry["dry_run"]), (&3.into(), &2.into(), &true.into()), "{dry}");
    assert_eq!(count(&db, "purchases").await, 0);
    let imported = house.json(&mapped("right.csv.gz", &["--json"])).await;
    assert_eq!((&imported["created"], &imported["refused"]), (&2.into(), &0.into()), "{imported}");
    assert_eq!(count(&db, "purchases").await, 2);

    // Whoever wants the right rows without the wrong ones says so, and is told of the wrong ones all the same.
    let skipping = house.run(&mapped("wrong.csv", &["--skip-invalid", "--json"])).await;
    assert_eq!(skipping.status.code(), Some(1));
    let report = parsed(&skipping);
    assert_eq!((&report["unchanged"], &report["refused"]), (&2.into(), &2.into()), "{report}");
    assert_eq!(
        report["errors"][0],
        json!({"line": 5, "column": "shop", "code": "unknown_retailer",
        "detail": "There is no such retailer; import retailers first"})
    );
    assert_eq!(count(&db, "purchases").await, 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn wrong_arguments_and_files_are_named() {
    let db = TestDb::new().await;
    let house = Installation::on(&db.url);
    house.merchant().await;
    std::fs::write(house.path("some.csv"), "colour\nred\n").unwrap();
    std::fs::write(house.path("not.csv.gz"), "this is no archive").unwrap();
    let cases: [(&[&str], &str); 7] = [
        (
            &["import", "shops", "some.csv", "--merchant", "corner"],
            "must be retailers, products, customers or purchases",
        ),
        (&["import", "products", "some.csv", "--merchant", "corner"], "The file has no column sku"),
        (&["import", "products", "some.csv", "--merchant", "nobody"], "--merchant: nobody"),
        (&["import", "products", "absent.csv", "--merchant", "corner"], "absent.csv"),
        (&["import", "products", "not.csv.gz", "--merchant", "corner"], "not.csv.gz"),
        (
            &["import", "products", "some.csv", "--merchant", "corner", "--map", "sku"],
            "--map sku: must be OURS=THEIRS",
        ),
        (
            &["import", "products", "some.csv", "--merchant", "corner", "--set", "price=1"],
            "products have no column price",
        ),
    ];
    for (arguments, expected) in cases {
        let output = house.run(arguments).await;
        assert!(!output.status.success(), "{arguments:?}");
        let text = String::from_utf8_lossy(&output.stderr);
        assert!(text.contains(expected), "{arguments:?}: {text}");
    }
    let help = house.run(&["import", "--help"]).await;
    let text = String::from_utf8(help.stdout).unwrap();
    assert!(text.contains("transaction_id, retailer, amount or unit_price"), "{text}");
}
