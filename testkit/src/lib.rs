//! Test databases: `TestDb::new().await` gives each test a migrated, empty database of its own.
//!
//! All tests of one build folder, in however many processes, share one private Postgres below it (`testkit/`). It
//! starts with the first test, takes some milliseconds a test, and ends some seconds after the last test process, even if that
//! one was killed. It runs without `fsync`: it survives the death of processes, which is what tests provoke.

mod janitor;
mod server;
mod template;
mod wire;

use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

pub use server::{Server, server};
pub use wire::Wire;

/// A database for one test. It is dropped with this value, unless the test is failing: then it stays until
/// the test server starts afresh, and its address is printed.
#[derive(Debug)]
pub struct TestDb {
    /// The address of the database, for an engine or a server under test.
    pub url: String,
    /// A small pool on it, for looking at what was stored.
    pub pool: PgPool,
    name: String,
    admin: String,
}

impl TestDb {
    /// A database with the schema of today, without rows.
    ///
    /// # Panics
    /// When no Postgres can be started; the message says what is missing.
    pub async fn new() -> Self {
        let server = server().await;
        let template = template::ensure(server).await;
        Self::create(server, Some(template)).await
    }

    /// A database without any table, for tests of the migrations themselves.
    ///
    /// # Panics
    /// When no Postgres can be started; the message says what is missing.
    pub async fn empty() -> Self {
        Self::create(server().await, None).await
    }

    async fn create(server: &'static Server, template: Option<&str>) -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let name = format!("test_{}_{}", std::process::id(), NUMBER.fetch_add(1, Ordering::Relaxed));
        // Copying the files is ten times as fast as writing them through the log, as nothing waits for the disk.
        let from =
            template.map(|name| format!(" TEMPLATE \"{name}\" STRATEGY file_copy")).unwrap_or_default();
        server.execute(&format!("DROP DATABASE IF EXISTS \"{name}\" WITH (FORCE)")).await;
        server.execute(&format!("CREATE DATABASE \"{name}\"{from}")).await;
        let url = server.url_of(&name);
        let pool = PgPoolOptions::new()
            .max_connections(8)
            .acquire_timeout(Duration::from_secs(30))
            .connect_lazy_with(parsed(&url));
        Self { url, pool, name, admin: server.url.clone() }
    }

    /// A SeaORM connection over [`TestDb::pool`].
    pub fn orm(&self) -> sea_orm::DatabaseConnection {
        sea_orm::SqlxPostgresConnector::from_sqlx_postgres_pool(self.pool.clone())
    }
}

impl Drop for TestDb {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("the database of the failed test is {}", self.url);
            return;
        }
        let statement = format!("DROP DATABASE IF EXISTS \"{}\" WITH (FORCE)", self.name);
        let admin = self.admin.clone();
        // A thread of its own, because a drop cannot wait on the runtime of the test, which may be ending.
        let work = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.map_err(|error| error.to_string())?.block_on(server::execute(&admin, &statement))
        });
        if let Ok(Err(error)) = work.join() {
            eprintln!("the database of the test could not be dropped: {error}");
        }
    }
}

fn parsed(url: &str) -> PgConnectOptions {
    url.parse().unwrap_or_else(|error| panic!("the address of the test server is wrong: {error}"))
}
