//! `/auth/{merchant}`: apps sign customers in by a one-time code, without any key.

use axum::{Extension, extract::State};
use chrono::{DateTime, Utc};
use http::StatusCode;
use perennial_engine::customer_tokens::SignIn;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::customer_tokens::Created;
use crate::api::{
    ApiState,
    auth::Caller,
    call::Answer,
    json::{Json, answer},
    params::Id,
    query::KnownQuery,
};

/// The routes of this noun.
pub fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(send_code)).routes(routes!(trade_code))
}

/// Where the code is to go.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewSignInCode)]
struct CodeInput {
    /// The customer's e-mail.
    email: String,
}

/// A code is on its way.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SignInCode)]
struct CodeAnswer {
    /// What to send with the code: the code only works where it was asked for.
    challenge: String,
    /// The first instant at which the code does not work any more.
    expires_at: DateTime<Utc>,
}

/// Send a customer a one-time code
///
/// Six digits by e-mail, good for ten minutes, five attempts and one use. The answer is the same whether or not anybody
/// of that address is known. Too many from one address, or for one e-mail, are throttled.
#[utoipa::path(
    post, path = "/auth/{merchant}/codes", operation_id = "send_sign_in_code", tag = "Client apps",
    request_body = CodeInput,
    params(("merchant" = String, Path, description = "The merchant's name in addresses: `hearth` in `/p/hearth`.")),
    responses((status = 202, description = "The code is on its way.", body = CodeAnswer)),
)]
async fn send_code(
    State(state): State<ApiState>,
    _query: KnownQuery,
    Id(merchant): Id<String>,
    caller: Option<Extension<Caller>>,
    input: Json<CodeInput>,
) -> Answer {
    let merchant = state.engine().merchant_by_slug(&merchant).await?.id;
    let from = caller.map(|Extension(Caller(address))| address);
    let sent = state.engine().customer_code_request(merchant, &input.value.email, from).await?;
    let sent = CodeAnswer { challenge: sent.challenge, expires_at: sent.expires_at };
    Ok(answer(StatusCode::ACCEPTED, &sent))
}

/// The code that came.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewSignIn)]
struct SignInInput {
    /// The e-mail that the code went to.
    email: String,
    /// The code; a space in the middle does not matter.
    code: String,
    /// What the answer to the request for the code said.
    challenge: String,
    /// The code of the friend who recommended the program. It counts for whoever is new; one that does not count is ignored.
    #[serde(default)]
    referral_code: Option<String>,
}

/// Trade a one-time code for a token
///
/// The token is good for 30 days. Somebody who is not known yet becomes a customer, because the e-mail is proven.
#[utoipa::path(
    post, path = "/auth/{merchant}/tokens", operation_id = "sign_in", tag = "Client apps", request_body = SignInInput,
    params(("merchant" = String, Path, description = "The merchant's name in addresses: `hearth` in `/p/hearth`.")),
    responses(
        (status = 201, description = "The token.", body = Created),
        (status = 422, description = "The code is wrong, over, used, tried too often, or was asked for elsewhere: `code_invalid` at `/code`."),
    ),
)]
async fn trade_code(
    State(state): State<ApiState>,
    _query: KnownQuery,
    Id(merchant): Id<String>,
    caller: Option<Extension<Caller>>,
    input: Json<SignInInput>,
) -> Answer {
    let merchant = state.engine().merchant_by_slug(&merchant).await?.id;
    let from = caller.map(|Extension(Caller(address))| address);
    let SignInInput { email, code, challenge, referral_code } = &input.value;
    let sign_in = SignIn { email, code, challenge, referral_code: referral_code.as_deref() };
    let (about, secret) = state.engine().customer_token_by_code(merchant, sign_in, from).await?;
    Ok(answer(StatusCode::CREATED, &Created { about: &about, token: secret.expose() }))
}
