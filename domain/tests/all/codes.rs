//! Codes, names and contacts.

use std::str::FromStr;

use perennial_domain::codes::{
    BrandColor, CardNumber, ClaimCode, CodeError, Country, Description, Email, Label, PersonName, Phone,
    RetailerCode, Sku, Slug, TransactionId, VoucherCode, Zone,
};
use perennial_domain::ids::{CustomerId, IdError};
use perennial_domain::promotion::{PromotionInput, PromotionTerms};
use proptest::prelude::*;
use serde_json::json;

fn all<T: FromStr<Err = CodeError> + std::fmt::Debug>(good: &[&str], bad: &[&str]) {
    for text in good {
        assert!(text.parse::<T>().is_ok(), "{text:?}");
    }
    for text in bad {
        assert!(text.parse::<T>().is_err(), "{text:?}");
    }
}

#[test]
fn texts_have_their_lengths_in_characters() {
    fn longest<T: FromStr<Err = CodeError>>(max: usize) {
        for character in ["x", "ß", "漢"] {
            assert!(character.repeat(max).parse::<T>().is_ok());
            assert!(
                matches!(character.repeat(max + 1).parse::<T>(), Err(CodeError::TooLong { max: m }) if m == max)
            );
        }
        for blank in ["", " ", "\t\n"] {
            assert!(matches!(blank.parse::<T>(), Err(CodeError::Empty)), "{blank:?}");
        }
        for control in ["a\0b", "a\nb", "a\u{85}b", "a\u{7f}b"] {
            assert!(matches!(control.parse::<T>(), Err(CodeError::Control)), "{control:?}");
        }
    }
    longest::<Sku>(64);
    longest::<RetailerCode>(64);
    longest::<TransactionId>(128);
    longest::<Label>(120);
    longest::<PersonName>(200);
    assert_eq!(Label::new("  Hearth & Hops ").unwrap().as_str(), "Hearth & Hops");
}

/// Overrides of the direction of writing, marks and spaces without a width, ends of lines.
const HIDDEN: [char; 18] = [
    '\u{200B}', '\u{200E}', '\u{200F}', '\u{2028}', '\u{2029}', '\u{202A}', '\u{202B}', '\u{202C}',
    '\u{202D}', '\u{202E}', '\u{2060}', '\u{2066}', '\u{2067}', '\u{2068}', '\u{2069}', '\u{FEFF}',
    '\u{200C}', '\u{200D}',
];

#[test]
fn what_people_read_hides_nothing_from_them() {
    for hidden in HIDDEN {
        let text = format!("Free{hidden}Wine");
        assert_eq!(Label::new(&text), Err(CodeError::Hidden), "{text:?}");
        assert_eq!(PersonName::new(&text), Err(CodeError::Hidden), "{text:?}");
        assert_eq!(Description::new(&text), Err(CodeError::Hidden), "{text:?}");
        assert_eq!(Label::stored(&text).unwrap().as_str(), "FreeWine");
        assert!(TransactionId::new(&text).is_ok(), "a till may call its purchases what it likes");
    }
    assert_eq!(Label::stored("\u{200B}\u{202E}").unwrap().as_str(), "?", "there was a name");
    assert_eq!(CodeError::Hidden.code(), "hidden_character");
}

#[test]
fn scripts_that_need_joiners_have_them() {
    // A word of Persian, one of Malayalam, a family, a heart on fire, and a word of English with a Persian ending.
    let needed = [
        "می\u{200C}خواهم",
        "അവന്\u{200D}റെ",
        "👨\u{200D}👩\u{200D}👧 day",
        "❤\u{FE0F}\u{200D}🔥",
        "PDF\u{200C}ها",
    ];
    for text in needed {
        assert_eq!(Label::new(text).unwrap().as_str(), text);
        assert_eq!(Label::stored(text).unwrap().as_str(), text);
    }
    for text in ["\u{200D}می", "می\u{200C}", "می \u{200C}خ", "م\u{200C}\u{200D}ی", "pay\u{200D}pal"]
    {
        assert_eq!(Label::new(text), Err(CodeError::Hidden), "{text:?}");
    }
}

#[test]
fn terms_that_were_stored_with_a_hidden_character_are_read_without_it() {
    let written = json!({"name": "Free\u{202E}Wine", "flat_points": 5});
    let input: PromotionInput = serde_json::from_value(written.clone()).unwrap();
    let errors = input.check().unwrap_err();
    assert_eq!(errors.len(), 1);
    assert_eq!((errors[0].pointer.as_str(), &*errors[0].code), ("/name", "hidden_character"));
    let stored: PromotionTerms = serde_json::from_value(written).unwrap();
    assert_eq!(stored.name.as_str(), "FreeWine");
}

proptest! {
    #[test]
    fn a_hidden_character_is_found_wherever_it_stands(
        text in "[a-zß漢م ]{1,40}", at in any::<prop::sample::Index>(), hidden in prop::sample::select(HIDDEN[..16].to_vec()),
    ) {
        prop_assume!(Label::new(&text).is_ok());
        let text = format!("x{}x", text.trim());
        let places: Vec<_> = text.char_indices().map(|(place, _)| place).skip(1).collect();
        let mut hiding = text.clone();
        hiding.insert(places[at.index(places.len())], hidden);
        prop_assert_eq!(Label::new(&hiding), Err(CodeError::Hidden));
        let seen = Label::stored(&hiding).unwrap();
        prop_assert_eq!(seen.as_str(), text.as_str());
    }

    #[test]
    fn whatever_was_stored_can_be_read(text in "[\\PC\u{200B}-\u{200F}\u{2028}-\u{202E}\u{2060}\u{2066}-\u{2069}\u{FEFF}]{1,60}") {
        prop_assume!(!text.trim().is_empty());
        let seen = Label::stored(&text).unwrap();
        prop_assert_eq!(Label::new(seen.as_str()), Ok(seen.clone()), "and what is read may be written");
    }
}

#[test]
fn slugs() {
    all::<Slug>(
        &["ab", "hearth-and-hops", "7-eleven", &"x".repeat(63)],
        &["", "a", "-ab", "ab-", "Ab", "a b", "a_b", "ä-b", "a/b", &"x".repeat(64)],
    );
}

#[test]
fn a_sku_cannot_be_mistaken_for_a_category_or_a_tag() {
    all::<Sku>(&["tagged", "categories:x", "x category:y"], &["tag:x", "category:x", " tag:x"]);
}

#[test]
fn e_mails() {
    all::<Email>(
        &["a@b.de", "maya.okafor+shop@example.co.uk", "o'neil@example.com", "用户@例子.广告", "x@1.2.de"],
        &[
            "",
            "a",
            "a@b",
            "@b.de",
            "a@",
            "a@.de",
            "a@b..de",
            "a@b.de.",
            "a b@c.de",
            "a@b c.de",
            ".a@b.de",
            "a.@b.de",
            "a..b@c.de",
            "a@-b.de",
            "a@b-.de",
            "a@b.de\nBcc: x@y.de",
            "Maya <a@b.de>",
            "a@b@c.de",
            &format!("{}@b.de", "x".repeat(65)),
            &format!("a@{}.de", "x".repeat(254)),
        ],
    );
    assert_eq!(Email::new(" Maya@Example.COM ").unwrap().as_str(), "maya@example.com");
}

#[test]
fn phones() {
    let country = |code: &str| (!code.is_empty()).then(|| Country::new(code).unwrap());
    let table = [
        ("+49 30 123456", "", Some("+4930123456")),
        ("+49 (0) 30 123456", "", Some("+4930123456")),
        ("0049-30-123456", "", Some("+4930123456")),
        ("030/123 456", "DE", Some("+4930123456")),
        ("(212) 555-0123", "US", Some("+12125550123")),
        ("1-212-555-0123", "US", Some("+12125550123")),
        ("8 912 345 67 89", "RU", Some("+79123456789")),
        ("06 1 234 5678", "HU", Some("+3612345678")),
        ("06 1234 5678", "IT", Some("+390612345678")),
        ("612 345 678", "ES", Some("+34612345678")),
        ("020 7946 0123", "GB", Some("+442079460123")),
        ("030 123456", "", None),
        ("+0 30 123456", "", None),
        ("+49", "", None),
        ("+49 30 CALL-ME", "", None),
        ("+1234567890123456", "", None),
        ("+123456", "", None),
        ("", "DE", None),
    ];
    for (text, home, expected) in table {
        let phone = Phone::parse(text, country(home).as_ref()).ok();
        assert_eq!(phone.as_ref().map(Phone::as_str), expected, "{text:?} at home in {home:?}");
    }
}

#[test]
fn countries() {
    all::<Country>(&["DE", "us", " fr "], &["", "D", "DEU", "XX", "49", "D|"]);
    assert_eq!(Country::new("de").unwrap().as_str(), "DE");
}

#[test]
fn cards_lose_their_spaces() {
    assert_eq!(CardNumber::new(" 6035 5501-23 ").unwrap().as_str(), "6035550123");
    all::<CardNumber>(&["A1"], &["", "--", " - "]);
}

#[test]
fn colours() {
    all::<BrandColor>(
        &["#2f6b4f", "#FFFFFF"],
        &["", "2f6b4f", "#fff", "#2f6b4g", "red", "#2f6b4f;x", "#äöü"],
    );
    assert_eq!(BrandColor::new("#FFFFFF").unwrap().as_str(), "#ffffff");
}

#[test]
fn zones() {
    all::<Zone>(
        &["Europe/Berlin", "UTC", "America/Argentina/Ushuaia"],
        &["", "Berlin", "CEST", "+02:00", "europe/berlin"],
    );
    assert_eq!(serde_json::to_value(Zone::UTC).unwrap(), "UTC");
    assert!(Zone::names().windows(2).all(|pair| pair[0] < pair[1]));
    assert!(Zone::names().contains(&"Europe/Berlin"));
}

#[test]
fn claim_codes() {
    let zeros = ClaimCode::from_random([0; 10]);
    assert_eq!(zeros.as_str(), "0000000000000000");
    assert_eq!(ClaimCode::from_random([0xff; 10]).as_str(), "ZZZZZZZZZZZZZZZZ");
    let mut random = [0; 10];
    random[9] = 33;
    let code = ClaimCode::from_random(random);
    assert_eq!(code.as_str(), "0000000000000011");
    assert_eq!(code.grouped(), "0000-0000-0000-0011");
    assert_eq!(ClaimCode::new(&code.grouped()).unwrap(), code);
    assert_eq!(ClaimCode::new("oooo oooo oooo ooil").unwrap(), code);
    all::<ClaimCode>(&[], &["", "0", "00000000000000000", "000000000000000U", "000000000000000é"]);
}

#[test]
fn voucher_codes_are_our_own_or_a_merchants() {
    let own = VoucherCode::from_random([0xab; 10]);
    assert_eq!(own.as_str().len(), 16);
    let grouped = own.grouped();
    assert_eq!(grouped.len(), 19);
    for typed in [grouped.clone(), grouped.to_lowercase(), format!("  {grouped} ")] {
        assert_eq!(VoucherCode::new(&typed).unwrap(), own, "{typed}");
    }
    assert_eq!(VoucherCode::new("oooo-oooo oooo-ooil").unwrap().as_str(), "0000000000000011");
    // A merchant's code keeps what it is made of.
    for (text, key) in [("summer-26", "SUMMER-26"), (" Olé O1 ", "OLé O1"), ("ß", "ß")] {
        let code = VoucherCode::new(text).unwrap();
        assert_eq!((code.as_str(), code.grouped().as_str()), (key, key));
        assert_eq!(VoucherCode::new(code.as_str()).unwrap(), code);
    }
    all::<VoucherCode>(&["A", &"x".repeat(64)], &["", "  ", "a\nb", &"x".repeat(65)]);
}

#[test]
fn codes_come_out_of_json_checked() {
    assert_eq!(serde_json::from_str::<Email>("\"A@B.de\"").unwrap().as_str(), "a@b.de");
    let error = serde_json::from_str::<Email>("\"nobody\"").unwrap_err().to_string();
    assert!(error.contains("must be an e-mail address such as maya@example.com"), "{error}");
}

#[test]
fn ids_sort_by_the_time_they_were_made() {
    let early = CustomerId::new(1_700_000_000_000, [0xff; 10]);
    let late = CustomerId::new(1_700_000_000_001, [0; 10]);
    assert!(early < late);
    assert_eq!(early.uuid().get_version_num(), 7);
    assert_eq!(early.to_string().parse::<CustomerId>().unwrap(), early);
    assert_eq!("42".parse::<CustomerId>(), Err(IdError));
}
