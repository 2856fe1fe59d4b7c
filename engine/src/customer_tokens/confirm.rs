//! A fresh one-time code for what a token alone must not do: it may be a month old, and in the hands of whoever has found
//! the telephone.

use std::fmt;
use std::net::IpAddr;

use chrono::{DateTime, Utc};

use super::TokenHolder;
use crate::engine::Engine;
use crate::error::Error;
use crate::login_codes::{CODE_LIFETIME, wrong_code};

/// What a code is bound to that a token has asked for: known to whoever has the token, and stored nowhere.
#[derive(Clone)]
pub(super) struct Binding(pub(super) [u8; 32]);

impl fmt::Debug for Binding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Binding(…)")
    }
}

impl Engine {
    /// Sends a one-time code to the customer whose token this is, and tells the first instant at which it does not work any
    /// more. It works with this token only.
    ///
    /// # Errors
    /// [`Error::Conflict`] `email_required` when there is no e-mail to send it to; [`Error::Throttled`].
    pub async fn customer_confirmation_send(
        &self,
        holder: &TokenHolder,
        from: Option<IpAddr>,
    ) -> Result<DateTime<Utc>, Error> {
        let email = self.confirming_email(holder).await?;
        self.login_code_request(holder.cx.merchant(), &email, &holder.binding.0, from).await?;
        Ok(self.clock().now() + CODE_LIFETIME)
    }

    /// Takes the code that was sent: it proves once more who holds the token.
    ///
    /// # Errors
    /// [`Error::Invalid`] at `/code` with the code `code_invalid`, the same whether the code is wrong, over, used, tried too
    /// often or was asked for elsewhere; [`Error::Conflict`] `email_required`; [`Error::Throttled`].
    pub async fn customer_confirm(
        &self,
        holder: &TokenHolder,
        code: &str,
        from: Option<IpAddr>,
    ) -> Result<(), Error> {
        let email = self.confirming_email(holder).await?;
        let proven =
            self.login_code_verify(holder.cx.merchant(), &email, code, &holder.binding.0, from).await?;
        if proven == holder.customer { Ok(()) } else { Err(wrong_code()) }
    }

    async fn confirming_email(&self, holder: &TokenHolder) -> Result<String, Error> {
        let email = self.customer_get(&holder.cx, holder.customer).await?.email;
        email.ok_or_else(|| {
            Error::conflict(
                "email_required",
                "There is no e-mail that a code could be sent to; the shop can help",
            )
        })
    }
}
