//! The database of a command: the one that is configured, or the private Postgres of the data folder.

use anyhow::{Context as _, bail};
use perennial_migration::Migrator;
use perennial_postgres::{Options, PrivatePostgres, Running};
use sea_orm::{
    ConnectOptions, ConnectionTrait as _, Database as SeaDatabase, DatabaseBackend, DatabaseConnection,
    Statement, TransactionTrait as _,
};
use sea_orm_migration::MigratorTrait as _;

use crate::config::Config;

/// The oldest Postgres that is supported, as `server_version_num` counts.
const OLDEST: i32 = 150_000;
/// Key of the advisory lock under which migrations run: the letters “peren” and “mig”.
const MIGRATION_LOCK: i64 = 0x0070_6572_656e_6d69;

/// A database that can be connected to as long as the value lives.
#[derive(Debug)]
pub struct Database {
    url: String,
    private: Option<Running>,
}

impl Database {
    /// Finds the configured database, or starts or adopts the private one.
    ///
    /// # Errors
    /// When there is no Postgres to be had; the message says what to do.
    pub async fn open(config: &Config) -> anyhow::Result<Self> {
        if let Some(url) = &config.database_url {
            return Ok(Self { url: url.0.clone(), private: None });
        }
        let options = Options::new(&config.data_dir).install_when_missing(true);
        let running = PrivatePostgres::start(options)
            .await
            .context("the private Postgres could not be started (set DATABASE_URL to use another)")?;
        // The socket saves a tenth of the time of a round trip.
        let url = running.socket_url().unwrap_or(running.url()).to_owned();
        Ok(Self { url, private: Some(running) })
    }

    /// Where to connect.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Where the data is, for people; never with a password.
    #[must_use]
    pub fn description(&self, config: &Config) -> String {
        match &self.private {
            Some(running) => format!(
                "private Postgres {} in {}, port {}",
                running.version(),
                config.data_dir.display(),
                running.port()
            ),
            None => "Postgres of DATABASE_URL".to_owned(),
        }
    }

    /// Brings the schema up to date. Of several processes one does it, the others wait.
    ///
    /// # Errors
    /// When the database cannot be reached, is too old, or a migration fails.
    pub async fn migrate(&self) -> anyhow::Result<usize> {
        Self::migrate_at(&self.url).await
    }

    /// [`migrate`](Self::migrate) for a database that somebody else looks after.
    ///
    /// # Errors
    /// The same.
    pub async fn migrate_at(url: &str) -> anyhow::Result<usize> {
        let mut options = ConnectOptions::new(url);
        // One connection holds the lock while the other migrates.
        options.max_connections(2).sqlx_logging(false);
        let db = SeaDatabase::connect(options).await.context("the database cannot be reached")?;
        let applied = migrate_locked(&db).await;
        db.close().await.context("the connection could not be closed")?;
        applied
    }

    /// Gives the database up; the last user of a private Postgres stops it.
    ///
    /// # Errors
    /// When the private Postgres does not stop.
    pub async fn close(self) -> anyhow::Result<()> {
        if let Some(running) = self.private {
            running.stop().await.context("the private Postgres did not stop")?;
        }
        Ok(())
    }
}

async fn migrate_locked(db: &DatabaseConnection) -> anyhow::Result<usize> {
    let version = number(db, "SELECT current_setting('server_version_num')::integer").await?;
    if version < OLDEST {
        bail!("Postgres {}.{} is too old: 15 or newer is needed", version / 10_000, version % 10_000);
    }
    let lock = db.begin().await?;
    let take = format!("SELECT pg_advisory_xact_lock({MIGRATION_LOCK})");
    lock.execute_raw(Statement::from_string(DatabaseBackend::Postgres, take)).await?;
    let pending =
        Migrator::get_pending_migrations(db).await.context("the schema is not one of this program")?.len();
    Migrator::up(db, None).await.context("a migration failed")?;
    lock.commit().await?;
    Ok(pending)
}

async fn number(db: &DatabaseConnection, question: &str) -> anyhow::Result<i32> {
    let question = Statement::from_string(DatabaseBackend::Postgres, question);
    let row = db.query_one_raw(question).await?.context("Postgres gave no answer")?;
    Ok(row.try_get_by_index(0)?)
}
