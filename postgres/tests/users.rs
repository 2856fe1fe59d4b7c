//! Several processes on one data folder: the first starts Postgres, the last stops it, whatever is killed between.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use common::{Other, ask, data_folder, start};
use perennial_postgres::is_alive;

#[tokio::test]
#[ignore = "the other process of these tests, started by them"]
async fn another_process() {
    common::be_another_process().await;
}

#[tokio::test]
async fn the_last_user_stops_it_whoever_started_it() {
    let folder = data_folder();
    let first = Other::start(folder.path());
    assert!(!first.adopted);
    let second = start(folder.path()).await;
    assert!(second.adopted());
    assert_eq!(second.pid(), Some(first.postmaster));
    let third = Other::start(folder.path());
    assert!(third.adopted);

    assert!(!first.stop(), "two users are left");
    ask(second.url(), "SELECT ''").await.unwrap();
    let pid = second.pid().unwrap();
    assert!(!second.stop().await.unwrap(), "one user is left");
    assert!(is_alive(pid));
    assert!(third.stop(), "nobody is left");
    common::gone(pid).await;
}

#[tokio::test]
async fn an_orphan_is_adopted_and_stopped_by_its_new_user() {
    let folder = data_folder();
    let killed = Other::start(folder.path());
    let pid = killed.postmaster;
    killed.kill();
    assert!(is_alive(pid), "a killed user leaves the server running");
    let heir = start(folder.path()).await;
    assert!(heir.adopted());
    assert_eq!(heir.pid(), Some(pid));
    ask(heir.url(), "SELECT ''").await.unwrap();
    assert!(heir.stop().await.unwrap(), "the killed one does not count as a user");
    common::gone(pid).await;
}

#[tokio::test]
async fn a_surviving_user_restarts_what_another_had_started() {
    let folder = data_folder();
    let starter = Other::start(folder.path());
    let survivor = start(folder.path()).await;
    let pid = starter.postmaster;
    starter.kill();
    common::kill_hard(pid);
    common::within(60, "the survivor has it running again", || async {
        ask(survivor.url(), "SELECT ''").await.is_ok()
    })
    .await;
    assert_ne!(survivor.pid(), Some(pid));
    assert!(survivor.stop().await.unwrap());
}

#[tokio::test]
async fn many_that_start_at_once_get_the_same_server() {
    let folder = data_folder();
    let mut starting = tokio::task::JoinSet::new();
    for _ in 0..6 {
        let folder = folder.path().to_owned();
        starting.spawn(async move { start(&folder).await });
    }
    let users = starting.join_all().await;
    let pid = users[0].pid().unwrap();
    assert_eq!(users.iter().filter(|user| !user.adopted()).count(), 1, "one of them started it");
    let mut stopped = 0;
    for user in users {
        assert_eq!(user.pid(), Some(pid));
        stopped += usize::from(user.stop().await.unwrap());
    }
    assert_eq!(stopped, 1);
    common::gone(pid).await;
}
