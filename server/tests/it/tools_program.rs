//! `perennial export --program` and `perennial import --program`: from one merchant to another, by way of a file in git.

use perennial_testkit::TestDb;
use serde_json::{Value, json};

use crate::tools_support::{Installation, parsed, stop};

const OTHER: [&str; 15] = [
    "merchant",
    "create",
    "--name",
    "Oak",
    "--slug",
    "oak",
    "--currency",
    "USD",
    "--time-zone",
    "Europe/Vienna",
    "--owner-email",
    "owner@oak.example",
    "--owner-password",
    "correct horse battery staple",
    "--json",
];

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_program_goes_from_one_merchant_to_another() {
    let db = TestDb::new().await;
    let house = Installation::on(&db.url);
    let key = house.merchant().await;
    house.json(&OTHER).await;
    let server = house.serve().await;
    house.furnish(&key).await;
    for product in
        [json!({"sku": "ipa", "name": "IPA", "tags": ["cold"]}), json!({"sku": "tea", "name": "Tea"})]
    {
        house.post(&key, "/products", product).await;
    }
    let gold = house.post(&key, "/tiers", json!({"name": "Gold", "threshold": 500})).await["id"].clone();
    let coffee =
        json!({"name": "Coffee", "kind": "money_off", "value": 300, "points_cost": 100, "tiers": [gold]});
    house.post(&key, "/rewards", coffee).await;
    stop(server).await;

    let out = ["export", "--program", "corner.json", "--products", "corner.csv", "--merchant", "corner"];
    let exported = house.run(&out).await;
    assert!(exported.status.success(), "{exported:?}");
    assert!(
        text(&exported.stdout).contains("2 retailers, 2 products, 1 tiers, 1 promotions"),
        "{exported:?}"
    );
    let written = std::fs::read_to_string(house.path("corner.json")).unwrap();
    let program: Value = serde_json::from_str(&written).unwrap();
    assert_eq!(
        (&program["products"], &program["rewards"][0]["tiers"]),
        (&json!("corner.csv"), &json!(["Gold"]))
    );
    assert!(std::fs::read_to_string(house.path("corner.csv")).unwrap().contains("ipa,IPA,,cold"));

    let into = ["import", "--program", "corner.json", "--merchant", "oak"];
    let foreseen = house.run(&[&into[..], &["--dry-run"]].concat()).await;
    let told = text(&foreseen.stdout);
    assert!(foreseen.status.success() && told.contains("created  rewards Coffee\n"), "{told}");
    assert!(told.contains("; nothing was written"), "{told}");
    let json = [&into[..], &["--json"]].concat();
    let imported = house.json(&json).await;
    assert_eq!((&imported["created"], &imported["refused"]), (&json!(7), &json!(0)), "{imported}");
    let again = house.json(&json).await;
    assert_eq!(
        (&again["created"], &again["changed"], &again["rows"]),
        (&json!(0), &json!(0), &json!([])),
        "{again}"
    );

    // Standard output has the file and nothing else, with what is sold in it.
    let corner = house.json(&["export", "--program", "-", "--merchant", "corner"]).await;
    let oak = house.json(&["export", "--program", "-", "--merchant", "oak"]).await;
    assert_eq!(oak, corner);
    assert_eq!(oak["products"].as_array().unwrap().len(), 2);

    let mut wrong = oak.clone();
    wrong["promotions"][0]["versions"][0]["terms"]["retailers"] = json!(["moon"]);
    wrong["retailers"][0]["name"] = json!("Another name");
    std::fs::write(house.path("wrong.json"), wrong.to_string()).unwrap();
    let refused = house.run(&["import", "--program", "wrong.json", "--merchant", "oak"]).await;
    assert_eq!(refused.status.code(), Some(1));
    let told = text(&refused.stdout);
    let why = "refused  promotions Ten points a dollar: /retailers/0: There is no retailer moon";
    assert!(told.contains(why) && told.contains("changed  retailers north: name"), "{told}");
    assert_eq!(
        house.json(&["export", "--program", "-", "--merchant", "oak"]).await,
        oak,
        "all of it or nothing"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn wrong_programs_and_arguments_are_named() {
    let db = TestDb::new().await;
    let house = Installation::on(&db.url);
    house.merchant().await;
    for (name, content) in [
        ("no.json", "{"),
        ("other.json", "{\"format\": \"something else\"}"),
        ("field.json", "{\"format\": \"perennial-program-1\", \"tiers\": [{\"nam\": \"Gold\"}]}"),
        ("csv.json", "{\"format\": \"perennial-program-1\", \"products\": \"wrong.csv\"}"),
        ("wrong.csv", "sku,name\n,Nothing\n"),
        ("far.json", "{\"format\": \"perennial-program-1\", \"products\": \"../wrong.csv\"}"),
    ] {
        std::fs::write(house.path(name), content).unwrap();
    }
    let cases: [(&[&str], &str); 10] = [
        (&["import", "--program", "absent.json", "--merchant", "corner"], "absent.json"),
        (&["import", "--program", "no.json", "--merchant", "corner"], "no.json: this is no JSON"),
        (&["import", "--program", "other.json", "--merchant", "corner"], "other.json: /format"),
        (
            &["import", "--program", "field.json", "--merchant", "corner"],
            "field.json: /tiers/0/nam: Unknown field",
        ),
        (
            &["import", "--program", "csv.json", "--merchant", "corner"],
            "wrong.csv: line 2, sku: Must not be empty",
        ),
        (
            &["import", "products", "wrong.csv", "--program", "no.json", "--merchant", "corner"],
            "cannot be used with",
        ),
        (&["import", "--merchant", "corner"], "required arguments"),
        (
            &["export", "--program", "p.json", "--products", "a/b.csv", "--merchant", "corner"],
            "without a folder",
        ),
        (
            &["import", "--program", "far.json", "--merchant", "corner"],
            "far.json: /products: must be the name",
        ),
        (
            &["export", "--program", "p.json", "--products", "p.json", "--merchant", "corner"],
            "the program itself",
        ),
    ];
    for (arguments, expected) in cases {
        let output = house.run(arguments).await;
        assert!(!output.status.success(), "{arguments:?}");
        let told = text(&output.stderr);
        assert!(told.contains(expected), "{arguments:?}: {told}");
    }
    let nobody = house.run(&["export", "--program", "p.json", "--merchant", "nobody"]).await;
    assert!(text(&nobody.stderr).contains("--merchant: nobody"), "{nobody:?}");
    let empty = house.run(&["export", "--program", "empty.json", "--json", "--merchant", "corner"]).await;
    assert_eq!(parsed(&empty)["promotions"], 0);
}
