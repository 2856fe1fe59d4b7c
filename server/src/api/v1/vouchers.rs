//! `/vouchers`: looked up and used at the till, by their code.

use perennial_domain::{access::Action, codes::VoucherCode};
use perennial_engine::rewards::Voucher;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::api::{
    ApiState,
    auth::Bare,
    call::{Answer, Call, Mode, found},
    params::{DryRun, Id, Params},
};

/// The routes of this noun.
pub fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(read)).routes(routes!(use_up))
}

/// Read a voucher
///
/// Spaces, dashes and the case of letters do not matter.
#[utoipa::path(
    get, path = "/vouchers/{code}", operation_id = "read_voucher", tag = "Rewards",
    params(("code" = String, Path, description = "The code of the voucher.")),
    responses((status = 200, description = "The voucher.", body = Voucher)),
)]
async fn read(call: Call, Id(code): Id<VoucherCode>) -> Answer {
    found(call.engine().voucher_get(&call.cx, &code).await)
}

/// Use a voucher
///
/// Once, whoever tries at the same time. What is bought with it is then the till's matter; a purchase with `vouchers` uses
/// them by itself.
#[utoipa::path(
    post, path = "/vouchers/{code}/use", operation_id = "use_voucher", tag = "Rewards",
    params(("code" = String, Path, description = "The code of the voucher."), DryRun),
    responses(
        (status = 200, description = "The voucher, used.", body = Voucher),
        (status = 409, description = "It was used (`voucher_used`), is over (`voucher_expired`), was taken back \
            (`voucher_cancelled`) or is held by a purchase (`voucher_reserved`)."),
    ),
)]
async fn use_up(
    call: Call,
    Id(code): Id<VoucherCode>,
    Params(DryRun { dry_run }): Params<DryRun>,
    bare: Bare,
) -> Answer {
    let mode = Mode { remember: bare.with(Action::RedemptionsWrite), dry_run };
    call.change(mode, move |engine, txn, cx| {
        Box::pin(async move { engine.voucher_use_in(txn, cx, &code).await })
    })
    .await
}
