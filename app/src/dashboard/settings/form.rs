//! Saving the settings.

use super::super::flash;
use super::super::money;
use super::super::posted::{Posted, same_name};
use super::super::reading::{Reading, lines};
use super::expiry_change::{PREVIEW, SEEN};
use super::{expiry, expiry_words};
use crate::form::FormState;
use crate::state::AppState;
use axum::extract::{Request, State};
use axum::response::{IntoResponse as _, Response};
use perennial_domain::access::Action;
use perennial_domain::codes::{AppOrigin, BrandColor, Country, Label, Zone};
use perennial_domain::error::FieldError;
use perennial_domain::money::{Amount, Currency};
use perennial_domain::points::Points;
use perennial_domain::settings::{MerchantPatch, PointValue};
use perennial_engine::Error;
use serde::Serialize;
use std::collections::BTreeMap;

/// Saves all of them. Another expiry policy is shown first, with what it would do, and saved when the form comes again
/// with it.
pub async fn save(State(state): State<AppState>, request: Request) -> Result<Response, Response> {
    let mut posted = Posted::allowed(state, request, Action::SettingsWrite).await?;
    // Only the engine may say what a change would do.
    posted.values.remove(PREVIEW);
    let patch = match patch(&posted) {
        Ok(patch) => patch,
        Err(errors) => return Ok(posted.again(errors).await),
    };
    let outcome = match unseen(&posted, &patch).await {
        Ok(None) => posted.engine().merchant_update(&posted.cx, patch).await,
        Ok(Some((change, seen))) => {
            let values = posted.values.clone().into_iter();
            let values = values.chain([(PREVIEW.to_owned(), change), (SEEN.to_owned(), seen)]);
            return Ok(posted.show(FormState::sent(values)).await);
        }
        Err(error) => Err(error),
    };
    Ok(match outcome {
        Ok(_) => flash::done("/dashboard/settings", "settings-saved").into_response(),
        Err(Error::Conflict { code: "currency_in_use", detail }) => {
            posted.again(BTreeMap::from([("currency".to_owned(), detail)])).await
        }
        Err(error) => posted.refuse(error, field).await,
    })
}

/// What another expiry policy would do, in words, and what to know it again by; nothing where the policy stays, or where
/// just this change was looked at.
async fn unseen(posted: &Posted, patch: &MerchantPatch) -> Result<Option<(String, String)>, Error> {
    let Some(policy) = &patch.expiry else { return Ok(None) };
    let settings = posted.engine().merchant_settings(&posted.cx).await?;
    let seen = json(&(&settings.expiry, policy));
    if settings.expiry == *policy || posted.text(SEEN) == seen {
        return Ok(None);
    }
    let preview = posted.engine().merchant_preview(&posted.cx, patch.clone()).await?;
    let unit = settings.points_name.as_str();
    Ok(preview.expiry.map(|change| (json(&expiry_words::words(&change, unit)), seen)))
}

fn json(value: &impl Serialize) -> String {
    // Everything here has string keys, the only thing that can go wrong.
    serde_json::to_string(value).unwrap_or_default()
}

fn field(error: &FieldError) -> String {
    match error.pointer.as_str() {
        "/point_value/points" => "point_value.points".to_owned(),
        "/point_value/amount" => "point_value.amount".to_owned(),
        pointer if pointer.starts_with("/expiry/") => {
            pointer.trim_start_matches('/').split('/').take(2).collect::<Vec<_>>().join(".")
        }
        _ => same_name(error),
    }
}

fn patch(posted: &Posted) -> Result<MerchantPatch, BTreeMap<String, String>> {
    let mut reading = Reading::new(posted);
    let currency = reading.keep("currency", posted.text("currency").to_uppercase().parse::<Currency>());
    let days =
        |field: &str| posted.text(field).replace(',', "").parse::<u16>().map_err(|_| "Type a number of days");
    let patch = MerchantPatch {
        name: reading.keep("name", Label::new(posted.text("name"))),
        currency,
        time_zone: reading.keep("time_zone", Zone::new(posted.text("time_zone"))),
        points_name: reading.keep("points_name", Label::new(posted.text("points_name"))),
        brand_color: reading.optional("brand_color", BrandColor::new),
        unknown_customer: reading.keep("unknown_customer", posted.text("unknown_customer").parse()),
        claim_days: reading.keep("claim_days", days("claim_days")),
        accepted_lateness_days: reading.keep("accepted_lateness_days", days("accepted_lateness_days")),
        rounding: reading.keep("rounding", posted.text("rounding").parse()),
        carry_over: posted.given("carry_over").and_then(|text| {
            reading.keep("carry_over", text.parse::<bool>().map_err(|_| "Choose one of the two"))
        }),
        point_value: point_value(posted, currency, &mut reading),
        default_country: reading.optional("default_country", |text| Country::new(&text.to_uppercase())),
        return_policy: posted
            .given("return_policy")
            .and_then(|text| reading.keep("return_policy", text.parse())),
        pending_days: posted
            .given("pending_days")
            .and_then(|_| reading.keep("pending_days", days("pending_days"))),
        expiry: expiry::policy(posted, &mut reading),
        cashback_mode: posted
            .given("cashback_mode")
            .and_then(|text| reading.keep("cashback_mode", text.parse())),
        // An empty field is an empty list; a form without the field leaves the list as it is.
        allowed_origins: posted
            .values
            .get("allowed_origins")
            .and_then(|text| reading.keep("allowed_origins", lines(text, AppOrigin::new))),
        // What the page does not show stays.
        ..MerchantPatch::default()
    };
    let errors = reading.into_errors();
    if errors.is_empty() { Ok(patch) } else { Err(errors) }
}

fn point_value(
    posted: &Posted,
    currency: Option<Currency>,
    reading: &mut Reading<'_>,
) -> Option<Option<PointValue>> {
    match (posted.given("point_value.points"), posted.given("point_value.amount")) {
        (None, None) => Some(None),
        (points, amount) => {
            let points = points.ok_or("Say how many points").and_then(|text| {
                text.replace([',', ' '], "").parse::<i64>().map_err(|_| "Type a whole number, such as 100")
            });
            let points = reading.keep("point_value.points", points);
            let amount = amount
                .ok_or_else(|| "Say what they are worth".to_owned())
                .and_then(|text| currency.map_or(Ok(0), |currency| money::parse(text, currency)));
            let amount = reading.keep("point_value.amount", amount)?;
            let amount = reading.keep("point_value.amount", Amount::new(amount))?;
            Some(Some(PointValue { points: Points::new(points?), amount }))
        }
    }
}
