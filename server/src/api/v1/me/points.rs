//! What the customer has, and how it came about.

use perennial_engine::{
    customers::CustomerPath,
    points::{EntryView, PointsSummary},
};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::api::{
    ApiState,
    auth::Me,
    call::{Answer, found},
    params::{EntryParams, Params},
    schema::ListOf,
};

/// The routes of this noun.
pub fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(read)).routes(routes!(entries))
}

/// Read my points
///
/// Always read from the books: it includes every purchase that was answered before.
#[utoipa::path(
    get, path = "/me/points", operation_id = "read_my_points", tag = "Client apps",
    responses((status = 200, description = "Where the customer stands.", body = PointsSummary)),
)]
async fn read(me: Me) -> Answer {
    found(me.engine().customer_points(&me.call.cx, &CustomerPath::Id(me.id)).await)
}

/// List the movements on my accounts
///
/// Newest first.
#[utoipa::path(
    get, path = "/me/entries", operation_id = "list_my_entries", tag = "Client apps", params(EntryParams),
    responses((status = 200, description = "A page of entries.", body = ListOf<EntryView>)),
)]
async fn entries(me: Me, Params(params): Params<EntryParams>) -> Answer {
    let (kind, page) = params.request()?;
    found(me.engine().customer_entries(&me.call.cx, me.id, kind, &page).await)
}
