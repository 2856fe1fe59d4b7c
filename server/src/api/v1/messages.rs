//! `/message-templates`: what the program's letters say; and which of them a customer wants.

use perennial_domain::{
    access::Action,
    messages::{Letter, MessageKind},
};
use perennial_engine::{
    customers::CustomerPath,
    messages::{
        MessagePreferences, MessagePreferencesChange, MessageTemplate, MessageTemplateChange, TestMessage,
        TestMessageSent, TrialTemplate,
    },
};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::api::{
    ApiState,
    auth::Once,
    call::{Answer, Call, Mode, found},
    json::Json,
    params::{DryRun, Id, Nothing, Params},
    schema::ListOf,
};

/// The routes of this noun.
pub fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(read, change, reset))
        .routes(routes!(preview))
        .routes(routes!(test))
        .routes(routes!(preferences, change_preferences))
}

/// List message templates
///
/// One for each kind of letter that the program sends to customers, with the placeholders that it may hold. There is one page.
#[utoipa::path(
    get, path = "/message-templates", operation_id = "list_message_templates", tag = "Messages",
    responses((status = 200, description = "All of them.", body = ListOf<MessageTemplate>)),
)]
async fn list(call: Call, Params(Nothing {}): Params<Nothing>) -> Answer {
    let templates = call.engine().message_template_list(&call.cx).await;
    found(templates.map(|data| ListOf { data, next: None }))
}

/// Read a message template
#[utoipa::path(
    get, path = "/message-templates/{kind}", operation_id = "read_message_template", tag = "Messages",
    params(("kind" = MessageKind, Path, description = "Which letter.")),
    responses((status = 200, description = "What it says.", body = MessageTemplate)),
)]
async fn read(call: Call, Id(kind): Id<MessageKind>) -> Answer {
    found(call.engine().message_template_get(&call.cx, kind).await)
}

/// Change a message template
///
/// Letters that are written from now on say it. A placeholder is a word in braces, such as `{name}`; a brace of its own is
/// written twice. A paragraph that is about something a letter has nothing to say about, such as the day until which a tier is
/// kept, is left out of that letter. Every letter goes out as plain text and as HTML in the merchant's colour.
#[utoipa::path(
    put, path = "/message-templates/{kind}", operation_id = "change_message_template", tag = "Messages",
    request_body = MessageTemplateChange, params(("kind" = MessageKind, Path, description = "Which letter."), DryRun),
    responses(
        (status = 200, description = "What it says now.", body = MessageTemplate),
        (status = 409, description = "It is no longer what was read (`changed_meanwhile`)."),
    ),
)]
async fn change(
    call: Call,
    Id(kind): Id<MessageKind>,
    Params(DryRun { dry_run }): Params<DryRun>,
    once: Once,
    input: Json<MessageTemplateChange>,
) -> Answer {
    let Json { value, bytes } = input;
    let mode = Mode { remember: once.with(Action::MessagesWrite, &bytes), dry_run };
    call.change(mode, move |engine, txn, cx| {
        Box::pin(engine.message_template_change_in(txn, cx, kind, value))
    })
    .await
}

/// Reset a message template
///
/// The letter says again what it said when the program came.
#[utoipa::path(
    delete, path = "/message-templates/{kind}", operation_id = "reset_message_template", tag = "Messages",
    params(("kind" = MessageKind, Path, description = "Which letter.")),
    responses((status = 200, description = "What it says now.", body = MessageTemplate)),
)]
async fn reset(call: Call, Id(kind): Id<MessageKind>) -> Answer {
    found(call.engine().message_template_reset(&call.cx, kind).await)
}

/// Preview a message
///
/// The letter with examples in the place of what only a real one knows, in both of its forms. With a `subject` or a `text`, the
/// letter that they would make. Nothing is written or sent.
#[utoipa::path(
    post, path = "/message-templates/{kind}/preview", operation_id = "preview_message_template", tag = "Messages",
    request_body = TrialTemplate, params(("kind" = MessageKind, Path, description = "Which letter.")),
    responses((status = 200, description = "The letter.", body = Letter)),
)]
async fn preview(call: Call, Id(kind): Id<MessageKind>, Json { value, .. }: Json<TrialTemplate>) -> Answer {
    found(call.engine().message_template_preview(&call.cx, kind, value).await)
}

/// Send a test message
///
/// The letter of the preview, marked as a test, to one address. Ten in a row, then one a minute; five to one address.
#[utoipa::path(
    post, path = "/message-templates/{kind}/test", operation_id = "test_message_template", tag = "Messages",
    request_body = TestMessage, params(("kind" = MessageKind, Path, description = "Which letter.")),
    responses((status = 200, description = "It is on its way.", body = TestMessageSent)),
)]
async fn test(call: Call, Id(kind): Id<MessageKind>, once: Once, input: Json<TestMessage>) -> Answer {
    let Json { value, bytes } = input;
    call.change(once.with(Action::MessagesWrite, &bytes), move |engine, txn, cx| {
        Box::pin(engine.message_template_test_in(txn, cx, kind, value))
    })
    .await
}

/// Read which messages a customer wants
///
/// One entry for each kind that customers may choose. Sign-in codes, and the welcome, which comes once, are always sent.
#[utoipa::path(
    get, path = "/customers/{customer}/message-preferences", operation_id = "read_message_preferences", tag = "Messages",
    params(("customer" = String, Path, description = "Id of the customer, or `ext:` and the external id.")),
    responses((status = 200, description = "What the customer wants.", body = MessagePreferences)),
)]
async fn preferences(call: Call, Id(customer): Id<CustomerPath>) -> Answer {
    let id = call.engine().customer_resolve(&call.cx, &customer).await?;
    found(call.engine().message_preferences(&call.cx, id).await)
}

/// Change which messages a customer wants
///
/// Kinds that are not named stay as they are.
#[utoipa::path(
    put, path = "/customers/{customer}/message-preferences", operation_id = "change_message_preferences",
    tag = "Messages", request_body = MessagePreferencesChange,
    params(("customer" = String, Path, description = "Id of the customer, or `ext:` and the external id.")),
    responses((status = 200, description = "What the customer wants now.", body = MessagePreferences)),
)]
async fn change_preferences(
    call: Call,
    Id(customer): Id<CustomerPath>,
    once: Once,
    input: Json<MessagePreferencesChange>,
) -> Answer {
    let id = call.engine().customer_resolve(&call.cx, &customer).await?;
    let Json { value, bytes } = input;
    call.change(once.with(Action::CustomersWrite, &bytes), move |engine, txn, cx| {
        Box::pin(engine.message_preferences_change_in(txn, cx, id, value))
    })
    .await
}
