//! Who calls the API: an API key, or the token of a customer, looked up before anything else is read.

mod customers;
mod known_keys;

use std::{convert::Infallible, net::IpAddr, sync::Arc, time::Instant};

use axum::{
    body::Bytes,
    extract::{FromRequest, FromRequestParts, OptionalFromRequestParts, Request},
};
use http::{HeaderMap, header, request::Parts};
use perennial_domain::access::Action;
use perennial_engine::{Actor, Cx, Error, api_keys::Believed, customer_tokens::CustomerTokenSecret};

use super::{
    ApiState,
    json::OptionalJson,
    params::Nothing,
    problem::{Code, Problem},
    trace::Trace,
};

pub use customers::Me;
pub(super) use known_keys::KnownKeys;

/// The address of the caller; the edge puts it into every request.
#[derive(Debug, Clone, Copy)]
pub struct Caller(pub IpAddr);

/// The context of a request with a valid API key.
#[derive(Debug)]
pub struct ApiCx(pub Arc<Cx>);

impl FromRequestParts<ApiState> for ApiCx {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &ApiState) -> Result<Self, Problem> {
        let look_up = async |key: &str| {
            let cx = state.engine().authenticate(key).await?;
            Ok(Believed { cx, from_memory: false })
        };
        Ok(Self(enter(parts, state, look_up).await?.cx))
    }
}

/// Whoever has no valid key is nobody.
impl OptionalFromRequestParts<ApiState> for ApiCx {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &ApiState) -> Result<Option<Self>, Infallible> {
        Ok(<Self as FromRequestParts<ApiState>>::from_request_parts(parts, state).await.ok())
    }
}

/// The context of a request that can be answered from memory: the key is valid, or was when the database last answered.
#[derive(Debug)]
pub struct BelievedCx {
    /// Who, and for which merchant.
    pub cx: Arc<Cx>,
    /// Whether the database could not be asked; then it must not be asked for anything else.
    pub from_memory: bool,
    /// Everything that handlers can reach.
    pub state: ApiState,
    /// What the request log is told.
    pub trace: Trace,
}

impl FromRequestParts<ApiState> for BelievedCx {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &ApiState) -> Result<Self, Problem> {
        let look_up = async |key: &str| state.engine().authenticate_or_believe(key).await;
        let Believed { cx, from_memory } = enter(parts, state, look_up).await?;
        let Ok(trace) = Trace::from_request_parts(parts, state).await;
        Ok(Self { cx, from_memory, state: state.clone(), trace })
    }
}

/// Who calls, as far as the pace of the key allows it.
async fn enter(
    parts: &Parts,
    state: &ApiState,
    look_up: impl AsyncFnOnce(&str) -> Result<Believed, Error>,
) -> Result<Believed, Problem> {
    let Some(key) = bearer(&parts.headers) else { return Err(Problem::new(Code::Unauthorized)) };
    if CustomerTokenSecret::is_meant(key) {
        return Err(Problem::new(Code::Forbidden).detail(
            "This is a token of a customer. It opens what is below /api/v1/me; everything else takes an API key.",
        ));
    }
    let believed = authenticate(state, key, parts.extensions.get::<Caller>(), look_up).await?;
    Trace::is_from(parts, &believed.cx);
    if let (Some(throttle), Actor::ApiKey { id, .. }) = (&state.0.keys, believed.cx.actor()) {
        throttle.take(*id, Instant::now())?;
    }
    state.0.parameters.check(parts)?;
    Ok(believed)
}

/// Looks a key or token up, unless its address has failed too often and it is none that we know.
async fn authenticate<T>(
    state: &ApiState,
    key: &str,
    caller: Option<&Caller>,
    look_up: impl AsyncFnOnce(&str) -> Result<T, Error>,
) -> Result<T, Problem> {
    let now = Instant::now();
    let address = caller.map(|Caller(address)| *address);
    let is_known = state.0.known_keys.contains(key, now);
    if let Some(failures) = &state.0.key_failures
        && !is_known
    {
        failures.check(address, now)?;
    }
    match look_up(key).await {
        Ok(found) => {
            if !is_known {
                state.0.known_keys.remember(key, now);
            }
            Ok(found)
        }
        Err(error) => {
            if matches!(error, Error::Unauthenticated) {
                // It is in no merchant's log: nobody knows whose it was to be.
                metrics::counter!("api_unknown_keys_total").increment(1);
                if let Some(failures) = &state.0.key_failures {
                    // This answer is on its way already; the next attempt will have to wait.
                    failures.take(address, now).ok();
                }
            }
            Err(error.into())
        }
    }
}

/// The key or token in `Authorization: Bearer …`.
pub(crate) fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, key) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    let key = key.trim();
    (scheme.eq_ignore_ascii_case("bearer") && !key.is_empty()).then_some(key)
}

/// The header `Idempotency-Key`, and what else tells one request from another.
#[derive(Debug)]
pub struct Once {
    key: Option<String>,
    target: String,
}

impl<S: Sync> FromRequestParts<S> for Once {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let key = parts.headers.get("idempotency-key");
        // What is no text is no key: read as well as it can be, two of them would become the same one.
        let key = key.map(|key| std::str::from_utf8(key.as_bytes()).unwrap_or_default().to_owned());
        // Before anything is asked of the body, so that it is always refused alike.
        if let Some(key) = &key {
            perennial_engine::check_key(key)?;
        }
        let target = match &key {
            Some(_) => format!("{} {}", parts.method, parts.uri),
            None => String::new(),
        };
        Ok(Self { key, target })
    }
}

impl Once {
    /// What the engine has to remember, given the body of the request. Who lacks the right is not told the answer either.
    #[must_use]
    pub fn with(self, needs: Action, body: &[u8]) -> Option<perennial_engine::Remember> {
        use sha2::{Digest as _, Sha256};
        let mut hash = Sha256::new();
        hash.update(self.target.as_bytes());
        hash.update([0]);
        hash.update(body);
        let request_hash = hash.finalize().into();
        Some(perennial_engine::Remember { key: self.key?, request_hash, needs: Some(needs) })
    }
}

/// A request whose address says it all: its body may be left out, or be an empty object.
#[derive(Debug)]
pub struct Bare {
    once: Once,
    bytes: Bytes,
}

impl<S: Sync> FromRequest<S> for Bare {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let (mut parts, body) = request.into_parts();
        let once = Once::from_request_parts(&mut parts, state).await?;
        let nothing = OptionalJson::<Nothing>::from_request(Request::from_parts(parts, body), state).await?;
        Ok(Self { once, bytes: nothing.bytes })
    }
}

impl Bare {
    /// As [`Once::with`].
    #[must_use]
    pub fn with(self, needs: Action) -> Option<perennial_engine::Remember> {
        self.once.with(needs, &self.bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_bearer_key_counts() {
        let key = |value: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::AUTHORIZATION, value.parse().unwrap());
            bearer(&headers).map(str::to_owned)
        };
        assert_eq!(key("Bearer prn_1").as_deref(), Some("prn_1"));
        assert_eq!(key("bearer  prn_1 ").as_deref(), Some("prn_1"));
        assert_eq!(key("Basic cHJu"), None);
        assert_eq!(key("Bearer "), None);
        assert_eq!(key("prn_1"), None);
        assert_eq!(bearer(&HeaderMap::new()), None);
    }
}
