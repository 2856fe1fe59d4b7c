//! What an error of a batch says about what to do next.

use crate::error::Error;

/// Why a batch did not end with answers. Nothing of it is in the database, except after
/// [`Disconnected`](Self::Disconnected), when nobody knows.
#[derive(Debug)]
pub(super) enum Failure {
    /// These purchases, by their place in the batch, were refused after their keys had been taken. Without them
    /// the batch may go through.
    Refused(Vec<(usize, Error)>),
    /// The same batch may succeed when it is tried again: a deadlock, a lock that took too long.
    Transient(&'static str),
    /// The connection is lost, and with it the knowledge whether a commit was done. Tried again, the batch finds
    /// its own purchases by their keys.
    Disconnected(String),
    /// The database or the code choked on something in the batch.
    Poisoned(Error),
}

impl Failure {
    /// The word by which metrics know it.
    pub fn reason(&self) -> &'static str {
        match self {
            Self::Refused(_) => "refused",
            Self::Transient(reason) => reason,
            Self::Disconnected(_) => "disconnected",
            Self::Poisoned(_) => "poisoned",
        }
    }
}

impl From<sqlx::Error> for Failure {
    fn from(error: sqlx::Error) -> Self {
        match &error {
            sqlx::Error::Database(database) => {
                match database.code().as_deref() {
                    Some("40001") => Self::Transient("serialization"),
                    Some("40P01") => Self::Transient("deadlock"),
                    Some("55P03") => Self::Transient("lock_timeout"),
                    Some("57014") => Self::Transient("statement_timeout"),
                    // Lost or refused connections, a server that stops, starts, or is out of memory or disk.
                    Some(code)
                        if code.starts_with("08") || code.starts_with("57P") || code.starts_with("53") =>
                    {
                        Self::Disconnected(error.to_string())
                    }
                    _ => Self::Poisoned(Error::from(error)),
                }
            }
            sqlx::Error::Io(_)
            | sqlx::Error::Tls(_)
            | sqlx::Error::Protocol(_)
            | sqlx::Error::WorkerCrashed
            | sqlx::Error::PoolTimedOut
            | sqlx::Error::PoolClosed => Self::Disconnected(error.to_string()),
            _ => Self::Poisoned(Error::from(error)),
        }
    }
}

impl From<Error> for Failure {
    /// For errors of other parts of the engine, such as a snapshot that could not be loaded.
    fn from(error: Error) -> Self {
        match error {
            Error::Busy { .. } => Self::Disconnected(error.to_string()),
            _ => Self::Poisoned(error),
        }
    }
}
