//! A form that a customer has sent: who sent it, where it leads, and its page again with what was wrong.

use super::merchant::PortalMerchant;
use crate::form::FormState;
use crate::session::SignedIn;
use crate::shell::{App, render_form};
use crate::state::AppState;
use axum::Form;
use axum::extract::{FromRequest as _, Request};
use axum::response::{IntoResponse as _, Redirect, Response};
use http::StatusCode;
use http::request::Parts;
use perennial_domain::ids::CustomerId;
use perennial_engine::Cx;
use serde::de::DeserializeOwned;

/// A form that a customer who is signed in has sent.
pub(crate) struct Posted {
    /// Who, in whose program.
    pub(crate) cx: Cx,
    /// The customer.
    pub(crate) customer: CustomerId,
    /// Whose portal it is.
    pub(crate) merchant: PortalMerchant,
    /// The state of the application.
    pub(crate) state: AppState,
    /// The request without its body.
    pub(crate) parts: Parts,
}

impl Posted {
    /// Reads it: what it says, or nothing when it cannot be read.
    ///
    /// # Errors
    /// The answer for whoever is not signed in.
    pub(crate) async fn read<T: DeserializeOwned>(
        state: AppState,
        request: Request,
    ) -> Result<(Self, Option<T>), Response> {
        let (parts, body) = request.into_parts();
        let (Some(SignedIn { cx, .. }), Some(merchant)) =
            (parts.extensions.get::<SignedIn>().cloned(), parts.extensions.get::<PortalMerchant>().cloned())
        else {
            return Err(missing());
        };
        let Some(customer) = cx.customer() else { return Err(missing()) };
        let whole = Request::from_parts(parts.clone(), body);
        let sent = Form::<T>::from_request(whole, &state).await.ok().map(|Form(sent)| sent);
        Ok((Self { cx, customer, merchant, state, parts }, sent))
    }

    /// On to a page of the portal.
    #[must_use]
    pub(crate) fn to(&self, tail: &str) -> Response {
        Redirect::to(&self.merchant.path(tail)).into_response()
    }

    /// Shows the page again with what was typed and what was wrong with it.
    pub(crate) async fn again(self, form: FormState) -> Response {
        render_form(&self.state, App::Portal, self.parts, form).await
    }
}

/// The answer to an address that names nothing.
pub(crate) fn missing() -> Response {
    StatusCode::NOT_FOUND.into_response()
}
