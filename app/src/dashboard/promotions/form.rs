//! Saving, publishing, trying, and every step of a promotion's life.

use super::super::flash::done;
use super::super::posted::{Posted, one};
use super::super::session::Staff;
use super::{fields, found, replaying};
use crate::form::FormState;
use crate::state::AppState;
use axum::extract::{Path, Request, State};
use axum::response::{IntoResponse as _, Response};
use chrono::{DateTime, Utc};
use perennial_domain::access::Action;
use perennial_domain::calendar::start_instant;
use perennial_domain::error::FieldError;
use perennial_domain::ids::PromotionId;
use perennial_domain::promotion::{PromotionInput, PromotionTerms, parse_local};
use perennial_engine::Error;
use std::collections::BTreeMap;

/// A new promotion: saved as a draft or published at once.
pub async fn create(State(state): State<AppState>, request: Request) -> Result<Response, Response> {
    receive(state, request, None).await
}

/// A promotion that is there: saved, published, or moved on in its life.
pub async fn change(
    State(state): State<AppState>,
    Path(id): Path<String>,
    request: Request,
) -> Result<Response, Response> {
    receive(state, request, Some(id)).await
}

async fn receive(state: AppState, request: Request, id: Option<String>) -> Result<Response, Response> {
    let posted = Posted::allowed(state, request, Action::PromotionsWrite).await?;
    let id = match id.map(|id| id.parse::<PromotionId>()) {
        None => None,
        Some(Ok(id)) => Some(id),
        Some(Err(_)) => return Err(posted.missing()),
    };
    Ok(match (posted.text("do").to_owned().as_str(), id) {
        ("try", _) => {
            let values = posted.values.clone();
            posted.show(FormState { values, errors: BTreeMap::new() }).await
        }
        ("replay", id) => replay(posted, id).await,
        ("publish", id) => save(posted, id, true).await,
        (verb @ ("discard" | "pause" | "resume" | "end" | "archive"), Some(id)) => {
            step(posted, id, verb.to_owned()).await
        }
        (_, id) => save(posted, id, false).await,
    })
}

/// What is typed, over purchases that were made, as far as that goes in the time that one waits for a page. Nothing is saved.
async fn replay(posted: Posted, id: Option<PromotionId>) -> Response {
    let settings = match posted.engine().merchant_settings(&posted.cx).await {
        Ok(settings) => settings,
        Err(error) => return posted.refuse(error, field).await,
    };
    let terms = match fields::terms(&posted.values, settings.currency) {
        Ok(terms) => terms,
        Err(problems) => return posted.again(problems).await,
    };
    let staff = Staff { cx: posted.cx.clone(), engine: posted.engine().clone() };
    let days = found::days(posted.text(found::DAYS));
    match replaying::page(&staff, replaying::typed(id, terms), days).await {
        Ok(found) => {
            let form = found.with(posted.values.clone());
            posted.show(form).await
        }
        Err(error) => posted.refuse(error, field).await,
    }
}

async fn step(posted: Posted, id: PromotionId, verb: String) -> Response {
    let (engine, cx) = (posted.engine().clone(), posted.cx.clone());
    let (outcome, word) = match verb.as_str() {
        "discard" => (engine.promotion_discard(&cx, id).await, "draft-discarded"),
        "pause" => (engine.promotion_pause(&cx, id).await, "paused"),
        "resume" => (engine.promotion_resume(&cx, id).await, "resumed"),
        "end" => (engine.promotion_end(&cx, id).await, "ended"),
        _ => (engine.promotion_archive(&cx, id).await, "archived"),
    };
    match outcome {
        Ok(_) => done(&super::LIST.row(&id.to_string()), word).into_response(),
        // The small forms carry no sentence: the page shows the stored one with the reason above it.
        Err(error) => posted.refuse_with(error, BTreeMap::new(), field).await,
    }
}

async fn save(posted: Posted, id: Option<PromotionId>, publish: bool) -> Response {
    let settings = match posted.engine().merchant_settings(&posted.cx).await {
        Ok(settings) => settings,
        Err(error) => return posted.refuse(error, field).await,
    };
    let terms = match fields::terms(&posted.values, settings.currency) {
        Ok(terms) => terms,
        Err(problems) => return posted.again(problems).await,
    };
    let effective_from = match posted.given("effective_from").map(parse_local) {
        None => None,
        Some(Some(local)) => Some(start_instant(local, settings.time_zone)),
        Some(None) => return posted.again(one("effective_from", "Type a date and a time")).await,
    };
    match write(&posted, id, terms, publish.then_some(effective_from)).await {
        Ok(id) => {
            let word = if publish { "published" } else { "draft-saved" };
            done(&super::LIST.row(&id.to_string()), word).into_response()
        }
        Err(error) => {
            let values = posted.values.clone();
            let name = move |error: &FieldError| fields::field_of(error, &values);
            posted.refuse(error, name).await
        }
    }
}

/// Saves and, when asked, publishes in the same transaction: neither happens without the other. `publish` is the
/// instant from which it counts.
async fn write(
    posted: &Posted,
    id: Option<PromotionId>,
    terms: PromotionTerms,
    publish: Option<Option<DateTime<Utc>>>,
) -> Result<PromotionId, Error> {
    let edit = posted.edit(PromotionInput::from(terms.clone()));
    let made = posted.engine().make(&posted.cx, posted.once("promotion"), move |engine, txn, cx| {
        Box::pin(async move {
            let id = match id {
                None => engine.promotion_create_in(txn, cx, terms).await?.id,
                // The same sentence as the newest version drafts nothing: publishing publishes what is there.
                Some(id) => engine.promotion_edit_in(txn, cx, id, edit).await?.id,
            };
            if let Some(effective_from) = publish {
                engine.promotion_publish_in(txn, cx, id, effective_from).await?;
            }
            Ok(id)
        })
    });
    made.await
}

fn field(error: &FieldError) -> String {
    fields::field_of(error, &BTreeMap::new())
}
