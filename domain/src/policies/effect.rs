//! What a policy gives.

use crate::codes::{CodeError, Label, hides_something};
use crate::ids::RewardId;
use crate::money::Amount;
use crate::points::{Points, Rate};
use crate::rewards::{RewardKind, ValueInput};

/// One thing that is given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PolicyEffect {
    /// Points.
    Points(Points),
    /// Money of the wallet, in the merchant's currency.
    Cashback(Amount),
    /// Referral credits, which count towards tiers by referrals.
    Credits(u32),
    /// The voucher of a reward of the catalogue.
    Reward(RewardId),
    /// A voucher of its own.
    Discount {
        /// What it takes off one purchase.
        worth: DiscountWorth,
        /// For how many days, to the end of the merchant's local day; for ever when absent.
        valid_days: Option<u16>,
    },
    /// A letter, to those who have an address.
    Email {
        /// What it is about.
        subject: Label,
        /// What it says.
        text: LetterText,
    },
}

impl PolicyEffect {
    /// The words of all effects in the API, in the order in which a form offers them.
    pub const WORDS: [&'static str; 6] = ["points", "cashback", "credits", "reward", "discount", "email"];

    /// The word for it in the API and the database.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Points(_) => "points",
            Self::Cashback(_) => "cashback",
            Self::Credits(_) => "credits",
            Self::Reward(_) => "reward",
            Self::Discount { .. } => "discount",
            Self::Email { .. } => "email",
        }
    }

    /// How much it gives, when that is a number: points, minor units or credits; 1 of all else.
    #[must_use]
    pub fn amount(&self) -> i64 {
        match self {
            Self::Points(points) => points.get(),
            Self::Cashback(amount) => amount.get(),
            Self::Credits(credits) => (*credits).into(),
            Self::Reward(_) | Self::Discount { .. } | Self::Email { .. } => 1,
        }
    }

    /// The same with another number, where it is one.
    #[must_use]
    pub fn with_amount(self, amount: i64) -> Self {
        match self {
            Self::Points(_) => Self::Points(Points::new(amount)),
            Self::Cashback(given) => Self::Cashback(Amount::new(amount).unwrap_or(given)),
            Self::Credits(given) => Self::Credits(u32::try_from(amount).unwrap_or(given)),
            other => other,
        }
    }

    /// Whether it gives more when something has happened several times at once: numbers add up, a letter is one letter and
    /// a voucher one voucher.
    #[must_use]
    pub const fn adds_up(&self) -> bool {
        matches!(self, Self::Points(_) | Self::Cashback(_) | Self::Credits(_))
    }
}

/// What a discount takes off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DiscountWorth {
    /// So much, above zero.
    MoneyOff(Amount),
    /// A part, above 0 and up to 1.
    Percent(Rate),
}

impl From<DiscountWorth> for RewardKind {
    fn from(worth: DiscountWorth) -> Self {
        match worth {
            DiscountWorth::MoneyOff(amount) => Self::MoneyOff(amount),
            DiscountWorth::Percent(part) => Self::Percent(part),
        }
    }
}

impl From<DiscountWorth> for ValueInput {
    fn from(worth: DiscountWorth) -> Self {
        match worth {
            DiscountWorth::MoneyOff(amount) => Self::Whole(amount.get()),
            DiscountWorth::Percent(part) => Self::Text(part.to_string()),
        }
    }
}

/// The text of a letter: 1 to 2,000 characters, line breaks allowed, and only placeholders that can be filled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LetterText(String);

impl LetterText {
    /// What stands for something.
    pub const PLACEHOLDERS: [&'static str; 3] = ["{name}", "{points}", "{shop}"];
    /// The most characters.
    pub const MAX: usize = 2_000;

    /// Trims and checks.
    ///
    /// # Errors
    /// [`CodeError`] says what is wrong.
    pub fn new(text: &str) -> Result<Self, CodeError> {
        let text = text.trim().replace("\r\n", "\n");
        if text.is_empty() {
            return Err(CodeError::Empty);
        }
        if text.chars().count() > Self::MAX {
            return Err(CodeError::TooLong { max: Self::MAX });
        }
        if text.chars().any(|character| character.is_control() && character != '\n') {
            return Err(CodeError::Control);
        }
        if hides_something(&text) {
            return Err(CodeError::Hidden);
        }
        Self::fillable(&text)?;
        Ok(Self(text))
    }

    /// Refuses a text with braces that stand for nothing.
    pub(super) fn fillable(text: &str) -> Result<(), CodeError> {
        let bare = Self::PLACEHOLDERS.iter().fold(text.to_owned(), |text, word| text.replace(word, ""));
        if bare.contains(['{', '}']) {
            return Err(CodeError::Shape {
                expected: "a text in which braces only stand around name, points or shop: {points}",
            });
        }
        Ok(())
    }

    /// The text with its placeholders.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// A text with its placeholders filled in. What is filled in is not read again.
    #[must_use]
    pub fn fill(text: &str, name: &str, points: i64, shop: &str) -> String {
        let points = points.to_string();
        let mut filled = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(at) = rest.find('{') {
            let (before, from) = rest.split_at(at);
            filled.push_str(before);
            let values = [("{name}", name), ("{points}", points.as_str()), ("{shop}", shop)];
            let found = values.iter().find_map(|(word, value)| Some((*value, from.strip_prefix(word)?)));
            let (value, after) = found.unwrap_or_else(|| from.split_at(1));
            // Nobody is greeted as `Hello ,`.
            if value.is_empty() && filled.ends_with(' ') {
                filled.pop();
            }
            filled.push_str(value);
            rest = after;
        }
        filled.push_str(rest);
        filled
    }
}

impl From<LetterText> for String {
    fn from(text: LetterText) -> Self {
        text.0
    }
}
