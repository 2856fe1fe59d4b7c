//! Mail: written with the effect that causes it, sent afterwards.
//!
//! A row of the mail table is the promise; the sender keeps it, with pauses that grow when the server refuses. Mail
//! may arrive twice when a sender dies between the server's yes and noting it; it never gets lost. Without an SMTP
//! server the rows stay where they are, and the development mailbox shows them.

mod send;

pub(crate) use send::run;

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};
use perennial_domain::codes::Email;
use perennial_domain::ids::{CustomerId, MerchantId};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter,
    QueryOrder, QuerySelect,
};
use serde::{Deserialize, Serialize};
use uuid::{Builder, Uuid};

use crate::config::MailTransport;
use crate::engine::Engine;
use crate::entity::mail::{self, Column, Entity};
use crate::error::{Error, What};
use crate::page::{Page, PageRequest};
use crate::statement::statement;

/// How long mail is kept.
pub(crate) const KEPT: TimeDelta = TimeDelta::days(30);

/// A letter to send.
#[derive(Debug, Clone)]
pub(crate) struct NewMail {
    /// The customer it is written to; nobody for staff, and for an address that no customer has yet.
    pub(crate) customer: Option<CustomerId>,
    pub(crate) recipient: Email,
    pub(crate) subject: String,
    pub(crate) body: String,
    /// The same as HTML.
    pub(crate) html: Option<String>,
    /// Who writes, in front of the address of the configuration.
    pub(crate) sender: Option<String>,
    /// Where one POST ends letters like this.
    pub(crate) unsubscribe: Option<String>,
}

impl NewMail {
    /// A letter of plain text from the installation itself.
    pub(crate) const fn plain(recipient: Email, subject: String, body: String) -> Self {
        Self { customer: None, recipient, subject, body, html: None, sender: None, unsubscribe: None }
    }
}

/// A letter in the development mailbox.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Letter {
    /// The letter.
    pub id: Uuid,
    /// Whom it is for.
    pub recipient: String,
    /// What it is about.
    pub subject: String,
    /// The text.
    pub body: String,
    /// The same as an HTML document, unless it is a plain letter to staff.
    pub html: Option<String>,
    /// When it was written.
    pub created_at: DateTime<Utc>,
}

/// Writes a letter in the transaction of its cause. The caller wakes the sender after the commit.
pub(crate) async fn enqueue(
    txn: &DatabaseTransaction,
    engine: &Engine,
    merchant: MerchantId,
    letter: NewMail,
) -> Result<(), Error> {
    enqueue_all(txn, engine, merchant, vec![letter]).await
}

/// Letters that one statement writes.
const TOGETHER: usize = 1_000;

/// The same with many letters. One to a customer who was erased since the address was read is not written.
///
/// The rows of the customers stay locked until the commit, in the order of their ids, against nothing but being erased:
/// whoever erases one waits, and finds the letter.
pub(crate) async fn enqueue_all(
    txn: &DatabaseTransaction,
    engine: &Engine,
    merchant: MerchantId,
    letters: Vec<NewMail>,
) -> Result<(), Error> {
    let customers: BTreeSet<CustomerId> = letters.iter().filter_map(|letter| letter.customer).collect();
    let open = open(txn, merchant, customers).await?;
    let wanted = letters.into_iter().filter(|letter| letter.customer.is_none_or(|of| open.contains(&of)));
    let mut rows = wanted.map(|letter| row(engine, merchant, letter)).peekable();
    while rows.peek().is_some() {
        Entity::insert_many(rows.by_ref().take(TOGETHER)).exec_without_returning(txn).await?;
    }
    Ok(())
}

/// Those of these customers whose accounts are open, and stay so until the transaction ends.
async fn open(
    txn: &DatabaseTransaction,
    merchant: MerchantId,
    customers: BTreeSet<CustomerId>,
) -> Result<BTreeSet<CustomerId>, Error> {
    if customers.is_empty() {
        return Ok(customers);
    }
    let asked: Vec<Uuid> = customers.into_iter().map(CustomerId::uuid).collect();
    let sql = "SELECT id FROM customers WHERE merchant_id = $1 AND id = ANY ($2) AND erased_at IS NULL AND merged_into IS NULL
               ORDER BY id FOR KEY SHARE";
    let rows = txn.query_all_raw(statement(sql, [merchant.uuid().into(), asked.into()])).await?;
    rows.iter().map(|row| Ok(CustomerId::from_uuid(row.try_get("", "id")?))).collect()
}

fn row(engine: &Engine, merchant: MerchantId, letter: NewMail) -> mail::ActiveModel {
    let now = engine.clock().now();
    let (millis, random) = engine.id_parts();
    // In a mailbox it has arrived when it is written.
    let sent_at = match engine.config().mail {
        MailTransport::Mailbox => Some(now),
        MailTransport::Smtp { .. } => None,
    };
    mail::ActiveModel {
        id: Set(Builder::from_unix_timestamp_millis(millis, &random).into_uuid()),
        merchant_id: Set(merchant.uuid()),
        recipient: Set(letter.recipient.into()),
        subject: Set(letter.subject),
        body_text: Set(letter.body),
        created_at: Set(now),
        sent_at: Set(sent_at),
        attempts: Set(0),
        next_attempt_at: Set(now),
        last_error: Set(None),
        body_html: Set(letter.html),
        sender_name: Set(letter.sender),
        unsubscribe_url: Set(letter.unsubscribe),
        customer_id: Set(letter.customer.map(CustomerId::uuid)),
    }
}

impl Engine {
    /// Letters of all merchants, newest first, for the development mailbox.
    ///
    /// Whoever calls this must have made sure that it is a development server: letters hold log-in codes.
    ///
    /// # Errors
    /// [`Error::Invalid`] when the page cannot be read.
    pub async fn mailbox_list(
        &self,
        recipient: Option<&str>,
        page: &PageRequest,
    ) -> Result<Page<Letter>, Error> {
        let mut query = Entity::find();
        if let Some(recipient) = recipient.map(str::trim).filter(|recipient| !recipient.is_empty()) {
            query = query.filter(Column::Recipient.eq(recipient.to_lowercase()));
        }
        if let Some(after) = page.after::<Uuid>()? {
            query = query.filter(Column::Id.lt(after));
        }
        let rows = query.order_by_desc(Column::Id).limit(page.probe().unsigned_abs()).all(self.db()).await?;
        Ok(page.page(rows.into_iter().map(letter).collect(), |letter| letter.id))
    }

    /// One letter, for the development mailbox; the same warning.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn mailbox_get(&self, id: Uuid) -> Result<Letter, Error> {
        Entity::find_by_id(id).one(self.db()).await?.map(letter).ok_or(Error::NotFound(What::Mail))
    }
}

fn letter(row: mail::Model) -> Letter {
    Letter {
        id: row.id,
        recipient: row.recipient,
        subject: row.subject,
        body: row.body_text,
        html: row.body_html,
        created_at: row.created_at,
    }
}
