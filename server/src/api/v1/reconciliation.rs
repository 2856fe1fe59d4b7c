//! `/reconciliation`: the last proof that the books are right.

use http::StatusCode;
use perennial_engine::reconcile::Check;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::api::{
    ApiState,
    call::{Answer, Call},
    json::answer,
};

/// The routes of this noun.
pub fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(read))
}

/// One invariant and how its last check went.
#[derive(Serialize, ToSchema)]
#[schema(as = ReconciliationCheck)]
struct Checked<'c> {
    /// What must hold, as a sentence.
    title: &'static str,
    #[serde(flatten)]
    check: &'c Check,
}

/// The last result of each invariant.
#[derive(Serialize, ToSchema)]
#[schema(as = Reconciliation)]
struct Reconciliation<'c> {
    /// Whether every invariant that was checked holds, here and in `recent`; null before the first run.
    clean: Option<bool>,
    /// Of everything, in the order of their names; empty before the first run.
    data: Vec<Checked<'c>>,
    /// Of what happened since a run before, which is looked at every few minutes.
    recent: Vec<Checked<'c>>,
}

/// Read the last reconciliation
///
/// `perennial reconcile` runs one.
#[utoipa::path(
    get, path = "/reconciliation", operation_id = "read_reconciliation", tag = "Reconciliation",
    responses((status = 200, description = "The last result of each invariant.", body = Reconciliation)),
)]
async fn read(call: Call) -> Answer {
    let checks = call.engine().reconciliation(&call.cx).await?;
    let recent = call.engine().reconciliation_recent(&call.cx).await?;
    let holds = |checks: &[Check]| checks.iter().all(|check| check.violations == 0);
    let clean = (!checks.is_empty()).then(|| holds(&checks) && holds(&recent));
    let (data, recent) = (titled(&checks), titled(&recent));
    Ok(answer(StatusCode::OK, &Reconciliation { clean, data, recent }))
}

fn titled(checks: &[Check]) -> Vec<Checked<'_>> {
    checks.iter().map(|check| Checked { title: check.invariant.title(), check }).collect()
}
