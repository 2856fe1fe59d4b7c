//! Who calls below `/me`: a customer, by a token.

use std::time::Instant;

use axum::extract::FromRequestParts;
use http::request::Parts;
use perennial_domain::ids::CustomerId;
use perennial_engine::{Engine, customer_tokens::TokenHolder};

use super::{Caller, authenticate, bearer};
use crate::api::{
    ApiState,
    call::Call,
    problem::{Code, Problem},
    trace::Trace,
};

/// What every API key begins with.
const KEY_MARK: &str = "prn_";

/// A request of a customer: whatever it asks for is the customer's own.
#[derive(Debug)]
pub struct Me {
    /// The customer.
    pub id: CustomerId,
    /// By which token.
    pub holder: TokenHolder,
    /// The call, in the customer's own context.
    pub call: Call,
}

impl Me {
    /// The engine.
    pub fn engine(&self) -> &Engine {
        self.call.engine()
    }
}

impl FromRequestParts<ApiState> for Me {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &ApiState) -> Result<Self, Problem> {
        let Some(token) = bearer(&parts.headers) else {
            let detail = "Send a token of the customer: `Authorization: Bearer prc_…`.";
            return Err(Problem::new(Code::Unauthorized).detail(detail));
        };
        if token.starts_with(KEY_MARK) {
            return Err(Problem::new(Code::Forbidden).detail(
                "This is an API key. What is below /api/v1/me takes a token of the customer, which \
                 POST /customers/{customer}/tokens gives.",
            ));
        }
        let look_up = async |token: &str| state.engine().authenticate_customer(token).await;
        let holder = authenticate(state, token, parts.extensions.get::<Caller>(), look_up).await?;
        Trace::is_from(parts, &holder.cx);
        if let Some(throttle) = &state.0.customers {
            throttle.take(holder.customer, Instant::now())?;
        }
        state.0.parameters.check(parts)?;
        let Ok(trace) = Trace::from_request_parts(parts, state).await;
        let call = Call { cx: holder.cx.clone(), state: state.clone(), trace };
        Ok(Self { id: holder.customer, holder, call })
    }
}
