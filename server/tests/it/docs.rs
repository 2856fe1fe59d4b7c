//! The pages for people: their commands are run, and the tests that they name are there.

use std::{collections::BTreeMap, path::Path, process::Stdio};

use serde_json::{Value, json};
use tokio::process::Command;

use crate::support::TestServer;

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
    let page = read("docs/pos-integration.md");
    let all = commands(&page);
    assert!(all.len() >= 10, "only {} commands were found", all.len());
    for (command, expected) in all {
        let (status, head, body) = run(&server, &merchant.key, command).await;
        let mut checks = expected.split(' ');
        assert_eq!(status, checks.next().unwrap(), "{command}\n{body}");
        let rest: Vec<_> = checks.collect();
        for check in rest.iter().take_while(|check| check.starts_with('.')) {
            match check.split_once('=') {
                Some((place, value)) => assert_eq!(at(&body, place), value, "{command}\n{body}"),
                None => assert!(!at(&body, check).is_null(), "{check}: {command}\n{body}"),
            }
        }
        let header =
            rest.iter().skip_while(|check| check.starts_with('.')).copied().collect::<Vec<_>>().join(" ");
        assert!(head.to_lowercase().contains(&header), "{header}: {command}\n{head}");
    }
    server.stop().await;
}

/// Runs a command in a shell; gives the status, the head and the body of the answer.
async fn run(server: &TestServer, key: &str, command: &str) -> (String, String, Value) {
    let base = &server.server.base_url;
    // What curl prints is left as it is; the status comes behind it.
    let script = format!("set -eu\ncurl() {{ command curl -w '\\n%{{http_code}}' \"$@\"; }}\n{command}\n");
    let output = Command::new("bash")
        .args(["-c", &script])
        .env("BASE", base)
        .env("API", format!("{base}/api/v1"))
        .env("KEY", key)
        .env("RETAILER", "river")
        .stdin(Stdio::null())
        .output()
        .await
        .expect("bash and curl are there");
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{command}\n{text}\n{}", String::from_utf8_lossy(&output.stderr));
    let (answer, status) = text.rsplit_once('\n').unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or(("", answer));
    let body = serde_json::from_str(body).unwrap_or_else(|error| panic!("{error}: {command}\n{answer}"));
    (status.to_owned(), head.to_owned(), body)
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
