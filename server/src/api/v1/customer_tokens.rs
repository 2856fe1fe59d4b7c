//! `/customers/{customer}/tokens`: with which apps speak for a customer.

use http::StatusCode;
use perennial_domain::{
    access::Action,
    ids::{CustomerId, CustomerTokenId},
};
use perennial_engine::{Error, customer_tokens::CustomerToken, customers::CustomerPath};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::api::{
    ApiState,
    auth::Once,
    call::{Answer, Call, found},
    json::{OptionalJson, answer},
    params::{Id, Paging, Params, Segments},
    problem::{Code, Problem},
    schema::ListOf,
};

/// The routes of this noun.
pub fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(list, create, end_all)).routes(routes!(end))
}

/// How long the token is needed.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewCustomerToken)]
struct TokenInput {
    /// For how many seconds, 1 to 3,600; an hour unless given.
    #[serde(default)]
    #[schema(minimum = 1, maximum = 3600, default = 3600)]
    expires_in: Option<u32>,
}

/// A token with its secret.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CreatedCustomerToken)]
pub(super) struct Created<'s> {
    #[serde(flatten)]
    pub about: &'s CustomerToken,
    /// The whole token. It is stored nowhere and cannot be shown again.
    pub token: &'s str,
}

/// How many tokens were ended.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = EndedCustomerTokens)]
pub(super) struct Ended {
    /// So many.
    pub ended: u64,
}

/// Give an app a token of a customer
///
/// With it an app reads and does what is below `/me`, for this customer and for nobody else, for an hour at most. Ask for
/// one where your own server has signed the customer in. The token is in this answer and nowhere else: an answer that is
/// repeated for the sake of an `Idempotency-Key` comes without it.
#[utoipa::path(
    post, path = "/customers/{customer}/tokens", operation_id = "create_customer_token", tag = "Client apps",
    request_body = TokenInput,
    params(("customer" = String, Path, description = "Id of the customer, or `ext:` and the external id, for which the key also needs `customers:read`.")),
    responses(
        (status = 201, description = "The token.", body = Created),
        (status = 409, description = "The account of the customer was closed (`customer_erased`)."),
    ),
)]
async fn create(
    call: Call,
    Id(customer): Id<CustomerPath>,
    once: Once,
    input: OptionalJson<TokenInput>,
) -> Answer {
    let customer = resolve(&call, &customer).await?;
    // The secret takes a way of its own, past the answer that is remembered: that is a row in the database.
    let (give, mut secret) = tokio::sync::oneshot::channel();
    let OptionalJson { value: TokenInput { expires_in }, bytes } = input;
    let mut response = call
        .create(once.with(Action::TokensWrite, &bytes), move |engine, txn, cx| {
            Box::pin(async move {
                let (token, secret) = engine.customer_token_create_in(txn, cx, customer, expires_in).await?;
                // Whoever waits for it is the caller of this very function.
                let _ = give.send((token.clone(), secret));
                Ok(token)
            })
        })
        .await?;
    if let Ok((about, secret)) = secret.try_recv() {
        response = answer(StatusCode::CREATED, &Created { about: &about, token: secret.expose() });
    }
    Ok(response)
}

/// List the tokens of a customer
///
/// Those that still open something, newest first, without their secrets.
#[utoipa::path(
    get, path = "/customers/{customer}/tokens", operation_id = "list_customer_tokens", tag = "Client apps",
    params(("customer" = String, Path, description = "Id of the customer, or `ext:` and the external id."), Paging),
    responses((status = 200, description = "A page of tokens.", body = ListOf<CustomerToken>)),
)]
async fn list(call: Call, Id(customer): Id<CustomerPath>, Params(page): Params<Paging>) -> Answer {
    let customer = resolve(&call, &customer).await?;
    found(call.engine().customer_token_list(&call.cx, customer, &page.request()?).await)
}

/// End all tokens of a customer
///
/// At once and everywhere, those too that the customer signed in for: a telephone was lost.
#[utoipa::path(
    delete, path = "/customers/{customer}/tokens", operation_id = "end_customer_tokens", tag = "Client apps",
    params(("customer" = String, Path, description = "Id of the customer, or `ext:` and the external id.")),
    responses((status = 200, description = "How many there were.", body = Ended)),
)]
async fn end_all(call: Call, Id(customer): Id<CustomerPath>) -> Answer {
    let customer = resolve(&call, &customer).await?;
    let ended = call.engine().customer_tokens_end(&call.cx, customer).await;
    found(ended.map(|ended| Ended { ended }))
}

/// End a token of a customer
///
/// At once and everywhere.
#[utoipa::path(
    delete, path = "/customers/{customer}/tokens/{token}", operation_id = "end_customer_token", tag = "Client apps",
    params(
        ("customer" = String, Path, description = "Id of the customer, or `ext:` and the external id."),
        ("token" = CustomerTokenId, Path, description = "Id of the token."),
    ),
    responses((status = 200, description = "It is ended.", body = Ended)),
)]
async fn end(call: Call, Segments((customer, token)): Segments<(String, String)>) -> Answer {
    let no_such = || Problem::new(Code::NotFound);
    let customer = resolve(&call, &customer.parse().map_err(|_| no_such())?).await?;
    let token: CustomerTokenId = token.parse().map_err(|_| no_such())?;
    let ended = call.engine().customer_token_end(&call.cx, customer, token).await;
    found(ended.map(|()| Ended { ended: 1 }))
}

/// The customer of the path. Whoever may only give tokens has to know the id.
async fn resolve(call: &Call, customer: &CustomerPath) -> Result<CustomerId, Error> {
    call.cx.require(Action::TokensWrite)?;
    match customer {
        CustomerPath::Id(id) => Ok(*id),
        CustomerPath::ExternalId(_) => call.engine().customer_resolve(&call.cx, customer).await,
    }
}
