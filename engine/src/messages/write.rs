//! Messages become letters.

use std::collections::{BTreeMap, BTreeSet};

use perennial_domain::codes::Email;
use perennial_domain::ids::{CustomerId, MerchantId};
use perennial_domain::messages::{MessageKind, Placeholder, Template, Values};
use sea_orm::{ConnectionTrait, DatabaseTransaction};
use uuid::Uuid;

use super::desk::{Desk, changed};
use crate::engine::Engine;
use crate::error::Error;
use crate::mail::{self, NewMail};
use crate::statement::statement;

/// Messages whose customers are asked for at once.
const TOGETHER: usize = 1_000;

/// Something to tell somebody.
#[derive(Debug, Clone)]
pub(crate) struct Message {
    pub(crate) kind: MessageKind,
    /// Who is told; nobody yet when somebody signs in for the first time.
    pub(crate) customer: Option<CustomerId>,
    pub(crate) recipient: Email,
    /// What only this message knows. The customer's name, the merchant's and the addresses are known here.
    pub(crate) values: Values,
}

/// Writes the letters of these messages that are wanted, in the transaction of their cause. The caller wakes the sender
/// after the commit.
pub(crate) async fn write(
    txn: &DatabaseTransaction,
    engine: &Engine,
    merchant: MerchantId,
    messages: Vec<Message>,
) -> Result<(), Error> {
    if messages.is_empty() {
        return Ok(());
    }
    let desk = Desk::read(txn, engine, merchant).await?;
    let kinds: BTreeSet<MessageKind> = messages.iter().map(|message| message.kind).collect();
    let kinds: Vec<MessageKind> = kinds.into_iter().collect();
    let mut templates: BTreeMap<MessageKind, Template> =
        kinds.iter().map(|kind| (*kind, Template::of_default(*kind))).collect();
    for stored in changed(txn, merchant, &kinds).await? {
        templates.insert(stored.kind, stored.template(merchant));
    }
    let mut messages = messages.into_iter().peekable();
    while messages.peek().is_some() {
        let some: Vec<Message> = messages.by_ref().take(TOGETHER).collect();
        let readers = readers(txn, merchant, &some).await?;
        let mut letters = Vec::with_capacity(some.len());
        for (message, reader) in some.into_iter().zip(readers) {
            let Message { kind, customer, recipient, values } = message;
            if kind.is_optional() && !reader.wants_it {
                metrics::counter!("messages_unwanted_total").increment(1);
                continue;
            }
            let Some(template) = templates.get(&kind) else { continue };
            let values = desk.complete(values.with(Placeholder::Name, reader.name.unwrap_or_default()));
            let footer = desk.footer(kind, customer).filter(|_| customer.is_some());
            let letter = template.letter(&values, &desk.look, footer.as_ref());
            letters.push(NewMail {
                customer,
                recipient,
                subject: letter.subject,
                body: letter.text,
                html: Some(letter.html),
                sender: Some(desk.look.shop.clone()),
                unsubscribe: footer.map(|footer| footer.unsubscribe),
            });
        }
        mail::enqueue_all(txn, engine, merchant, letters).await?;
    }
    Ok(())
}

/// Whoever a message is for.
struct Reader {
    name: Option<String>,
    wants_it: bool,
}

/// The readers of these messages, in their order.
async fn readers(
    txn: &DatabaseTransaction,
    merchant: MerchantId,
    messages: &[Message],
) -> Result<Vec<Reader>, Error> {
    let customers: Vec<Uuid> =
        messages.iter().map(|message| message.customer.map_or(Uuid::nil(), CustomerId::uuid)).collect();
    let kinds: Vec<String> = messages.iter().map(|message| message.kind.to_string()).collect();
    let values = [merchant.uuid().into(), customers.into(), kinds.into()];
    let rows = txn.query_all_raw(statement(include_str!("sql/readers.sql"), values)).await?;
    rows.iter()
        .map(|row| {
            let name: Option<String> = row.try_get("", "name")?;
            let name = name.map(|name| name.trim().to_owned());
            Ok(Reader { name, wants_it: row.try_get("", "wants_it")? })
        })
        .collect()
}
