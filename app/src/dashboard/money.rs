//! Amounts as people type them: in major units, `10.50`.

use perennial_domain::money::{Amount, Currency, format_amount};

/// Reads `10`, `10.5`, `10,50`, `1,000.00` or `$10.50` as minor units.
///
/// # Errors
/// How to write it instead.
pub fn parse(text: &str, currency: Currency) -> Result<i64, String> {
    let digits = usize::try_from(currency.minor_digits()).unwrap_or(0);
    let example = if digits == 0 {
        "10".to_owned()
    } else {
        format!("10.{}", "50".repeat(2).get(..digits).unwrap_or("5"))
    };
    let wrong = || format!("Type an amount such as {example}");
    let mut plain: String =
        text.chars().filter(|c| c.is_ascii_digit() || matches!(c, '.' | ',' | '-')).collect();
    if plain.starts_with('-') {
        return Err("An amount cannot be below zero".to_owned());
    }
    // The last separator is the decimal one unless exactly three digits follow it and it is a comma.
    if let Some(comma) = plain.rfind(',') {
        let after = plain.len() - comma - 1;
        // No thousand begins with a zero: `0,500` is half of one.
        let is_thousand = after == 3 && !plain.starts_with("0,") && !plain.starts_with(',');
        if plain.contains('.') || is_thousand {
            plain.retain(|c| c != ',');
        } else {
            plain = plain.replace(',', ".");
        }
    }
    let (major, minor) = plain.split_once('.').unwrap_or((&plain, ""));
    if (major.is_empty() && minor.is_empty()) || minor.contains('.') {
        return Err(wrong());
    }
    if minor.len() > digits {
        return Err(if digits == 0 {
            format!("{currency} has no smaller unit: type a whole number")
        } else {
            format!("{currency} has {digits} decimal places: {}", wrong().to_lowercase())
        });
    }
    let all = format!("{major}{minor:0<digits$}");
    let amount: i64 = all.parse().map_err(|_| wrong())?;
    Amount::new(amount).map(Amount::get).map_err(|_| "This is more than can be counted exactly".to_owned())
}

/// An amount as it would be typed: `10.50`, without sign or separators.
#[cfg(feature = "ssr")]
#[must_use]
pub fn plain(minor: i64, currency: Currency) -> String {
    let digits = usize::try_from(currency.minor_digits()).unwrap_or(0);
    if digits == 0 {
        return minor.to_string();
    }
    let scale = 10_i64.pow(currency.minor_digits());
    format!("{}.{:0digits$}", minor / scale, minor % scale)
}

/// An amount for reading; what cannot be one is shown as it is.
#[must_use]
pub fn show(minor: i64, currency: Currency) -> String {
    Amount::new(minor).map_or_else(|_| minor.to_string(), |amount| format_amount(amount, currency))
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_read_as_people_write_them() {
        let usd = Currency::USD;
        for (text, minor) in [
            ("10", 1_000),
            ("10.5", 1_050),
            ("10,50", 1_050),
            ("$10.50", 1_050),
            ("1,000", 100_000),
            ("1,000.25", 100_025),
            (".5", 50),
            ("0", 0),
        ] {
            assert_eq!(parse(text, usd), Ok(minor), "{text}");
        }
        let jpy: Currency = "JPY".parse().expect("a currency");
        assert_eq!(parse("500", jpy), Ok(500));
        for text in ["", "ten", "1.234", "1.2.3", "-5", "99999999999999999999"] {
            assert!(parse(text, usd).is_err(), "{text}");
        }
        assert!(parse("5.5", jpy).is_err());
    }

    #[test]
    fn what_is_shown_can_be_typed() {
        let kwd: Currency = "KWD".parse().expect("a currency");
        for (minor, currency) in [(1_050, Currency::USD), (5, Currency::USD), (1_234, kwd)] {
            assert_eq!(parse(&plain(minor, currency), currency), Ok(minor));
        }
        assert_eq!((parse("0,500", kwd), parse(",500", kwd)), (Ok(500), Ok(500)));
        assert!(parse("0,500", Currency::USD).is_err(), "not five hundred dollars");
    }
}
