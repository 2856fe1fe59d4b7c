//! The code that proves a redemption: one of our own, or one that a merchant uploaded.

use super::{code, crockford, plain};

code!(
    /// The code of a voucher in the form in which it is looked up. At most 64 characters.
    ///
    /// One of our own has 80 random bits in 16 characters and is read as forgivingly as a
    /// [`ClaimCode`](super::ClaimCode). Any other text is a code from a merchant's pool: of it only the
    /// surrounding spaces and the case do not matter. Who shows such a code keeps the text as it was uploaded,
    /// because whoever accepts it may be more particular.
    VoucherCode,
    |text| {
        let own = crockford::read(text);
        if crockford::is_code(&own) { Ok(own) } else { plain(text, 64).map(str::to_ascii_uppercase) }
    }
);

impl VoucherCode {
    /// Makes a code from fresh random bytes, which must come from a cryptographic generator.
    #[must_use]
    pub fn from_random(random: [u8; 10]) -> Self {
        Self(crockford::encode(random))
    }

    /// Our own codes in groups of four, for people: `7F3A-9C02-XK41-P0QZ`. Others as they are looked up.
    #[must_use]
    pub fn grouped(&self) -> String {
        if crockford::is_code(&self.0) { crockford::grouped(&self.0) } else { self.0.clone() }
    }
}
