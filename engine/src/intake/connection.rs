//! The one connection that a lane owns.

use std::time::{Duration, Instant};

use sqlx::postgres::PgConnectOptions;
use sqlx::{Connection as _, PgConnection};

/// Settings of a lane's session.
///
/// - Every commit is answered only when it is durable, whatever the server's default is. Stronger settings of a
///   replicated server stay as they are.
/// - All statements are prepared once, take arrays and find their rows by primary key. The planner is kept to
///   that: while a table is new its statistics say "empty", and a plan that reads it whole would be kept long
///   after it is not empty any more. The statements are written so that nothing else remains; see the test.
/// - Nothing waits for ever.
const SESSION: &str = "
    SELECT set_config('synchronous_commit', 'on', false)
     WHERE current_setting('synchronous_commit') IN ('off', 'local', 'remote_write');
    SET plan_cache_mode = force_generic_plan;
    SET enable_seqscan = off;
    SET enable_bitmapscan = off;
    SET enable_hashjoin = off;
    SET enable_mergejoin = off;
    SET join_collapse_limit = 1;
    SET jit = off;
    SET deadlock_timeout = '200ms';
    SET lock_timeout = '5s';
    SET statement_timeout = '30s';
    SET idle_in_transaction_session_timeout = '30s';
    SET TimeZone = 'UTC';
";

/// `deadlock_timeout` needs a privilege that a hosted database may not give.
const SESSION_WITHOUT_PRIVILEGE: &str = "deadlock_timeout";

/// Plans are made anew this often, with what is known of the tables by then.
const REPLAN: Duration = Duration::from_secs(10);

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// A connection that opens itself when it is needed and is given up when it may be broken.
pub(super) struct Connection {
    options: PgConnectOptions,
    open: Option<PgConnection>,
    planned_at: Instant,
}

impl Connection {
    pub fn new(options: PgConnectOptions) -> Self {
        Self { options, open: None, planned_at: Instant::now() }
    }

    /// The open connection; opens one first if there is none.
    pub async fn get(&mut self) -> Result<&mut PgConnection, sqlx::Error> {
        let connection = match self.open.take() {
            Some(connection) => self.replanned(connection).await?,
            None => tokio::time::timeout(CONNECT_TIMEOUT, connect(&self.options))
                .await
                .map_err(|_| sqlx::Error::PoolTimedOut)??,
        };
        Ok(self.open.insert(connection))
    }

    async fn replanned(&mut self, mut connection: PgConnection) -> Result<PgConnection, sqlx::Error> {
        if self.planned_at.elapsed() >= REPLAN {
            self.planned_at = Instant::now();
            sqlx::raw_sql("DISCARD PLANS").execute(&mut connection).await?;
        }
        Ok(connection)
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

#[cfg(test)]
mod tests {
    use perennial_testkit::TestDb;
    use sqlx::AssertSqlSafe;

    use super::*;

    /// The statements that look rows up, how many values they take, and the conditions by which they find their rows.
    const LOOKUPS: [(&str, usize, &[&str]); 3] = [
        (
            include_str!("sql/known.sql"),
            6,
            &[
                "(merchant_id = asked.merchant_id)",
                "((merchant_id = asked.merchant_id) AND (version = r.rules))",
                "((merchant_id = asked_1.merchant_id) AND (kind = asked_1.kind) AND (value = asked_1.value))",
                "((merchant_id = asked_2.merchant_id) AND (id = asked_2.id))",
                "((merchant_id = asked_2.merchant_id) AND (id = c.merged_into))",
            ],
        ),
        (
            include_str!("sql/existing.sql"),
            3,
            &[
                "((merchant_id = asked.merchant_id) AND (retailer_id = asked.retailer_id) AND (transaction_id = asked.transaction_id))",
                "((merchant_id = asked.merchant_id) AND (id = k.purchase_id))",
            ],
        ),
        (
            include_str!("sql/balances_lock.sql"),
            3,
            &[
                "((merchant_id = asked.merchant_id) AND (customer_id = asked.customer_id))",
                "((merchant_id = b.merchant_id) AND (customer_id = b.customer_id))",
            ],
        ),
    ];

    async fn assert_keys_are_used(connection: &mut PgConnection, state: &str) {
        for (statement, values, expected) in LOOKUPS {
            let prepare = format!("DEALLOCATE ALL; PREPARE lookup AS {statement}");
            sqlx::raw_sql(AssertSqlSafe(prepare)).execute(&mut *connection).await.unwrap();
            let nulls = vec!["NULL"; values].join(", ");
            let explain = format!("EXPLAIN (COSTS OFF) EXECUTE lookup ({nulls})");
            let plan: Vec<String> = sqlx::query_scalar(AssertSqlSafe(explain))
                .persistent(false)
                .fetch_all(&mut *connection)
                .await
                .unwrap();
            let conditions: Vec<_> =
                plan.iter().filter_map(|line| Some(line.split_once("Index Cond: ")?.1)).collect();
            assert_eq!(conditions, expected, "{state}:\n{}", plan.join("\n"));
        }
    }

    async fn fill(connection: &mut PgConnection, customers: i32) {
        sqlx::raw_sql(AssertSqlSafe(format!(
            "INSERT INTO merchants (id, slug, name, currency, time_zone, created_at)
             VALUES ('00000000-0000-7000-8000-000000000000', 'one', 'One', 'USD', 'UTC', now()) ON CONFLICT DO NOTHING;
             INSERT INTO customers (merchant_id, id, created_at)
             SELECT m.id, gen_random_uuid(), now() FROM merchants AS m, generate_series(1, {customers});
             INSERT INTO customer_identities SELECT merchant_id, 'card', id::text, id FROM customers ON CONFLICT DO NOTHING;
             INSERT INTO balances (merchant_id, customer_id) SELECT merchant_id, id FROM customers ON CONFLICT DO NOTHING;
             INSERT INTO purchase_keys SELECT merchant_id, id, id::text, id FROM customers ON CONFLICT DO NOTHING;
             INSERT INTO purchases (merchant_id, id, retailer_id, transaction_id, status, currency, amount, occurred_at,
                    occurred_at_sent, business_date, received_at, points, rules_version, facts, lines, source)
             SELECT merchant_id, id, id, id::text, 'unclaimed', 'USD', 1, now(), false, now(), now(), 0, 1, '{{}}', '[]', 'api'
             FROM customers ON CONFLICT DO NOTHING;"
        )))
        .execute(connection)
        .await
        .unwrap();
    }

    /// A plan that was made while a table was small must be good when it is large, because it is kept: a join the other
    /// way round was once chosen for a few rows, and read the whole table for every batch after that.
    #[tokio::test]
    async fn every_lookup_goes_by_its_key_however_small_the_tables_are() {
        let db = TestDb::new().await;
        let mut lane = Connection::new(db.url.parse().unwrap());
        let connection = lane.get().await.unwrap();
        assert_keys_are_used(connection, "empty tables").await;
        for customers in [60, 600, 6_000] {
            fill(connection, customers).await;
            assert_keys_are_used(connection, "grown since they were analysed").await;
            sqlx::raw_sql("ANALYZE").execute(&mut *connection).await.unwrap();
            assert_keys_are_used(connection, "analysed").await;
        }
    }

    #[tokio::test]
    async fn a_lane_commits_durably_whatever_the_default_is() {
        let db = TestDb::new().await;
        for (default, expected) in [("off", "on"), ("local", "on"), ("remote_apply", "remote_apply")] {
            let options: PgConnectOptions = db.url.parse().unwrap();
            let mut lane = Connection::new(options.options([("synchronous_commit", default)]));
            let now: String = sqlx::query_scalar("SHOW synchronous_commit")
                .fetch_one(lane.get().await.unwrap())
                .await
                .unwrap();
            assert_eq!(now, expected);
        }
    }
}
