//! Short texts with a shape, parsed once and trusted afterwards.
//!
//! Every type here has `new(&str)`, which trims and checks, `as_str()`, and a serde form that goes through
//! `new`. Lengths count characters. Control characters are refused everywhere: they have no place in a
//! name or a code, break logs and CSV files, and Postgres does not store NUL at all. What people read hides nothing
//! from them either.

mod claim_code;
mod contact;
mod country;
mod crockford;
mod referral_code;
mod shown;
mod site;
mod text;
mod till_number;
mod voucher_code;
mod zone;

pub use claim_code::ClaimCode;
pub use contact::{CardNumber, Email, ExternalId, PaymentFingerprint, Phone};
pub use country::Country;
pub use referral_code::{ReferralCode, SentReferralCode};
pub(crate) use shown::{hides_something, uncover};
pub use site::AppOrigin;
pub(crate) use site::split_address;
pub use text::{
    BrandColor, CategoryName, Description, GroupName, Label, PersonName, Region, RetailerCode, ReturnKey,
    Sku, Slug, Tag, TransactionId,
};
pub use till_number::TillNumber;
pub use voucher_code::VoucherCode;
pub use zone::Zone;

use crate::error::Problem;

/// Why a text is not the code it should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CodeError {
    /// Nothing is left after trimming.
    #[error("must not be empty")]
    Empty,
    /// More characters than allowed.
    #[error("must have at most {max} characters")]
    TooLong {
        /// How many are allowed.
        max: usize,
    },
    /// A control character, such as a line break.
    #[error("must not contain control characters")]
    Control,
    /// A character that nobody sees: without a width, or one that turns the direction of writing.
    #[error("must not contain characters that cannot be seen")]
    Hidden,
    /// The text has another shape than its kind asks for.
    #[error("must be {expected}")]
    Shape {
        /// The shape in words, with an example where that helps.
        expected: &'static str,
    },
}

impl CodeError {
    /// The stable word for it in a [`FieldError`](crate::error::FieldError).
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Empty => "required",
            Self::TooLong { .. } => "too_long",
            Self::Control => "control_character",
            Self::Hidden => "hidden_character",
            Self::Shape { .. } => "malformed",
        }
    }
}

impl From<CodeError> for Problem {
    fn from(error: CodeError) -> Self {
        let detail = match error {
            CodeError::Empty => "This field is required".to_owned(),
            _ => capitalised(&error.to_string()),
        };
        Self { code: error.code().into(), detail }
    }
}

/// The same sentence with a capital at its beginning.
pub(crate) fn capitalised(sentence: &str) -> String {
    let mut characters = sentence.chars();
    match characters.next() {
        Some(first) => first.to_uppercase().chain(characters).collect(),
        None => String::new(),
    }
}

/// Trims, and refuses nothing, too much and control characters.
pub(crate) fn plain(text: &str, max: usize) -> Result<&str, CodeError> {
    let text = text.trim();
    if text.is_empty() {
        return Err(CodeError::Empty);
    }
    if text.chars().count() > max {
        return Err(CodeError::TooLong { max });
    }
    if text.chars().any(char::is_control) {
        return Err(CodeError::Control);
    }
    Ok(text)
}

/// The same for a text that people read, which hides nothing from them either.
pub(crate) fn readable(text: &str, max: usize) -> Result<String, CodeError> {
    plain(text, max).and_then(shown::shown).map(str::to_owned)
}

/// Declares a newtype over `String` whose only way in is `$parse: fn(&str) -> Result<String, CodeError>`; or, with
/// `max 64`, a [`plain`] text of at most so many characters.
macro_rules! code {
    ($(#[$doc:meta])* $name:ident, max $max:literal) => {
        $crate::codes::code!($(#[$doc])* $name, |text| $crate::codes::plain(text, $max).map(str::to_owned));
    };
    ($(#[$doc:meta])* $name:ident, $parse:expr) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// Trims, checks and normalises.
            pub fn new(text: &str) -> Result<Self, $crate::codes::CodeError> {
                let parse: fn(&str) -> Result<String, $crate::codes::CodeError> = $parse;
                parse(text).map(Self)
            }

            /// The normalised text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, "{}({:?})", stringify!($name), self.0)
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::codes::CodeError;

            fn from_str(text: &str) -> Result<Self, $crate::codes::CodeError> {
                Self::new(text)
            }
        }

        impl TryFrom<String> for $name {
            type Error = $crate::codes::CodeError;

            fn try_from(text: String) -> Result<Self, $crate::codes::CodeError> {
                Self::new(&text)
            }
        }

        impl From<$name> for String {
            fn from(code: $name) -> String {
                code.0
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }
    };
}
use code;
