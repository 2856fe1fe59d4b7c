//! A batch and a connection: one transaction, within its time, whatever happens in it.

use std::panic::AssertUnwindSafe;
use std::time::Instant;

use chrono::TimeDelta;
use futures::FutureExt as _;
use sqlx::postgres::PgConnectOptions;

use super::batch;
use super::connection::Connection;
use super::fault::Failure;
use super::item::Item;
use super::metrics;
use super::reply::Answer;
use super::settle::Transact;
use super::{Limits, Shared};
use crate::error::Error;

/// Runs batches over the lane's connection.
pub(super) struct Transactions {
    connection: Connection,
    shared: Shared,
    limits: Limits,
}

impl Transactions {
    pub fn new(options: PgConnectOptions, shared: Shared, limits: Limits) -> Self {
        Self { connection: Connection::new(options), shared, limits }
    }

    /// Ends the transaction that failed; a connection of which that cannot be known is given up.
    async fn clean_up(&mut self, failure: &Failure) {
        let is_whole = match failure {
            Failure::Disconnected(_) => false,
            _ => match self.connection.get().await {
                Ok(connection) => batch::roll_back(connection).await.is_ok(),
                Err(_) => false,
            },
        };
        if !is_whole {
            self.connection.discard();
        }
    }
}

impl Transact for Transactions {
    async fn connect(&mut self) -> Result<(), sqlx::Error> {
        self.connection.get().await.map(drop)
    }

    async fn transact(&mut self, group: &[Item], ahead: TimeDelta) -> Result<Vec<Answer>, Failure> {
        let begun = Instant::now();
        let connection = self.connection.get().await?;
        let transaction = AssertUnwindSafe(batch::run(connection, &self.shared, group, ahead)).catch_unwind();
        let ended = match tokio::time::timeout(self.limits.transaction, transaction).await {
            Ok(Ok(ended)) => ended,
            Ok(Err(_panic)) => {
                // Who knows what was left half done: the connection goes, and with it the transaction.
                self.connection.discard();
                return Err(Failure::Poisoned(Error::Inconsistent(
                    "a purchase made the intake panic".to_owned(),
                )));
            }
            Err(_elapsed) => Err(Failure::Disconnected("the transaction took too long".to_owned())),
        };
        match &ended {
            Ok(_) => {
                metrics::committed(begun.elapsed());
                self.shared.outbox.wake();
            }
            Err(failure) => self.clean_up(failure).await,
        }
        ended
    }

    async fn close(&mut self) {
        self.connection.close().await;
    }
}
