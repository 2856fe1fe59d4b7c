//! The loop that hands letters to the SMTP server.

use std::time::Duration;

use futures::future::join_all;
use lettre::message::header::{ContentType, Header, HeaderName, HeaderValue};
use lettre::message::{Mailbox, Message, MultiPart};
use lettre::{AsyncSmtpTransport, AsyncTransport, Tokio1Executor};
use sea_orm::{ConnectionTrait, FromQueryResult, Statement};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tracing::Instrument as _;
use uuid::Uuid;

use crate::config::MailTransport;
use crate::engine::Engine;
use crate::error::Error;
use crate::spans;
use crate::statement::statement;

/// How long a letter may wait when nobody said that there is one.
const POLL: Duration = Duration::from_secs(5);
/// How long one letter may take. Shorter than the first pause, after which another sender may take it.
const TIMEOUT: Duration = Duration::from_secs(20);
/// Letters taken, and sent at the same time.
const BATCH: i64 = 10;
/// How often a letter is tried: with pauses that double from 30 s to 6 h, for about two days.
const ATTEMPTS: i32 = 16;

type Transport = AsyncSmtpTransport<Tokio1Executor>;

/// A letter as it goes out.
#[derive(FromQueryResult)]
struct Due {
    id: Uuid,
    recipient: String,
    subject: String,
    body_text: String,
    body_html: Option<String>,
    sender_name: Option<String>,
    unsubscribe_url: Option<String>,
}

/// Sends what is due until `stop`. Returns at once without an SMTP server.
pub(crate) async fn run(engine: Engine, stop: CancellationToken) {
    let MailTransport::Smtp { url, from } = engine.config().mail.clone() else { return };
    let (transport, from) = match connect(&url, &from) {
        Ok(ready) => ready,
        Err(error) => {
            // The configuration was checked when the server started; this is for those who embed the engine.
            tracing::error!(%error, "mail cannot be sent: the SMTP settings are wrong");
            return;
        }
    };
    while !stop.is_cancelled() {
        match send_due(&engine, &transport, &from).await {
            Ok(BATCH..) => continue,
            Ok(_) => {}
            Err(error) => tracing::warn!(%error, "due mail could not be read; trying again"),
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = engine.inner.mail_wake.notified() => {}
            () = tokio::time::sleep(POLL) => {}
        }
    }
}

fn connect(url: &str, from: &str) -> Result<(Transport, Mailbox), String> {
    let transport =
        Transport::from_url(url).map_err(|error| error.to_string())?.timeout(Some(TIMEOUT)).build();
    let from = from.parse::<Mailbox>().map_err(|error| error.to_string())?;
    Ok((transport, from))
}

/// Sends one batch and returns how many letters were due. Taking one moves its next attempt on, so that no other sender takes
/// it meanwhile.
async fn send_due(engine: &Engine, transport: &Transport, from: &Mailbox) -> Result<i64, Error> {
    let values = [engine.clock().now().into(), BATCH.into(), ATTEMPTS.into()];
    let rows = engine.db().query_all_raw(statement(include_str!("../sql/mail_take.sql"), values)).await?;
    let due = rows.iter().map(|row| Ok(row.try_get("", "id")?)).collect::<Result<Vec<Uuid>, Error>>()?;
    let count = i64::try_from(due.len()).unwrap_or(BATCH);
    let outcomes = join_all(due.into_iter().map(|id| deliver(engine, transport, from, id))).await;
    outcomes.into_iter().collect::<Result<(), Error>>()?;
    Ok(count)
}

/// Sends one letter and notes what came of it.
async fn deliver(engine: &Engine, transport: &Transport, from: &Mailbox, id: Uuid) -> Result<(), Error> {
    // Read right before it goes, after whoever is deleting it: what was erased meanwhile is not sent.
    let Some(letter) = Due::find_by_statement(still_there(id)).one(engine.db()).await? else { return Ok(()) };
    let span = spans::letter(id);
    let outcome = match timeout(TIMEOUT, send(transport, from, letter).instrument(span.clone())).await {
        Ok(outcome) => outcome,
        Err(_) => Err("the SMTP server took too long".to_owned()),
    };
    if outcome.is_err() {
        span.record("otel.status_code", "ERROR");
    }
    drop(span);
    let note = match outcome {
        Ok(()) => {
            metrics::counter!("mail_sent_total").increment(1);
            sent(id, engine)
        }
        Err(error) => {
            // The reason goes to the table, for whoever looks after it; an address does not belong in a log.
            tracing::warn!(mail.id = %id, "a letter was not accepted");
            metrics::counter!("mail_refused_total").increment(1);
            refused(id, &error)
        }
    };
    engine.db().execute_raw(note).await?;
    Ok(())
}

async fn send(transport: &Transport, from: &Mailbox, letter: Due) -> Result<(), String> {
    let message = message(from, letter).map_err(|error| error.to_string())?;
    transport.send(message).await.map(|_| ()).map_err(|error| error.to_string())
}

/// The letter as it goes over the wire: text, and HTML beside it where there is any.
fn message(from: &Mailbox, letter: Due) -> Result<Message, Box<dyn std::error::Error>> {
    let from = match letter.sender_name {
        Some(name) => Mailbox::new(Some(name), from.email.clone()),
        None => from.clone(),
    };
    let mut message = Message::builder()
        .from(from)
        .to(letter.recipient.parse::<Mailbox>()?)
        .subject(letter.subject)
        // The same id with every attempt, so that a receiver can tell a repetition.
        .message_id(Some(format!("<{}@perennial>", letter.id)));
    if let Some(url) = letter.unsubscribe_url {
        message = message.header(ListUnsubscribe(format!("<{url}>"))).header(ListUnsubscribePost);
    }
    Ok(match letter.body_html {
        Some(html) => message.multipart(MultiPart::alternative_plain_html(letter.body_text, html))?,
        None => message.header(ContentType::TEXT_PLAIN).body(letter.body_text)?,
    })
}

/// Where letters like this are ended (RFC 2369); mail programs show a button for it.
#[derive(Debug, Clone)]
struct ListUnsubscribe(String);

impl Header for ListUnsubscribe {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("List-Unsubscribe")
    }

    fn parse(value: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self(value.to_owned()))
    }

    fn display(&self) -> HeaderValue {
        // Addresses of ours are ASCII without blanks: encoded or folded, a program could not follow them.
        HeaderValue::dangerous_new_pre_encoded(Self::name(), self.0.clone(), self.0.clone())
    }
}

/// One POST there is enough (RFC 8058).
#[derive(Debug, Clone, Copy)]
struct ListUnsubscribePost;

impl Header for ListUnsubscribePost {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("List-Unsubscribe-Post")
    }

    fn parse(_: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self)
    }

    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), "List-Unsubscribe=One-Click".to_owned())
    }
}

fn still_there(id: Uuid) -> Statement {
    let sql = "SELECT id, recipient, subject, body_text, body_html, sender_name, unsubscribe_url FROM mail
               WHERE id = $1 AND sent_at IS NULL FOR SHARE";
    statement(sql, [id.into()])
}

fn sent(id: Uuid, engine: &Engine) -> Statement {
    let sql = "UPDATE mail SET sent_at = $2, last_error = NULL WHERE id = $1";
    statement(sql, [id.into(), engine.clock().now().into()])
}

fn refused(id: Uuid, error: &str) -> Statement {
    statement("UPDATE mail SET last_error = $2 WHERE id = $1", [id.into(), error.into()])
}
