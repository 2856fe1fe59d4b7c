//! A customer reference that can be recognised and not read.

use perennial_domain::customer::CustomerRef;
use perennial_domain::ids::MerchantId;
use sha2::{Digest as _, Sha256};

/// The first 16 bytes of a hash over merchant, kind and value of a customer reference.
///
/// It tells whether a purchase that is sent again names its customer in the same words, even when meanwhile the
/// customer has got another e-mail address or somebody else has got this one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct CustomerKey([u8; 16]);

impl CustomerKey {
    pub fn of(merchant: MerchantId, customer: &CustomerRef) -> Self {
        let mut hash = Sha256::new();
        hash.update(merchant.uuid().as_bytes());
        hash.update(customer.kind().as_bytes());
        // No kind contains it, so that kind and value cannot run into each other.
        hash.update([0]);
        hash.update(customer.value().as_bytes());
        let digest = hash.finalize();
        // The digest has 32 bytes.
        Self(std::array::from_fn(|place| digest[place]))
    }

    pub fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}
