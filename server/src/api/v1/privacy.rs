//! `/customers/{customer}/export` and `/erase`: what a merchant owes to the people in its program.

use axum::body::Body;
use axum::response::Response;
use futures::StreamExt as _;
use http::{HeaderValue, header};
use perennial_domain::{access::Action, ids::CustomerId};
use perennial_engine::{
    Error,
    customers::CustomerPath,
    privacy::{EraseInput, Erasure},
};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::api::{
    ApiState,
    auth::Once,
    call::{Answer, Call, Mode},
    json::OptionalJson,
    params::{DryRun, Id, Params},
};

/// The routes of this noun.
pub fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(export)).routes(routes!(erase))
}

/// Export everything about a customer
///
/// One JSON document, written while it is read, for the customer or for another program: `version`, `exported_at`, `program`,
/// `customer`, `points`, `tier`, `cashback`, then the lists `entries`, `lots`, `purchases` (with lines, claims and returns),
/// `adjustments`, `tier_history`, `cashback_entries`, `redemptions`, `vouchers`, `awards`, `brought_by`, `friends` (as the
/// customer may know them), `notifications` and `letters` of the last 30 days, and
/// `message_preferences`. A document without its last brace is not complete: ask
/// again.
#[utoipa::path(
    get, path = "/customers/{customer}/export", operation_id = "export_customer", tag = "Customers",
    params(("customer" = String, Path, description = "Id of the customer, or `ext:` and the external id.")),
    responses((
        status = 200, body = serde_json::Value,
        description = "The document, to be saved as a file. Fields may be added; `version` counts changes of what is there.",
    )),
)]
async fn export(call: Call, Id(customer): Id<CustomerPath>) -> Answer {
    let id = call.engine().customer_resolve(&call.cx, &customer).await?;
    document(&call, id).await
}

/// The document of a customer, as it is written.
pub(super) async fn document(call: &Call, id: CustomerId) -> Answer {
    let document = call.engine().customer_export(&call.cx, id).await?;
    let mut response = Response::new(Body::from_stream(document.map(logged)));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if let Ok(name) = HeaderValue::from_str(&format!("attachment; filename=\"customer-{id}.json\"")) {
        headers.insert(header::CONTENT_DISPOSITION, name);
    }
    Ok(response)
}

/// Whoever reads sees only that the document breaks off; why is for the log.
fn logged(piece: Result<String, Error>) -> Result<String, Error> {
    if let Err(error) = &piece {
        tracing::warn!(%error, "an export broke off");
    }
    piece
}

/// Erase a customer
///
/// Deletes everything personal in every table and closes the account, for good: names, addresses, cards, letters, codes,
/// events and what was sent of them, remembered answers, and texts about the customer. Entries, lots and balances stay as they are,
/// under the opaque id, and purchases of before can still be returned. What could still have been spent is `lost`. Nothing
/// more is earned, given or spent: whoever tries gets 409 `customer_erased`; somebody with the same address is a new
/// customer. Doing it again changes nothing and gives the first answer again. Ask with `dry_run` first.
#[utoipa::path(
    post, path = "/customers/{customer}/erase", operation_id = "erase_customer", tag = "Customers",
    request_body = EraseInput,
    params(("customer" = String, Path, description = "Id of the customer, or `ext:` and the external id."), DryRun),
    responses((status = 200, description = "What was removed, what stays and what is lost.", body = Erasure)),
)]
async fn erase(
    call: Call,
    Id(customer): Id<CustomerPath>,
    Params(DryRun { dry_run }): Params<DryRun>,
    once: Once,
    input: OptionalJson<EraseInput>,
) -> Answer {
    call.cx.require(perennial_domain::access::Action::CustomersErase)?;
    let id = call.engine().customer_resolve(&call.cx, &customer).await?;
    let OptionalJson { value, bytes } = input;
    let mode = Mode { remember: once.with(Action::CustomersErase, &bytes), dry_run };
    call.change(mode, move |engine, txn, cx| Box::pin(engine.customer_erase_in(txn, cx, id, value))).await
}
