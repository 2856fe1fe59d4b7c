//! The code on a receipt with which an unclaimed purchase is claimed.

use super::{CodeError, code, crockford};

code!(
    /// A claim code: 80 random bits, kept as 16 characters, shown in groups of four.
    ///
    /// Reading is forgiving: case, spaces and hyphens do not matter, `O` is 0, `I` and `L` are 1.
    ClaimCode,
    |text| {
        let code = crockford::read(text);
        if code.is_empty() {
            return Err(CodeError::Empty);
        }
        if crockford::is_code(&code) {
            Ok(code)
        } else {
            Err(CodeError::Shape { expected: "a claim code of 16 letters and digits" })
        }
    }
);

impl ClaimCode {
    /// Makes a code from fresh random bytes, which must come from a cryptographic generator.
    #[must_use]
    pub fn from_random(random: [u8; 10]) -> Self {
        Self(crockford::encode(random))
    }

    /// In groups of four, for people: `7F3A-9C02-XK41-P0QZ`.
    #[must_use]
    pub fn grouped(&self) -> String {
        crockford::grouped(&self.0)
    }
}
