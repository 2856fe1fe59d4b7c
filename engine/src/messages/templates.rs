//! What a merchant has letters say.

use chrono::{DateTime, Utc};
use perennial_domain::access::Action;
use perennial_domain::codes::Email;
use perennial_domain::error::FieldError;
use perennial_domain::messages::{Footer, Letter, Look, MessageKind, Template, TemplateInput, Values};
use sea_orm::{ConnectionTrait, DatabaseTransaction};
use serde::{Deserialize, Deserializer, Serialize};

use super::desk::{Desk, Stored, changed};
use crate::cx::{Actor, Cx};
use crate::engine::Engine;
use crate::error::Error;
use crate::mail::{self, NewMail};
use crate::statement::statement;
use crate::stored::stored;

/// A kind of letter, and what it says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MessageTemplate {
    /// Which letter it is.
    pub kind: MessageKind,
    /// The same for people.
    pub title: String,
    /// When it is sent, one sentence.
    pub sent_when: String,
    /// What it is about.
    pub subject: String,
    /// What it says, with blank lines between paragraphs.
    pub text: String,
    /// Whether the merchant has changed it; else it is as it came.
    pub changed: bool,
    /// When it was changed last.
    pub updated_at: Option<DateTime<Utc>>,
    /// Who did, by name.
    pub updated_by: Option<String>,
    /// Whether customers may choose not to get it.
    pub optional: bool,
    /// What may stand in it.
    pub placeholders: Vec<MessagePlaceholder>,
}

/// A word in braces that is filled in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MessagePlaceholder {
    /// The word, without its braces.
    pub name: String,
    /// What it becomes.
    pub meaning: String,
    /// What a preview has in its place.
    pub example: String,
    /// Whether it must stand in the text.
    pub required: bool,
}

/// What a merchant wants a letter to say.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct MessageTemplateChange {
    /// What it is about: one line of at most 200 characters.
    pub subject: String,
    /// What it says: at most 5,000 characters, with blank lines between paragraphs.
    pub text: String,
    /// The `updated_at` that was read, `null` for a letter as it came: when somebody else has changed it since, nothing
    /// happens. Not given, it is changed whatever it says by now.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "given")]
    pub updated_at: Option<Option<DateTime<Utc>>>,
}

/// Another subject or text than the one that is stored, to see or to try.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct TrialTemplate {
    /// What it would be about; what is stored unless given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// What it would say; what is stored unless given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
}

/// A letter to send for a test.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct TestMessage {
    /// To which address; to a member of the staff who asks, the own one unless given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
    /// What it would be about; what is stored unless given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// What it would say; what is stored unless given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
}

/// A letter that was sent for a test.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TestMessageSent {
    /// To which address it is on its way.
    pub to: String,
    /// Its subject.
    pub subject: String,
}

/// What stands in the place of everything that a template does not say, for whoever wants to see one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MessageExample {
    /// Examples, with the merchant's own names and addresses.
    pub values: Values,
    /// How the merchant's letters look.
    pub look: Look,
    /// What stands below them, with a link that unsubscribes nobody.
    pub footer: Option<Footer>,
}

/// Tells `null` (as it came) from an absent field (whatever it is).
fn given<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<DateTime<Utc>>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

impl Engine {
    /// All kinds of letters with what they say, in the order of [`MessageKind::ALL`].
    ///
    /// # Errors
    /// [`Error::Forbidden`].
    pub async fn message_template_list(&self, cx: &Cx) -> Result<Vec<MessageTemplate>, Error> {
        cx.require(Action::MessagesRead)?;
        let changed = changed(self.db(), cx.merchant(), &MessageKind::ALL).await?;
        let of = |kind| changed.iter().find(|stored| stored.kind == kind);
        Ok(MessageKind::ALL.into_iter().map(|kind| shown(kind, of(kind))).collect())
    }

    /// What letters of a kind say.
    ///
    /// # Errors
    /// [`Error::Forbidden`].
    pub async fn message_template_get(&self, cx: &Cx, kind: MessageKind) -> Result<MessageTemplate, Error> {
        cx.require(Action::MessagesRead)?;
        get(self.db(), cx, kind).await
    }

    /// Changes what letters of a kind say, those that are written from now on.
    ///
    /// # Errors
    /// [`Error::Invalid`] names what is wrong at `/subject` and `/text`; [`Error::Conflict`] `changed_meanwhile` when it is
    /// no longer what was read.
    pub async fn message_template_change(
        &self,
        cx: &Cx,
        kind: MessageKind,
        change: MessageTemplateChange,
    ) -> Result<MessageTemplate, Error> {
        let txn = self.begin().await?;
        let template = self.message_template_change_in(&txn, cx, kind, change).await?;
        txn.commit().await?;
        Ok(template)
    }

    /// [`message_template_change`](Self::message_template_change) within a transaction of the caller.
    ///
    /// # Errors
    /// The same.
    pub async fn message_template_change_in(
        &self,
        txn: &DatabaseTransaction,
        cx: &Cx,
        kind: MessageKind,
        change: MessageTemplateChange,
    ) -> Result<MessageTemplate, Error> {
        cx.require(Action::MessagesWrite)?;
        let MessageTemplateChange { subject, text, updated_at } = change;
        let template = Template::parse(kind, &TemplateInput { subject, text }).map_err(Error::Invalid)?;
        let TemplateInput { subject, text } = template.input().clone();
        let values = [
            cx.merchant().uuid().into(),
            kind.as_str().into(),
            subject.into(),
            text.into(),
            self.clock().now().into(),
            cx.actor_name().into(),
            updated_at.is_some().into(),
            updated_at.flatten().into(),
        ];
        let changed = txn.query_one_raw(statement(include_str!("sql/change.sql"), values)).await?;
        if changed.is_none() {
            return Err(Error::conflict(
                "changed_meanwhile",
                "Somebody else has changed this message since you opened it. Open it again to see what it says now"
                    .to_owned(),
            ));
        }
        get(txn, cx, kind).await
    }

    /// Has letters of a kind say again what they said when the program came. Doing it again changes nothing.
    ///
    /// # Errors
    /// [`Error::Forbidden`].
    pub async fn message_template_reset(&self, cx: &Cx, kind: MessageKind) -> Result<MessageTemplate, Error> {
        cx.require(Action::MessagesWrite)?;
        let sql = "DELETE FROM message_templates WHERE merchant_id = $1 AND kind = $2";
        let key = [cx.merchant().uuid().into(), kind.as_str().into()];
        self.db().execute_raw(statement(sql, key)).await?;
        get(self.db(), cx, kind).await
    }

    /// What a letter of a kind would say besides what its template says.
    ///
    /// # Errors
    /// [`Error::Forbidden`].
    pub async fn message_example(&self, cx: &Cx, kind: MessageKind) -> Result<MessageExample, Error> {
        cx.require(Action::MessagesRead)?;
        Ok(example(&Desk::read(self.db(), self, cx.merchant()).await?, kind))
    }

    /// The letter that a template would make, with examples in the place of what is not known.
    ///
    /// # Errors
    /// [`Error::Invalid`] names what is wrong at `/subject` and `/text`.
    pub async fn message_template_preview(
        &self,
        cx: &Cx,
        kind: MessageKind,
        trial: TrialTemplate,
    ) -> Result<Letter, Error> {
        cx.require(Action::MessagesRead)?;
        Ok(self.trial(self.db(), cx, kind, trial).await?.0)
    }

    /// Sends such a letter, marked as a test, whatever anybody has chosen to get.
    ///
    /// # Errors
    /// [`Error::Invalid`] at `/to`, `/subject` and `/text`; [`Error::Throttled`] after ten tests of a merchant in a row, or
    /// five to one address.
    pub async fn message_template_test(
        &self,
        cx: &Cx,
        kind: MessageKind,
        test: TestMessage,
    ) -> Result<TestMessageSent, Error> {
        let txn = self.begin().await?;
        let sent = self.message_template_test_in(&txn, cx, kind, test).await?;
        txn.commit().await?;
        self.inner.mail_wake.notify_one();
        Ok(sent)
    }

    /// [`message_template_test`](Self::message_template_test) within a transaction of the caller.
    ///
    /// # Errors
    /// The same.
    pub async fn message_template_test_in(
        &self,
        txn: &DatabaseTransaction,
        cx: &Cx,
        kind: MessageKind,
        test: TestMessage,
    ) -> Result<TestMessageSent, Error> {
        cx.require(Action::MessagesWrite)?;
        let TestMessage { to, subject, text } = test;
        let to = recipient(txn, cx, to).await?;
        let (letter, look) = self.trial(txn, cx, kind, TrialTemplate { subject, text }).await?;
        let (merchant, now) = (cx.merchant(), self.clock().now());
        self.inner.throttles.test_message.attempt(&merchant.to_string(), now).await?;
        self.inner.throttles.test_recipient.attempt(to.as_str(), now).await?;
        let sent = TestMessageSent { to: to.to_string(), subject: format!("[Test] {}", letter.subject) };
        let mail = NewMail {
            customer: None,
            recipient: to,
            subject: sent.subject.clone(),
            body: letter.text,
            html: Some(letter.html),
            sender: Some(look.shop),
            unsubscribe: None,
        };
        mail::enqueue(txn, self, merchant, mail).await?;
        Ok(sent)
    }

    /// The letter that a template would make, and how the merchant's letters look.
    async fn trial(
        &self,
        db: &impl ConnectionTrait,
        cx: &Cx,
        kind: MessageKind,
        trial: TrialTemplate,
    ) -> Result<(Letter, Look), Error> {
        let example = example(&Desk::read(db, self, cx.merchant()).await?, kind);
        let current = get(db, cx, kind).await?;
        let input = TemplateInput {
            subject: trial.subject.unwrap_or(current.subject),
            text: trial.text.unwrap_or(current.text),
        };
        let template = Template::parse(kind, &input).map_err(Error::Invalid)?;
        let letter = template.letter(&example.values, &example.look, example.footer.as_ref());
        Ok((letter, example.look))
    }
}

fn example(desk: &Desk, kind: MessageKind) -> MessageExample {
    MessageExample {
        values: desk.complete(Values::examples(kind)),
        look: desk.look.clone(),
        footer: desk.footer(kind, None),
    }
}

async fn get(db: &impl ConnectionTrait, cx: &Cx, kind: MessageKind) -> Result<MessageTemplate, Error> {
    Ok(shown(kind, changed(db, cx.merchant(), &[kind]).await?.first()))
}

fn shown(kind: MessageKind, stored: Option<&Stored>) -> MessageTemplate {
    let TemplateInput { subject, text } =
        stored.map_or_else(|| kind.default_input(), |stored| stored.input.clone());
    let placeholders = kind.placeholders().iter().map(|placeholder| MessagePlaceholder {
        name: placeholder.word().to_owned(),
        meaning: placeholder.meaning().to_owned(),
        example: placeholder.example().to_owned(),
        required: kind.required().contains(placeholder),
    });
    MessageTemplate {
        kind,
        title: kind.title().to_owned(),
        sent_when: kind.sent_when().to_owned(),
        subject,
        text,
        changed: stored.is_some(),
        updated_at: stored.map(|stored| stored.changed_at),
        updated_by: stored.map(|stored| stored.changed_by.clone()),
        optional: kind.is_optional(),
        placeholders: placeholders.collect(),
    }
}

/// The address that was given, else that of the member of the staff who asks.
async fn recipient(txn: &DatabaseTransaction, cx: &Cx, to: Option<String>) -> Result<Email, Error> {
    if let Some(to) = to.filter(|to| !to.trim().is_empty()) {
        return Email::new(&to)
            .map_err(|error| Error::field("/to", error.code(), format!("An e-mail {error}")));
    }
    let Actor::Staff { id, .. } = cx.actor() else {
        return Err(Error::Invalid(vec![FieldError::required("/to")]));
    };
    let sql = "SELECT email FROM staff WHERE id = $1";
    let row = txn.query_one_raw(statement(sql, [id.uuid().into()])).await?.ok_or(Error::Unauthenticated)?;
    let email: String = row.try_get("", "email")?;
    stored(Email::new(&email), "staff.email")
}
