//! The handle through which everything happens.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use perennial_domain::ids::MerchantId;
use sea_orm::{DatabaseConnection, DatabaseTransaction, TransactionTrait};
use sqlx::PgPool;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use crate::api_keys::KeyRing;
use crate::clock::Clock;
use crate::config::EngineConfig;
use crate::error::Error;
use crate::intake::{Acquaintances, Intake, IntakeConfig, Limits, Shared, Sold};
use crate::live::{self, LiveHub};
use crate::outbox::Wake;
use crate::points::PointsLoader;
use crate::promotions::Seats;
use crate::quotes::{Memory, QuoteLoader};
use crate::requests::{self, RequestLog};
use crate::sandbox;
use crate::snapshot::SnapshotStore;
use crate::staff::Passwords;
use crate::throttle::Throttles;
use crate::workers::Workers;

/// The loyalty engine on one database; a cheap clone.
///
/// Every operation is a method, named noun first, in the file of its noun. One that concerns a merchant takes a
/// [`Cx`](crate::Cx) first, asks it for permission in its first line, and sees nothing outside that merchant.
#[derive(Clone)]
pub struct Engine {
    pub(crate) inner: Arc<EngineInner>,
}

/// What all clones of an engine share.
pub(crate) struct EngineInner {
    pub(crate) config: EngineConfig,
    pub(crate) clock: Clock,
    pub(crate) pool: PgPool,
    pub(crate) db: DatabaseConnection,
    pub(crate) snapshots: SnapshotStore,
    pub(crate) key_ring: KeyRing,
    pub(crate) passwords: Passwords,
    pub(crate) throttles: Throttles,
    /// Wakes the sender after mail was committed.
    pub(crate) mail_wake: Notify,
    /// Wakes the outbox consumers after messages were committed.
    pub(crate) outbox_wake: Wake,
    pub(crate) live_hub: LiveHub,
    pub(crate) points_loader: PointsLoader,
    pub(crate) quote_loader: QuoteLoader,
    pub(crate) quote_memory: Memory,
    pub(crate) requests: Arc<RequestLog>,
    /// Who has a promotion replayed.
    pub(crate) replays: Seats,
    pub(crate) intake: Intake,
    /// Ends what listens to other servers, for live balances and for the clocks of sandboxes, and what writes the log of
    /// requests.
    stop_listening: CancellationToken,
}

/// How long a caller waits for a connection before it is told to come back later.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(5);
/// Longer than any statement that a request may cause; a runaway one is cut off.
const STATEMENT_TIMEOUT: &str = "30s";
/// Operations beside the intake lock a few rows for milliseconds; longer means that something is stuck.
const LOCK_TIMEOUT: &str = "5s";
/// A transaction that its owner forgot holds locks; Postgres ends it.
const IDLE_IN_TRANSACTION_TIMEOUT: &str = "60s";

impl Engine {
    /// Connects to the database and starts the intake lanes. The schema must be there already.
    ///
    /// # Errors
    /// [`Error::Busy`] when the database cannot be reached, [`Error::Db`] when it refuses.
    pub async fn connect(config: EngineConfig) -> Result<Self, Error> {
        Self::connect_at(config, Clock::system()).await
    }

    /// Like [`connect`](Self::connect), with another clock; for tests.
    ///
    /// # Errors
    /// The same.
    pub async fn connect_at(config: EngineConfig, clock: Clock) -> Result<Self, Error> {
        let options: PgConnectOptions = config.database_url.parse()?;
        let options = options.application_name("perennial").options([
            ("statement_timeout", STATEMENT_TIMEOUT),
            ("lock_timeout", LOCK_TIMEOUT),
            ("idle_in_transaction_session_timeout", IDLE_IN_TRANSACTION_TIMEOUT),
            // Whatever the server was set up with: an instant in a text is UTC.
            ("timezone", "UTC"),
        ]);
        let pool = PgPoolOptions::new()
            .max_connections(config.connections.max(2))
            .acquire_timeout(ACQUIRE_TIMEOUT)
            .connect_with(options)
            .await?;
        clock.set_ahead(sandbox::ahead_of_all(&pool).await?);
        let snapshots = SnapshotStore::new(pool.clone(), config.bus.is_some());
        let outbox_wake = Wake::default();
        let live_hub = LiveHub::default();
        let stop_listening = CancellationToken::new();
        let requests = Arc::new(RequestLog::new(config.request_log));
        let intake = Intake::start(
            IntakeConfig {
                database_url: config.database_url.clone(),
                lanes: config.lanes,
                limits: Limits::default(),
            },
            Shared {
                snapshots: snapshots.clone(),
                clock: clock.clone(),
                outbox: outbox_wake.clone(),
                acquaintances: Acquaintances::default(),
                sold: Sold::default(),
            },
        )?;
        tokio::spawn(live::listen(pool.clone(), live_hub.clone(), stop_listening.clone()));
        tokio::spawn(requests::run(pool.clone(), clock.clone(), requests.clone(), stop_listening.clone()));
        tokio::spawn(sandbox::follow(pool.clone(), clock.clone(), stop_listening.clone()));
        Ok(Self {
            inner: Arc::new(EngineInner {
                config,
                clock,
                db: DatabaseConnection::from(pool.clone()),
                points_loader: PointsLoader::start(&pool),
                quote_loader: QuoteLoader::start(&pool),
                quote_memory: Memory::new(),
                pool,
                snapshots,
                key_ring: KeyRing::new(),
                passwords: Passwords::new(),
                throttles: Throttles::new(),
                mail_wake: Notify::new(),
                outbox_wake,
                live_hub,
                requests,
                replays: Seats::default(),
                intake,
                stop_listening,
            }),
        })
    }

    /// The database, for SeaORM.
    #[must_use]
    pub fn db(&self) -> &DatabaseConnection {
        &self.inner.db
    }

    /// The same connections, for hand-written statements.
    #[must_use]
    pub fn pool(&self) -> &PgPool {
        &self.inner.pool
    }

    /// The clock that every operation asks.
    #[must_use]
    pub fn clock(&self) -> &Clock {
        &self.inner.clock
    }

    /// The current instant in the program of a merchant: what points, promotions and everything else of the program
    /// go by.
    #[must_use]
    pub fn now(&self, merchant: MerchantId) -> DateTime<Utc> {
        self.inner.clock.of(merchant)
    }

    /// What the engine was started with.
    #[must_use]
    pub fn config(&self) -> &EngineConfig {
        &self.inner.config
    }

    /// Starts the loops that work in the background: mail, housekeeping, queues.
    ///
    /// Any number of servers may run them at the same time.
    pub fn workers(&self) -> Workers {
        Workers::start(self)
    }

    /// Answers what the intake has accepted, writes down what is kept in memory, and closes the connections.
    ///
    /// Call it after the workers have stopped and no more requests come.
    pub async fn shutdown(&self) {
        self.inner.intake.shutdown().await;
        if let Err(error) = self.api_keys_flush_usage().await {
            tracing::warn!(%error, "the last uses of API keys were not written down");
        }
        requests::flush(self.pool(), self.clock(), &self.inner.requests).await;
        self.inner.stop_listening.cancel();
        self.inner.pool.close().await;
    }

    /// Begins a transaction of an operation.
    pub(crate) async fn begin(&self) -> Result<DatabaseTransaction, Error> {
        Ok(self.inner.db.begin().await?)
    }

    /// Time and randomness for a new id.
    pub(crate) fn id_parts(&self) -> (u64, [u8; 10]) {
        let millis = u64::try_from(self.clock().now().timestamp_millis()).unwrap_or(0);
        (millis, rand::random())
    }

    pub(crate) fn intake(&self) -> &Intake {
        &self.inner.intake
    }

    pub(crate) fn snapshots(&self) -> &SnapshotStore {
        &self.inner.snapshots
    }

    pub(crate) fn live_hub(&self) -> &LiveHub {
        &self.inner.live_hub
    }

    pub(crate) fn points_loader(&self) -> &PointsLoader {
        &self.inner.points_loader
    }

    pub(crate) fn quote_loader(&self) -> &QuoteLoader {
        &self.inner.quote_loader
    }

    pub(crate) fn quote_memory(&self) -> &Memory {
        &self.inner.quote_memory
    }

    pub(crate) fn outbox_wake(&self) -> &Wake {
        &self.inner.outbox_wake
    }
}
