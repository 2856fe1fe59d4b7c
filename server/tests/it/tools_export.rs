//! `perennial export` as CSV: what was imported comes out again, and goes on elsewhere.

use std::io::Read as _;

use flate2::read::GzDecoder;
use perennial_testkit::TestDb;
use serde_json::{Value, json};

use crate::tools_support::{Installation, parsed};

const STORES: &str = "\
code,name,region,time_zone,business_day_start
north,North,Coast,America/New_York,04:00
\"far, away\",\"The \"\"Far\"\" one\",,Europe/Vienna,00:00
";
const PRODUCTS: &str = "\
sku,name,category,tags
ipa,IPA,beer,draft|seasonal
toast,\"Toast, buttered\",,
";
const CUSTOMERS: &str = "\
external_id,email,phone,card,name,birthday,opening_points
crm-1,maya@example.com,+12125550100,card1,Maya,1990-05-17,1200
=7,,,,\"Ben \"\"B\"\" Günther\",05-17,
,ada@example.com,,,,,50
";
const PURCHASES: &str = "\
transaction_id,retailer,occurred_at,customer_external_id,customer_email,customer_phone,customer_card,product,quantity,unit_price,amount,discount,currency
1,north,2024-01-05T10:00:00-05:00,crm-1,,,,ipa,2,350,,,USD
1,north,2024-01-05T10:00:00-05:00,crm-1,,,,\"toast, burnt\",1,,999,99,USD
2,\"far, away\",2024-07-06T18:30:00.250+02:00,,ada@example.com,,,,1,,500,,USD
3,north,2024-01-06T09:00:00-05:00,,,,,,1,,250,,USD
";

const FILES: [(&str, &str); 4] =
    [("retailers", STORES), ("products", PRODUCTS), ("customers", CUSTOMERS), ("purchases", PURCHASES)];

/// The rows of a file, which have no order.
fn rows(text: &str) -> Vec<&str> {
    let mut rows: Vec<&str> = text.lines().collect();
    rows.sort_unstable();
    rows
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

impl Installation {
    fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).unwrap()
    }

    /// New, changed, unchanged, refused.
    async fn import(&self, kind: &str, file: &str, merchant: &str) -> [Value; 4] {
        let report = self.json(&["import", kind, file, "--merchant", merchant, "--json"]).await;
        ["created", "changed", "unchanged", "refused"].map(|field| report[field].clone())
    }

    /// A merchant `corner` with all of the files, and no promotions.
    async fn filled(&self) {
        self.merchant().await;
        for (kind, content) in FILES {
            let name = format!("in-{kind}.csv");
            std::fs::write(self.path(&name), content).unwrap();
            let [created, changed, unchanged, refused] = self.import(kind, &name, "corner").await;
            assert_eq!((changed, unchanged, refused), (json!(0), json!(0), json!(0)), "{kind}");
            assert_ne!(created, json!(0), "{kind}");
        }
    }
}

const ALL: [&str; 12] = [
    "export",
    "--merchant",
    "corner",
    "--retailers",
    "retailers.csv",
    "--products",
    "products.csv",
    "--customers",
    "customers.csv",
    "--purchases",
    "purchases.csv",
    "--balances",
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_imported_comes_out_and_in_again() {
    let db = TestDb::new().await;
    let house = Installation::on(&db.url);
    house.filled().await;
    let told = house.run(&ALL).await;
    assert!(told.status.success(), "{told:?}");
    let told = text(&told.stdout);
    assert!(told.contains("customers.csv: 3 customers\n"), "{told}");
    assert!(
        told.contains("purchases.csv: 3 purchases in 4 rows\n  1 purchases that nobody has claimed"),
        "{told}"
    );
    assert!(told.contains("Import the purchases before there are promotions"), "{told}");
    for (kind, content) in FILES {
        let file = format!("{kind}.csv");
        assert_eq!(rows(&house.read(&file)), rows(content), "{kind}");
        let items = if kind == "customers" || kind == "purchases" { 3 } else { 2 };
        let again = house.import(kind, &file, "corner").await;
        assert_eq!(again, [json!(0), json!(0), json!(items), json!(0)], "{kind} are all known");
    }
    let left: Vec<_> = std::fs::read_dir(house.path("."))
        .unwrap()
        .map(|entry| text(entry.unwrap().file_name().as_encoded_bytes()))
        .filter(|name| name.ends_with(".part"))
        .collect();
    assert!(left.is_empty(), "{left:?}");

    // Without being asked for, balances stay behind: purchases say the same.
    let report = house.json(&["export", "--merchant", "corner", "--customers", "plain.csv", "--json"]).await;
    assert_eq!(
        report["files"],
        json!([{"file": "plain.csv", "kind": "customers", "rows": 3, "items": 3, "remarks": {"spendable_points": 1_250}}])
    );
    assert!(report.get("program").is_none(), "{report}");
    let without = CUSTOMERS.replace("1200\n", "\n").replace(",50\n", ",\n");
    assert_eq!(rows(&house.read("plain.csv")), rows(&without));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_merchant_goes_on_with_the_same_balances() {
    let db = TestDb::new().await;
    let house = Installation::on(&db.url);
    house.filled().await;
    assert!(house.run(&ALL).await.status.success());
    let oak = ["merchant", "create", "--name", "Oak", "--slug", "oak", "--currency", "USD"];
    let owner = ["--time-zone", "Europe/Vienna", "--owner-email", "owner@oak.example"];
    let password = ["--owner-password", "correct horse battery staple", "--json"];
    house.json(&[&oak[..], &owner[..], &password[..]].concat()).await;
    for (kind, _) in FILES {
        let [created, _, _, refused] = house.import(kind, &format!("{kind}.csv"), "oak").await;
        assert_eq!((created == json!(0), refused), (false, json!(0)), "{kind}");
    }
    // Into files of the same names, compressed this time, and those that are there are replaced.
    std::fs::write(house.path("purchases.csv.gz"), "old").unwrap();
    let into = ["export", "--merchant", "oak", "--balances", "--customers", "oak.csv"];
    let packed = ["--purchases", "purchases.csv.gz", "--json"];
    let report = house.json(&[&into[..], &packed[..]].concat()).await;
    assert_eq!(report["files"][1]["rows"], 4, "{report}");
    assert_eq!(rows(&house.read("oak.csv")), rows(CUSTOMERS), "the purchases have added nothing");
    let mut unpacked = String::new();
    let packed = std::fs::File::open(house.path("purchases.csv.gz")).unwrap();
    GzDecoder::new(packed).read_to_string(&mut unpacked).unwrap();
    assert_eq!(rows(&unpacked), rows(PURCHASES));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_file_may_go_to_standard_output_and_wrong_names_are_refused() {
    let db = TestDb::new().await;
    let house = Installation::on(&db.url);
    house.filled().await;
    let output = house.run(&["export", "--merchant", "corner", "--products", "-"]).await;
    assert!(output.status.success(), "{output:?}");
    assert_eq!(rows(&text(&output.stdout)), rows(PRODUCTS));
    assert!(text(&output.stderr).contains("-: 2 products"), "{output:?}");
    let both = ["export", "--merchant", "corner", "--program", "p.json", "--customers", "c.csv", "--json"];
    let both = parsed(&house.run(&both).await);
    assert_eq!((&both["retailers"], &both["files"][0]["items"]), (&json!(2), &json!(3)), "{both}");

    std::fs::create_dir(house.path("folder")).unwrap();
    let cases: [(&[&str], &str); 6] = [
        (&["export", "--merchant", "corner"], "Name at least one file"),
        (&["export", "--merchant", "nobody", "--customers", "x.csv"], "--merchant: nobody"),
        (&["export", "--merchant", "corner", "--customers", "-", "--json"], "--customers -: standard output"),
        (
            &["export", "--merchant", "corner", "--customers", "./x.csv", "--purchases", "x.csv"],
            "--purchases x.csv: another file has this name",
        ),
        (&["export", "--merchant", "corner", "--purchases", "x.csv", "--balances"], "--customers"),
        // What was written before it failed is not there either.
        (
            &["export", "--merchant", "corner", "--retailers", "x.csv", "--customers", "folder"],
            "folder: this is no file",
        ),
    ];
    for (arguments, expected) in cases {
        let output = house.run(arguments).await;
        assert!(!output.status.success(), "{arguments:?}");
        let told = text(&output.stderr);
        assert!(told.contains(expected), "{arguments:?}: {told}");
        assert!(!house.path("x.csv").exists(), "{arguments:?}");
    }
    let help = text(&house.run(&["export", "--help"]).await.stdout);
    let help = help.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(help.contains("retailers, products, customers, purchases, and the program last"), "{help}");
}
