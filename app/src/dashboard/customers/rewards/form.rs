//! Redeeming a reward for a customer, once however often the form is sent.

use super::super::super::flash::done;
use super::super::super::posted::{Posted, same_name};
use super::super::super::reading::Reading;
use super::super::super::redemptions;
use crate::state::AppState;
use axum::extract::{Path, Request, State};
use axum::response::{IntoResponse as _, Response};
use perennial_domain::access::Action;
use perennial_domain::customer::CustomerRef;
use perennial_domain::ids::{CustomerId, RedemptionId, RewardId};
use perennial_engine::Error;
use perennial_engine::rewards::NewRedemption;

/// Redeems, and goes to the page of the redemption.
pub async fn redeem(
    State(state): State<AppState>,
    Path(id): Path<String>,
    request: Request,
) -> Result<Response, Response> {
    let posted = Posted::allowed(state, request, Action::RedemptionsWrite).await?;
    let Ok(customer) = id.parse::<CustomerId>() else { return Err(posted.missing()) };
    let Ok(reward) = posted.text("reward").parse::<RewardId>() else { return Err(posted.missing()) };
    let mut reading = Reading::new(&posted);
    let points = reading.optional("points", |text| {
        text.replace([',', ' '], "").parse::<i64>().map_err(|_| "Type a whole number, such as 500")
    });
    let Some(points) = points else {
        let errors = reading.into_errors();
        return Ok(posted.again(errors).await);
    };
    match make(&posted, customer, NewRedemption { reward, points, hold_seconds: None }).await {
        Ok(id) => Ok(done(&redemptions::LIST.row(&id.to_string()), "redeemed").into_response()),
        Err(error) => Ok(posted.refuse(error, same_name).await),
    }
}

async fn make(posted: &Posted, customer: CustomerId, input: NewRedemption) -> Result<RedemptionId, Error> {
    let made = posted.engine().make(&posted.cx, posted.once("redemption"), move |engine, txn, cx| {
        Box::pin(async move {
            let redeemed = engine.redeem_in(txn, cx, &CustomerRef::Id(customer), input).await?;
            Ok(redeemed.redemption.id)
        })
    });
    made.await
}
