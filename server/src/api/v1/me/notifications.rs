//! What the customer is told.

use perennial_engine::{Page, events::Notification};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::api::{
    ApiState,
    auth::Me,
    call::{Answer, found},
    json::Json,
    params::{Paging, Params},
};

/// The routes of this noun.
pub fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(read))
}

/// A page of notifications.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = MyNotifications)]
struct Told {
    /// What the customer was told, the newest first.
    data: Vec<Notification>,
    /// Goes into `after` to get the page behind this one; null on the last page.
    next: Option<String>,
    /// How many were not read, counted up to 100.
    unread: i64,
}

/// List what I was told
///
/// In the last 30 days, newest first.
#[utoipa::path(
    get, path = "/me/notifications", operation_id = "list_my_notifications", tag = "Client apps", params(Paging),
    responses((status = 200, description = "A page of notifications.", body = Told)),
)]
async fn list(me: Me, Params(page): Params<Paging>) -> Answer {
    let Page { data, next } = me.engine().notification_list(&me.call.cx, &page.request()?).await?;
    let unread = me.engine().notifications_unread(&me.call.cx).await;
    found(unread.map(|unread| Told { data, next, unread }))
}

/// How far the customer has read.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = MyReading)]
struct ReadInput {
    /// The `sequence` of the newest notification that was shown.
    up_to: i64,
}

/// How many are left.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = MyUnread)]
struct Unread {
    /// How many were not read, counted up to 100.
    unread: i64,
}

/// Say how far I have read
///
/// Going back is not possible.
#[utoipa::path(
    post, path = "/me/notifications/read", operation_id = "read_my_notifications", tag = "Client apps",
    request_body = ReadInput,
    responses((status = 200, description = "How many are left.", body = Unread)),
)]
async fn read(me: Me, input: Json<ReadInput>) -> Answer {
    me.engine().notifications_read(&me.call.cx, input.value.up_to).await?;
    let unread = me.engine().notifications_unread(&me.call.cx).await;
    found(unread.map(|unread| Unread { unread }))
}
