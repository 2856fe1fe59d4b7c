//! The pages for people: their commands are run, and the tests that they name are there.

use std::{collections::BTreeMap, path::Path, process::Stdio, time::Instant};

use serde_json::{Value, json};
use tokio::process::Command;

use crate::{
    client_apps::code,
    support::{STUCK, TestServer, purchase},
};

fn read(file: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(file);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The blocks of a page that are meant to be run: a command, and in its last line what it answers.
fn commands(page: &str) -> Vec<(&str, &str)> {
    page.split("```sh run\n")
        .skip(1)
        .map(|rest| {
            let block = rest.split("\n```").next().unwrap();
            let (command, expected) =
                block.rsplit_once("\n# ").unwrap_or_else(|| panic!("nothing is expected of {block}"));
            (command, expected)
        })
        .collect()
}

/// A place in JSON as `jq` writes it: `.lines[0].points`.
fn at<'v>(body: &'v Value, place: &str) -> &'v Value {
    let pointer = place.replace('[', "/").replace(']', "").replace('.', "/");
    body.pointer(&pointer).unwrap_or_else(|| panic!("{place} is not in {body}"))
}

#[tokio::test]
async fn the_commands_of_the_guide_for_tills_do_what_it_says() {
    let server = TestServer::start().await;
    let merchant = server.empty_merchant("cafe").await;
    let api = server.api(&merchant);
    api.create("/retailers", json!({"code": "river", "name": "River Street"})).await;
    api.ten_points_a_dollar().await;
    let all = read("docs/pos-integration.md");
    let all = commands(&all);
    assert!(all.len() >= 10, "only {} commands were found", all.len());
    let variables = [("KEY", merchant.key.as_str()), ("RETAILER", "river")];
    for (command, expected) in all {
        let answer = patiently(&server, &variables, command).await;
        answer.check(command, expected);
    }
    server.stop().await;
}

#[tokio::test]
async fn the_commands_of_the_guide_for_apps_do_what_it_says() {
    let server = TestServer::start().await;
    let merchant = server.merchant("cafe").await;
    let api = server.api(&merchant);
    api.ten_points_a_dollar().await;
    let ada = json!({"email": "ada@example.com", "external_id": "crm-1815"});
    let ada = api.create("/customers", ada).await;
    let points = json!({"points": 500, "reason": "To spend"});
    api.create(&format!("/customers/{ada}/adjustments"), points).await;
    let reward = json!({"name": "A coffee", "kind": "money_off", "value": 300, "points_cost": 100});
    let reward = api.create("/rewards", reward).await;
    let mut receipt = purchase("u-1", "", 1_000);
    receipt.as_object_mut().unwrap().remove("customer");
    let receipt = api.post("/purchases", receipt).await.text("claim_code");
    let mut variables: BTreeMap<&str, String> = BTreeMap::from([
        ("KEY", merchant.key.clone()),
        ("SHOP", "cafe".to_owned()),
        ("REWARD", reward),
        ("CLAIM", receipt),
    ]);
    let page = read("docs/client-apps.md");
    let all = commands(&page);
    assert!(all.len() >= 15, "only {} commands were found", all.len());
    for (command, expected) in all {
        let given: Vec<_> = variables.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let answer = patiently(&server, &given, command).await;
        answer.check(command, expected);
        // What a reader keeps of an answer for the commands that follow.
        let kept = |field: &str| answer.body[field].as_str().map(str::to_owned);
        if let Some(challenge) = kept("challenge") {
            variables.insert("CHALLENGE", challenge);
            variables.insert("CODE", code(&server, "ada@example.com").await);
        }
        if let Some(token) = kept("token") {
            variables.insert("TOKEN", token);
        }
        if let Some(redemption) = kept("id").filter(|_| command.contains("/me/redemptions\"")) {
            variables.insert("REDEMPTION", redemption);
        }
    }
    server.stop().await;
}

/// What a command has printed.
struct Answered {
    status: String,
    head: String,
    text: String,
    /// The body as JSON; null when it is none.
    body: Value,
}

impl Answered {
    /// Compares with what the page says: the status, then places in the body, then a part of the head or of the text.
    fn check(&self, command: &str, expected: &str) {
        let Self { status, head, text, body } = self;
        let mut checks = expected.split(' ');
        assert_eq!(status, checks.next().unwrap(), "{command}\n{text}");
        let rest: Vec<_> = checks.collect();
        for check in rest.iter().take_while(|check| check.starts_with('.')) {
            match check.split_once('=') {
                Some((place, value)) => {
                    let there = at(body, place);
                    let there = there.as_str().map_or_else(|| there.to_string(), str::to_owned);
                    assert_eq!(there, value, "{command}\n{body}");
                }
                None => assert!(!at(body, check).is_null(), "{check}: {command}\n{body}"),
            }
        }
        let part =
            rest.iter().skip_while(|check| check.starts_with('.')).copied().collect::<Vec<_>>().join(" ");
        let is_there = head.to_lowercase().contains(&part) || text.contains(&part);
        assert!(is_there, "{part}: {command}\n{head}\n{text}");
    }
}

/// Runs a command, and again as long as the machine is behind: it is told to come back, or nothing has come of a stream in the
/// seconds that the page gives it.
async fn patiently(server: &TestServer, variables: &[(&str, &str)], command: &str) -> Answered {
    let began = Instant::now();
    loop {
        let answer = run(server, variables, command).await;
        let is_answered = !matches!(answer.status.as_str(), "000" | "503") && !answer.text.is_empty();
        if is_answered || began.elapsed() > STUCK {
            return answer;
        }
    }
}

/// Runs a command in a shell; gives the status, the head and the body of the answer.
async fn run(server: &TestServer, variables: &[(&str, &str)], command: &str) -> Answered {
    let base = &server.server.base_url;
    // What curl prints is left as it is; the status comes behind it.
    let script = format!("set -eu\ncurl() {{ command curl -w '\\n%{{http_code}}' \"$@\"; }}\n{command}\n");
    let output = Command::new("bash")
        .args(["-c", &script])
        .env("BASE", base)
        .env("API", format!("{base}/api/v1"))
        .envs(variables.iter().copied())
        .stdin(Stdio::null())
        .output()
        .await
        .expect("bash and curl are there");
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{command}\n{text}\n{}", String::from_utf8_lossy(&output.stderr));
    let (answer, status) = text.rsplit_once('\n').unwrap();
    let (head, text) = answer.split_once("\r\n\r\n").unwrap_or(("", answer));
    let body = serde_json::from_str(text).unwrap_or_default();
    Answered { status: status.to_owned(), head: head.to_owned(), text: text.to_owned(), body }
}

/// Looks that each file that a text names (`path/to.rs`) has each test that it names behind it; gives the names of the tests.
fn named_tests(text: &str, files: &mut BTreeMap<String, String>) -> Vec<String> {
    let (mut file, mut tests) = (None, Vec::new());
    for name in text.split('`').skip(1).step_by(2) {
        if name.ends_with(".rs") {
            file = Some(name.to_owned());
            files.entry(name.to_owned()).or_insert_with(|| read(name));
        } else if let Some(file) = file.as_ref().filter(|_| !name.is_empty() && is_name(name)) {
            let source = &files[file];
            let definition = format!("fn {name}()");
            let place = source.find(&definition).unwrap_or_else(|| panic!("{file} has no test {name}"));
            let before: Vec<_> = source[..place].lines().rev().take(3).collect();
            assert!(before.iter().any(|line| line.contains("test")), "{name} is not a test");
            tests.push(name.to_owned());
        }
    }
    tests
}

fn is_name(text: &str) -> bool {
    text.chars().all(|letter| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '_')
}

/// What a page says is proved is proved.
#[test]
fn the_tests_that_a_page_names_are_there() {
    let page = read("docs/design-questions.md");
    let (mut files, mut tests) = (BTreeMap::new(), 0);
    for (question, section) in page.split("\n## ").enumerate() {
        let (_, proofs) =
            section.split_once("Proved by:\n").unwrap_or_else(|| panic!("{section} proves nothing"));
        let here = named_tests(proofs, &mut files);
        assert!(!here.is_empty(), "nothing proves the answer to question {question}");
        tests += here.len();
    }
    assert_eq!(page.matches("\n## ").count(), 7, "seven questions");
    assert!(tests > 20, "only {tests} tests are named");
}

/// Each golden scenario has tests, whose names begin with its number.
#[test]
fn every_golden_scenario_is_a_test() {
    let page = read("docs/golden-scenarios.md");
    let (table, stories) = page.split_once("\n## ").unwrap();
    let mut files = BTreeMap::new();
    let mut numbers = Vec::new();
    for row in table.lines().filter(|line| line.starts_with("| G")) {
        let mut cells = row.trim_matches('|').splitn(3, '|').map(str::trim);
        let (number, proofs) = (cells.next().unwrap(), cells.nth(1).unwrap());
        let beginning = format!("{}_", number.to_lowercase());
        let tests = named_tests(proofs, &mut files);
        assert!(!tests.is_empty(), "{number} has no test");
        assert!(tests.iter().all(|test| test.starts_with(&beginning)), "{number}: {tests:?}");
        numbers.push(number.to_owned());
    }
    let all: Vec<String> = (1..=34).map(|number| format!("G{number}")).collect();
    assert_eq!(numbers, all);
    assert!(named_tests(stories, &mut files).len() >= 5);
}

/// Every page for people is to be found from the first one.
#[test]
fn the_first_page_leads_to_all_others() {
    let readme = read("README.md");
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs");
    for entry in std::fs::read_dir(folder).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        if name.ends_with(".md") {
            assert!(readme.contains(&format!("docs/{name}")), "README.md does not lead to docs/{name}");
        }
    }
}
