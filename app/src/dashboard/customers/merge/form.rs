//! The form that merges two accounts: only with the word typed.

use super::super::super::flash::done;
use super::super::super::posted::{Posted, one, same_name};
use super::super::super::reading::Reading;
use super::super::LIST;
use super::{OTHER, WORD};
use crate::state::AppState;
use axum::extract::{Path, Request, State};
use axum::response::{IntoResponse as _, Response};
use perennial_domain::access::Action;
use perennial_domain::codes::Description;
use perennial_domain::customer::CustomerInput;
use perennial_domain::ids::CustomerId;
use perennial_engine::merge::MergeInput;

/// `POST /dashboard/customers/{id}/merge`. Sent twice it merges once: the engine gives the first answer again.
pub async fn merge(
    State(state): State<AppState>,
    Path(id): Path<String>,
    request: Request,
) -> Result<Response, Response> {
    let posted = Posted::allowed(state, request, Action::CustomersMerge).await?;
    let (Ok(here), Ok(with)) = (id.parse::<CustomerId>(), posted.text("with").parse::<CustomerId>()) else {
        return Err(posted.missing());
    };
    let mut reading = Reading::new(&posted);
    let note = reading.optional("note", Description::new);
    if !posted.text("confirm").eq_ignore_ascii_case(WORD) {
        reading.refuse("confirm", &format!("Type the word {WORD}. Nothing was merged"));
    }
    let errors = reading.into_errors();
    let Some(note) = note.filter(|_| errors.is_empty()) else {
        return Ok(posted.again(errors).await);
    };
    let (into, from) = if posted.text("keep") == OTHER { (with, here) } else { (here, with) };
    let from = CustomerInput { id: Some(from.to_string()), ..CustomerInput::default() };
    match posted.engine().customer_merge(&posted.cx, into, MergeInput { from, note }).await {
        Ok(merged) => {
            let page = LIST.row(&merged.merge.customer_id.to_string());
            Ok(done(&page, "customers-merged").into_response())
        }
        Err(perennial_engine::Error::CustomerNotFound) => {
            Ok(posted.again(one("", "The other account is not there any more.")).await)
        }
        Err(error) => Ok(posted.refuse(error, same_name).await),
    }
}
