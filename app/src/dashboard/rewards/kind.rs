//! The kinds of rewards, as the catalogue and the forms show them.

use crate::ui::icon::{self, Glyph};

/// What a reward gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kind {
    /// The word in addresses, in the API and in the database.
    pub word: &'static str,
    /// The word for people.
    pub label: &'static str,
    /// What it is good for.
    pub about: &'static str,
    /// Its picture.
    pub glyph: Glyph,
}

/// All kinds, in the order in which they are offered.
pub const KINDS: [Kind; 5] = [
    Kind {
        word: "money_off",
        label: "Money off",
        about: "A voucher that takes an amount off a purchase. Customers may choose how many points to spend.",
        glyph: icon::TICKET,
    },
    Kind {
        word: "percent",
        label: "Percent off",
        about: "A voucher that takes a part off a purchase.",
        glyph: icon::PERCENT,
    },
    Kind {
        word: "free_product",
        label: "Free product",
        about: "A voucher for one of a product that you sell.",
        glyph: icon::TAG,
    },
    Kind {
        word: "voucher_pool",
        label: "Code from a list",
        about: "Codes that you have from elsewhere, such as cinema tickets. Each goes to one customer.",
        glyph: icon::KEY,
    },
    Kind {
        word: "external",
        label: "Something you hand over",
        about: "A present, an experience, a donation: people prepare it, send it, or hand it over.",
        glyph: icon::GIFT,
    },
];

/// The kind of a word, if there is one.
#[must_use]
pub fn kind(word: &str) -> Option<Kind> {
    KINDS.into_iter().find(|kind| kind.word == word)
}

/// A kind for people; what is not known is shown as it is.
#[must_use]
pub fn label(word: &str) -> String {
    kind(word).map_or_else(|| word.to_owned(), |kind| kind.label.to_owned())
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use super::*;
    use perennial_domain::rewards::RewardKind;

    #[test]
    fn every_kind_of_the_domain_has_its_words() {
        assert_eq!(KINDS.map(|kind| kind.word), RewardKind::WORDS);
        assert_eq!(label("percent"), "Percent off");
        assert_eq!(label("something"), "something");
    }
}
