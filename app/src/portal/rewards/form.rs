//! The form that redeems, received.

use super::confirm;
use crate::form::FormState;
use crate::portal::posted::{Posted, missing};
use crate::state::AppState;
use axum::extract::{Path, Query, Request, State};
use axum::response::Response;
use perennial_domain::customer::CustomerRef;
use perennial_domain::ids::{RedemptionId, RewardId};
use perennial_domain::points::Points;
use perennial_engine::rewards::NewRedemption;
use perennial_engine::{Error, Remember};
use serde::Deserialize;
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// Which points were chosen; part of the address, so that the page that says what is wrong still knows them.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Chosen {
    #[serde(default)]
    points: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
struct Sent {
    /// The mark that its page made.
    #[serde(default)]
    once: String,
}

/// `POST /p/{slug}/rewards/{reward}/redeem?points=…`: once for each time that its page was shown, however often it is sent.
pub(crate) async fn submit(
    State(state): State<AppState>,
    Path((_, reward)): Path<(String, String)>,
    Query(Chosen { points }): Query<Chosen>,
    request: Request,
) -> Result<Response, Response> {
    let (posted, sent) = Posted::read::<Sent>(state, request).await?;
    let Ok(reward) = reward.parse() else { return Err(missing()) };
    let redeemed = match sent.unwrap_or_default().once.parse() {
        Ok(once) => {
            let points = points.as_deref().and_then(confirm::typed_points);
            redeem(&posted, reward, points, once).await
        }
        Err(_) => Err("The page was out of date. Please check it, then redeem.".to_owned()),
    };
    Ok(match redeemed {
        Ok(redemption) => posted.to(&format!("vouchers/{redemption}?done=redeemed")),
        Err(refusal) => posted.again(FormState::default().refuse("", refusal)).await,
    })
}

/// Redeems, or finds what the same form has redeemed before; a refusal in words.
async fn redeem(
    posted: &Posted,
    reward: RewardId,
    points: Option<Points>,
    once: Uuid,
) -> Result<RedemptionId, String> {
    let (engine, cx, customer) = (&posted.state.engine, &posted.cx, posted.customer);
    let remember = Remember {
        // The customer is part of the key: nobody finds what somebody else has redeemed.
        key: format!("portal:redemption:{customer}:{once}"),
        request_hash: Sha256::digest(format!("{reward} {points:?}")).into(),
        needs: None,
    };
    let input = NewRedemption { reward, points: points.map(Points::get), hold_seconds: None };
    let redeemed = engine.make(cx, Some(remember), move |engine, txn, cx| {
        Box::pin(async move {
            let redeemed = engine.redeem_in(txn, cx, &CustomerRef::Id(customer), input).await?;
            Ok(redeemed.redemption.id)
        })
    });
    redeemed.await.map_err(|error| refusal(&error))
}

/// What to tell the customer. What is missing now stands on the page itself, which is read anew.
fn refusal(error: &Error) -> String {
    match error {
        Error::Conflict { code, .. } => match &**code {
            "out_of_stock" => "Somebody was faster: it is all gone. You keep your points.".to_owned(),
            "insufficient_points" => "You no longer have enough points for it. Nothing was taken.".to_owned(),
            "limit_reached" => "You have reached the limit for this reward. You keep your points.".to_owned(),
            _ => "It is no longer available. You keep your points.".to_owned(),
        },
        Error::Invalid(_) => "This number of points cannot be chosen. Nothing was taken.".to_owned(),
        Error::NotFound(_) => "It is no longer there. You keep your points.".to_owned(),
        Error::IdempotencyKeyReused => "The page was out of date. Please check it, then redeem.".to_owned(),
        error => {
            tracing::error!(?error, "a reward was not redeemed");
            broken()
        }
    }
}

fn broken() -> String {
    "It could not be redeemed just now. Nothing is lost; please try again.".to_owned()
}
