//! What a promotion would have given over stored purchases.

use std::time::Duration;

use axum::response::{
    IntoResponse as _,
    sse::{Event, KeepAlive, Sse},
};
use chrono::{DateTime, Utc};
use futures::StreamExt as _;
use http::{HeaderMap, header};
use perennial_domain::{ids::PromotionId, replay::Replay};
use perennial_engine::promotions::{ReplayEvent, ReplayProgress, ReplaySpan, Tried};
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::api::{
    ApiState,
    call::{Answer, Call, found},
    json::OptionalJson,
    params::Id,
    problem::Problem,
};

/// What is found by then is the answer. A client that waits so long should rather listen.
const LONGEST: Duration = Duration::from_secs(600);
/// How often something is sent when nothing happens.
const ALIVE: Duration = Duration::from_secs(15);

/// The route of a replay.
pub fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(replay))
}

/// Which version is tried, and over which time.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ReplayInput {
    /// The version; without it the draft, or else the newest one.
    #[serde(default)]
    version: Option<u32>,
    /// Purchases made from then on; 30 days before the end unless given, and at most 400.
    #[serde(default)]
    from: Option<DateTime<Utc>>,
    /// Purchases made before; now unless given.
    #[serde(default)]
    to: Option<DateTime<Utc>>,
}

/// Replay a promotion
///
/// What it would have given, had it been in force in a time that is over: every credited purchase of that time is evaluated
/// once more by the rules of its own time, with this version in the place of the promotion's own and without it. Nothing is
/// written, so no `Idempotency-Key` is needed.
///
/// Its dates are not tested, its weekdays, hours and all else are. Limits per customer count from nothing; the budget cuts
/// nothing, and `budget` says when it would have run out. Of returned purchases only what is left counts. Customers bought
/// what they bought: whom the promotion would have brought, nobody knows.
///
/// With `Accept: text/event-stream` the answer is a stream: events `progress` while it runs, each with how many purchases
/// were looked at and about how many there are, then one `result`, or a `problem`. Whoever goes away ends it. A key needs
/// `promotions:read` and `purchases:read`; two replays of a merchant run at a time, a third one gets 429.
#[utoipa::path(
    post, path = "/promotions/{id}/replay", operation_id = "replay_promotion", tag = "Promotions",
    params(("id" = PromotionId, Path, description = "Id of the promotion.")),
    request_body = Option<ReplayInput>,
    responses((status = 200, description = "What it would have given.", content(
        (Replay = "application/json"),
        (ReplayProgress = "text/event-stream"),
    ))),
)]
async fn replay(
    call: Call,
    Id(id): Id<PromotionId>,
    headers: HeaderMap,
    input: OptionalJson<ReplayInput>,
) -> Answer {
    let ReplayInput { version, from, to } = input.value;
    let (tried, span) = (Tried::Version { id, version }, ReplaySpan { from, to });
    let replay = call.engine().promotion_replay(&call.cx, tried, span).await?;
    if !wants_stream(&headers) {
        return found(replay.run(Some(LONGEST), |_| {}).await);
    }
    let frames = replay.events().map(|event| match event {
        Ok(ReplayEvent::Progress(progress)) => Event::default().event("progress").json_data(progress),
        Ok(ReplayEvent::Done(replay)) => Event::default().event("result").json_data(&*replay),
        Err(error) => {
            let problem = Problem::from(error);
            Event::default().event("problem").json_data(problem.wire(None))
        }
    });
    Ok(Sse::new(frames).keep_alive(KeepAlive::new().interval(ALIVE)).into_response())
}

fn wants_stream(headers: &HeaderMap) -> bool {
    let accepted = headers.get_all(header::ACCEPT).iter().filter_map(|accepted| accepted.to_str().ok());
    accepted.flat_map(|accepted| accepted.split(',')).any(|kind| {
        let essence = kind.split(';').next().unwrap_or_default();
        essence.trim().eq_ignore_ascii_case("text/event-stream")
    })
}
