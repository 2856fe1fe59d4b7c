//! The test purchase: a till's request, made by the server in place of a till.

use super::super::money;
use super::super::posted::{Posted, one};
use crate::form::FormState;
use axum::response::Response;
use perennial_domain::customer::CustomerInput;
use perennial_domain::error::FieldError;
use perennial_domain::purchase::PurchaseInput;
use perennial_engine::intake::{SubmitOptions, Submitted};
use perennial_engine::purchase_record::PurchaseAnswer;
use perennial_engine::{Cx, Engine, Error};
use std::sync::Arc;
use std::time::Duration;

/// How long it may wait for its turn: whoever tries a key is not a queue of people at a till.
const PATIENCE: Duration = Duration::from_secs(20);

/// Posts a purchase as the key that was given, and shows the answer.
pub async fn send(posted: Posted) -> Response {
    let secret = posted.given("fresh.secret").or_else(|| posted.given("key")).unwrap_or_default().to_owned();
    let engine = posted.engine().clone();
    let key = match engine.authenticate(&secret).await {
        // A key of another merchant is as unknown here as one that does not exist.
        Ok(key) if key.merchant() == posted.cx.merchant() => key,
        Ok(_) | Err(Error::Unauthenticated) => {
            return refuse(posted, "key", "This key is not known here. Copy it whole, from prn_ to the end")
                .await;
        }
        Err(error) => return posted.refuse(error, field).await,
    };
    let settings = match engine.snapshot(&posted.cx).await {
        Ok(snapshot) => snapshot.settings.clone(),
        Err(error) => return posted.refuse(error, field).await,
    };
    let amount = match money::parse(posted.text("test_amount"), settings.currency) {
        Ok(amount) => amount,
        Err(problem) => return refuse(posted, "test_amount", &problem).await,
    };
    let email = posted.given("test_email").map(str::to_owned);
    let input = PurchaseInput {
        transaction_id: posted.text("transaction").to_owned(),
        retailer: Some(posted.text("test_retailer").to_owned()),
        customer: email.map(|email| CustomerInput { email: Some(email), ..CustomerInput::default() }),
        amount: Some(amount),
        currency: settings.currency.to_string(),
        ..PurchaseInput::default()
    };
    match submit(&engine, &key, input).await {
        Ok(submitted) => answer(posted, &submitted, settings.points_name.as_str()).await,
        Err(Error::Invalid(errors)) => {
            let errors = errors.iter().map(|error| (field(error), error.detail.clone())).collect();
            show(posted, errors, Vec::new()).await
        }
        Err(Error::UnknownRetailer) => {
            refuse(posted, "test_retailer", "This retailer takes no purchases").await
        }
        Err(Error::Forbidden(action)) => {
            refuse(
                posted,
                "",
                &format!("A till with this key would get 403: the key may not {}.", action.text()),
            )
            .await
        }
        Err(error) => posted.refuse(error, field).await,
    }
}

async fn submit(engine: &Engine, key: &Arc<Cx>, input: PurchaseInput) -> Result<Submitted, Error> {
    let checked = input.check(None).map_err(Error::Invalid)?;
    let options = SubmitOptions { deadline: Some(PATIENCE), ..SubmitOptions::default() };
    let answers = engine.purchases_submit(key, vec![checked], options).await;
    answers
        .into_iter()
        .next()
        .unwrap_or_else(|| Err(Error::Inconsistent("a purchase got no answer".to_owned())))
}

/// The field of the form that an error of the purchase is about.
fn field(error: &FieldError) -> String {
    match error.pointer.split('/').nth(1).unwrap_or_default() {
        "customer" => "test_email".to_owned(),
        "retailer" => "test_retailer".to_owned(),
        "amount" | "lines" | "currency" => "test_amount".to_owned(),
        _ => String::new(),
    }
}

async fn answer(posted: Posted, submitted: &Submitted, points_name: &str) -> Response {
    let record = &submitted.record;
    let (status, arrived) = if submitted.replayed {
        ("200", "It was posted before, so the first answer came again and nothing was counted twice.")
    } else {
        ("201", "It arrived.")
    };
    let earned = match record.points_claimable {
        Some(points) => format!("{} {points_name} wait to be claimed.", points.grouped()),
        None => format!("{} {points_name} were credited.", record.points_earned.grouped()),
    };
    // String keys only: nothing can go wrong.
    let json = serde_json::to_string_pretty(&PurchaseAnswer::from(record.as_ref())).unwrap_or_default();
    let outcome = vec![
        ("outcome.status", status.to_owned()),
        ("outcome.text", format!("{arrived} {earned}")),
        ("outcome.answer", json),
        ("outcome.purchase", record.id.to_string()),
    ];
    show(posted, std::collections::BTreeMap::new(), outcome).await
}

async fn refuse(posted: Posted, field: &str, text: &str) -> Response {
    show(posted, one(field, text), Vec::new()).await
}

/// The page again, with the key that is still on it and without one that was pasted.
async fn show(
    posted: Posted,
    errors: std::collections::BTreeMap<String, String>,
    outcome: Vec<(&str, String)>,
) -> Response {
    let mut values = posted.values.clone();
    values.remove("key");
    values.extend(outcome.into_iter().map(|(name, value)| (name.to_owned(), value)));
    posted.show(FormState { values, errors }).await
}
