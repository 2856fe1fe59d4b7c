//! `/customers/{customer}/merge`: two accounts of one person become one; `/merges`: those that did.

use perennial_domain::access::Action;
use perennial_engine::{
    customers::CustomerPath,
    merge::{Merge, MergeInput, Merged},
};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::api::{
    ApiState,
    auth::Once,
    call::{Answer, Call, Mode, found},
    json::Json,
    params::{DryRun, Id, Paging, Params},
    schema::ListOf,
};

/// The routes of this noun.
pub fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(merge)).routes(routes!(merges))
}

/// Merge another account into a customer
///
/// For somebody who has two. The customer in the path goes on; `from` ends, and whatever names it afterwards means the customer who
/// goes on: its id, its addresses, its cards, a purchase that is sent again, a return of what it has bought. Points (each with the
/// day on which it expires), points that wait or are held, cashback, purchases, vouchers, redemptions, awards and what counts
/// towards tiers, limits and leaderboards are the customer's; what one of them owes is repaid by what the other has. A name and a
/// birthday are taken where there were none. The higher tier stays, and what both have done together is counted moments later. What
/// was posted before stays in the books under the id that it was posted for. It cannot be undone: ask with `dry_run` first. Merging the
/// same two again changes nothing and gives the first answer again.
#[utoipa::path(
    post, path = "/customers/{customer}/merge", operation_id = "merge_customer", tag = "Customers",
    request_body = MergeInput,
    params(("customer" = String, Path, description = "The customer who goes on: the id, or `ext:` and the external id."), DryRun),
    responses(
        (status = 200, description = "What has moved, and the customer as it is now.", body = Merged),
        (status = 404, description = "There is no such customer (`not_found`), or none that `from` names (`customer_not_found`)."),
        (status = 409, description = "Both are the same customer (`same_customer`), `from` was merged into somebody else (`already_merged`), or one of them was erased (`customer_erased`)."),
    ),
)]
async fn merge(
    call: Call,
    Id(customer): Id<CustomerPath>,
    Params(DryRun { dry_run }): Params<DryRun>,
    once: Once,
    input: Json<MergeInput>,
) -> Answer {
    call.cx.require(Action::CustomersMerge)?;
    let id = call.engine().customer_resolve(&call.cx, &customer).await?;
    let Json { value, bytes } = input;
    let mode = Mode { remember: once.with(Action::CustomersMerge, &bytes), dry_run };
    call.change(mode, move |engine, txn, cx| Box::pin(engine.customer_merge_in(txn, cx, id, value))).await
}

/// List the accounts that were merged into a customer
///
/// Newest first, also those that came by way of another account, which was merged into the customer later: `customer_id` is who went
/// on then.
#[utoipa::path(
    get, path = "/customers/{customer}/merges", operation_id = "list_customer_merges", tag = "Customers",
    params(("customer" = String, Path, description = "Id of the customer, or `ext:` and the external id."), Paging),
    responses((status = 200, description = "A page of merges.", body = ListOf<Merge>)),
)]
async fn merges(call: Call, Id(customer): Id<CustomerPath>, Params(page): Params<Paging>) -> Answer {
    let id = call.engine().customer_resolve(&call.cx, &customer).await?;
    found(call.engine().customer_merges(&call.cx, id, &page.request()?).await)
}
