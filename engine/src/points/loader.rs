//! Many balances with one statement.
//!
//! Tills and portals ask for single balances, thousands a second. A worker takes what waits (there is no timer) and reads it at once;
//! every answer is as fresh as a read of its own, since the statement starts after the question came.

use chrono::{DateTime, Utc};
use perennial_domain::ids::{CustomerId, MerchantId};
use sqlx::{FromRow, PgPool, types::Json};
use tokio::sync::{mpsc, oneshot};
use uuid::Uuid;

use super::{Expiring, PointsSummary};
use crate::{customers::CustomerPath, error::Error};

/// Questions answered by one statement.
const BATCH: usize = 256;
/// Questions that may wait; more have to wait for a place.
const QUEUE: usize = 4_096;
/// Statements under way at the same time.
const WORKERS: usize = 2;

/// Answers questions for balances. Cheap to clone.
#[derive(Debug, Clone)]
pub struct PointsLoader(mpsc::Sender<Question>);

#[derive(Debug)]
struct Question {
    merchant: MerchantId,
    customer: CustomerPath,
    answer: oneshot::Sender<Result<Option<PointsSummary>, Error>>,
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
    as_of: DateTime<Utc>,
}

impl PointsLoader {
    /// Starts the workers; they end with the last clone of the loader.
    pub(crate) fn start(pool: PgPool) -> Self {
        let (sender, receiver) = mpsc::channel(QUEUE);
        let receiver = std::sync::Arc::new(tokio::sync::Mutex::new(receiver));
        for _ in 0..WORKERS {
            tokio::spawn(work(pool.clone(), receiver.clone()));
        }
        Self(sender)
    }

    /// The balance of one customer; `None` when the merchant has no such customer.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn load(
        &self,
        merchant: MerchantId,
        customer: CustomerPath,
    ) -> Result<Option<PointsSummary>, Error> {
        let (answer, answered) = oneshot::channel();
        let question = Question { merchant, customer, answer };
        let stopped = || Error::Busy { retry_after: std::time::Duration::from_secs(1) };
        self.0.send(question).await.map_err(|_| stopped())?;
        answered.await.map_err(|_| stopped())?
    }
}

async fn work(pool: PgPool, questions: std::sync::Arc<tokio::sync::Mutex<mpsc::Receiver<Question>>>) {
    loop {
        let mut batch = Vec::with_capacity(BATCH);
        if questions.lock().await.recv_many(&mut batch, BATCH).await == 0 {
            return;
        }
        match read(&pool, &batch).await {
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

/// Answers in the order of the questions.
async fn read(pool: &PgPool, batch: &[Question]) -> Result<Vec<Option<PointsSummary>>, sqlx::Error> {
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
        .fetch_all(pool)
        .await?;
    let mut answers = vec![None; batch.len()];
    for row in rows {
        // Positions count from 1.
        let place = usize::try_from(row.position - 1).ok().and_then(|index| answers.get_mut(index));
        if let Some(place) = place {
            *place = Some(PointsSummary {
                customer_id: CustomerId::from_uuid(row.customer_id),
                points: row.available,
                pending: row.pending,
                reserved: row.reserved,
                debt: row.debt,
                lifetime: row.lifetime,
                expiring: row.expiring.map(|Json(expiring)| expiring).unwrap_or_default(),
                as_of: row.as_of,
            });
        }
    }
    Ok(answers)
}
