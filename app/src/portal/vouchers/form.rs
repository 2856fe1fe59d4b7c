//! The form that gives something back.

use crate::form::FormState;
use crate::portal::posted::Posted;
use crate::state::AppState;
use axum::extract::{Path, Request, State};
use axum::response::Response;
use perennial_engine::Error;
use serde::de::IgnoredAny;

/// `POST /p/{slug}/vouchers/{voucher}`: the points come back. Giving it back again changes nothing.
pub(crate) async fn give_back(
    State(state): State<AppState>,
    Path((_, voucher)): Path<(String, String)>,
    request: Request,
) -> Result<Response, Response> {
    let (posted, _) = Posted::read::<IgnoredAny>(state, request).await?;
    let given_back = match voucher.parse() {
        Ok(id) => posted.state.engine.redemption_cancel(&posted.cx, id).await.map(|_| ()),
        Err(_) => Ok(()),
    };
    match given_back {
        // An id that is none has no page either: the address says so.
        Ok(()) => Ok(posted.to(&format!("vouchers/{voucher}?done=returned"))),
        Err(error) => Ok(posted.again(FormState::default().refuse("", refusal(&error))).await),
    }
}

/// What to tell the customer.
fn refusal(error: &Error) -> String {
    match error {
        Error::Conflict { code, detail } => match &**code {
            "voucher_used" => "It was used already, so it cannot be given back.".to_owned(),
            "voucher_expired" => "Its time is over, so it cannot be given back.".to_owned(),
            "voucher_reserved" => "It is in a purchase that is being rung up just now.".to_owned(),
            "not_cancellable" => "Only the staff can take this back. Please ask them.".to_owned(),
            _ => format!("{detail}."),
        },
        Error::NotFound(_) => "We could not find this.".to_owned(),
        error => {
            tracing::error!(?error, "something was not given back");
            "It could not be given back just now. Nothing is lost; please try again.".to_owned()
        }
    }
}
