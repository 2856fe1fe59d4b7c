//! What staff do about a redemption, and using a voucher.

use super::super::posted::{Posted, one, same_name};
use super::dto::Act;
use super::{LIST, VOUCHER};
use crate::address::address;
use crate::state::AppState;
use axum::extract::{Path, Request, State};
use axum::response::{IntoResponse as _, Redirect, Response};
use perennial_domain::access::Action;
use perennial_domain::codes::VoucherCode;
use perennial_domain::ids::RedemptionId;
use perennial_engine::Error;
use perennial_engine::rewards::Stage;

/// Takes the step that a button names. Each of them twice is as good as once. From the list (`back=list`) it goes back
/// there, else to the page of the redemption.
pub async fn change(
    State(state): State<AppState>,
    Path(id): Path<String>,
    request: Request,
) -> Result<Response, Response> {
    let posted = Posted::allowed(state, request, Action::RedemptionsWrite).await?;
    let Ok(id) = id.parse::<RedemptionId>() else { return Err(posted.missing()) };
    let Some(act) = Act::of(posted.text("do")) else { return Err(posted.missing()) };
    let (engine, cx) = (posted.engine(), &posted.cx);
    let (outcome, word) = match act {
        Act::Capture => (engine.redemption_capture(cx, id).await.map(drop), "redemption-captured"),
        Act::Release | Act::Cancel => {
            (engine.redemption_cancel(cx, id).await.map(drop), "redemption-cancelled")
        }
        Act::Prepare => {
            (engine.redemption_advance(cx, id, Stage::Preparing).await.map(drop), "redemption-advanced")
        }
        Act::Ship => {
            (engine.redemption_advance(cx, id, Stage::Shipped).await.map(drop), "redemption-advanced")
        }
        Act::Fulfil => {
            (engine.redemption_advance(cx, id, Stage::Fulfilled).await.map(drop), "redemption-advanced")
        }
    };
    let path = if posted.text("back") == "list" { LIST.path.to_owned() } else { LIST.row(&id.to_string()) };
    Ok(posted.finish(outcome, &path, word).await)
}

/// Uses a voucher at a till; of all who try, one succeeds.
pub async fn use_voucher(State(state): State<AppState>, request: Request) -> Result<Response, Response> {
    let posted = Posted::allowed(state, request, Action::RedemptionsWrite).await?;
    let Ok(code) = VoucherCode::new(posted.text("code")) else {
        return Ok(posted.again(one("", "This is no code.")).await);
    };
    match posted.engine().voucher_use(&posted.cx, &code).await {
        Ok(voucher) => {
            let here = address(VOUCHER, &[("code", &voucher.code), ("done", "voucher-used")], None);
            Ok(Redirect::to(&here).into_response())
        }
        Err(Error::NotFound(_)) => Ok(posted.again(one("", "No voucher has this code.")).await),
        Err(error) => Ok(posted.refuse(error, same_name).await),
    }
}
