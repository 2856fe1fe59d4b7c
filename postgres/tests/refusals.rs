//! Folders that are not for us are left alone, with a message that says why.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::os::unix::process::CommandExt as _;
use std::process::{Command, Stdio};

use common::{ask, cluster, data_folder, options, refusal, start, within};
use perennial_postgres::Error;

#[tokio::test]
async fn the_data_of_some_other_postgres_is_left_alone() {
    let folder = data_folder();
    fs::write(folder.path().join("PG_VERSION"), "15\n").unwrap();
    let error = refusal(options(folder.path())).await;
    assert!(matches!(&error, Error::NotOurs { .. }), "{error}");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing was written");

    let folder = data_folder();
    fs::create_dir_all(cluster(folder.path())).unwrap();
    fs::write(cluster(folder.path()).join("important"), "x").unwrap();
    let error = refusal(options(folder.path())).await;
    assert!(error.to_string().contains("PG_VERSION"), "{error}");
    assert_eq!(fs::read_to_string(cluster(folder.path()).join("important")).unwrap(), "x");
}

#[tokio::test]
async fn a_folder_in_use_by_a_server_started_by_hand_is_refused() {
    let folder = data_folder();
    let running = start(folder.path()).await;
    let (programs, url) = (running.binaries().to_owned(), running.url().to_owned());
    assert!(running.stop().await.unwrap());

    let owner = cluster(folder.path()).metadata().unwrap();
    let mut by_hand = Command::new(programs.join("postgres"));
    if common::is_root() {
        by_hand.uid(owner.uid()).gid(owner.gid());
    }
    let mut by_hand = by_hand
        .arg("-D")
        .arg(cluster(folder.path()))
        .current_dir("/")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    within(60, "the other server is ready", || async { ask(&url, "SELECT ''").await.is_ok() }).await;

    let error = refusal(options(folder.path())).await;
    assert!(matches!(&error, Error::InUse { .. }), "{error}");
    assert!(error.to_string().contains(&by_hand.id().to_string()), "{error}");
    ask(&url, "SELECT ''").await.expect("the other server is not disturbed");

    assert!(Command::new("kill").args(["-INT", &by_hand.id().to_string()]).status().unwrap().success());
    by_hand.wait().unwrap();
    assert!(start(folder.path()).await.stop().await.unwrap(), "afterwards it is ours again");
}

#[tokio::test]
async fn data_of_another_major_version_or_without_its_password_is_refused() {
    let folder = data_folder();
    assert!(start(folder.path()).await.stop().await.unwrap());
    let version = cluster(folder.path()).join("PG_VERSION");
    let ours = fs::read_to_string(&version).unwrap();
    fs::write(&version, "14\n").unwrap();
    let error = refusal(perennial_postgres::Options::new(folder.path())).await;
    assert!(matches!(&error, Error::OtherMajor { cluster: 14, .. }), "{error}");
    let text = error.to_string();
    assert!(text.contains("written by Postgres 14") && text.contains("Install Postgres 14"), "{text}");
    fs::write(&version, ours).unwrap();

    let password = folder.path().join("postgres/password");
    let kept = fs::read_to_string(&password).unwrap();
    fs::remove_file(&password).unwrap();
    let error = refusal(options(folder.path())).await;
    assert!(error.to_string().contains("password file"), "{error}");
    fs::write(&password, kept).unwrap();
    assert!(start(folder.path()).await.stop().await.unwrap());
}

#[tokio::test]
async fn a_server_that_does_not_start_is_quoted() {
    let folder = data_folder();
    assert!(start(folder.path()).await.stop().await.unwrap());
    let configuration = cluster(folder.path()).join("postgresql.conf");
    let good = fs::read_to_string(&configuration).unwrap();
    let occupied = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = occupied.local_addr().unwrap().port();
    for (own_setting, complaint) in
        [("no_such_setting = 1", "no_such_setting"), (&format!("port = {port}"), "Address already in use")]
    {
        fs::write(&configuration, format!("{good}{own_setting}\n")).unwrap();
        let error = refusal(options(folder.path())).await;
        assert!(error.to_string().contains(complaint), "{error}");
    }
    drop(occupied);
    let running = start(folder.path()).await;
    assert_eq!(running.port(), port, "the settings of the administrator win");
    assert!(running.stop().await.unwrap());
}

#[tokio::test]
async fn root_is_told_about_a_folder_that_the_other_user_cannot_reach() {
    let outer = data_folder();
    let inner = outer.path().join("data");
    fs::create_dir(&inner).unwrap();
    fs::set_permissions(outer.path(), fs::Permissions::from_mode(0o700)).unwrap();
    if common::is_root() {
        assert!(!perennial_postgres::reachable(&inner));
        let error = refusal(options(&inner)).await;
        let text = error.to_string();
        assert!(matches!(&error, Error::Unreachable { barrier, .. } if *barrier == outer.path()), "{text}");
        assert!(text.contains("/var/lib"), "{text}");
    } else {
        // Who is not root runs Postgres as itself, and reaches its own folders.
        assert!(perennial_postgres::reachable(&inner));
        assert!(start(&inner).await.stop().await.unwrap());
    }
}
