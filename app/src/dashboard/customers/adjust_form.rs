//! The form that adjusts points: a look first, then the deed, once however often it is sent.

use super::super::flash::done;
use super::super::posted::{Posted, same_name};
use super::super::reading::Reading;
use crate::form::FormState;
use crate::state::AppState;
use axum::extract::{Path, Request, State};
use axum::response::{IntoResponse as _, Response};
use chrono::NaiveDate;
use perennial_domain::access::Action;
use perennial_domain::codes::Description;
use perennial_domain::ids::CustomerId;
use perennial_engine::adjustments::{Adjusted, NewAdjustment};
use perennial_engine::{Answer, Error};

/// Shows what an adjustment would do (`do=preview`), or makes it (`do=adjust`).
pub async fn adjust(
    State(state): State<AppState>,
    Path(id): Path<String>,
    request: Request,
) -> Result<Response, Response> {
    let mut posted = Posted::allowed(state, request, Action::PointsAdjust).await?;
    let Ok(id) = id.parse::<CustomerId>() else { return Err(posted.missing()) };
    // What a preview says is said by the engine, not by whoever sends the form.
    posted.values.retain(|name, _| !name.starts_with("preview."));
    let mut reading = Reading::new(&posted);
    let points = reading.required("points", points);
    let reason = reading.required("reason", Description::new);
    let expires_on = reading.optional("expires_on", |text| {
        text.parse::<NaiveDate>().map_err(|_| "Type a day, such as 2027-12-31")
    });
    let (Some(points), Some(reason), Some(expires_on)) = (points, reason, expires_on) else {
        let errors = reading.into_errors();
        return Ok(posted.again(errors).await);
    };
    let input = NewAdjustment { points, reason, expires_on };
    let is_preview = posted.text("do") != "adjust";
    match make(&posted, id, input, is_preview).await {
        Ok(answer) if is_preview => Ok(show(posted, answer).await),
        Ok(_) => Ok(done(&format!("{}/{id}", super::LIST.path), "points-adjusted").into_response()),
        Err(error) => Ok(posted.refuse(error, same_name).await),
    }
}

async fn make(
    posted: &Posted,
    id: CustomerId,
    input: NewAdjustment,
    is_preview: bool,
) -> Result<Answer, Error> {
    let (engine, cx) = (posted.engine().clone(), posted.cx.clone());
    let remember = if is_preview { None } else { posted.once("adjustment") };
    posted
        .engine()
        .write(&posted.cx, remember, is_preview, move |txn| {
            Box::pin(async move {
                let adjusted = engine.adjustment_create_in(txn, &cx, id, input).await?;
                let body = serde_json::to_value(adjusted)
                    .map_err(|error| Error::Inconsistent(format!("an answer is not JSON: {error}")))?;
                Ok((201, body))
            })
        })
        .await
}

/// The form again, with what it would do.
async fn show(posted: Posted, answer: Answer) -> Response {
    let Ok(adjusted) = serde_json::from_value::<Adjusted>(answer.body) else { return posted.missing() };
    let mut form = FormState { values: posted.values.clone(), ..FormState::default() };
    let until = adjusted.expires_on.map(super::super::format::day_of_year).unwrap_or_default();
    form.values.insert("preview.before".to_owned(), adjusted.points_before.to_string());
    form.values.insert("preview.after".to_owned(), adjusted.points_after.to_string());
    form.values.insert("preview.until".to_owned(), until);
    posted.show(form).await
}

/// A number with a sign of any kind and with thousands set apart.
fn points(text: &str) -> Result<i64, &'static str> {
    let plain = text.replace('\u{2212}', "-").replace([',', ' '], "");
    plain.parse::<i64>().map_err(|_| "Type a whole number, such as 150 or -150")
}
