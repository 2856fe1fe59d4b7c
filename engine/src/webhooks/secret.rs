//! What a request is signed with.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::TimeDelta;
use rand::Rng;
use sha2::{Digest, Sha256};

/// A secret that was replaced signs along for so long, so that a receiver can change over at its leisure.
pub const SECRET_OVERLAP: TimeDelta = TimeDelta::hours(24);
/// What every secret begins with.
const MARK: &str = "whsec_";
/// Bytes of a secret.
const BYTES: usize = 32;
/// Bytes that SHA-256 works on at a time.
const BLOCK: usize = 64;

/// The secret of an endpoint. It is shown once, to whoever made it; it does not appear in logs.
#[derive(Clone, PartialEq, Eq)]
pub struct WebhookSecret(Vec<u8>);

impl WebhookSecret {
    /// Makes a secret from the operating system's randomness.
    pub(super) fn generate() -> Self {
        let secret: [u8; BYTES] = rand::rng().random();
        Self(secret.into())
    }

    /// One that was stored.
    pub(super) fn from_bytes(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }

    /// What is stored of it.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// The whole secret, `whsec_` and base64, to be shown once.
    #[must_use]
    pub fn expose(&self) -> String {
        format!("{MARK}{}", STANDARD.encode(&self.0))
    }

    /// `v1,` and the signature of a message, in base64.
    pub(super) fn sign(&self, id: &str, timestamp: i64, body: &str) -> String {
        let signed = hmac_sha256(&self.0, &[format!("{id}.{timestamp}.").as_bytes(), body.as_bytes()]);
        format!("v1,{}", STANDARD.encode(signed))
    }
}

impl fmt::Debug for WebhookSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("WebhookSecret(…)")
    }
}

/// HMAC of RFC 2104 with SHA-256, over the parts one after the other.
pub(crate) fn hmac_sha256(key: &[u8], parts: &[&[u8]]) -> [u8; 32] {
    let mut block = [0_u8; BLOCK];
    let hashed: [u8; 32];
    let key = if key.len() > BLOCK {
        hashed = Sha256::digest(key).into();
        &hashed[..]
    } else {
        key
    };
    for (place, byte) in block.iter_mut().zip(key) {
        *place = *byte;
    }
    let mut inner = Sha256::new_with_prefix(block.map(|byte| byte ^ 0x36));
    for part in parts {
        inner.update(part);
    }
    Sha256::new_with_prefix(block.map(|byte| byte ^ 0x5c)).chain_update(inner.finalize()).finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signatures_are_those_of_the_specification() {
        // The example that the reference implementations of Standard Webhooks are tested with.
        let key = STANDARD.decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        let signature = WebhookSecret::from_bytes(key).sign(
            "msg_p5jXN8AQM9LWM0D4loKWxJek",
            1_614_265_330,
            r#"{"test": 2432232314}"#,
        );
        assert_eq!(signature, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn the_hmac_is_that_of_rfc_4231() {
        let short = hmac_sha256(b"Jefe", &[b"what do ya want ", b"for nothing?"]);
        assert_eq!(hex::encode(short), "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
        let long = hmac_sha256(&[0xaa; 131], &[b"Test Using Larger Than Block-Size Key - Hash Key First"]);
        assert_eq!(hex::encode(long), "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
    }

    #[test]
    fn a_secret_has_its_shape_is_never_the_same_and_is_not_printed() {
        let (one, other) = (WebhookSecret::generate(), WebhookSecret::generate());
        assert_ne!(one, other);
        assert_eq!(one.expose().len(), MARK.len() + 44);
        assert!(one.expose().starts_with(MARK));
        assert_eq!(format!("{one:?}"), "WebhookSecret(…)");
    }
}
