//! The claim form, received.

use crate::form::FormState;
use crate::portal::posted::Posted;
use crate::state::AppState;
use axum::extract::{Request, State};
use axum::response::Response;
use perennial_domain::codes::ClaimCode;
use perennial_domain::customer::CustomerRef;
use perennial_engine::Error;
use serde::Deserialize;

#[derive(Debug, Default, Deserialize)]
struct Sent {
    #[serde(default)]
    code: String,
}

/// `POST /p/{slug}/claim`.
pub(crate) async fn submit(State(state): State<AppState>, request: Request) -> Result<Response, Response> {
    let (posted, sent) = Posted::read::<Sent>(state, request).await?;
    let Sent { code: typed } = sent.unwrap_or_default();
    let (field, text) = match ClaimCode::new(&typed) {
        Err(_) => {
            ("code", "A code has 16 letters and digits. Please compare it with the receipt.".to_owned())
        }
        Ok(_) if !posted.state.claims.allows(posted.customer) => {
            ("", "Too many tries in a row. Please wait a few minutes, then try again.".to_owned())
        }
        Ok(code) => {
            let customer = CustomerRef::Id(posted.customer);
            match posted.state.engine.claim(&posted.cx, &code, &customer).await {
                Ok(claimed) => {
                    return Ok(posted.to(&format!("activity/{}?done=claimed", claimed.purchase.id)));
                }
                Err(error) => refusal(&error),
            }
        }
    };
    Ok(posted.again(FormState::sent([("code", typed)]).refuse(field, text)).await)
}

/// Which field a refusal belongs to, and what to tell the customer.
fn refusal(error: &Error) -> (&'static str, String) {
    match error {
        Error::NotFound(_) => {
            ("code", "There is no receipt with this code. Please compare it with the receipt.".to_owned())
        }
        Error::Conflict { detail, .. } => ("code", format!("{detail}.")),
        error => {
            tracing::error!(?error, "a claim failed");
            ("", "The points could not be claimed just now. Nothing is lost; please try again.".to_owned())
        }
    }
}
