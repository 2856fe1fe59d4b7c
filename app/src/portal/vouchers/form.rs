//! The form that gives something back.

use crate::form::FormState;
use crate::portal::merchant::PortalMerchant;
use crate::session::SignedIn;
use crate::shell::{App, render_form};
use crate::state::AppState;
use axum::extract::{Path, Request, State};
use axum::response::{IntoResponse, Redirect, Response};
use http::{Method, StatusCode};
use perennial_engine::Error;

/// `POST /p/{slug}/vouchers/{voucher}`: the points come back. Giving it back again changes nothing.
pub(crate) async fn give_back(
    State(state): State<AppState>,
    Path((_, voucher)): Path<(String, String)>,
    request: Request,
) -> Response {
    let (mut parts, _) = request.into_parts();
    let (Some(SignedIn { cx, .. }), Some(merchant)) =
        (parts.extensions.get().cloned(), parts.extensions.get::<PortalMerchant>().cloned())
    else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let given_back = match voucher.parse() {
        Ok(id) => state.engine.redemption_cancel(&cx, id).await.map(|_| ()),
        Err(_) => Ok(()),
    };
    match given_back {
        // An id that is none has no page either: the address says so.
        Ok(()) => Redirect::to(&merchant.path(&format!("vouchers/{voucher}?done=returned"))).into_response(),
        Err(error) => {
            // The page is rendered as if it had been asked for.
            parts.method = Method::GET;
            let form = FormState::default().refuse("", refusal(&error));
            render_form(&state, App::Portal, parts, form).await
        }
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
