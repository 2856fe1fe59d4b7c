//! From draft to archive: publish, discard, pause, resume, end, archive.

use chrono::{DateTime, Utc};
use perennial_domain::{access::Action, ids::PromotionId};
use perennial_engine::promotions::PromotionView;
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::api::{
    ApiState,
    auth::{Bare, Once},
    call::{Answer, Call, Mode},
    json::OptionalJson,
    params::{DryRun, Id, Params},
};

/// The routes of a promotion's life.
pub fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(publish))
        .routes(routes!(discard))
        .routes(routes!(pause))
        .routes(routes!(resume))
        .routes(routes!(end))
        .routes(routes!(archive))
}

/// When a version comes into force.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Publication {
    /// From when; without it a first version holds for any purchase that its dates allow, a later one from now on.
    /// A later version cannot hold from an instant in the past.
    #[serde(default)]
    effective_from: Option<DateTime<Utc>>,
}

/// Publish the draft of a promotion
///
/// When this has answered, no purchase that is posted earns by older rules, on any server.
#[utoipa::path(
    post, path = "/promotions/{id}/publish", operation_id = "publish_promotion", tag = "Promotions",
    params(("id" = PromotionId, Path, description = "Id of the promotion."), DryRun),
    request_body = Option<Publication>,
    responses(
        (status = 200, description = "The promotion.", body = PromotionView),
        (status = 409, description = "There is no draft (`no_draft`), or it was ended or archived (`promotion_over`)."),
    ),
)]
async fn publish(
    call: Call,
    Id(id): Id<PromotionId>,
    Params(DryRun { dry_run }): Params<DryRun>,
    once: Once,
    input: OptionalJson<Publication>,
) -> Answer {
    let mode = Mode { remember: once.with(Action::PromotionsWrite, &input.bytes), dry_run };
    let from = input.value.effective_from;
    call.change(mode, move |engine, txn, cx| Box::pin(engine.promotion_publish_in(txn, cx, id, from))).await
}

macro_rules! step {
    ($(#[$doc:meta])* $name:ident, $path:literal, $operation:literal, $conflict:literal, $method:ident) => {
        $(#[$doc])*
        #[utoipa::path(
            post, path = $path, operation_id = $operation, tag = "Promotions",
            params(("id" = PromotionId, Path, description = "Id of the promotion."), DryRun),
            responses(
                (status = 200, description = "The promotion.", body = PromotionView),
                (status = 409, description = $conflict),
            ),
        )]
        async fn $name(
            call: Call,
            Id(id): Id<PromotionId>,
            Params(DryRun { dry_run }): Params<DryRun>,
            bare: Bare,
        ) -> Answer {
            let mode = Mode { remember: bare.with(Action::PromotionsWrite), dry_run };
            call.change(mode, move |engine, txn, cx| Box::pin(engine.$method(txn, cx, id))).await
        }
    };
}

step!(
    /// Discard the draft of a promotion
    ///
    /// What was published stays as it is.
    discard, "/promotions/{id}/discard", "discard_promotion",
    "There is no draft (`no_draft`), or the draft is all there is (`not_published`); archive it instead.",
    promotion_discard_in
);

step!(
    /// Pause a promotion
    ///
    /// Purchases that happen from now on do not earn by it, until it is resumed. One that rests already stays as
    /// it is.
    pause, "/promotions/{id}/pause", "pause_promotion",
    "It was never published (`not_published`), or it was ended or archived (`promotion_over`).", promotion_pause_in
);

step!(
    /// Resume a promotion
    ///
    /// One that does not rest stays as it is.
    resume, "/promotions/{id}/resume", "resume_promotion",
    "It was never published (`not_published`), or it was ended or archived (`promotion_over`).", promotion_resume_in
);

step!(
    /// End a promotion
    ///
    /// For good: purchases that happen from now on do not earn by it. Late ones of the time before still do.
    end, "/promotions/{id}/end", "end_promotion",
    "It was never published (`not_published`), or it was archived (`promotion_over`).", promotion_end_in
);

step!(
    /// Archive a promotion
    ///
    /// It leaves the list. A promotion that runs has to be ended first.
    archive, "/promotions/{id}/archive", "archive_promotion",
    "It runs or is scheduled; end it first.", promotion_archive_in
);
