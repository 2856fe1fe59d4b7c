//! Passwords: argon2id, a few at a time.

use std::sync::Arc;

use argon2::password_hash::{PasswordHash, PasswordHasher, PasswordVerifier, SaltString};
use argon2::{Algorithm, Argon2, Params, Version};
use perennial_domain::codes::Email;
use rand::Rng;
use tokio::sync::Semaphore;

use crate::error::Error;

/// Memory in KiB, rounds and threads of one hash: the least that OWASP recommends for argon2id. A hash takes about
/// 20 ms and 19 MiB.
const COST: (u32, u32, u32) = (19 * 1024, 2, 1);
/// Hashes computed at the same time; the others wait. Without a bound, log-ins could take all memory.
const AT_ONCE: usize = 2;
/// Letters of a password. Nobody needs more; more would only be work for the hash.
const LENGTH: std::ops::RangeInclusive<usize> = 8..=256;
/// What is tried first everywhere, of at least eight letters.
const COMMON: &[&str] = &[
    "00000000",
    "11111111",
    "12121212",
    "12341234",
    "12345678",
    "123456789",
    "1234567890",
    "1q2w3e4r",
    "1q2w3e4r5t",
    "1qaz2wsx",
    "87654321",
    "88888888",
    "987654321",
    "aa123456",
    "aaaaaaaa",
    "abc12345",
    "abcd1234",
    "access14",
    "admin123",
    "administrator",
    "asdfasdf",
    "asdfghjk",
    "asdfghjkl",
    "baseball",
    "basketball",
    "butterfly",
    "changeme",
    "charlie1",
    "chocolate",
    "computer",
    "corvette",
    "dolphins",
    "einstein",
    "football",
    "iloveyou",
    "internet",
    "jennifer",
    "letmein1",
    "liverpool",
    "marlboro",
    "maverick",
    "mercedes",
    "metallica",
    "michelle",
    "midnight",
    "p@ssw0rd",
    "passw0rd",
    "password",
    "password1",
    "password12",
    "password123",
    "princess",
    "q1w2e3r4",
    "qazwsxedc",
    "qwer1234",
    "qwerty12",
    "qwerty123",
    "qwertyui",
    "qwertyuiop",
    "samantha",
    "scorpion",
    "starwars",
    "steelers",
    "sunshine",
    "superman",
    "trustno1",
    "victoria",
    "welcome1",
    "welcome123",
    "whatever",
    "zaq12wsx",
    "zxcvbnm1",
];

/// Refuses what is guessed first. No letter of any kind is asked for: rules of that sort make passwords worse.
///
/// # Errors
/// [`Error::Invalid`] at `pointer`.
pub(crate) fn check(pointer: &str, password: &str, email: &Email) -> Result<(), Error> {
    let length = password.chars().count();
    if !LENGTH.contains(&length) {
        return Err(Error::field(pointer, "password_length", "A password has 8 to 256 letters"));
    }
    let lower = password.to_lowercase();
    let local = email.as_str().split('@').next().unwrap_or_default();
    if COMMON.contains(&lower.as_str()) || lower == email.as_str() || lower == local {
        return Err(Error::field(
            pointer,
            "password_common",
            "This password is among the first that anybody tries",
        ));
    }
    Ok(())
}

/// Computes and checks hashes, off the threads that serve requests.
pub(crate) struct Passwords {
    permits: Arc<Semaphore>,
}

impl Passwords {
    pub(crate) fn new() -> Self {
        Self { permits: Arc::new(Semaphore::new(AT_ONCE)) }
    }

    /// The hash of a new password, in the text form that names its own parameters.
    pub(crate) async fn hash(&self, password: String) -> Result<String, Error> {
        self.off_thread(move || {
            let salt = SaltString::encode_b64(&rand::rng().random::<[u8; 16]>()).map_err(broken)?;
            Ok(argon2()?.hash_password(password.as_bytes(), &salt).map_err(broken)?.to_string())
        })
        .await
    }

    /// Whether the password is the one that was hashed. Takes the same time without a hash to compare with, so
    /// that nobody learns from the clock whether an account exists.
    pub(crate) async fn verify(&self, password: String, hash: Option<String>) -> Result<bool, Error> {
        self.off_thread(move || {
            let Some(hash) = hash else {
                let salt = SaltString::encode_b64(&[0; 16]).map_err(broken)?;
                argon2()?.hash_password(password.as_bytes(), &salt).map_err(broken)?;
                return Ok(false);
            };
            let hash = PasswordHash::new(&hash).map_err(broken)?;
            Ok(argon2()?.verify_password(password.as_bytes(), &hash).is_ok())
        })
        .await
    }

    async fn off_thread<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        // The semaphore is never closed, and a hash does not panic; either would be a fault of ours.
        let _permit = Arc::clone(&self.permits)
            .acquire_owned()
            .await
            .map_err(|_| Error::Inconsistent("the password semaphore is closed".to_owned()))?;
        tokio::task::spawn_blocking(work)
            .await
            .map_err(|_| Error::Inconsistent("hashing a password panicked".to_owned()))?
    }
}

fn argon2() -> Result<Argon2<'static>, Error> {
    let (memory, rounds, threads) = COST;
    let params = Params::new(memory, rounds, threads, None).map_err(broken)?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

/// A stored hash that is none, or parameters that are refused: never the caller's fault.
fn broken(error: impl std::fmt::Display) -> Error {
    Error::Inconsistent(format!("password hash: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_password_fits_its_own_hash_only() {
        let passwords = Passwords::new();
        let hash = passwords.hash("correct horse".to_owned()).await.unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
        assert!(passwords.verify("correct horse".to_owned(), Some(hash.clone())).await.unwrap());
        assert!(!passwords.verify("correct house".to_owned(), Some(hash)).await.unwrap());
        assert!(!passwords.verify("correct horse".to_owned(), None).await.unwrap());
    }

    #[test]
    fn weak_passwords_are_refused() {
        let email = Email::new("maya.lind@example.com").unwrap();
        for weak in ["short", "Password123", "maya.lind", "MAYA.lind@example.com", &"x".repeat(257)] {
            assert!(check("/password", weak, &email).is_err(), "{weak}");
        }
        check("/password", "seven brown foxes", &email).unwrap();
    }
}
