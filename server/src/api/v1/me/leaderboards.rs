//! Where the customer stands among others, and whether others see it.

use perennial_domain::{access::Action, leaderboard::LeaderboardPeriod};
use perennial_engine::leaderboard::{Leaderboard, LeaderboardStanding};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::super::leaderboards::{Hidden, Hide};
use crate::api::{
    ApiState,
    auth::{Me, Once},
    call::{Answer, found},
    json::Json,
    params::{Id, Paging, Params},
};

/// The routes of this noun.
pub fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(read)).routes(routes!(standing)).routes(routes!(hide))
}

/// Read a leaderboard
///
/// Those who have earned most, by shortened names; `is_you` says which one the customer is.
#[utoipa::path(
    get, path = "/me/leaderboards/{period}", operation_id = "read_my_leaderboard", tag = "Client apps",
    params(("period" = LeaderboardPeriod, Path, description = "`week`, `month` or `ever`."), Paging),
    responses((status = 200, description = "A page of it.", body = Leaderboard)),
)]
async fn read(me: Me, Id(period): Id<LeaderboardPeriod>, Params(page): Params<Paging>) -> Answer {
    found(me.engine().leaderboard(&me.call.cx, period, &page.request()?).await)
}

/// Read where I stand
#[utoipa::path(
    get, path = "/me/leaderboards/{period}/standing", operation_id = "read_my_standing", tag = "Client apps",
    params(("period" = LeaderboardPeriod, Path, description = "`week`, `month` or `ever`.")),
    responses((status = 200, description = "Where the customer stands.", body = LeaderboardStanding)),
)]
async fn standing(me: Me, Id(period): Id<LeaderboardPeriod>) -> Answer {
    found(me.engine().leaderboard_standing(&me.call.cx, period, me.id).await)
}

/// Hide me from the leaderboards
///
/// Or show me again.
#[utoipa::path(
    put, path = "/me/leaderboards", operation_id = "hide_me", tag = "Client apps", request_body = Hide,
    responses((status = 200, description = "As it is now.", body = Hidden)),
)]
async fn hide(me: Me, once: Once, input: Json<Hide>) -> Answer {
    let Json { value: Hide { hidden }, bytes } = input;
    let customer_id = me.id;
    me.call
        .change(once.with(Action::CustomersWrite, &bytes), move |engine, txn, cx| {
            Box::pin(async move {
                engine.leaderboard_hide_in(txn, cx, customer_id, hidden).await?;
                Ok(Hidden { customer_id, hidden })
            })
        })
        .await
}
