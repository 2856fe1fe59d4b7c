//! The secret of an API key.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rand::Rng;
use sha2::{Digest, Sha256};

/// What every key begins with, so that a leaked one is found by scanners.
const MARK: &str = "prn_";
/// Letters of the public part.
const PUBLIC: usize = 8;
/// Letters of the public part come from here: no letter that is taken for another.
const ALPHABET: &[u8; 32] = b"abcdefghjkmnpqrstuvwxyz023456789";
/// Letters of a whole key: mark, public part, underscore, 32 bytes in base64.
const LENGTH: usize = MARK.len() + PUBLIC + 1 + 43;

/// A whole key. It is shown once, to whoever made it; it does not appear in logs.
#[derive(Clone, PartialEq, Eq)]
pub struct ApiKeySecret(String);

impl ApiKeySecret {
    /// Makes a key from the operating system's randomness.
    #[must_use]
    pub(crate) fn generate() -> Self {
        let mut rng = rand::rng();
        let secret: [u8; 32] = rng.random();
        let mut key = String::with_capacity(LENGTH);
        key.push_str(MARK);
        for _ in 0..PUBLIC {
            // The range ends where the alphabet does.
            key.push(char::from(ALPHABET[rng.random_range(0..ALPHABET.len())]));
        }
        key.push('_');
        URL_SAFE_NO_PAD.encode_string(secret, &mut key);
        Self(key)
    }

    /// Takes what a caller sent, if it looks like a key at all.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let is_key = text.len() == LENGTH && text.is_ascii() && text.starts_with(MARK);
        is_key.then(|| Self(text.to_owned()))
    }

    /// The part that may be shown.
    #[must_use]
    pub fn prefix(&self) -> &str {
        // The length and that all is ASCII were checked by the only two ways to get here.
        self.0.get(..MARK.len() + PUBLIC).unwrap_or_default()
    }

    /// The whole key, to be shown once.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// What is stored of it.
    pub(crate) fn hash(&self) -> [u8; 32] {
        Sha256::digest(self.0.as_bytes()).into()
    }
}

impl fmt::Debug for ApiKeySecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ApiKeySecret({}…)", self.prefix())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_has_its_shape_and_is_never_the_same() {
        let (one, other) = (ApiKeySecret::generate(), ApiKeySecret::generate());
        assert_eq!(one.expose().len(), LENGTH);
        assert_ne!(one, other);
        assert_ne!(one.hash(), other.hash());
        assert_eq!(ApiKeySecret::parse(one.expose()), Some(one.clone()));
        assert_eq!(one.prefix().len(), 12);
    }

    #[test]
    fn a_key_is_not_printed() {
        let key = ApiKeySecret::generate();
        let secret = &key.expose()[13..];
        assert!(!format!("{key:?}").contains(secret));
    }

    #[test]
    fn what_is_no_key_is_not_looked_up() {
        for text in ["", "prn_", "sk_live_abc", &"x".repeat(LENGTH), &format!("prn_{}", "ä".repeat(26))] {
            assert_eq!(ApiKeySecret::parse(text), None, "{text}");
        }
    }
}
