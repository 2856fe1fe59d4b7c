//! Events from elsewhere, in words.

use super::super::clock;
use super::super::keys::load::FRESH_ID;
use super::super::load::{chosen, searched};
use super::super::session::{self, Staff};
use super::dto::{Effect, EventDetail, EventRow, EventsData, State, Trouble, WrongField};
use crate::error::PageError;
use chrono::{DateTime, SecondsFormat, Utc};
use chrono_tz::Tz;
use perennial_domain::access::Action;
use perennial_domain::cloud_events::EventType;
use perennial_domain::purchase::FieldValue;
use perennial_engine::PageRequest;
use perennial_engine::inbox::{Event, EventFilter, EventState, Outcome, Refusal, RefusedField};
use perennial_engine::snapshot::Snapshot;
use serde_json::{Value, json};

/// Letters of an event that are read for its page, at most; the engine keeps to it.
const SHOWN: usize = 65_536;

/// A page of events.
pub async fn list(
    q: &str,
    state: &str,
    kind: &str,
    source: &str,
    after: String,
) -> Result<EventsData, PageError> {
    let Staff { cx, engine } = session::staff().await?;
    let filter = EventFilter {
        state: chosen(state, "state")?,
        kind: searched(kind),
        source: searched(source),
        id: searched(q),
    };
    let page = engine.event_list(&cx, &filter, &PageRequest::new(None, Some(after))?).await?;
    let snapshot = engine.snapshot(&cx).await?;
    let now = engine.now(cx.merchant());
    Ok(EventsData {
        rows: page.data.iter().map(|event| row(event, now)).collect(),
        next: page.next,
        kinds: EventType::ALL.iter().map(|kind| kind.as_str().to_owned()).collect(),
        curl: curl(&crate::session::app_state()?.config.base_url, &snapshot),
    })
}

/// One event.
pub async fn find(key: &str) -> Result<EventDetail, PageError> {
    let Staff { cx, engine } = session::staff().await?;
    let event = engine.event_by_key(&cx, key.parse().map_err(|_| PageError::NotFound)?).await?;
    let (zone, now) = (engine.merchant_settings(&cx).await?.time_zone.tz(), engine.now(cx.merchant()));
    let is_refused = event.state == EventState::Refused;
    let may_discard = is_refused && cx.may(Action::EventsWrite);
    let is_cut = event.excerpt.as_ref().is_some_and(|text| text.chars().count() >= SHOWN);
    Ok(EventDetail {
        row: row(&event, now),
        time: event.time.map(|time| clock::moment(time, zone, now)),
        received_at: event.received_at.to_rfc3339_opts(SecondsFormat::Millis, true),
        changed: clock::moment(event.changed_at, zone, now),
        raw: event.excerpt.as_deref().map(|data| raw(&event, data)),
        is_cut,
        effects: event.outcome.as_ref().map(|outcome| effects(outcome, zone, now)).unwrap_or_default(),
        // Without its data there is nothing to try: its envelope was refused.
        may_retry: may_discard && event.excerpt.is_some(),
        may_discard,
        problem: event.problem.map(trouble),
    })
}

fn row(event: &Event, now: DateTime<Utc>) -> EventRow {
    EventRow {
        key: event.key.to_string(),
        id: event.id.clone(),
        source: event.source.clone(),
        kind: event.kind.clone(),
        state: match event.state {
            EventState::Received => State::Received,
            EventState::Done => State::Done,
            EventState::Refused => State::Refused,
            EventState::Discarded => State::Discarded,
        },
        received: clock::ago(now, event.received_at),
        problem: event.problem.as_ref().map(|problem| problem.detail.clone()).unwrap_or_default(),
    }
}

/// The event as its source would write it, laid out for reading. Data of which only the beginning is there stand as they
/// are.
fn raw(event: &Event, data: &str) -> String {
    let Ok(data) = serde_json::from_str::<Value>(data) else { return data.to_owned() };
    let mut envelope = json!({
        "specversion": "1.0",
        "type": event.kind,
        "source": event.source,
        "id": event.id,
        "data": data,
    });
    if let (Some(time), Some(fields)) = (event.time, envelope.as_object_mut()) {
        fields.insert("time".to_owned(), json!(time.to_rfc3339_opts(SecondsFormat::AutoSi, true)));
    }
    // A JSON value that was read can be written.
    serde_json::to_string_pretty(&envelope).unwrap_or_default()
}

fn trouble(problem: Refusal) -> Trouble {
    let value = |value: Option<FieldValue>| {
        value.and_then(|value| serde_json::to_string(&value).ok()).unwrap_or_else(|| "nothing".to_owned())
    };
    let field = |error: RefusedField| WrongField {
        pointer: if error.pointer.is_empty() { "The whole event".to_owned() } else { error.pointer },
        detail: error.detail,
        values: (error.stored.is_some() || error.received.is_some())
            .then(|| (value(error.stored), value(error.received))),
    };
    Trouble {
        advice: advice(&problem.kind).to_owned(),
        code: problem.code.unwrap_or(problem.kind),
        detail: problem.detail,
        fields: problem.errors.into_iter().map(field).collect(),
    }
}

/// What helps against a kind of problem.
fn advice(kind: &str) -> &'static str {
    match kind {
        "unknown_retailer" => "Add the retailer, or correct its code, and try the event again.",
        "customer_not_found" => "Enrol the customer, and try the event again.",
        "transaction_conflict" => {
            "A purchase with this transaction id is stored and says otherwise. Trying again changes nothing: find out which of the two is right, then discard this one."
        }
        "return_exceeds_purchase" => {
            "More would be returned than is left of the purchase. Look at its returns, then discard this one."
        }
        "malformed_json" => {
            "It could not even be read. Whoever sends it has to send it rightly, under a new id."
        }
        "forbidden" => {
            "The key that sent it may not do this. Whoever sends it needs a key that may, and a new id."
        }
        "not_found" => "What it is about is not there. Try it again when it is.",
        "internal" => {
            "It failed again and again for a reason of ours. Try it again; if that does not help, show it to whoever runs the server."
        }
        _ => {
            "If the cause is in your settings, mend it there and try the event again. If it is in the event, whoever sends it has to send it rightly, under a new id, and this one can be discarded."
        }
    }
}

fn effects(outcome: &Outcome, zone: Tz, now: DateTime<Utc>) -> Vec<Effect> {
    let purchase = outcome.purchase_id.map(|id| {
        let text = match (outcome.return_id, outcome.replayed) {
            (Some(_), true) => "The return had been booked before; nothing changed. See the purchase",
            (Some(_), false) => "A return was booked. See the purchase",
            (None, true) => "The purchase had been stored before; nothing changed. See the purchase",
            (None, false) => "A purchase was stored. See the purchase",
        };
        Effect { text: text.to_owned(), href: Some(format!("/dashboard/purchases/{id}")) }
    });
    let waiting = outcome.waiting_until.map(|until| Effect {
        text: format!("A return waits for its purchase until {}", clock::moment(until, zone, now)),
        href: Some(super::super::returns::LIST.path.to_owned()),
    });
    let customer = outcome.customer_id.map(|id| {
        let text = match (outcome.purchase_id, outcome.replayed) {
            (Some(_), _) => "See the customer",
            (None, true) => "The customer was enrolled before; nothing changed. See the customer",
            (None, false) => "A customer was enrolled. See the customer",
        };
        Effect { text: text.to_owned(), href: Some(format!("/dashboard/customers/{id}")) }
    });
    [purchase, waiting, customer].into_iter().flatten().collect()
}

/// A command that sends an event.
fn curl(base_url: &str, snapshot: &Snapshot) -> String {
    let currency = snapshot.settings.currency;
    [
        format!("curl {base_url}/api/v1/events \\"),
        "  -H 'Authorization: Bearer YOUR_KEY' \\".to_owned(),
        "  -H 'Content-Type: application/cloudevents+json' \\".to_owned(),
        "  -d '{".to_owned(),
        format!("    \"specversion\": \"1.0\", \"id\": \"{FRESH_ID}\", \"source\": \"/shop/orders\","),
        "    \"type\": \"order.completed\",".to_owned(),
        "    \"data\": {".to_owned(),
        format!("      \"transaction_id\": \"{FRESH_ID}\", \"retailer\": \"YOUR_RETAILER\","),
        "      \"customer\": { \"email\": \"maya@example.com\" },".to_owned(),
        format!("      \"amount\": 1999, \"currency\": \"{currency}\""),
        "    }".to_owned(),
        "  }'".to_owned(),
    ]
    .join("\n")
}
