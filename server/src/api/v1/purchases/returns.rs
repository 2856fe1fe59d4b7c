//! `/purchases/{id}/returns` and `/returns`: what comes back of a purchase.

use axum::response::Response;
use http::{HeaderValue, StatusCode};
use perennial_domain::{
    access::Action,
    ids::PurchaseId,
    returns::{ReturnInput, TransactionReturnInput},
};
use perennial_engine::{
    Error,
    returns::{Arrived, Foreseen, Return, ReturnPreview, Waiting},
};
use serde::Serialize;
use utoipa::ToSchema;

use crate::api::{
    REPLAYED,
    auth::Once,
    call::{Answer, Call, Mode, found},
    json::Json,
    params::{DryRun, Id, Paging, Params},
    schema::ListOf,
};
use uuid::Uuid;

/// List what was returned of a purchase
///
/// Oldest first.
#[utoipa::path(
    get, path = "/purchases/{id}/returns", operation_id = "list_purchase_returns", tag = "Returns",
    params(("id" = PurchaseId, Path, description = "Id of the purchase."), Paging),
    responses((status = 200, description = "A page of returns.", body = ListOf<Return>)),
)]
pub(super) async fn list(call: Call, Id(id): Id<PurchaseId>, Params(page): Params<Paging>) -> Answer {
    found(call.engine().return_list(&call.cx, id, &page.request()?).await)
}

/// Read a return
#[utoipa::path(
    get, path = "/returns/{id}", operation_id = "read_return", tag = "Returns",
    params(("id" = Uuid, Path, description = "Id of the return.")),
    responses((status = 200, description = "The return, as it was answered when it was booked.", body = Return)),
)]
pub(super) async fn read(call: Call, Id(id): Id<Uuid>) -> Answer {
    found(call.engine().return_get(&call.cx, id).await)
}

/// Return all or a part of a purchase
///
/// By lines, with a quantity or an amount, or by an amount of the whole; with neither, everything that is left. Takes
/// back what the returned part had earned. `return_id` is the key, unique per purchase, for ever: the same return again
/// answers 200 with the first answer and the header `Idempotent-Replayed: true`. A dry run also tells what would become of
/// the customer's tier and cashback wallet.
#[utoipa::path(
    post, path = "/purchases/{id}/returns", operation_id = "create_purchase_return", tag = "Returns",
    request_body = ReturnInput,
    params(("id" = PurchaseId, Path, description = "Id of the purchase."), DryRun),
    responses(
        (status = 201, description = "The return was booked.", body = Return),
        (status = 200, description = "It was booked before; this is the first answer again. Or a dry run, with what would change of the customer.", body = ReturnPreview),
        (status = 409, description = "More is returned than is left (`return_exceeds_purchase`), or the name was used for another return (`return_conflict`)."),
    ),
)]
pub(super) async fn create(
    call: Call,
    Id(id): Id<PurchaseId>,
    Params(DryRun { dry_run }): Params<DryRun>,
    once: Once,
    input: Json<ReturnInput>,
) -> Answer {
    let Json { value, bytes } = input;
    let checked = value.check().map_err(Error::Invalid)?;
    let mode = Mode { remember: once.with(Action::ReturnsWrite, &bytes), dry_run };
    let answered = call
        .write(mode, move |engine, txn, cx| {
            Box::pin(async move {
                if dry_run {
                    let preview = engine.return_preview_in(txn, cx, id, &checked).await?;
                    return Ok((StatusCode::OK, ReturnAnswer::Preview(Box::new(preview))));
                }
                let returned = engine.return_purchase_in(txn, cx, id, &checked).await?;
                Ok((status(returned.replayed), ReturnAnswer::Booked(Box::new(returned.record))))
            })
        })
        .await?;
    Ok(marked(answered, dry_run))
}

/// A return that was booked, one that would be, or one that waits for its purchase.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
#[schema(as = ReturnOrWaiting)]
pub(super) enum ReturnAnswer {
    /// Booked.
    Booked(Box<Return>),
    /// Would be booked.
    Preview(Box<ReturnPreview>),
    /// Waits.
    Waiting(Waiting),
}

/// Return a purchase by its transaction id
///
/// Like a return by the id of the purchase. A return that comes before its purchase answers 202 `waiting`, is booked as
/// soon as the purchase is there, and is forgotten after 30 days.
#[utoipa::path(
    post, path = "/returns", operation_id = "create_return", tag = "Returns",
    request_body = TransactionReturnInput, params(DryRun),
    responses(
        (status = 201, description = "The return was booked.", body = Return),
        (status = 200, description = "It was booked before; this is the first answer again. Or a dry run, with what would change of the customer.", body = ReturnPreview),
        (status = 202, description = "It waits for its purchase.", body = Waiting),
        (status = 409, description = "More is returned than is left (`return_exceeds_purchase`), the name was used for another return (`return_conflict`), or too many wait (`too_many_waiting`)."),
    ),
)]
pub(super) async fn create_by_transaction(
    call: Call,
    Params(DryRun { dry_run }): Params<DryRun>,
    once: Once,
    input: Json<TransactionReturnInput>,
) -> Answer {
    call.cx.require(perennial_domain::access::Action::ReturnsWrite)?;
    let Json { value, bytes } = input;
    call.trace.called(&value.transaction_id);
    let (retailer, transaction, checked) = value.check().map_err(Error::Invalid)?;
    let retailer = call.engine().return_retailer(&call.cx, retailer.as_deref()).await?;
    let mode = Mode { remember: once.with(Action::ReturnsWrite, &bytes), dry_run };
    let answered = call
        .write(mode, move |engine, txn, cx| {
            Box::pin(async move {
                if dry_run {
                    let seen = engine
                        .return_transaction_preview_in(txn, cx, retailer, &transaction, &checked)
                        .await?;
                    return Ok(match seen {
                        Foreseen::Booked(preview) => (StatusCode::OK, ReturnAnswer::Preview(preview)),
                        Foreseen::Waiting(waiting) => (StatusCode::ACCEPTED, ReturnAnswer::Waiting(waiting)),
                    });
                }
                let arrived = engine.return_transaction_in(txn, cx, retailer, &transaction, &checked).await?;
                Ok(match arrived {
                    Arrived::Booked(returned) => {
                        (status(returned.replayed), ReturnAnswer::Booked(Box::new(returned.record)))
                    }
                    Arrived::Waiting(waiting) => (StatusCode::ACCEPTED, ReturnAnswer::Waiting(waiting)),
                })
            })
        })
        .await?;
    Ok(marked(answered, dry_run))
}

fn status(replayed: bool) -> StatusCode {
    if replayed { StatusCode::OK } else { StatusCode::CREATED }
}

/// Says of a first answer that was given again that it is one.
fn marked(mut response: Response, dry_run: bool) -> Response {
    if response.status() == StatusCode::OK && !dry_run {
        response.headers_mut().insert(REPLAYED, HeaderValue::from_static("true"));
    }
    response
}
