//! Moving a customer by hand, and pinning one.

use super::super::flash::done;
use super::super::posted::{Posted, one, same_name};
use super::super::reading::Reading;
use crate::state::AppState;
use axum::extract::{Path, Request, State};
use axum::response::{IntoResponse as _, Response};
use chrono::NaiveDate;
use perennial_domain::access::Action;
use perennial_domain::ids::CustomerId;
use perennial_engine::Error;
use perennial_engine::tiers::{TierPin, TierStep};

/// The buttons: `promote`, `demote`, `pin` and `unpin`.
pub async fn assign(
    State(state): State<AppState>,
    Path(id): Path<String>,
    request: Request,
) -> Result<Response, Response> {
    let posted = Posted::allowed(state, request, Action::TiersAssign).await?;
    let Ok(id) = id.parse::<CustomerId>() else { return Err(posted.missing()) };
    let mut reading = Reading::new(&posted);
    let until = reading
        .optional("until", |text| text.parse::<NaiveDate>().map_err(|_| "Type a day, such as 2027-12-31"));
    let Some(until) = until else {
        let errors = reading.into_errors();
        return Ok(posted.again(errors).await);
    };
    let (engine, cx) = (posted.engine(), &posted.cx);
    let (outcome, word) = match posted.text("do") {
        "promote" => (
            engine.customer_tier_promote(cx, id, TierStep { pinned_until: until }, false).await,
            "tier-promoted",
        ),
        "demote" => (
            engine.customer_tier_demote(cx, id, TierStep { pinned_until: until }, false).await,
            "tier-demoted",
        ),
        "pin" if until.is_none() => {
            return Ok(posted.again(one("until", "Say until which day")).await);
        }
        "pin" => (engine.customer_tier_pin(cx, id, TierPin { until }, false).await, "tier-pinned"),
        "unpin" => (engine.customer_tier_pin(cx, id, TierPin { until: None }, false).await, "tier-let-go"),
        _ => return Err(posted.missing()),
    };
    match outcome {
        Ok(_) => Ok(done(&format!("/dashboard/customers/{id}/tier"), word).into_response()),
        Err(Error::Conflict { code: "at_top", .. }) => {
            Ok(posted.again(one("", "There is no higher tier.")).await)
        }
        Err(Error::Conflict { code: "at_bottom", .. }) => {
            Ok(posted.again(one("", "There is nothing below.")).await)
        }
        // Whatever is wrong with a day is wrong with the one field for it.
        Err(error) => Ok(posted
            .refuse(error, |error| match same_name(error).as_str() {
                "pinned_until" | "until" => "until".to_owned(),
                other => other.to_owned(),
            })
            .await),
    }
}
