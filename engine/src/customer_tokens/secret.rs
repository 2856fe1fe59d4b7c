//! The secret of a customer's token.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

/// What every token begins with, so that a leaked one is found by scanners, and told from an API key.
const MARK: &str = "prc_";
/// Letters of a whole token: mark, 32 bytes in base64.
const LENGTH: usize = MARK.len() + 43;

/// A whole token. It is shown once, to whoever asked for it; it does not appear in logs.
#[derive(Clone, PartialEq, Eq)]
pub struct CustomerTokenSecret(String);

impl CustomerTokenSecret {
    /// Makes a token from the operating system's randomness.
    #[must_use]
    pub(super) fn generate() -> Self {
        let secret: [u8; 32] = rand::random();
        let mut token = String::with_capacity(LENGTH);
        token.push_str(MARK);
        URL_SAFE_NO_PAD.encode_string(secret, &mut token);
        Self(token)
    }

    /// Takes what a caller sent, if it looks like a token at all.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let is_token = text.len() == LENGTH && text.is_ascii() && Self::is_meant(text);
        is_token.then(|| Self(text.to_owned()))
    }

    /// Whether a text is meant to be a token, right or wrong, and not an API key.
    #[must_use]
    pub fn is_meant(text: &str) -> bool {
        text.starts_with(MARK)
    }

    /// The whole token, to be shown once.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// What is stored of it.
    pub(super) fn hash(&self) -> [u8; 32] {
        Sha256::digest(self.0.as_bytes()).into()
    }

    /// What one-time codes are bound to that it asks for. What is stored of the token does not lead there.
    pub(super) fn binding(&self) -> [u8; 32] {
        Sha256::new().chain_update(b"one-time code").chain_update(self.0.as_bytes()).finalize().into()
    }
}

impl fmt::Debug for CustomerTokenSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CustomerTokenSecret(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_has_its_shape_and_is_never_the_same() {
        let (one, other) = (CustomerTokenSecret::generate(), CustomerTokenSecret::generate());
        assert_eq!(one.expose().len(), LENGTH);
        assert_ne!(one, other);
        assert_ne!(one.hash(), other.hash());
        assert_ne!(one.binding(), other.binding());
        assert_ne!(one.binding(), one.hash());
        assert_eq!(CustomerTokenSecret::parse(one.expose()), Some(one.clone()));
        assert!(!format!("{one:?}").contains(&one.expose()[4..]));
    }

    #[test]
    fn what_is_no_token_is_not_looked_up() {
        for text in ["", "prc_", "prn_k3v9x2ab_x", &"x".repeat(LENGTH), &format!("prc_{}", "ä".repeat(21))] {
            assert_eq!(CustomerTokenSecret::parse(text), None, "{text}");
        }
    }
}
