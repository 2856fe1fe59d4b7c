//! What the tests of the private Postgres share.
#![allow(dead_code)] // Each test program uses a part of it.

use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use perennial_postgres::{Error, Options, PrivatePostgres, Running};

/// A data folder that is removed afterwards. It lies where an unprivileged user gets to.
pub fn data_folder() -> tempfile::TempDir {
    let folder = tempfile::Builder::new().prefix("perennial-postgres-").tempdir().unwrap();
    std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
    folder
}

pub fn options(folder: &Path) -> Options {
    Options::new(folder).install_when_missing(true)
}

pub async fn start(folder: &Path) -> Running {
    PrivatePostgres::start(options(folder)).await.unwrap()
}

/// Starts, expecting to be refused.
pub async fn refusal(options: Options) -> Error {
    match PrivatePostgres::start(options).await {
        Err(error) => error,
        Ok(running) => panic!("it started: {running:?}"),
    }
}

/// Runs statements on a connection of their own, and answers the first value of the last row.
pub async fn ask(url: &str, statements: &'static str) -> Result<String, sqlx::Error> {
    use sqlx::{Connection as _, Row as _};
    let mut connection = sqlx::PgConnection::connect(url).await?;
    let rows = sqlx::raw_sql(statements).fetch_all(&mut connection).await?;
    connection.close().await?;
    Ok(rows.last().map(|row| row.get::<String, _>(0)).unwrap_or_default())
}

/// Waits until `done`, at most so many seconds.
pub async fn within<F: Future<Output = bool>>(seconds: u64, what: &str, mut done: impl FnMut() -> F) {
    let since = Instant::now();
    while !done().await {
        assert!(since.elapsed() < Duration::from_secs(seconds), "not within {seconds} s: {what}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// A process lets go of its files, which is what `stop` waits for, a moment before it leaves the process table.
pub async fn gone(pid: i32) {
    within(60, "the process is gone", || async { !perennial_postgres::is_alive(pid) }).await;
}

pub fn kill_hard(pid: i32) {
    assert!(Command::new("kill").args(["-KILL", &pid.to_string()]).status().unwrap().success());
}

pub fn cluster(folder: &Path) -> PathBuf {
    folder.join("postgres/cluster")
}

pub fn is_root() -> bool {
    let answer = Command::new("id").arg("-u").output().unwrap();
    answer.stdout.starts_with(b"0\n")
}

/// A process that uses the Postgres of a folder: this test program once more, running only [`be_another_process`].
pub struct Other {
    child: Child,
    output: BufReader<std::process::ChildStdout>,
    pub postmaster: i32,
    pub adopted: bool,
}

const FOLDER: &str = "PERENNIAL_TEST_FOLDER";

impl Other {
    /// Starts the process and waits until it has its Postgres.
    pub fn start(folder: &Path) -> Self {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "another_process", "--ignored", "--nocapture", "--test-threads=1"])
            .env(FOLDER, folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut output = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        while !line.starts_with("READY ") {
            line.clear();
            assert_ne!(output.read_line(&mut line).unwrap(), 0, "the other process could not start Postgres");
        }
        let mut words = line.split_whitespace().skip(1);
        let postmaster = words.next().unwrap().parse().unwrap();
        let adopted = words.next() == Some("true");
        Self { child, output, postmaster, adopted }
    }

    /// Ends it in order and answers whether it stopped Postgres.
    pub fn stop(mut self) -> bool {
        self.child.stdin.take().unwrap().write_all(b"stop\n").unwrap();
        let mut rest = String::new();
        std::io::Read::read_to_string(&mut self.output, &mut rest).unwrap();
        assert!(self.child.wait().unwrap().success());
        rest.contains("STOPPED true")
    }

    /// Ends it as a power cut would, and waits until the kernel has taken back its locks.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

/// What the other process does: it uses the Postgres until it is told to stop.
pub async fn be_another_process() {
    let folder = PathBuf::from(std::env::var_os(FOLDER).expect("only run by other tests"));
    let running = start(&folder).await;
    println!("\nREADY {} {}", running.pid().unwrap(), running.adopted());
    let mut line = String::new();
    std::io::stdin().read_line(&mut line).unwrap();
    println!("STOPPED {}", running.stop().await.unwrap());
}
