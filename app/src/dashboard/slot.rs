//! A secret on its way past the answer that is remembered, which is a row in the database.

use std::sync::{Arc, Mutex, PoisonError};

/// Filled where the secret is made, taken where it is shown. It stays empty when the form was sent before: then the secret
/// was shown, and is known to nobody here.
pub struct Slot<T>(Arc<Mutex<Option<T>>>);

impl<T> Default for Slot<T> {
    fn default() -> Self {
        Self(Arc::default())
    }
}

impl<T> Slot<T> {
    /// Its other end.
    #[must_use]
    pub fn share(&self) -> Self {
        Self(Arc::clone(&self.0))
    }

    /// Puts the secret in.
    pub fn fill(&self, secret: T) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(secret);
    }

    /// Takes it out.
    #[must_use]
    pub fn take(&self) -> Option<T> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}
