//! Which letters the customer wants.

use perennial_domain::access::Action;
use perennial_engine::messages::{MessagePreferences, MessagePreferencesChange};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::api::{
    ApiState,
    auth::{Me, Once},
    call::{Answer, found},
    json::Json,
};

/// The routes of this noun.
pub fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(read, change))
}

/// Read which messages I want
///
/// One entry for each kind that customers may choose. Sign-in codes, and the welcome, which comes once, are always sent.
#[utoipa::path(
    get, path = "/me/message-preferences", operation_id = "read_my_message_preferences", tag = "Client apps",
    responses((status = 200, description = "What the customer wants.", body = MessagePreferences)),
)]
async fn read(me: Me) -> Answer {
    found(me.engine().message_preferences(&me.call.cx, me.id).await)
}

/// Change which messages I want
///
/// Kinds that are not named stay as they are.
#[utoipa::path(
    put, path = "/me/message-preferences", operation_id = "change_my_message_preferences", tag = "Client apps",
    request_body = MessagePreferencesChange,
    responses((status = 200, description = "What the customer wants now.", body = MessagePreferences)),
)]
async fn change(me: Me, once: Once, input: Json<MessagePreferencesChange>) -> Answer {
    let Json { value, bytes } = input;
    let customer = me.id;
    me.call
        .change(once.with(Action::CustomersWrite, &bytes), move |engine, txn, cx| {
            Box::pin(engine.message_preferences_change_in(txn, cx, customer, value))
        })
        .await
}
