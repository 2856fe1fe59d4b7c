//! `/api-keys`: with which programs speak for a merchant.

use http::StatusCode;
use perennial_domain::{access::Action, ids::ApiKeyId};
use perennial_engine::api_keys::{ApiKey, ApiKeyFilter, ApiKeyPatch, ApiKeyState, NewApiKey};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::api::{
    ApiState,
    auth::Once,
    call::{Answer, Call, found},
    json::{Json, answer},
    params::{Id, Paging, Params},
    schema::ListOf,
};

/// The routes of this noun.
pub fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(list, create)).routes(routes!(read, change, revoke))
}

/// A new key, with the secret that is shown this once.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CreatedApiKey)]
struct Created<'k> {
    #[serde(flatten)]
    key: &'k ApiKey,
    /// The whole key. It is stored nowhere and cannot be shown again.
    secret: &'k str,
}

/// What a list is narrowed to.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ListParams {
    /// Part of the name, of the name or code of the retailer, or how the key begins.
    search: Option<String>,
    /// In this state; in both when it is not given.
    state: Option<ApiKeyState>,
    /// At most so many rows, 1 to 200; 50 unless given.
    limit: Option<u32>,
    /// The `next` of the page before.
    after: Option<String>,
}

/// List API keys
///
/// Newest first, the revoked ones too unless a state is asked for.
#[utoipa::path(
    get, path = "/api-keys", operation_id = "list_api_keys", tag = "API keys", params(ListParams),
    responses((status = 200, description = "A page of keys.", body = ListOf<ApiKey>)),
)]
async fn list(call: Call, Params(params): Params<ListParams>) -> Answer {
    let filter = ApiKeyFilter { search: params.search, state: params.state };
    let page = Paging { limit: params.limit, after: params.after }.request()?;
    found(call.engine().api_key_list(&call.cx, &filter, &page).await)
}

/// Create an API key
///
/// It cannot get a scope that the calling key lacks. The secret is in this answer and nowhere else: an answer that
/// is repeated for the sake of an `Idempotency-Key` comes without it.
#[utoipa::path(
    post, path = "/api-keys", operation_id = "create_api_key", tag = "API keys", request_body = NewApiKey,
    responses((status = 201, description = "The new key and its secret.", body = Created)),
)]
async fn create(call: Call, once: Once, input: Json<NewApiKey>) -> Answer {
    // The secret takes a way of its own, past the answer that is remembered: that is a row in the database.
    let (give, mut secret) = tokio::sync::oneshot::channel();
    let Json { value, bytes } = input;
    let mut response = call
        .create(once.with(Action::KeysWrite, &bytes), move |engine, txn, cx| {
            Box::pin(async move {
                let (key, secret) = engine.api_key_create_in(txn, cx, value).await?;
                // Whoever waits for it is the caller of this very function.
                let _ = give.send((key.clone(), secret));
                Ok(key)
            })
        })
        .await?;
    if let Ok((key, secret)) = secret.try_recv() {
        response = answer(StatusCode::CREATED, &Created { key: &key, secret: secret.expose() });
    }
    Ok(response)
}

/// Read an API key
#[utoipa::path(
    get, path = "/api-keys/{id}", operation_id = "read_api_key", tag = "API keys",
    params(("id" = ApiKeyId, Path, description = "Id of the key.")),
    responses((status = 200, description = "The key, without its secret.", body = ApiKey)),
)]
async fn read(call: Call, Id(id): Id<ApiKeyId>) -> Answer {
    found(call.engine().api_key_get(&call.cx, id).await)
}

/// Change an API key
///
/// What is not given stays; `null` lifts the bound to a retailer. It cannot become a key that may do more than the calling
/// one. It counts at once on this server and within two seconds on all others; the secret stays what it is.
#[utoipa::path(
    patch, path = "/api-keys/{id}", operation_id = "change_api_key", tag = "API keys", request_body = ApiKeyPatch,
    params(("id" = ApiKeyId, Path, description = "Id of the key.")),
    responses(
        (status = 200, description = "The key as it is now.", body = ApiKey),
        (status = 409, description = "It was revoked (`revoked`)."),
    ),
)]
async fn change(call: Call, Id(id): Id<ApiKeyId>, patch: Json<ApiKeyPatch>) -> Answer {
    found(call.engine().api_key_update(&call.cx, id, patch.value).await)
}

/// Revoke an API key
///
/// It ends at once on this server and within two seconds on all others. Revoking twice changes nothing.
#[utoipa::path(
    delete, path = "/api-keys/{id}", operation_id = "revoke_api_key", tag = "API keys",
    params(("id" = ApiKeyId, Path, description = "Id of the key.")),
    responses((status = 200, description = "The revoked key.", body = ApiKey)),
)]
async fn revoke(call: Call, Id(id): Id<ApiKeyId>) -> Answer {
    found(call.engine().api_key_revoke(&call.cx, id).await)
}
