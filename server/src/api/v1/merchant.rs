//! `/merchant`: who a key speaks for, and the settings of the program.

use perennial_domain::{
    codes::Slug,
    ids::MerchantId,
    settings::{MerchantPatch, MerchantSettings},
};
use perennial_engine::{expiry::ExpiryChange, tiers::TierChange};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::api::{
    ApiState,
    call::{Answer, Call, found},
    json::Json,
    params::{DryRun, Params},
    problem::Problem,
};

/// The routes of this noun.
pub fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(read, change))
}

/// A merchant: what never changes, and the settings.
#[derive(Debug, Serialize, ToSchema)]
struct Merchant {
    /// Stays for ever.
    id: MerchantId,
    /// Its name in addresses, such as that of its portal `/p/{slug}`. Stays for ever.
    slug: Slug,
    #[serde(flatten)]
    settings: MerchantSettings,
}

impl Merchant {
    async fn of(call: &Call, settings: MerchantSettings) -> Result<Self, Problem> {
        let slug = call.engine().snapshot(&call.cx).await?.slug.clone();
        Ok(Self { id: call.cx.merchant(), slug, settings })
    }
}

/// A merchant after a change, or, in a dry run, as it would be.
#[derive(Debug, Serialize, ToSchema)]
struct MerchantChanged {
    #[serde(flatten)]
    merchant: Merchant,
    /// Nothing was changed: this is what would have come.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    dry_run: bool,
    /// In a dry run: what another expiry policy would do to points. Absent where the policy stays.
    #[serde(skip_serializing_if = "Option::is_none")]
    expiry_change: Option<ExpiryChange>,
    /// In a dry run: whom another policy of tiers would move. Absent where the policy stays.
    #[serde(skip_serializing_if = "Option::is_none")]
    tier_change: Option<TierChange>,
}

/// Read the merchant and its settings
#[utoipa::path(
    get, path = "/merchant", operation_id = "read_merchant", tag = "Merchant",
    responses((status = 200, description = "The merchant and its settings.", body = Merchant)),
)]
async fn read(call: Call) -> Answer {
    let settings = call.engine().merchant_settings(&call.cx).await?;
    found(Ok(Merchant::of(&call, settings).await?))
}

/// Change the settings
///
/// What is not given stays; `null` clears what can be absent. Purchases are treated by the new settings as soon as
/// this has answered, except those that were posted before: they keep their first answer. A dry run of another expiry
/// policy says in `expiry_change` which points would be gone sooner or later, and in which months; one of another policy of
/// tiers says in `tier_change` whom it would move. They move with their next purchase, or within a minute.
#[utoipa::path(
    patch, path = "/merchant", operation_id = "change_merchant", tag = "Merchant", request_body = MerchantPatch,
    params(DryRun),
    responses(
        (status = 200, description = "The merchant with its settings as they are now.", body = MerchantChanged),
        (status = 409, description = "The currency cannot change once there are purchases (`currency_in_use`)."),
    ),
)]
async fn change(
    call: Call,
    Params(DryRun { dry_run }): Params<DryRun>,
    patch: Json<MerchantPatch>,
) -> Answer {
    let (settings, expiry_change, tier_change) = if dry_run {
        let preview = call.engine().merchant_preview(&call.cx, patch.value).await?;
        (preview.settings, preview.expiry, preview.tiers)
    } else {
        (call.engine().merchant_update(&call.cx, patch.value).await?, None, None)
    };
    let merchant = Merchant::of(&call, settings).await?;
    found(Ok(MerchantChanged { merchant, dry_run, expiry_change, tier_change }))
}
