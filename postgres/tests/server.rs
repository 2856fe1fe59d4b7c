//! One process and its Postgres: made, started, stopped, killed.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use std::os::unix::fs::PermissionsExt as _;
use std::sync::{Arc, Mutex};

use common::{ask, cluster, data_folder, kill_hard, options, start, within};
use perennial_postgres::{Durability, PrivatePostgres, Progress};

#[tokio::test]
async fn a_new_folder_gets_a_closed_durable_postgres_that_keeps_its_data() {
    let folder = data_folder();
    let told = Arc::new(Mutex::new(Vec::new()));
    let listener = Arc::clone(&told);
    let options = options(folder.path()).on_progress(move |step| listener.lock().unwrap().push(step.clone()));
    let running = PrivatePostgres::start(options).await.unwrap();

    assert!(!running.adopted());
    for (setting, expected) in [
        ("SELECT current_setting('data_checksums')", "on"),
        ("SELECT current_setting('fsync')", "on"),
        ("SELECT current_setting('synchronous_commit')", "on"),
        ("SELECT current_setting('listen_addresses')", "127.0.0.1"),
        ("SELECT current_setting('server_encoding')", "UTF8"),
        ("SELECT current_setting('timezone')", "UTC"),
        ("SELECT rolsuper::text FROM pg_roles WHERE rolname = current_user", "false"),
        ("SELECT current_user || '@' || current_database()", "perennial@perennial"),
        ("SELECT lower('ÉCLAIR')", "éclair"),
        (
            "SELECT (setting = 'lz4' OR 'lz4' <> ALL (enumvals))::text FROM pg_settings WHERE name = 'wal_compression'",
            "true",
        ),
        ("CREATE TABLE kept (n text); INSERT INTO kept VALUES ('this'); SELECT n FROM kept", "this"),
    ] {
        assert_eq!(ask(running.url(), setting).await.unwrap(), expected, "{setting}");
    }
    assert_eq!(ask(running.admin_url(), "SELECT current_user::text").await.unwrap(), "postgres");
    let socket = running.socket_url().expect("the path is short enough for a socket");
    assert_eq!(ask(socket, "SELECT coalesce(inet_client_addr()::text, 'socket')").await.unwrap(), "socket");

    let wrong = format!("postgres://perennial:guess@127.0.0.1:{}/perennial", running.port());
    let refused = ask(&wrong, "SELECT ''").await.unwrap_err().to_string();
    assert!(refused.contains("password authentication failed"), "{refused}");
    for secret in ["password", "superuser.password"] {
        let mode = folder.path().join("postgres").join(secret).metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{secret}");
    }

    let (pid, port) = (running.pid().unwrap(), running.port());
    assert!(running.stop().await.unwrap(), "the only user stops it");
    common::gone(pid).await;
    let mut steps = told.lock().unwrap().clone();
    // On a busy machine it is told that a start takes its time.
    steps.retain(|step| !matches!(step, Progress::StillStarting { .. }));
    assert!(matches!(steps[0], Progress::Found { .. }), "{steps:?}");
    assert!(matches!(steps[1], Progress::Initialising { .. }), "{steps:?}");
    assert_eq!(steps[2..], [Progress::Starting, Progress::Ready { port }, Progress::Stopping]);

    let again = start(folder.path()).await;
    // Between the two anybody may take the port, if only for a connection that goes out.
    let is_taken = again.port() != port && std::net::TcpListener::bind(("127.0.0.1", port)).is_err();
    assert!(again.port() == port || is_taken, "the address stays, for whoever wrote it down");
    assert_eq!(ask(again.url(), "SELECT n FROM kept").await.unwrap(), "this");
    let pid = again.pid().unwrap();
    drop(again);
    common::gone(pid).await;
}

#[tokio::test]
async fn a_killed_postgres_comes_back_at_the_same_address_with_all_that_was_committed() {
    let folder = data_folder();
    let running = start(folder.path()).await;
    let url = running.url().to_owned();
    ask(&url, "CREATE TABLE kept (n text); INSERT INTO kept VALUES ('committed')").await.unwrap();
    for _ in 0..2 {
        let killed = running.pid().unwrap();
        kill_hard(killed);
        within(60, "Postgres accepts connections again", || async { ask(&url, "SELECT ''").await.is_ok() })
            .await;
        assert_ne!(running.pid(), Some(killed));
        assert_eq!(ask(&url, "SELECT n FROM kept").await.unwrap(), "committed");
    }
    assert!(running.stop().await.unwrap());
}

#[tokio::test]
async fn a_start_right_after_a_kill_waits_for_the_children_to_die() {
    let folder = data_folder();
    let unsupervised = options(folder.path()).supervise(false);
    let running = PrivatePostgres::start(unsupervised.clone()).await.unwrap();
    let killed = running.pid().unwrap();
    // A client in a long statement keeps its server process from noticing for a while.
    let busy = tokio::spawn({
        let url = running.url().to_owned();
        async move { ask(&url, "SELECT pg_sleep(300)::text").await }
    });
    within(60, "the statement runs", || async {
        let count = "SELECT count(*)::text FROM pg_stat_activity WHERE query LIKE '%pg_sleep(300)%' AND state = 'active' AND pid <> pg_backend_pid()";
        ask(running.url(), count).await.unwrap() == "1"
    })
    .await;
    kill_hard(killed);
    // The signal takes a moment; its children take much longer, since one of them is in the statement.
    common::gone(killed).await;
    let again = PrivatePostgres::start(unsupervised).await.unwrap();
    assert!(!again.adopted());
    assert_ne!(again.pid(), Some(killed));
    ask(again.url(), "SELECT ''").await.unwrap();
    busy.await.unwrap().unwrap_err();
    assert!(!running.stop().await.unwrap(), "there is another user");
    assert!(again.stop().await.unwrap());
}

#[tokio::test]
async fn what_a_killed_process_left_behind_does_not_hinder_a_start() {
    let folder = data_folder();
    // A cluster that was being made.
    let unfinished = folder.path().join("postgres/cluster.unfinished");
    std::fs::create_dir_all(&unfinished).unwrap();
    std::fs::write(unfinished.join("PG_VERSION"), "15\n").unwrap();
    let running = start(folder.path()).await;
    let port = running.port();
    let pid_file = cluster(folder.path()).join("postmaster.pid");
    let old = std::fs::read_to_string(&pid_file).unwrap();
    assert!(running.stop().await.unwrap());

    // A process id that now belongs to a living process of the same user, which Postgres by itself would not pass.
    let start_of_log = std::fs::read_dir(folder.path().join("postgres/log")).unwrap().count();
    assert!(start_of_log > 0);
    let mut command = std::process::Command::new("sleep");
    let owner = std::os::unix::fs::MetadataExt::uid(&cluster(folder.path()).metadata().unwrap());
    std::os::unix::process::CommandExt::uid(&mut command, owner);
    let mut sleeper = command.arg("60").spawn().unwrap();
    let rest = old.split_once('\n').unwrap().1;
    std::fs::write(&pid_file, format!("{}\n{rest}", sleeper.id())).unwrap();
    std::os::unix::fs::chown(&pid_file, Some(owner), None).unwrap();
    // A socket of a killed server.
    std::fs::write(folder.path().join(format!("postgres/socket/.s.PGSQL.{port}.lock")), "1\n").unwrap();

    let again = start(folder.path()).await;
    ask(again.socket_url().unwrap(), "SELECT ''").await.unwrap();
    sleeper.kill().unwrap();
    sleeper.wait().unwrap();
    assert!(again.stop().await.unwrap());
}

#[tokio::test]
async fn another_port_is_taken_when_the_former_is_occupied() {
    let folder = data_folder();
    let options = options(folder.path()).durability(Durability::ProcessOnly);
    let running = PrivatePostgres::start(options.clone()).await.unwrap();
    let former = running.port();
    assert_eq!(ask(running.url(), "SELECT current_setting('fsync')").await.unwrap(), "off");
    assert!(running.stop().await.unwrap());
    // Where this fails, somebody else has it by now, which is as good.
    let _occupied = std::net::TcpListener::bind(("127.0.0.1", former));
    let again = PrivatePostgres::start(options).await.unwrap();
    assert_ne!(again.port(), former);
    ask(again.url(), "SELECT ''").await.unwrap();
    assert!(again.stop().await.unwrap());
}
