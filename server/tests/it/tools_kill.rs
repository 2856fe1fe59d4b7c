//! Tills that post while the server, or its Postgres, is killed: what was acknowledged is there once.

use std::process::Stdio;

use serde_json::Value;
use tokio::process::Child;

use crate::tools_support::{Installation, kill_hard, parsed, signal, stop};

/// Starts simulated tills that do not give up.
fn tills(house: &Installation, key: &str, rate: u32, seconds: u32) -> Child {
    let (url, rate, seconds) = (house.base_url(), rate.to_string(), seconds.to_string());
    let mut command = house.command(&["pos", "--json", "--customers", "40", "--patience", "120"]);
    command.args(["--url", &url, "--rate", &rate, "--seconds", &seconds]).env("PERENNIAL_API_KEY", key);
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

/// The report of tills that have ended well: everything acknowledged, everything answered the same once more.
pub async fn report(tills: Child) -> Value {
    let output = tills.wait_with_output().await.unwrap();
    assert!(output.status.success(), "{output:?}");
    let report = parsed(&output);
    assert_eq!(report["acknowledged"], report["posted"], "{report}");
    assert_eq!(report["verified"], report["posted"], "{report}");
    assert_eq!((&report["refused"], &report["unanswered"]), (&0.into(), &0.into()), "{report}");
    report
}

/// The books add up, and hold exactly the purchases that were acknowledged, with their points.
async fn assert_books(house: &Installation, report: &Value) {
    assert_clean(house, report["posted"].as_i64().unwrap()).await;
    assert!(report["points"].as_i64().unwrap() > 0);
}

/// The books add up, and hold exactly so many purchases.
pub async fn assert_clean(house: &Installation, purchases: i64) {
    let books = house.json(&["reconcile", "--json"]).await;
    assert_eq!(books["clean"], true, "{books}");
    let checks = books["merchants"][0]["checks"].as_array().unwrap();
    let keys = checks.iter().find(|check| check["invariant"] == "I4").unwrap();
    assert_eq!(keys["checked"], purchases, "{books}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_is_killed_twice_under_load_loses_and_doubles_nothing() {
    let house = Installation::private();
    let key = house.merchant().await;
    let mut server = house.serve().await;
    house.furnish(&key).await;
    let tills = tills(&house, &key, 60, 8);
    // Some 480 will be posted.
    for purchases in [90, 180] {
        house.until_tills_have_posted(&key, purchases).await;
        kill_hard(server).await;
        server = house.serve().await;
    }
    let report = report(tills).await;
    assert!(report["retries"].as_u64().unwrap() > 0, "the tills have noticed: {report}");
    // Beside the running server, and after it.
    assert_books(&house, &report).await;
    stop(server).await;
    assert_books(&house, &report).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_postgres_that_is_killed_under_load_is_started_again_and_loses_nothing() {
    let house = Installation::private();
    let key = house.merchant().await;
    let server = house.serve().await;
    house.furnish(&key).await;
    let tills = tills(&house, &key, 60, 7);
    house.until_tills_have_posted(&key, 90).await;
    let killed = house.postgres();
    signal(killed, "-KILL");
    let report = report(tills).await;
    assert!(report["retries"].as_u64().unwrap() > 0, "the tills have noticed: {report}");
    assert_ne!(house.postgres(), killed, "another one is at work");
    assert_books(&house, &report).await;
    stop(server).await;
}

/// The tills make a key of their own beside a running server, and give it back.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tills_without_a_key_make_one_for_the_run() {
    let db = perennial_testkit::TestDb::new().await;
    let house = Installation::on(&db.url);
    let key = house.merchant().await;
    let server = house.serve().await;
    let empty = house.run(&["pos", "--merchant", "corner", "--seconds", "1"]).await;
    assert!(!empty.status.success());
    assert!(String::from_utf8_lossy(&empty.stderr).contains("no retailers"), "{empty:?}");
    house.furnish(&key).await;
    let report =
        house.json(&["pos", "--merchant", "corner", "--rate", "30", "--seconds", "1", "--json"]).await;
    assert_eq!((&report["posted"], &report["verified"]), (&30.into(), &30.into()), "{report}");
    let keys: (i64, i64) =
        sqlx::query_as("SELECT count(*), count(revoked_at) FROM api_keys WHERE name = 'Simulated tills'")
            .fetch_one(&db.pool)
            .await
            .unwrap();
    assert_eq!(keys, (2, 2), "also the one of the run that failed");
    let unknown = house.run(&["pos", "--merchant", "nobody"]).await;
    assert!(String::from_utf8_lossy(&unknown.stderr).contains("--merchant: nobody"), "{unknown:?}");
    // Nobody answers: a till gives up when its patience ends, and says so.
    stop(server).await;
    let silent = house.run(&["pos", "--merchant", "corner", "--seconds", "1", "--patience", "1"]).await;
    assert!(!silent.status.success(), "{silent:?}");
}
