//! The one Postgres that all tests of a build folder share.

use std::fs;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use perennial_postgres::{Durability, Options, PrivatePostgres};
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection};
use tokio::sync::OnceCell;

use crate::janitor::Janitor;

/// How long a statement waits for a database that others still use.
const PATIENCE: Duration = Duration::from_secs(60);

/// The Postgres of the tests.
#[derive(Debug)]
pub struct Server {
    /// The address of its first database, for the role that owns all test databases.
    pub url: String,
    /// The address for the superuser, for the few tests that need more rights.
    pub admin_url: String,
    /// Where its files are.
    pub folder: PathBuf,
    /// The folder of the server programs.
    pub binaries: PathBuf,
}

/// The shared server, started by whoever asks first.
///
/// # Panics
/// When no Postgres can be started; the message says what is missing.
pub async fn server() -> &'static Server {
    static SERVER: OnceCell<Server> = OnceCell::const_new();
    SERVER
        .get_or_init(|| async {
            start().await.unwrap_or_else(|error| panic!("no Postgres for the tests: {error}"))
        })
        .await
}

async fn start() -> Result<Server, Box<dyn std::error::Error + Send + Sync>> {
    let folder = folder();
    fs::create_dir_all(&folder)?;
    let janitor = Janitor::new(&folder);
    janitor.register()?;
    // One process after the other: otherwise a second one makes its first database while the one that started the server
    // looks for leftovers, or discards the cluster of the server that the first one has just started.
    let starting = fs::File::create(folder.join("start.lock"))?;
    starting.lock()?;
    discard_after_reboot(&folder)?;
    let options =
        Options::new(&folder).durability(Durability::ProcessOnly).supervise(false).install_when_missing(true);
    let running = PrivatePostgres::start(options).await?;
    let pid = running.pid().ok_or("the test server died at once")?;
    let (url, admin_url) = (running.url().to_owned(), running.admin_url().to_owned());
    if !running.adopted() {
        drop_leftovers(&url).await?;
    }
    let binaries = running.binaries().to_owned();
    // It outlives this process on purpose: the next test process is a second away. The janitor stops it.
    running.leave_running();
    starting.unlock()?;
    janitor.watch(pid)?;
    Ok(Server { url, admin_url, folder, binaries })
}

impl Server {
    /// The address of a database of this server.
    pub fn url_of(&self, database: &str) -> String {
        match self.url.rsplit_once('/') {
            Some((start, _)) => format!("{start}/{database}"),
            None => self.url.clone(),
        }
    }

    /// Runs one statement outside of any transaction. One that needs a database for itself waits until it has it: what
    /// has just closed its connection, or cleans up the database in the background, is gone in a moment.
    pub(crate) async fn execute(&self, statement: &str) {
        let since = Instant::now();
        while let Err(error) = execute(&self.url, statement).await {
            let may_pass = error.contains("is being accessed by other users");
            assert!(may_pass && since.elapsed() < PATIENCE, "{statement}: {error}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
}

/// Runs one statement on a connection of its own.
pub(crate) async fn execute(url: &str, statement: &str) -> Result<(), String> {
    let run = async {
        let mut connection = PgConnection::connect(url).await?;
        connection.execute(sqlx::raw_sql(AssertSqlSafe(statement))).await?;
        connection.close().await
    };
    run.await.map_err(|error: sqlx::Error| error.to_string())
}

/// `target/testkit`; when Postgres has to run as another user that cannot get there, a folder for temporary files.
fn folder() -> PathBuf {
    let below = build_folder().join("testkit");
    if fs::create_dir_all(&below).is_ok() && perennial_postgres::reachable(&below) {
        return below;
    }
    let mut hasher = DefaultHasher::new();
    below.hash(&mut hasher);
    std::env::temp_dir().join(format!("perennial-testkit-{:016x}", hasher.finish()))
}

/// Cargo marks its build folder, wherever it was told to put it; the test program lies below.
fn build_folder() -> PathBuf {
    let program = std::env::current_exe().unwrap_or_default();
    let marked = program.ancestors().find(|folder| folder.join("CACHEDIR.TAG").exists());
    marked.map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../target"), Path::to_owned)
}

/// Without `fsync` a cluster is not to be trusted after the machine itself went down.
fn discard_after_reboot(folder: &Path) -> std::io::Result<()> {
    let Ok(boot) = fs::read_to_string("/proc/sys/kernel/random/boot_id") else { return Ok(()) };
    let mark = folder.join("boot");
    let last = fs::read_to_string(&mark).ok();
    if last.as_deref() == Some(boot.as_str()) {
        return Ok(());
    }
    let stale = folder.join("postgres/cluster");
    if last.is_some() && stale.exists() {
        fs::remove_dir_all(stale)?;
    }
    fs::write(mark, boot)
}

/// Databases of tests that failed or were killed stay for a look until the server starts afresh.
async fn drop_leftovers(url: &str) -> Result<(), sqlx::Error> {
    let mut connection = PgConnection::connect(url).await?;
    let old: Vec<String> =
        sqlx::query_scalar("SELECT datname FROM pg_database WHERE datname LIKE 'test\\_%'")
            .fetch_all(&mut connection)
            .await?;
    for name in old {
        connection
            .execute(sqlx::raw_sql(AssertSqlSafe(format!("DROP DATABASE IF EXISTS \"{name}\" WITH (FORCE)"))))
            .await?;
    }
    connection.close().await
}
