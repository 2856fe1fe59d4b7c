//! The form that erases a customer: only with the word typed.

use super::super::super::flash::done;
use super::super::super::posted::{Posted, one, same_name};
use super::WORD;
use crate::state::AppState;
use axum::extract::{Path, Request, State};
use axum::response::{IntoResponse as _, Response};
use perennial_domain::access::Action;
use perennial_domain::ids::CustomerId;
use perennial_engine::privacy::{EraseInput, EraseReason};

/// `POST /dashboard/customers/{id}/privacy`.
pub async fn erase(
    State(state): State<AppState>,
    Path(id): Path<String>,
    request: Request,
) -> Result<Response, Response> {
    let posted = Posted::allowed(state, request, Action::CustomersErase).await?;
    let Ok(id) = id.parse::<CustomerId>() else { return Err(posted.missing()) };
    if !posted.text("confirm").eq_ignore_ascii_case(WORD) {
        let wrong = format!("Type the word {WORD}. Nothing was erased");
        return Ok(posted.again(one("confirm", &wrong)).await);
    }
    let reason = EraseReason::ALL.into_iter().find(|reason| reason.as_str() == posted.text("reason"));
    let Some(reason) = reason else {
        return Ok(posted.again(one("reason", "Choose one of these")).await);
    };
    match posted.engine().customer_erase(&posted.cx, id, EraseInput { reason }).await {
        Ok(_) => {
            let page = format!("{}/{id}/privacy", super::super::LIST.path);
            Ok(done(&page, "customer-erased").into_response())
        }
        Err(error) => Ok(posted.refuse(error, same_name).await),
    }
}
