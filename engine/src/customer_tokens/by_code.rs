//! A token for whoever proves an e-mail with a one-time code: the sign-in of apps.
//!
//! The codes are those of the portal, with the same letters, limits and silence about who is known. What a browser keeps
//! in its session, an app gets as a challenge and brings again: a code only works where it was asked for.

use std::net::IpAddr;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use perennial_domain::codes::ReferralCode;
use perennial_domain::ids::MerchantId;

use super::{CustomerToken, CustomerTokenSecret, LIFETIME_BY_CODE, issue};
use crate::engine::Engine;
use crate::error::Error;
use crate::login_codes::{CODE_LIFETIME, wrong_code};
use crate::referrals::BroughtBy;

/// A code is on its way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CodeSent {
    /// What to bring again with the code: 256 random bits.
    pub challenge: String,
    /// The first instant at which the code does not work any more.
    pub expires_at: DateTime<Utc>,
}

/// What somebody brings who signs in.
#[derive(Debug, Clone, Copy)]
pub struct SignIn<'s> {
    /// The e-mail that the code went to.
    pub email: &'s str,
    /// The code.
    pub code: &'s str,
    /// What the answer to the request for the code said.
    pub challenge: &'s str,
    /// The code of a friend, which counts for whoever is new; one that does not count is ignored.
    pub referral_code: Option<&'s str>,
}

impl Engine {
    /// Sends a one-time code to an e-mail. The answer is the same for everybody, known or not.
    ///
    /// # Errors
    /// Those of [`login_code_request`](Self::login_code_request).
    pub async fn customer_code_request(
        &self,
        merchant: MerchantId,
        email: &str,
        from: Option<IpAddr>,
    ) -> Result<CodeSent, Error> {
        let binding: [u8; 32] = rand::random();
        self.login_code_request(merchant, email, &binding, from).await?;
        Ok(CodeSent {
            challenge: URL_SAFE_NO_PAD.encode(binding),
            expires_at: self.clock().now() + CODE_LIFETIME,
        })
    }

    /// Trades a one-time code for a token. Somebody unknown becomes a customer, because the e-mail is proven.
    ///
    /// # Errors
    /// Those of [`login_code_verify`](Self::login_code_verify); a challenge that is none is a wrong code.
    pub async fn customer_token_by_code(
        &self,
        merchant: MerchantId,
        sign_in: SignIn<'_>,
        from: Option<IpAddr>,
    ) -> Result<(CustomerToken, CustomerTokenSecret), Error> {
        let SignIn { email, code, challenge, referral_code } = sign_in;
        let binding = URL_SAFE_NO_PAD.decode(challenge).map_err(|_| wrong_code())?;
        let friend = referral_code.and_then(|code| ReferralCode::new(code).ok()).map(BroughtBy::Code);
        let customer =
            self.login_code_verify_by(merchant, email, code, &binding, from, friend.as_ref()).await?;
        // In a transaction of its own: after a crash in between, somebody asks for another code.
        issue(self.db(), self, merchant, customer, "code", LIFETIME_BY_CODE).await
    }
}
