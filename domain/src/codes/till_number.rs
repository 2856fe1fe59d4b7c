//! The number of a sale that somebody entered at the till page.

use super::{CodeError, code, crockford};

/// 12 characters of 5 bits: 60 bits. It has to be another than those of the same store, and short, because people type it
/// from a receipt; it opens nothing.
const LENGTH: usize = 12;

/// What every such number begins with.
const PREFIX: &str = "till-";

code!(
    /// The number of a sale at the till page, on its receipt and as its transaction id: `till-7F3A-9C02-XK41`.
    ///
    /// Reading is forgiving: `till` may be left out, case, spaces and hyphens do not matter, `O` is 0, `I` and `L` are 1.
    TillNumber,
    |text| {
        let text = text.trim().to_ascii_lowercase();
        if text.is_empty() {
            return Err(CodeError::Empty);
        }
        let code = crockford::read(text.strip_prefix("till").unwrap_or(&text));
        if crockford::is_code_of(&code, LENGTH) {
            Ok(format!("{PREFIX}{}", crockford::grouped(&code)))
        } else {
            Err(CodeError::Shape { expected: "a number such as till-7F3A-9C02-XK41" })
        }
    }
);

impl TillNumber {
    /// What the transaction ids of all sales at tills begin with.
    pub const PREFIX: &'static str = PREFIX;

    /// Makes a number from fresh random bytes.
    #[must_use]
    pub fn from_random(random: [u8; 8]) -> Self {
        let code = crockford::digits(u128::from(u64::from_be_bytes(random)), LENGTH);
        Self(format!("{PREFIX}{}", crockford::grouped(&code)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_read_however_people_type_it() {
        let made = TillNumber::from_random([0, 1, 2, 3, 4, 5, 6, 7]);
        assert!(made.as_str().starts_with(TillNumber::PREFIX) && made.as_str().len() == 5 + 12 + 2, "{made}");
        let bare = made.as_str().replace("till-", "").replace('-', " ").to_ascii_lowercase();
        for typed in [made.as_str(), &bare, &made.as_str().to_uppercase()] {
            assert_eq!(TillNumber::new(typed).as_ref(), Ok(&made), "{typed}");
        }
        for other in ["", "till-", "till-7F3A", "t-1", "till-7F3A-9C02-XK41-0000"] {
            assert!(TillNumber::new(other).is_err(), "{other}");
        }
    }
}
