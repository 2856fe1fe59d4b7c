//! The form of who a customer is, received.

use super::super::posted::Posted;
use crate::state::AppState;
use axum::extract::{Path, Request, State};
use axum::response::Response;
use perennial_domain::access::Action;
use perennial_domain::ids::CustomerId;
use perennial_engine::customers::CustomerPatch;

/// Saves it: what was emptied is taken away.
pub async fn save(
    State(state): State<AppState>,
    Path(id): Path<String>,
    request: Request,
) -> Result<Response, Response> {
    let posted = Posted::allowed(state, request, Action::CustomersWrite).await?;
    let Ok(id) = id.parse::<CustomerId>() else { return Err(posted.missing()) };
    // A field that was not sent stays as it is.
    let field = |name: &str| posted.values.contains_key(name).then(|| posted.given(name).map(str::to_owned));
    let patch = CustomerPatch {
        name: field("name"),
        external_id: field("external_id"),
        email: field("email"),
        phone: field("phone"),
        card: field("card"),
        birthday: field("birthday"),
    };
    let outcome = posted.engine().customer_update(&posted.cx, id, patch).await;
    Ok(posted.finish(outcome, &super::LIST.row(&id.to_string()), "customer-saved").await)
}
