//! Messages from the engine, in words.

use super::super::clock;
use super::super::session::{self, Staff};
use super::dto::{MessageForm, MessageRow, MessagesData};
use crate::error::PageError;
use chrono::{DateTime, SecondsFormat, Utc};
use chrono_tz::Tz;
use perennial_domain::access::Action;
use perennial_domain::messages::MessageKind;
use perennial_engine::messages::{MessageExample, MessageTemplate};
use perennial_engine::{Actor, Cx, Engine};

/// The list.
pub async fn list() -> Result<MessagesData, PageError> {
    let Staff { cx, engine } = session::staff().await?;
    let templates = engine.message_template_list(&cx).await?;
    let (zone, now) = today(&engine, &cx).await?;
    Ok(MessagesData { rows: templates.iter().map(|template| row(template, zone, now)).collect() })
}

/// The page of one kind.
pub async fn form(kind: &str) -> Result<MessageForm, PageError> {
    let Staff { cx, engine } = session::staff().await?;
    let kind: MessageKind = kind.parse().map_err(|_| PageError::NotFound)?;
    let template = engine.message_template_get(&cx, kind).await?;
    let MessageExample { values, look, footer } = engine.message_example(&cx, kind).await?;
    let (zone, now) = today(&engine, &cx).await?;
    let own_address = match cx.actor() {
        Actor::Staff { id, .. } => engine.staff_login(*id).await?.email,
        _ => String::new(),
    };
    Ok(MessageForm {
        row: row(&template, zone, now),
        text: template.text,
        seen: template.updated_at.map(seen).unwrap_or_default(),
        values,
        look,
        footer,
        own_address,
        may_edit: cx.may(Action::MessagesWrite),
    })
}

/// An instant as a form sends it back: to the last digit, so that it is the same again.
fn seen(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Micros, true)
}

async fn today(engine: &Engine, cx: &Cx) -> Result<(Tz, DateTime<Utc>), PageError> {
    let snapshot = engine.snapshot(cx).await?;
    Ok((snapshot.settings.time_zone.tz(), engine.clock().now()))
}

fn row(template: &MessageTemplate, zone: Tz, now: DateTime<Utc>) -> MessageRow {
    let changed = template.updated_at.map(|at| {
        let by = template.updated_by.as_deref().unwrap_or("somebody");
        format!("{}, by {by}", clock::moment(at, zone, now))
    });
    MessageRow { kind: template.kind, subject: template.subject.clone(), changed }
}
