//! Many questions with one statement.
//!
//! A question is small and there are thousands a second. A worker takes what waits (there is no timer) and asks the
//! database once for all of it; every answer is as fresh as a read of its own, since the statement starts after the
//! question came.
//!
//! Each worker has a connection of its own: one from the pool would be pinged before and after every statement, and
//! could not be set up for this one.

use std::sync::Arc;
use std::time::Duration;

use sqlx::postgres::PgConnectOptions;
use sqlx::{Connection as _, PgConnection, PgPool};
use tokio::sync::{Mutex, mpsc, oneshot};
use tokio::time::timeout;

use crate::error::Error;

/// Questions answered by one statement.
const BATCH: usize = 256;
/// Questions that may wait; more have to wait for a place.
const QUEUE: usize = 4_096;
/// Statements under way at the same time, each on a connection of its own.
const WORKERS: usize = 2;
/// How long a question waits for a connection.
const CONNECT: Duration = Duration::from_secs(5);

/// A statement that answers many questions.
pub(crate) trait Coalesced: Send + Sync + 'static {
    /// What its connections are called in the database.
    const NAME: &'static str;
    /// One question.
    type Question: Send + Sync + 'static;
    /// Its answer.
    type Answer: Send + 'static;

    /// Answers in the order of the questions.
    fn read(
        connection: &mut PgConnection,
        questions: &[Self::Question],
    ) -> impl Future<Output = Result<Vec<Self::Answer>, sqlx::Error>> + Send;
}

struct Waiting<S: Coalesced> {
    question: S::Question,
    answer: oneshot::Sender<Result<S::Answer, Error>>,
}

/// Answers questions by a coalesced statement.
pub(crate) struct Loader<S: Coalesced>(mpsc::Sender<Waiting<S>>);

impl<S: Coalesced> Loader<S> {
    /// Starts the workers; they end with the loader.
    pub fn start(pool: &PgPool) -> Self {
        // One plan for the life of a connection, and a good one even if it is made while the tables are still empty.
        let options = PgConnectOptions::clone(&pool.connect_options())
            .application_name(S::NAME)
            .options([("enable_seqscan", "off"), ("plan_cache_mode", "force_generic_plan")]);
        let (sender, receiver) = mpsc::channel(QUEUE);
        let receiver = Arc::new(Mutex::new(receiver));
        for _ in 0..WORKERS {
            let reader = Reader { options: options.clone(), connection: None };
            tokio::spawn(work::<S>(reader, receiver.clone()));
        }
        Self(sender)
    }

    /// The answer to one question.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn load(&self, question: S::Question) -> Result<S::Answer, Error> {
        let (answer, answered) = oneshot::channel();
        let stopped = || Error::Busy { retry_after: Duration::from_secs(1) };
        self.0.send(Waiting { question, answer }).await.map_err(|_| stopped())?;
        answered.await.map_err(|_| stopped())?
    }
}

async fn work<S: Coalesced>(mut reader: Reader, waiting: Arc<Mutex<mpsc::Receiver<Waiting<S>>>>) {
    loop {
        let mut batch = Vec::with_capacity(BATCH);
        if waiting.lock().await.recv_many(&mut batch, BATCH).await == 0 {
            reader.close().await;
            return;
        }
        let (questions, askers): (Vec<_>, Vec<_>) =
            batch.into_iter().map(|Waiting { question, answer }| (question, answer)).unzip();
        match reader.read::<S>(&questions).await {
            Ok(answers) => {
                for (asker, answer) in askers.into_iter().zip(answers) {
                    // Whoever has gone away does not mind.
                    let _ = asker.send(Ok(answer));
                }
            }
            Err(error) => {
                let error = Error::from(error);
                for asker in askers {
                    let _ = asker.send(Err(error.clone()));
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
    async fn read<S: Coalesced>(&mut self, batch: &[S::Question]) -> Result<Vec<S::Answer>, sqlx::Error> {
        // A connection that has been idle may have been lost long ago: that is nobody's fault who asks now.
        if let Some(connection) = &mut self.connection {
            match S::read(connection, batch).await {
                Err(error) if is_lost(&error) => self.connection = None,
                answered => return answered,
            }
        }
        let connecting = timeout(CONNECT, PgConnection::connect_with(&self.options));
        let mut connection = connecting.await.map_err(|_elapsed| sqlx::Error::PoolTimedOut)??;
        let answers = S::read(&mut connection, batch).await;
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
        sqlx::Error::ColumnDecode { .. } | sqlx::Error::ColumnNotFound(_) => false,
        _ => true,
    }
}
