//! The one connection that a lane owns.

use std::time::Duration;

use sqlx::postgres::PgConnectOptions;
use sqlx::{Connection as _, PgConnection};

/// Settings of a lane's session.
///
/// - Every commit is answered only when it is durable, whatever the server's default is. Stronger settings of a
///   replicated server stay as they are.
/// - All statements are prepared once, take arrays and find their rows by primary key. The planner is kept to
///   that: while a table is new its statistics say "empty", and a plan that reads it whole would be kept long
///   after it is not empty any more.
/// - Nothing waits for ever.
const SESSION: &str = "
    SELECT set_config('synchronous_commit', 'on', false)
     WHERE current_setting('synchronous_commit') IN ('off', 'local', 'remote_write');
    SET plan_cache_mode = force_generic_plan;
    SET enable_seqscan = off;
    SET enable_bitmapscan = off;
    SET enable_hashjoin = off;
    SET enable_mergejoin = off;
    SET jit = off;
    SET deadlock_timeout = '200ms';
    SET lock_timeout = '5s';
    SET statement_timeout = '30s';
    SET idle_in_transaction_session_timeout = '30s';
    SET TimeZone = 'UTC';
";

/// `deadlock_timeout` needs a privilege that a hosted database may not give.
const SESSION_WITHOUT_PRIVILEGE: &str = "deadlock_timeout";

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// A connection that opens itself when it is needed and is given up when it may be broken.
pub(super) struct Connection {
    options: PgConnectOptions,
    open: Option<PgConnection>,
}

impl Connection {
    pub fn new(options: PgConnectOptions) -> Self {
        Self { options, open: None }
    }

    /// The open connection; opens one first if there is none.
    pub async fn get(&mut self) -> Result<&mut PgConnection, sqlx::Error> {
        let connection = match self.open.take() {
            Some(connection) => connection,
            None => tokio::time::timeout(CONNECT_TIMEOUT, connect(&self.options))
                .await
                .map_err(|_| sqlx::Error::PoolTimedOut)??,
        };
        Ok(self.open.insert(connection))
    }

    /// Gives the connection up without a word to the server, which ends the session and whatever it was doing.
    pub fn discard(&mut self) {
        self.open = None;
    }

    /// Says goodbye to the server.
    pub async fn close(&mut self) {
        if let Some(connection) = self.open.take()
            && let Err(error) = connection.close().await
        {
            tracing::debug!(%error, "a lane's connection did not close well");
        }
    }
}

async fn connect(options: &PgConnectOptions) -> Result<PgConnection, sqlx::Error> {
    let mut connection = PgConnection::connect_with(options).await?;
    for statement in SESSION.split(';').map(str::trim).filter(|statement| !statement.is_empty()) {
        let done = sqlx::raw_sql(statement).execute(&mut connection).await;
        match done {
            Err(error) if statement.contains(SESSION_WITHOUT_PRIVILEGE) => {
                tracing::debug!(%error, "the session keeps the server's deadlock_timeout");
            }
            done => {
                done?;
            }
        }
    }
    Ok(connection)
}
