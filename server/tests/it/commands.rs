//! The binary itself: `migrate`, `merchant create`, `key create`, `staff`, `serve` with its signals, `reconcile`.

use std::{
    path::Path,
    process::{Output, Stdio},
};

use perennial_testkit::TestDb;
use serde_json::Value;
use tempfile::TempDir;
use tokio::{
    io::{AsyncBufReadExt as _, BufReader},
    process::{Child, Command},
};

use crate::{support::site, tools_support::PATIENCE};

fn command(database: &str, folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_perennial"));
    command
        .env("DATABASE_URL", database)
        .env("PERENNIAL_ADDR", "127.0.0.1:0")
        .env("PERENNIAL_SITE_DIR", folder)
        .env_remove("PERENNIAL_CONFIG")
        .current_dir(folder)
        .stdin(Stdio::null())
        .kill_on_drop(true);
    command
}

async fn output(command: &mut Command) -> Output {
    tokio::time::timeout(PATIENCE, command.output()).await.expect("it ends").unwrap()
}

async fn json(command: &mut Command) -> Value {
    let output = output(command).await;
    assert!(output.status.success(), "{output:?}");
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {output:?}"))
}

fn create<'c>(command: &'c mut Command, slug: &str) -> &'c mut Command {
    command.args(["merchant", "create", "--name", "Corner Shop", "--slug", slug]).args([
        "--currency",
        "EUR",
        "--time-zone",
        "Europe/Vienna",
        "--owner-email",
        "owner@example.com",
        "--owner-password",
        "correct horse battery staple",
    ])
}

/// Starts `serve` and waits for the address that it prints.
async fn serve(database: &str, folder: &Path) -> (Child, String) {
    let mut child = command(database, folder).arg("serve").stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let address = tokio::time::timeout(PATIENCE, async {
        while let Some(line) = lines.next_line().await.unwrap() {
            if let Some(address) = line.trim().strip_prefix("Front page") {
                return address.trim().trim_end_matches('/').to_owned();
            }
        }
        panic!("serve ended without an address")
    })
    .await
    .expect("serve prints its address");
    // Somebody has to read on, or the child would stop at a full pipe.
    tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
    (child, address)
}

fn signal(child: &Child, name: &str) {
    let pid = child.id().expect("it runs").to_string();
    assert!(std::process::Command::new("kill").args([name, &pid]).status().unwrap().success());
}

#[tokio::test]
async fn from_an_empty_database_to_a_credited_purchase() {
    let db = TestDb::empty().await;
    let folder = TempDir::new().unwrap();
    site(folder.path());
    let migrated = json(command(&db.url, folder.path()).args(["migrate", "--json"])).await;
    assert!(migrated["applied"].as_u64().unwrap() > 0);
    assert_eq!(json(command(&db.url, folder.path()).args(["migrate", "--json"])).await["applied"], 0);
    let created = json(create(&mut command(&db.url, folder.path()), "corner").arg("--json")).await;
    assert_eq!(created["slug"], "corner");
    assert!(created["api_key"].as_str().unwrap().starts_with("prn_"));
    let taken = output(&mut *create(&mut command(&db.url, folder.path()), "corner")).await;
    assert!(!taken.status.success(), "{taken:?}");

    let (mut child, address) = serve(&db.url, folder.path()).await;
    // Beside the running server.
    let key = json(command(&db.url, folder.path()).args([
        "key",
        "create",
        "--merchant",
        "corner",
        "--scopes",
        "purchases:write,catalogue:write",
        "--json",
    ]))
    .await;
    assert_eq!(key["scopes"], serde_json::json!(["purchases:write", "catalogue:write"]));
    let post = async |path: &str, body: Value| {
        let answer = async {
            loop {
                let output = Command::new("curl")
                    .args([
                        "-sS",
                        "-X",
                        "POST",
                        &format!("{address}/api/v1{path}"),
                        "-H",
                        "content-type: application/json",
                    ])
                    .args(["-H", &format!("authorization: Bearer {}", key["api_key"].as_str().unwrap())])
                    .args(["-d", &body.to_string()])
                    .output()
                    .await
                    .unwrap();
                let answer: Value = serde_json::from_slice(&output.stdout)
                    .unwrap_or_else(|error| panic!("{error}: {output:?}"));
                // Whoever is told to come back comes back: the machine may be behind.
                if answer["status"] != 503 {
                    return answer;
                }
            }
        };
        tokio::time::timeout(PATIENCE, answer).await.expect("it is answered")
    };
    post("/retailers", serde_json::json!({"code": "main", "name": "Main"})).await;
    let purchase = serde_json::json!({
        "transaction_id": "t-1", "retailer": "main", "currency": "EUR", "amount": 100, "customer": {"email": "a@b.example"},
    });
    assert_eq!(post("/purchases", purchase).await["status"], "credited");

    signal(&child, "-TERM");
    let status = tokio::time::timeout(PATIENCE, child.wait()).await.expect("it stops").unwrap();
    assert_eq!(status.code(), Some(0));
    let report = json(command(&db.url, folder.path()).args(["reconcile", "--json"])).await;
    assert_eq!(report["clean"], true, "{report}");
    sqlx::query("UPDATE balances SET available = available + 1").execute(&db.pool).await.unwrap();
    let broken = output(command(&db.url, folder.path()).arg("reconcile")).await;
    assert_eq!(broken.status.code(), Some(1), "{broken:?}");
    assert!(String::from_utf8_lossy(&broken.stdout).contains("FAIL I2"), "{broken:?}");
}

#[tokio::test]
async fn whoever_has_the_machine_lets_people_in_again() {
    let db = TestDb::empty().await;
    let folder = TempDir::new().unwrap();
    json(create(&mut command(&db.url, folder.path()), "corner").arg("--json")).await;
    let staff = async |arguments: &[&str]| {
        let mut command = command(&db.url, folder.path());
        command.arg("staff").args(arguments).args(["--merchant", "corner", "--json"]);
        output(&mut command).await
    };
    let told = async |arguments: &[&str]| -> Value {
        let output = staff(arguments).await;
        assert!(output.status.success(), "{output:?}");
        serde_json::from_slice(&output.stdout).unwrap()
    };
    let ana = ["--email", "ana@example.com"];
    let added = told(&["add", ana[0], ana[1], "--name", "Ana Silva", "--role", "analyst"]).await;
    assert_eq!((&added["name"], &added["role"]), (&Value::from("Ana Silva"), &Value::from("analyst")));
    let first = added["password"].as_str().unwrap().to_owned();
    assert_eq!(first.len(), 24);
    let again = told(&["password", ana[0], ana[1]]).await;
    assert_ne!(again["password"].as_str().unwrap(), first);

    let emails = async || -> Vec<String> {
        let listed = told(&["list"]).await;
        let staff = listed["staff"].as_array().unwrap();
        staff.iter().map(|member| member["email"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(emails().await, ["ana@example.com", "owner@example.com"]);
    assert!(told(&["remove", ana[0], ana[1]]).await["password"].is_null());
    assert_eq!(emails().await, ["owner@example.com"]);

    let owner = staff(&["remove", "--email", "owner@example.com"]).await;
    assert!(!owner.status.success(), "the last owner stays: {owner:?}");
    for wrong in [
        ["add", "--email", "ana@example.com", "--role", "king"].as_slice(),
        &["add", "--email", "nobody", "--role", "analyst"],
        &["password", "--email", "nobody@example.com"],
    ] {
        let refused = staff(wrong).await;
        assert!(!refused.status.success(), "{wrong:?}: {refused:?}");
    }
    assert_eq!(emails().await, ["owner@example.com"]);
}

#[tokio::test]
async fn interrupting_ends_cleanly_and_servers_migrate_by_turns() {
    let db = TestDb::empty().await;
    let folder = TempDir::new().unwrap();
    site(folder.path());
    // Both find an empty database; one of them migrates, the other waits.
    let ((mut one, _), (mut two, _)) =
        tokio::join!(serve(&db.url, folder.path()), serve(&db.url, folder.path()));
    for child in [&mut one, &mut two] {
        signal(child, "-INT");
        let status = tokio::time::timeout(PATIENCE, child.wait()).await.expect("it stops").unwrap();
        assert_eq!(status.code(), Some(0));
    }
}

#[tokio::test]
async fn wrong_settings_and_arguments_are_refused_with_their_names() {
    let folder = TempDir::new().unwrap();
    let wrong =
        output(command("mysql://nowhere", folder.path()).env("PERENNIAL_LANES", "many").args(["serve"]))
            .await;
    assert!(!wrong.status.success());
    let text = String::from_utf8_lossy(&wrong.stderr);
    assert!(
        text.contains("DATABASE_URL must begin with postgres://") && text.contains("PERENNIAL_LANES"),
        "{text}"
    );

    let unreachable = "postgres://nobody@127.0.0.1:1/nothing";
    let mut args = command(unreachable, folder.path());
    let wrong = output(create(&mut args, "Not A Slug")).await;
    assert!(String::from_utf8_lossy(&wrong.stderr).contains("--slug"), "{wrong:?}");
    for arguments in
        [vec!["--help"], vec!["serve", "--help"], vec!["merchant", "create", "--help"], vec!["settings"]]
    {
        let help = output(command(unreachable, folder.path()).args(&arguments)).await;
        assert!(help.status.success() && !help.stdout.is_empty(), "{arguments:?} {help:?}");
    }
}

#[tokio::test]
async fn the_clock_of_a_sandbox_goes_ahead_and_of_nobody_else() {
    let (db, folder) = (TestDb::new().await, TempDir::new().unwrap());
    let perennial = || command(&db.url, folder.path());
    json(create(&mut perennial(), "sandbox").args(["--sandbox", "--json"])).await;
    json(create(&mut perennial(), "real").arg("--json")).await;

    let told =
        json(perennial().args(["clock", "sandbox", "--to", "2099-01-01T00:00:00+01:00", "--json"])).await;
    assert_eq!(told["merchant"], "sandbox");
    assert!(told["now"].as_str().unwrap().starts_with("2098-12-31T23:"), "{told}");
    let later = json(perennial().args(["clock", "sandbox", "--advance", "36h", "--json"])).await;
    assert!(later["now"].as_str().unwrap().starts_with("2099-01-02T11:"), "{later}");
    let now = json(perennial().args(["clock", "sandbox", "--json"])).await;
    assert!(now["now"].as_str() >= later["now"].as_str(), "{now}");

    for (arguments, why) in [
        (["clock", "real", "--advance", "1d"], "Only the clock of a sandbox can be set"),
        (["clock", "sandbox", "--to", "2099-01-01T00:00:00Z"], "only goes forward"),
        (["clock", "sandbox", "--advance", "1y"], "must end in s, m, h, d or w"),
        (["clock", "nobody", "--advance", "1d"], "no such merchant"),
    ] {
        let refused = output(perennial().args(arguments)).await;
        let said = String::from_utf8(refused.stderr).unwrap();
        assert!(!refused.status.success() && said.contains(why), "{arguments:?}: {said}");
    }
}
