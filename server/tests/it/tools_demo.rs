//! Demo data: loaded once, however often it is asked for, and like what every merchant has.

use std::{
    fs::File,
    io::{BufRead as _, BufReader, Write as _},
    path::{Path, PathBuf},
};

use flate2::{Compression, read::MultiGzDecoder, write::GzEncoder};
use perennial_testkit::TestDb;
use sqlx::PgPool;

use crate::tools_support::{Installation, PATIENCE, stop};

async fn number(pool: &PgPool, sql: &'static str) -> i64 {
    sqlx::query_scalar(sql).fetch_one(pool).await.unwrap()
}

/// Everything that a second run could change.
async fn everything(pool: &PgPool) -> String {
    let mut all = String::new();
    for table in [
        "merchants",
        "merchant_revisions",
        "retailers",
        "products",
        "customers",
        "customer_identities",
        "promotions",
        "promotion_versions",
        "rule_sets",
        "purchases",
        "entries",
        "balances",
        "lots",
        "claims",
        "tiers",
        "tier_moves",
        "rewards",
        "reward_codes",
        "redemptions",
        "redemption_steps",
        "vouchers",
        "staff",
    ] {
        let sql =
            format!("SELECT coalesce(md5(string_agg(t::text, ',' ORDER BY t::text)), '') FROM {table} AS t");
        let sum: String = sqlx::query_scalar(sqlx::AssertSqlSafe(sql)).fetch_one(pool).await.unwrap();
        all.push_str(&format!("{table} {sum}\n"));
    }
    all
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_demo_is_loaded_once_and_can_be_used_as_printed() {
    let db = TestDb::new().await;
    let house = Installation::on(&db.url);
    let demo = house.json(&["demo", "--json"]).await;
    assert_eq!((&demo["merchant"], &demo["owner_email"]), (&"hearth".into(), &"priya@hearth.example".into()));
    let loaded = everything(&db.pool).await;
    assert!(number(&db.pool, "SELECT count(*) FROM purchases").await > 800);
    assert!(number(&db.pool, "SELECT count(*) FROM purchases WHERE status = 'unclaimed'").await > 20);
    assert_eq!(number(&db.pool, "SELECT count(*) FROM purchases WHERE occurred_at > now()").await, 0);
    assert_eq!(number(&db.pool, "SELECT count(*) FROM promotions").await, 6);
    assert_eq!(
        number(&db.pool, "SELECT count(*) FROM promotion_versions WHERE published_at IS NULL").await,
        1
    );
    let pages = number(&db.pool, "SELECT count(DISTINCT a ->> 'name') FROM purchases, json_array_elements(lines) AS l, json_array_elements(l -> 'applied') AS a").await;
    assert!(pages >= 3, "several promotions have given something: {pages}");
    for tier in ["Copper", "Silver", "Gold"] {
        let sql = "SELECT count(*) FROM tier_memberships AS m JOIN tiers AS t ON t.id = m.tier_id WHERE t.name = lower($1)";
        let customers: i64 = sqlx::query_scalar(sql).bind(tier).fetch_one(&db.pool).await.unwrap();
        assert!(customers >= 5, "{customers} customers on {tier}");
    }
    assert_eq!(
        number(&db.pool, "SELECT count(*) - count(DISTINCT customer_id) FROM tier_moves").await,
        0,
        "nobody has had two letters"
    );
    assert_eq!(number(&db.pool, "SELECT count(*) FROM rewards").await, 7);
    let paid = number(&db.pool, "SELECT count(*) FROM purchases WHERE tenders IS NOT NULL").await;
    assert!(paid > 50, "tabs that were paid with points or vouchers: {paid}");
    let home =
        "SELECT count(*) FROM (SELECT customer_id FROM purchases JOIN retailers ON retailers.id = retailer_id
        WHERE customer_id IS NOT NULL AND transaction_id LIKE 'demo-%'
        GROUP BY customer_id HAVING count(DISTINCT region) > 1) AS travellers";
    assert_eq!(number(&db.pool, home).await, 0, "nobody is at home in two regions");
    assert_eq!(
        number(&db.pool, "SELECT tender_points FROM returns WHERE return_id = 'tab-points-1'").await,
        140,
        "600 points are 3 dollars, of which this line has 2.08, and a third of that is 70 cents"
    );
    let redeemed = number(&db.pool, "SELECT count(DISTINCT state) FROM redemptions").await;
    assert!(redeemed >= 4, "people to serve, vouchers to use and some that were: {redeemed}");
    let points = number(&db.pool, "SELECT available FROM balances JOIN customers ON customers.id = customer_id WHERE name = 'Maya Okafor'").await;
    assert!((1_000..10_000).contains(&points), "what a regular may have: {points}");

    // What the draft among them would have given. Nothing is written: the next lines compare.
    let asked = ["replay", "--merchant", "hearth", "--promotion", "Patio happy hour", "--days", "400"];
    let replay = house.json(&[&asked[..], &["--json"]].concat()).await;
    let found = |of: &str| replay[of]["purchases"].as_i64().unwrap();
    let all = number(&db.pool, "SELECT count(*) FROM purchases").await;
    assert_eq!((&replay["complete"], found("looked_at") + found("unclaimed")), (&true.into(), all));
    assert_eq!(replay["left_out"], serde_json::json!([]));
    assert!(replay["matched"].as_i64() > Some(0) && replay["points"].as_i64() > Some(0), "{replay}");
    let told = String::from_utf8(house.run(&asked).await.stdout).unwrap();
    assert!(
        told.starts_with("Patio happy hour, version 1, from ") && told.contains(" points more"),
        "{told}"
    );
    let unknown = house.run(&["replay", "--merchant", "hearth", "--promotion", "Nothing"]).await;
    assert!(!unknown.status.success() && unknown.stdout.is_empty());

    assert_eq!(house.json(&["demo", "--json"]).await, demo, "the key of the printed curl, too, stays");
    assert_eq!(everything(&db.pool).await, loaded);
    assert_eq!(number(&db.pool, "SELECT count(*) FROM api_keys WHERE name = 'Demo till'").await, 1);
    let key = std::fs::metadata(house.path("data/demo-api-key")).unwrap();
    assert_eq!(std::os::unix::fs::PermissionsExt::mode(&key.permissions()) & 0o777, 0o600);

    // What a person does next: read what is printed, sign in, paste the curl.
    let printed = house.run(&["demo"]).await;
    let text = String::from_utf8(printed.stdout).unwrap();
    let api_key = demo["api_key"].as_str().unwrap();
    assert!(text.contains("maya@hearth.example") && text.contains(api_key), "{text}");
    let server = house.serve().await;
    let curl = text[text.find("curl -s").expect("a curl")..].to_owned();
    let pasted = async {
        loop {
            let pasted = tokio::process::Command::new("sh").args(["-c", &curl]).output().await.unwrap();
            let answer: serde_json::Value =
                serde_json::from_slice(&pasted.stdout).unwrap_or_else(|error| panic!("{error}: {pasted:?}"));
            // Told to come back, a person pastes it again.
            if answer["status"] != 503 {
                return answer;
            }
        }
    };
    let answer = tokio::time::timeout(PATIENCE, pasted).await.expect("it is answered");
    assert_eq!(answer["status"], "credited", "{answer}");
    stop(server).await;
    assert_eq!(house.json(&["reconcile", "--json"]).await["clean"], true);
}

/// Somebody presses Ctrl-C during the load: the next start goes on, and what comes out is the whole.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_interrupted_demo_is_completed() {
    let db = TestDb::new().await;
    let house = Installation::on(&db.url);
    let mut interrupted = 0;
    // Later and later, so that it is caught in different places.
    for millis in [100, 300, 500, 700, 900, 1_100] {
        let mut child =
            house.command(&["demo", "--json"]).stdout(std::process::Stdio::null()).spawn().unwrap();
        tokio::time::sleep(std::time::Duration::from_millis(millis)).await;
        if child.try_wait().unwrap().is_none() {
            interrupted += 1;
            child.kill().await.unwrap();
        }
    }
    assert!(interrupted > 0);
    house.json(&["demo", "--json"]).await;
    assert_eq!(number(&db.pool, "SELECT count(*) FROM retailers").await, 5);
    assert_eq!(number(&db.pool, "SELECT count(*) FROM promotions").await, 6);
    assert_eq!(
        number(&db.pool, "SELECT count(*) FROM promotion_versions WHERE published_at IS NOT NULL").await,
        5
    );
    assert_eq!(number(&db.pool, "SELECT count(*) FROM rewards").await, 7);
    assert!(number(&db.pool, "SELECT count(*) FROM redemptions").await >= 5);
    assert_eq!(number(&db.pool, "SELECT count(*) FROM staff_memberships").await, 3);
    // What is paid with points is of now, which may be a business day of its own.
    let days = number(&db.pool, "SELECT count(DISTINCT business_date) FROM purchases").await;
    assert!((62..=63).contains(&days), "{days}");
    assert_eq!(house.json(&["reconcile", "--json"]).await["clean"], true);
}

/// The real files beside the project, if somebody has put them there.
fn real_files() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data/complete_journey");
    folder.join("products.csv.gz").exists().then_some(folder)
}

fn lines_of(file: &Path) -> impl Iterator<Item = String> {
    BufReader::new(MultiGzDecoder::new(File::open(file).unwrap())).lines().map(Result::unwrap)
}

fn write_gz(file: &Path, lines: impl IntoIterator<Item = String>) {
    let mut gz = GzEncoder::new(File::create(file).unwrap(), Compression::fast());
    for line in lines {
        writeln!(gz, "{line}").unwrap();
    }
    gz.finish().unwrap();
}

/// The first five hundred baskets of the real files, or as many made ones in the same form.
fn baskets() -> (Vec<String>, Vec<String>) {
    let mut lines = Vec::new();
    let products = match real_files() {
        Some(folder) => {
            let mut seen = std::collections::HashSet::new();
            for line in lines_of(&folder.join("purchase_lines_2017_01.csv.gz")) {
                seen.insert(line.split(',').next().unwrap().to_owned());
                if seen.len() > 501 {
                    break;
                }
                lines.push(line);
            }
            let sold: std::collections::HashSet<String> =
                lines.iter().map(|line| line.split(',').nth(3).unwrap().to_owned()).collect();
            let wanted = |line: &String| {
                line.starts_with("product_id") || sold.contains(line.split(',').next().unwrap())
            };
            lines_of(&folder.join("products.csv.gz")).filter(wanted).collect()
        }
        None => {
            lines.push(
                "basket_id,household_id,store_id,product_id,quantity,sales_cents,occurred_at".to_owned(),
            );
            for basket in 0..500 {
                for line in 0..=basket % 9 {
                    lines.push(format!(
                        "{},{},{},{},{},{},2017-01-{:02} 1{}:30:00",
                        31_000 + basket,
                        basket % 120,
                        300 + basket % 17,
                        8_000 + line,
                        1 + line % 2,
                        37 * line + basket,
                        1 + basket % 28,
                        basket % 10,
                    ));
                }
            }
            let header = "product_id,department,brand,product_category,product_type".to_owned();
            std::iter::once(header)
                .chain((0..9).map(|n| format!("{},GROCERY,National,BREAD,Loaf {n}", 8_000 + n)))
                .collect()
        }
    };
    (lines, products)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_grocery_demo_credits_what_an_independent_sum_says() {
    let db = TestDb::new().await;
    let house = Installation::on(&db.url);
    let (lines, products) = baskets();
    let folder = house.path("files");
    std::fs::create_dir(&folder).unwrap();
    write_gz(&folder.join("purchase_lines_2017_01.csv.gz"), lines.clone());
    write_gz(&folder.join("products.csv.gz"), products);
    // Ten points a dollar, rounded down line by line.
    let expected: i64 =
        lines[1..].iter().map(|line| line.split(',').nth(5).unwrap().parse::<i64>().unwrap() / 10).sum();

    let folder = folder.to_str().unwrap();
    let arguments = ["demo", "grocery", "--folder", folder, "--json"];
    let first = house.json(&arguments).await;
    assert_eq!(
        (&first["purchases"], &first["lines"], &first["points"]),
        (&500.into(), &(lines.len() - 1).into(), &expected.into())
    );
    let different = |column: usize| -> usize {
        let cells = lines[1..].iter().map(|line| line.split(',').nth(column).unwrap());
        cells.collect::<std::collections::BTreeSet<_>>().len()
    };
    assert_eq!(
        (&first["entries"], &first["customers"], &first["retailers"]),
        (&expected.into(), &different(1).into(), &different(2).into())
    );
    assert!(first["written"].as_u64().unwrap() > 500);
    assert_eq!(number(&db.pool, "SELECT sum(available)::int8 FROM balances").await, expected);
    let loaded = everything(&db.pool).await;

    let second = house.json(&arguments).await;
    assert_eq!((&second["points"], &second["written"]), (&expected.into(), &0.into()));
    assert_eq!(everything(&db.pool).await, loaded, "a second import changes nothing");
    assert_eq!(house.json(&["reconcile", "--merchant", "grocery", "--json"]).await["clean"], true);
    let missing = house.run(&["demo", "grocery", "--folder", "nowhere"]).await;
    assert!(String::from_utf8_lossy(&missing.stderr).contains("nowhere"), "{missing:?}");
}
