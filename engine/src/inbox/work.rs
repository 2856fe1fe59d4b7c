//! Working off the inbox.

use std::collections::HashMap;
use std::panic::AssertUnwindSafe;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use futures::future::join_all;
use futures::stream;
use futures::{FutureExt as _, StreamExt as _};
use perennial_domain::cloud_events::EventType;
use perennial_domain::ids::MerchantId;
use sea_orm::{ConnectionTrait as _, DatabaseTransaction};
use serde::Deserialize;
use sqlx::FromRow;
use sqlx::types::Json;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::effect::Task;
use super::refusal::Refusal;
use super::sender::Sender;
use super::{EventState, MODULE, Outcome};
use crate::bulk::nullable;
use crate::engine::Engine;
use crate::error::Error;
use crate::queue::errand::{self, Errand, Verdict};
use crate::queue::{ATTEMPTS, Message};
use crate::statement::statement;
use crate::stored::stored;

/// Events beside purchases that have their effect at the same time: each takes a connection of the pool.
const TOGETHER: usize = 4;
/// How often an order of a customer who is not known is tried before it is refused: the registration may be on its way.
/// With the pauses of the queue that is half a minute.
const UNKNOWN_CUSTOMER_ATTEMPTS: i32 = 6;

/// Works off the inbox until `stop`.
pub(crate) async fn run(engine: Engine, stop: CancellationToken) {
    errand::run(engine, Inbox, stop).await;
}

/// The module `inbox`.
struct Inbox;

/// What is written of an event when its message ends.
struct Ended {
    merchant: MerchantId,
    key: Uuid,
    end: End,
}

enum End {
    Done(Outcome),
    Refused(Refusal),
    /// It had ended before: the message came twice.
    Before,
}

#[derive(Deserialize)]
struct Payload {
    event: Uuid,
}

/// A row of `load.sql`.
#[derive(FromRow)]
struct Row {
    merchant_id: Uuid,
    key: Uuid,
    r#type: String,
    occurred_at: Option<DateTime<Utc>>,
    received_at: DateTime<Utc>,
    sender: Json<Sender>,
    data: Option<String>,
    state: String,
}

#[async_trait]
impl Errand for Inbox {
    const NAME: &'static str = MODULE;
    const BATCH: u64 = 200;

    type Note = Ended;

    async fn carry(&self, engine: &Engine, messages: &[Message]) -> Vec<Verdict<Ended>> {
        let mut tasks = match load(engine, messages).await {
            Ok(tasks) => tasks,
            Err(error) => return messages.iter().map(|_| Verdict::Failed(error.clone())).collect(),
        };
        let mut verdicts: Vec<Option<Verdict<Ended>>> = Vec::with_capacity(messages.len());
        let mut due = Vec::new();
        for (place, message) in messages.iter().enumerate() {
            let loaded = key(message).map(|key| (key, tasks.remove(&(message.merchant, key))));
            verdicts.push(match loaded {
                Err(error) => Some(Verdict::Failed(error)),
                Ok((key, None)) => Some(before(message, key)),
                Ok((key, Some(Err(error)))) => Some(judge(message, key, Err(error), None)),
                Ok((key, Some(Ok(task)))) => {
                    due.push((place, key, task));
                    None
                }
            });
        }
        // Who has registered is known when the order comes; what was bought is there when it is returned.
        let (registered, rest): (Vec<_>, Vec<_>) =
            due.into_iter().partition(|(_, _, task)| task.kind == EventType::CustomerRegistered);
        let (returned, bought): (Vec<_>, Vec<_>) =
            rest.into_iter().partition(|(_, _, task)| task.kind == EventType::OrderReturned);
        for (part, together) in [(registered, TOGETHER), (bought, usize::MAX), (returned, TOGETHER)] {
            for (place, verdict) in apply(engine, messages, part, together).await {
                if let Some(slot) = verdicts.get_mut(place) {
                    *slot = Some(verdict);
                }
            }
        }
        let forgotten = || Verdict::Failed(Error::Inconsistent("an event was forgotten".to_owned()));
        verdicts.into_iter().map(|verdict| verdict.unwrap_or_else(forgotten)).collect()
    }

    async fn note(
        &self,
        txn: &DatabaseTransaction,
        engine: &Engine,
        notes: Vec<(&Message, Ended)>,
    ) -> Result<(), Error> {
        let (mut merchants, mut keys, mut states) = (Vec::new(), Vec::new(), Vec::new());
        let (mut outcomes, mut problems, mut times) = (Vec::new(), Vec::new(), Vec::new());
        let (mut letters, mut errors, mut attempts) = (Vec::new(), Vec::new(), Vec::new());
        for (message, Ended { merchant, key, end }) in notes {
            let (state, outcome, problem) = match end {
                End::Before => continue,
                End::Done(outcome) => (EventState::Done, text(&outcome)?, None),
                End::Refused(refusal) => {
                    errors.push(Some(refusal.detail.clone()));
                    (EventState::Refused, None, text(&refusal)?)
                }
            };
            if state == EventState::Done {
                errors.push(None);
            }
            merchants.push(merchant.uuid());
            keys.push(key);
            states.push(state.as_str().to_owned());
            outcomes.push(outcome);
            problems.push(problem);
            times.push(engine.now(merchant));
            letters.push(message.id);
            attempts.push(message.attempts);
        }
        if keys.is_empty() {
            return Ok(());
        }
        metrics::counter!("events_refused_total").increment(errors.iter().flatten().count() as u64);
        let values = [
            merchants.into(),
            keys.into(),
            states.into(),
            nullable(outcomes),
            nullable(problems),
            times.into(),
            letters.into(),
            nullable(errors),
            attempts.into(),
            MODULE.into(),
        ];
        let ended = statement(include_str!("ended.sql"), values);
        txn.execute_raw(ended).await?;
        Ok(())
    }
}

/// Has the effect of events, at most so many at the same time, and tells their verdicts.
async fn apply(
    engine: &Engine,
    messages: &[Message],
    part: Vec<(usize, Uuid, Task)>,
    together: usize,
) -> Vec<(usize, Verdict<Ended>)> {
    let mut applied = Vec::with_capacity(part.len());
    for (place, key, task) in part {
        if let Some(message) = messages.get(place) {
            applied.push(apply_one(engine, place, message, key, task));
        }
    }
    if together == usize::MAX {
        // All of them wait in the lanes, which are bounded, in the order in which they came.
        return join_all(applied).await;
    }
    stream::iter(applied).buffer_unordered(together).collect().await
}

async fn apply_one(
    engine: &Engine,
    place: usize,
    message: &Message,
    key: Uuid,
    task: Task,
) -> (usize, Verdict<Ended>) {
    // A panic is this event's alone.
    let applied = AssertUnwindSafe(task.apply(engine)).catch_unwind().await;
    let panicked = |_| Err(Error::Inconsistent("an event caused a panic".to_owned()));
    (place, judge(message, key, applied.unwrap_or_else(panicked), Some(&task)))
}

/// What follows from the answer of a door.
fn judge(
    message: &Message,
    key: Uuid,
    applied: Result<Outcome, Error>,
    task: Option<&Task>,
) -> Verdict<Ended> {
    let error = match applied {
        Ok(outcome) => return ended(message, key, End::Done(outcome)),
        Err(error) => error,
    };
    if matches!(error, Error::CustomerNotFound) && message.attempts < UNKNOWN_CUSTOMER_ATTEMPTS {
        return Verdict::Failed(error);
    }
    let refusal = Refusal::of(error, |pointer| match task {
        Some(task) => task.pointer(pointer),
        None => pointer,
    });
    match refusal {
        Ok(refusal) => ended(message, key, End::Refused(refusal)),
        Err(error @ (Error::Busy { .. } | Error::Throttled { .. })) => Verdict::Failed(error),
        // The last attempt: the queue would give the message up, and the event would say that it still waits.
        Err(error) if message.attempts >= ATTEMPTS => {
            tracing::error!(event = %key, %error, "an event failed again and again");
            ended(message, key, End::Refused(Refusal::internal()))
        }
        Err(error) => Verdict::Failed(error),
    }
}

fn ended(message: &Message, key: Uuid, end: End) -> Verdict<Ended> {
    Verdict::Ended(Ended { merchant: message.merchant, key, end })
}

fn before(message: &Message, key: Uuid) -> Verdict<Ended> {
    ended(message, key, End::Before)
}

fn key(message: &Message) -> Result<Uuid, Error> {
    Ok(message.news::<Payload>()?.event)
}

fn text(value: &impl serde::Serialize) -> Result<Option<String>, Error> {
    stored(serde_json::to_string(value), "the end of an event").map(Some)
}

type Tasks = HashMap<(MerchantId, Uuid), Result<Task, Error>>;

/// The events that the messages name and that have not ended yet.
async fn load(engine: &Engine, messages: &[Message]) -> Result<Tasks, Error> {
    let (merchants, keys): (Vec<Uuid>, Vec<Uuid>) =
        messages.iter().filter_map(|message| Some((message.merchant.uuid(), key(message).ok()?))).unzip();
    let rows: Vec<Row> =
        sqlx::query_as(include_str!("load.sql")).bind(merchants).bind(keys).fetch_all(engine.pool()).await?;
    let mut tasks = Tasks::new();
    for row in rows {
        let (merchant, key) = (MerchantId::from_uuid(row.merchant_id), row.key);
        if matches!(row.state.as_str(), "received" | "refused")
            && let Some(task) = row.task(merchant)
        {
            tasks.insert((merchant, key), task);
        }
    }
    Ok(tasks)
}

impl Row {
    /// Nothing for an event without data: its envelope was refused.
    fn task(self, merchant: MerchantId) -> Option<Result<Task, Error>> {
        let data = self.data?;
        let Json(sender) = self.sender;
        Some(stored(self.r#type.parse::<EventType>(), "inbox.type").map(|kind| Task {
            kind,
            time: self.occurred_at.map(|time| time.fixed_offset()),
            received_at: self.received_at,
            cx: sender.cx(merchant),
            data,
        }))
    }
}
