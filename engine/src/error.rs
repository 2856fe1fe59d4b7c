//! Everything that can go wrong in an operation of the engine.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use perennial_domain::access::Action;
use perennial_domain::error::FieldError;
use perennial_domain::purchase::FieldDifference;
use sea_orm::{ConnAcquireErr, DbErr, RuntimeErr};

use crate::constraint;

/// Why an operation was refused or failed.
///
/// The list is closed: an edge turns each into an answer with one `match`. A refused operation has changed
/// nothing. Cheap to clone, because one failure may have to be told to many callers of a batch.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Error {
    /// The input is wrong; every field that is wrong is named.
    #[error("the input is not valid")]
    Invalid(Vec<FieldError>),
    /// There is no such thing, or it belongs to another merchant; a caller cannot tell which.
    #[error("there is no such {}", .0.noun())]
    NotFound(What),
    /// The customer named in an input is not known and may not be created.
    #[error("there is no such customer")]
    CustomerNotFound,
    /// The retailer named in an input is not known.
    #[error("there is no such retailer")]
    UnknownRetailer,
    /// The input is right by itself and contradicts what is stored.
    #[error("{detail}")]
    Conflict {
        /// A stable `snake_case` word that programs may rely on.
        code: &'static str,
        /// The same for people.
        detail: String,
    },
    /// This transaction was posted before with other content.
    #[error("this transaction was posted before with other content")]
    TransactionConflict(Vec<FieldDifference>),
    /// More is returned than is left of the purchase; each place where it is too much is named.
    #[error("more is returned than is left of the purchase")]
    ReturnExceeds(Vec<FieldError>),
    /// The credential is unknown, wrong, revoked or disabled; a caller cannot tell which.
    #[error("the credential is not valid")]
    Unauthenticated,
    /// The caller is known and may not do this.
    #[error("this is not allowed")]
    Forbidden(Action),
    /// The input has more parts than one request may have.
    #[error("{detail}")]
    TooLarge {
        /// A stable `snake_case` word that programs may rely on.
        code: &'static str,
        /// The same for people.
        detail: String,
    },
    /// The engine or its database is busy or away for the moment; the same request may succeed later.
    #[error("busy for the moment")]
    Busy {
        /// How long to wait before the next attempt.
        retry_after: Duration,
    },
    /// This caller tried too often.
    #[error("too many attempts")]
    Throttled {
        /// How long to wait before the next attempt.
        retry_after: Duration,
    },
    /// The idempotency key was used before for another request.
    #[error("this idempotency key was used for another request")]
    IdempotencyKeyReused,
    /// Stored data contradicts itself. Nothing was written; somebody has to look.
    #[error("stored data is inconsistent")]
    Inconsistent(String),
    /// The database refused or failed in a way that no caller can repair.
    #[error("the database failed")]
    Db(#[source] DbFailure),
}

/// What the database has said.
///
/// Printed in whatever way it is its text and nothing else: of a row that was refused the driver has all of it besides,
/// which is somebody's data and belongs into no log.
#[derive(Clone)]
pub struct DbFailure(Arc<DbErr>);

impl DbFailure {
    fn new(error: DbErr) -> Self {
        Self(Arc::new(error))
    }
}

impl fmt::Debug for DbFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl fmt::Display for DbFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl std::error::Error for DbFailure {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        std::error::Error::source(&*self.0)
    }
}

/// What an id in a path stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum What {
    /// A merchant.
    Merchant,
    /// A retailer.
    Retailer,
    /// A product.
    Product,
    /// A customer.
    Customer,
    /// A promotion.
    Promotion,
    /// A version of a promotion.
    PromotionVersion,
    /// A cashback offer.
    CashbackOffer,
    /// A tier.
    Tier,
    /// A reward policy.
    Policy,
    /// A reward.
    Reward,
    /// A redemption.
    Redemption,
    /// A voucher.
    Voucher,
    /// Who brought a customer.
    Referral,
    /// The code by which customers are brought.
    ReferralCode,
    /// A request of the log.
    Request,
    /// A purchase.
    Purchase,
    /// An endpoint for webhooks.
    Webhook,
    /// A delivery to one.
    WebhookDelivery,
    /// A return.
    Return,
    /// A claim code.
    Claim,
    /// An API key.
    ApiKey,
    /// A token with which an app speaks for a customer.
    CustomerToken,
    /// A member of the staff.
    Staff,
    /// A piece of mail.
    Mail,
    /// A message that a module gave up.
    DeadLetter,
    /// An event that another system told of.
    Event,
    /// The leaderboard of a merchant who has none.
    Leaderboard,
}

impl What {
    /// The word of the vocabulary, in lower case.
    #[must_use]
    pub fn noun(self) -> &'static str {
        match self {
            Self::Merchant => "merchant",
            Self::Retailer => "retailer",
            Self::Product => "product",
            Self::Customer => "customer",
            Self::Promotion => "promotion",
            Self::PromotionVersion => "promotion version",
            Self::CashbackOffer => "cashback offer",
            Self::Tier => "tier",
            Self::Policy => "reward policy",
            Self::Reward => "reward",
            Self::Redemption => "redemption",
            Self::Voucher => "voucher",
            Self::Request => "request",
            Self::Purchase => "purchase",
            Self::Webhook => "webhook",
            Self::WebhookDelivery => "delivery",
            Self::Return => "return",
            Self::Claim => "claim",
            Self::ApiKey => "API key",
            Self::CustomerToken => "customer token",
            Self::Staff => "staff member",
            Self::Mail => "mail",
            Self::DeadLetter => "dead letter",
            Self::Referral => "referral",
            Self::ReferralCode => "referral code",
            Self::Leaderboard => "leaderboard",
            Self::Event => "event",
        }
    }
}

impl Error {
    /// One wrong field.
    pub(crate) fn field(pointer: impl Into<String>, code: &'static str, detail: impl Into<String>) -> Self {
        Self::Invalid(vec![FieldError::new(pointer, code, detail)])
    }

    /// Something is to be done for a customer whose account was closed for good.
    pub(crate) fn erased() -> Self {
        Self::conflict("customer_erased", "The account of this customer was closed and its data erased")
    }

    /// The account was merged into another since its id was looked up: who comes again is led to that one.
    pub(crate) const fn merged() -> Self {
        Self::Busy { retry_after: BUSY }
    }

    /// A contradiction with what is stored.
    pub(crate) fn conflict(code: &'static str, detail: impl Into<String>) -> Self {
        Self::Conflict { code, detail: detail.into() }
    }
}

/// How long a caller should wait when the database is away or a lock could not be had.
const BUSY: Duration = Duration::from_secs(1);

impl From<DbErr> for Error {
    fn from(error: DbErr) -> Self {
        match &error {
            DbErr::ConnectionAcquire(ConnAcquireErr::Timeout | ConnAcquireErr::ConnectionClosed) => {
                Self::Busy { retry_after: BUSY }
            }
            DbErr::Conn(RuntimeErr::SqlxError(cause))
            | DbErr::Exec(RuntimeErr::SqlxError(cause))
            | DbErr::Query(RuntimeErr::SqlxError(cause)) => {
                from_sqlx(cause).unwrap_or_else(|| Self::Db(DbFailure::new(error)))
            }
            _ => Self::Db(DbFailure::new(error)),
        }
    }
}

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        from_sqlx(&error)
            .unwrap_or_else(|| Self::Db(DbFailure::new(DbErr::Query(RuntimeErr::SqlxError(error.into())))))
    }
}

/// The errors of the driver that mean something to a caller.
fn from_sqlx(error: &sqlx::Error) -> Option<Error> {
    match error {
        // A server that hangs up before it has said anything looks like one that speaks another protocol.
        sqlx::Error::PoolTimedOut
        | sqlx::Error::PoolClosed
        | sqlx::Error::Io(_)
        | sqlx::Error::Protocol(_) => Some(Error::Busy { retry_after: BUSY }),
        sqlx::Error::Database(database) => {
            if let Some(mapped) = database.constraint().and_then(constraint::error) {
                return Some(mapped);
            }
            let code = database.code()?;
            if is_transient(&code) {
                return Some(Error::Busy { retry_after: BUSY });
            }
            // What is known to be refused by the database is checked before; this is the net below.
            unstorable(&code).map(|(code, detail)| Error::field("", code, detail))
        }
        _ => None,
    }
}

/// What a value is that the database does not take, in whatever column.
fn unstorable(sql_state: &str) -> Option<(&'static str, &'static str)> {
    match sql_state {
        "22021" | "22P05" => Some(("malformed", "A text contains a character that cannot be stored")),
        "22008" => Some(("out_of_range", "A date or an instant is too far away")),
        "22003" => Some(("out_of_range", "A number is too large")),
        _ => None,
    }
}

/// Whether the same statement may succeed when it is tried again.
fn is_transient(sql_state: &str) -> bool {
    matches!(
        sql_state,
        "40001" // serialization failure
        | "40P01" // deadlock
        | "55P03" // a lock was not available in time
        | "57014" // cancelled by statement_timeout
        | "57P01" | "57P02" | "57P03" // shutting down, crashed, starting up
        | "53300" // too many connections
    ) || sql_state.starts_with("08") // connection lost
}
