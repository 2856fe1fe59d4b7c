//! `/leaderboards`: who has earned most, and where each customer stands.

use perennial_domain::{access::Action, ids::CustomerId, leaderboard::LeaderboardPeriod};
use perennial_engine::{
    customers::CustomerPath,
    leaderboard::{Leaderboard, LeaderboardStanding, LeaderboardState},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::api::{
    ApiState,
    auth::Once,
    call::{Answer, Call, Mode, found},
    json::Json,
    params::{DryRun, Id, Paging, Params, Segments},
    problem::{Code, Problem},
};

/// The routes of this noun.
pub fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(state, switch))
        .routes(routes!(read))
        .routes(routes!(of_customer))
        .routes(routes!(hide))
}

/// Read whether there is a leaderboard
#[utoipa::path(
    get, path = "/leaderboards", operation_id = "read_leaderboards", tag = "Leaderboards",
    responses((status = 200, description = "Whether there is one, and since when.", body = LeaderboardState)),
)]
async fn state(call: Call) -> Answer {
    found(call.engine().leaderboard_state(&call.cx).await)
}

/// Whether there is to be a leaderboard.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = LeaderboardSwitch)]
struct Switch {
    /// `true` opens it, `false` closes it.
    enabled: bool,
}

/// Open or close the leaderboard
///
/// Everything that was ever bought counts. Where that is much it is counted afterwards, and `counting` says so until it is done.
/// Closing forgets the scores and keeps who does not want to be seen.
#[utoipa::path(
    put, path = "/leaderboards", operation_id = "set_leaderboards", tag = "Leaderboards", request_body = Switch,
    params(DryRun), responses((status = 200, description = "As it is now.", body = LeaderboardState)),
)]
async fn switch(
    call: Call,
    Params(DryRun { dry_run }): Params<DryRun>,
    once: Once,
    input: Json<Switch>,
) -> Answer {
    let Json { value: Switch { enabled }, bytes } = input;
    let mode = Mode { remember: once.with(Action::SettingsWrite, &bytes), dry_run };
    call.change(mode, move |engine, txn, cx| Box::pin(engine.leaderboard_set_in(txn, cx, enabled))).await
}

/// Read a leaderboard
///
/// The customers whose purchases of the running week (from Monday), the running month or ever earned most, less what
/// returns took back; the first thousand, a page at a time. Days are the merchant's. Whoever has as many points has the same
/// rank. Customers who do not want to be seen are left out.
#[utoipa::path(
    get, path = "/leaderboards/{period}", operation_id = "read_leaderboard", tag = "Leaderboards",
    params(("period" = LeaderboardPeriod, Path, description = "`week`, `month` or `ever`."), Paging),
    responses(
        (status = 200, description = "A page of it.", body = Leaderboard),
        (status = 404, description = "The merchant has no leaderboard, or there is no such period (`not_found`)."),
    ),
)]
async fn read(call: Call, Id(period): Id<LeaderboardPeriod>, Params(page): Params<Paging>) -> Answer {
    found(call.engine().leaderboard(&call.cx, period, &page.request()?).await)
}

/// Read where a customer stands
///
/// The rank is exact, among however many, and as old as the last purchase that was counted, which is a second or two.
#[utoipa::path(
    get, path = "/leaderboards/{period}/customers/{customer}", operation_id = "read_leaderboard_customer",
    tag = "Leaderboards",
    params(
        ("period" = LeaderboardPeriod, Path, description = "`week`, `month` or `ever`."),
        ("customer" = String, Path, description = "Id of the customer, or `ext:` and the external id."),
    ),
    responses((status = 200, description = "Where the customer stands.", body = LeaderboardStanding)),
)]
async fn of_customer(
    call: Call,
    Segments((period, customer)): Segments<(LeaderboardPeriod, String)>,
) -> Answer {
    let customer: CustomerPath = customer.parse().map_err(|_| Problem::new(Code::NotFound))?;
    let id = call.engine().customer_resolve(&call.cx, &customer).await?;
    found(call.engine().leaderboard_standing(&call.cx, period, id).await)
}

/// Whether a customer wants to be seen.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = LeaderboardVisibilityInput)]
pub(super) struct Hide {
    /// `true` hides the customer from all leaderboards.
    pub hidden: bool,
}

/// As it is now.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = LeaderboardVisibility)]
pub(super) struct Hidden {
    pub customer_id: CustomerId,
    pub hidden: bool,
}

/// Hide a customer from the leaderboards
///
/// Or show the customer again. Nobody's rank depends on somebody who is hidden.
#[utoipa::path(
    put, path = "/customers/{customer}/leaderboard", operation_id = "set_customer_leaderboard", tag = "Leaderboards",
    request_body = Hide,
    params(("customer" = String, Path, description = "Id of the customer, or `ext:` and the external id.")),
    responses((status = 200, description = "As it is now.", body = Hidden)),
)]
async fn hide(call: Call, Id(customer): Id<CustomerPath>, once: Once, input: Json<Hide>) -> Answer {
    let id = call.engine().customer_resolve(&call.cx, &customer).await?;
    let Json { value: Hide { hidden }, bytes } = input;
    call.change(once.with(Action::CustomersWrite, &bytes), move |engine, txn, cx| {
        Box::pin(async move {
            engine.leaderboard_hide_in(txn, cx, id, hidden).await?;
            Ok(Hidden { customer_id: id, hidden })
        })
    })
    .await
}
