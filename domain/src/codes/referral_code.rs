//! The code by which somebody recommends a merchant to a friend.

use super::{CodeError, code, crockford, plain};

/// 10 characters of 5 bits: 50 bits. A code says only who recommends, so that guessing one gains nothing but another
/// person's advocate; it is short, because people read it out to each other.
const LENGTH: usize = 10;

code!(
    /// A referral code: 50 random bits, kept as 10 characters, shown in groups of five.
    ///
    /// Reading is forgiving: case, spaces and hyphens do not matter, `O` is 0, `I` and `L` are 1.
    ReferralCode,
    |text| {
        let code = crockford::read(text);
        if code.is_empty() {
            return Err(CodeError::Empty);
        }
        if crockford::is_code_of(&code, LENGTH) {
            Ok(code)
        } else {
            Err(CodeError::Shape { expected: "a referral code of 10 letters and digits" })
        }
    }
);

code!(
    /// What a till sends as a referral code, in the form in which it is compared. At most 64 characters.
    ///
    /// People type codes wrongly, and a purchase is not refused for it: a text that is no [`ReferralCode`] is kept in
    /// capitals, so that the same purchase sent again is the same.
    SentReferralCode,
    |text| {
        let code = crockford::read(text);
        if crockford::is_code_of(&code, LENGTH) { Ok(code) } else { plain(text, 64).map(str::to_uppercase) }
    }
);

impl ReferralCode {
    /// Makes a code from fresh random bytes, which must come from a cryptographic generator.
    #[must_use]
    pub fn from_random(random: [u8; 8]) -> Self {
        Self(crockford::digits(u128::from(u64::from_be_bytes(random)), LENGTH))
    }

    /// In two groups, for people: `K7QF2-M9XTB`.
    #[must_use]
    pub fn grouped(&self) -> String {
        let (first, second) = self.0.split_at(LENGTH / 2);
        format!("{first}-{second}")
    }
}

impl SentReferralCode {
    /// The code, if it is one.
    #[must_use]
    pub fn code(&self) -> Option<ReferralCode> {
        ReferralCode::new(&self.0).ok()
    }
}
