//! Many balances with one statement.
//!
//! Tills and portals ask for single balances, thousands a second. A worker takes what waits (there is no timer) and reads it at once;
//! every answer is as fresh as a read of its own, since the statement starts after the question came.
//!
//! Each worker has a connection of its own: one from the pool would be pinged before and after every statement, and could not be set up
//! for this one.

use std::{sync::Arc, time::Duration};

use chrono::{DateTime, Utc};
use perennial_domain::ids::{CustomerId, MerchantId};
use sqlx::{Connection as _, FromRow, PgConnection, PgPool, postgres::PgConnectOptions, types::Json};
use tokio::{
    sync::{Mutex, mpsc, oneshot},
    time::timeout,
};
use uuid::Uuid;

use super::{Expiring, PointsSummary};
use crate::{customers::CustomerPath, error::Error, tiers::TierName};

/// Questions answered by one statement.
const BATCH: usize = 256;
/// Questions that may wait; more have to wait for a place.
const QUEUE: usize = 4_096;
/// Statements under way at the same time, each on a connection of its own.
const WORKERS: usize = 2;
/// How long a question waits for a connection.
const CONNECT: Duration = Duration::from_secs(5);

/// Answers questions for balances. Cheap to clone.
#[derive(Debug, Clone)]
pub struct PointsLoader(mpsc::Sender<Question>);

#[derive(Debug)]
struct Question {
    merchant: MerchantId,
    customer: CustomerPath,
    answer: oneshot::Sender<Result<Option<Loaded>, Error>>,
}

/// What one statement can tell of a customer.
#[derive(Debug, Clone)]
pub struct Loaded {
    /// Where the customer stands.
    pub summary: PointsSummary,
    /// Whether points without a day of their own expire for want of activity: then their day is not in the summary.
    pub is_sliding: bool,
    /// Whether there is a wallet of cashback: then what it holds is not in the summary.
    pub has_wallet: bool,
}

#[derive(FromRow)]
struct Row {
    position: i64,
    customer_id: Uuid,
    available: i64,
    pending: i64,
    reserved: i64,
    debt: i64,
    lifetime: i64,
    expiring: Option<Json<Vec<Expiring>>>,
    is_sliding: bool,
    has_wallet: bool,
    tier: Option<Json<TierName>>,
    as_of: DateTime<Utc>,
}

impl PointsLoader {
    /// Starts the workers; they end with the last clone of the loader.
    pub(crate) fn start(pool: &PgPool) -> Self {
        // One plan for the life of a connection, and a good one even if it is made while the tables are still empty.
        let options = PgConnectOptions::clone(&pool.connect_options())
            .application_name("perennial points")
            .options([("enable_seqscan", "off"), ("plan_cache_mode", "force_generic_plan")]);
        let (sender, receiver) = mpsc::channel(QUEUE);
        let receiver = Arc::new(Mutex::new(receiver));
        for _ in 0..WORKERS {
            let reader = Reader { options: options.clone(), connection: None };
            tokio::spawn(work(reader, receiver.clone()));
        }
        Self(sender)
    }

    /// The balance of one customer; `None` when the merchant has no such customer.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn load(&self, merchant: MerchantId, customer: CustomerPath) -> Result<Option<Loaded>, Error> {
        let (answer, answered) = oneshot::channel();
        let question = Question { merchant, customer, answer };
        let stopped = || Error::Busy { retry_after: Duration::from_secs(1) };
        self.0.send(question).await.map_err(|_| stopped())?;
        answered.await.map_err(|_| stopped())?
    }
}

async fn work(mut reader: Reader, questions: Arc<Mutex<mpsc::Receiver<Question>>>) {
    loop {
        let mut batch = Vec::with_capacity(BATCH);
        if questions.lock().await.recv_many(&mut batch, BATCH).await == 0 {
            reader.close().await;
            return;
        }
        match reader.read(&batch).await {
            Ok(answers) => {
                for (question, answer) in batch.into_iter().zip(answers) {
                    // Whoever has gone away does not mind.
                    let _ = question.answer.send(Ok(answer));
                }
            }
            Err(error) => {
                let error = Error::from(error);
                for question in batch {
                    let _ = question.answer.send(Err(error.clone()));
                }
            }
        }
    }
}

/// A connection that is made when it is needed, and made again when it was lost.
struct Reader {
    options: PgConnectOptions,
    connection: Option<PgConnection>,
}

impl Reader {
    async fn read(&mut self, batch: &[Question]) -> Result<Vec<Option<Loaded>>, sqlx::Error> {
        // A connection that has been idle may have been lost long ago: that is nobody's fault who asks now.
        if let Some(connection) = &mut self.connection {
            match read(connection, batch).await {
                Err(error) if is_lost(&error) => self.connection = None,
                answered => return answered,
            }
        }
        let connecting = timeout(CONNECT, PgConnection::connect_with(&self.options));
        let mut connection = connecting.await.map_err(|_elapsed| sqlx::Error::PoolTimedOut)??;
        let answers = read(&mut connection, batch).await;
        self.connection = Some(connection);
        answers
    }

    async fn close(self) {
        if let Some(connection) = self.connection {
            // Whether Postgres hears the farewell does not matter.
            let _ = connection.close().await;
        }
    }
}

/// Whether the connection is of no more use; everything else that the database says concerns the statement only.
fn is_lost(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Database(error) => {
            error.code().is_some_and(|code| code.starts_with("57P") || code.starts_with("08"))
        }
        _ => true,
    }
}

/// Answers in the order of the questions.
async fn read(connection: &mut PgConnection, batch: &[Question]) -> Result<Vec<Option<Loaded>>, sqlx::Error> {
    let merchants: Vec<Uuid> = batch.iter().map(|question| question.merchant.uuid()).collect();
    let (ids, externals): (Vec<Option<Uuid>>, Vec<Option<&str>>) = batch
        .iter()
        .map(|question| match &question.customer {
            CustomerPath::Id(id) => (Some(id.uuid()), None),
            CustomerPath::ExternalId(external) => (None, Some(external.as_str())),
        })
        .unzip();
    let rows: Vec<Row> = sqlx::query_as(include_str!("../sql/points.sql"))
        .bind(merchants)
        .bind(ids)
        .bind(externals)
        .fetch_all(connection)
        .await?;
    let mut answers = vec![None; batch.len()];
    for row in rows {
        // Positions count from 1.
        let place = usize::try_from(row.position - 1).ok().and_then(|index| answers.get_mut(index));
        if let Some(place) = place {
            let summary = PointsSummary {
                customer_id: CustomerId::from_uuid(row.customer_id),
                points: row.available,
                pending: row.pending,
                reserved: row.reserved,
                debt: row.debt,
                lifetime: row.lifetime,
                tier: row.tier.map(|Json(tier)| tier),
                cashback: Vec::new(),
                expiring: row.expiring.map(|Json(expiring)| expiring).unwrap_or_default(),
                as_of: row.as_of,
            };
            *place = Some(Loaded { summary, is_sliding: row.is_sliding, has_wallet: row.has_wallet });
        }
    }
    Ok(answers)
}
