//! A short name for each request, for the answer, the log and whoever asks for help.

use std::sync::atomic::{AtomicU64, Ordering};

use http::{HeaderMap, HeaderName, HeaderValue};

/// The header, in requests and answers.
pub const HEADER: HeaderName = HeaderName::from_static("x-request-id");

/// Names requests.
#[derive(Debug)]
pub struct RequestIds {
    /// Random, so that the ids of two servers or two starts do not meet.
    prefix: String,
    next: AtomicU64,
}

impl Default for RequestIds {
    fn default() -> Self {
        Self { prefix: format!("{:012x}", rand::random::<u64>() & 0xffff_ffff_ffff), next: AtomicU64::new(1) }
    }
}

impl RequestIds {
    /// The id that the caller gave, when it is a harmless one; otherwise a new one.
    pub fn name(&self, headers: &HeaderMap) -> HeaderValue {
        if let Some(given) = headers.get(HEADER)
            && is_harmless(given.as_bytes())
        {
            return given.clone();
        }
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let name = format!("{}-{number:x}", self.prefix);
        // Hexadecimal digits and a dash are always a valid header value.
        HeaderValue::try_from(name).unwrap_or(HeaderValue::from_static("unnamed"))
    }
}

/// Whether an id from outside can go into a log line and a header: short, and of plain characters.
fn is_harmless(id: &[u8]) -> bool {
    (1..=64).contains(&id.len())
        && id.iter().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn harmless_ids_are_kept_and_others_replaced() {
        let ids = RequestIds::default();
        let name = |given: &[u8]| {
            let mut headers = HeaderMap::new();
            headers.insert(HEADER, HeaderValue::from_bytes(given).unwrap());
            ids.name(&headers).to_str().unwrap().to_owned()
        };
        assert_eq!(name(b"till-7.42_A"), "till-7.42_A");
        assert_ne!(name(b"forged level=error"), "forged level=error");
        assert_ne!(name(&[b'a'; 65]), "a".repeat(65));
        assert_ne!(ids.name(&HeaderMap::new()), ids.name(&HeaderMap::new()));
    }
}
