//! From draft to archive: publish, pause, resume, end, archive.

use axum::{extract::State, response::Response};
use chrono::{DateTime, Utc};
use futures::future::BoxFuture;
use http::StatusCode;
use perennial_domain::ids::PromotionId;
use perennial_engine::{Cx, Engine, Error, promotions::PromotionView};
use sea_orm::DatabaseTransaction;
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::api::{
    ApiState, Mode,
    auth::{ApiCx, Once},
    json::OptionalJson,
    params::{DryRun, Id, Params},
    problem::Problem,
};

/// The routes of a promotion's life.
pub fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(publish))
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
    State(state): State<ApiState>,
    ApiCx(cx): ApiCx,
    Id(id): Id<PromotionId>,
    Params(DryRun { dry_run }): Params<DryRun>,
    once: Once,
    input: OptionalJson<Publication>,
) -> Result<Response, Problem> {
    let engine = state.engine().clone();
    let by = cx.clone();
    let effective_from = input.value.effective_from;
    state
        .write(&cx, Mode { remember: once.with(&input.bytes), dry_run }, move |txn| {
            Box::pin(async move {
                let view = engine.promotion_publish_in(txn, &by, id, effective_from).await?;
                Ok((StatusCode::OK, view))
            })
        })
        .await
}

/// A step takes no content; an empty object is fine, too.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Nothing {}

/// What the four plain steps have in common.
struct Step {
    state: ApiState,
    cx: std::sync::Arc<Cx>,
    id: PromotionId,
    mode: Mode,
}

type Taken<'t> = BoxFuture<'t, Result<PromotionView, Error>>;

impl Step {
    async fn take<F>(self, step: F) -> Result<Response, Problem>
    where
        F: for<'t> FnOnce(&'t Engine, &'t DatabaseTransaction, &'t Cx, PromotionId) -> Taken<'t>
            + Send
            + 'static,
    {
        let (engine, by, id) = (self.state.engine().clone(), self.cx.clone(), self.id);
        self.state
            .write(&self.cx, self.mode, move |txn| {
                Box::pin(async move { Ok((StatusCode::OK, step(&engine, txn, &by, id).await?)) })
            })
            .await
    }
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
            State(state): State<ApiState>,
            ApiCx(cx): ApiCx,
            Id(id): Id<PromotionId>,
            Params(DryRun { dry_run }): Params<DryRun>,
            once: Once,
            nothing: OptionalJson<Nothing>,
        ) -> Result<Response, Problem> {
            let mode = Mode { remember: once.with(&nothing.bytes), dry_run };
            let step = Step { state, cx, id, mode };
            step.take(|engine, txn, cx, id| Box::pin(engine.$method(txn, cx, id))).await
        }
    };
}

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
