//! An offer as form fields, and back.
//!
//! The browser reads the fields for the sentence beside them, the server for saving; both go through here, so that the
//! sentence is that of what would be saved. People type percents, amounts in major units and days.

use crate::dashboard::fields::{self, given, text};
pub use crate::dashboard::fields::{Problems, Values};
#[cfg(feature = "ssr")]
use crate::dashboard::money;
use perennial_domain::cashback::{OfferInput, OfferTerms};
use perennial_domain::error::FieldError;
use perennial_domain::money::Currency;

/// What the offer is about: the number of each field that is not empty, and what stands in it.
pub fn products(values: &Values) -> Vec<(usize, String)> {
    let mut products: Vec<(usize, String)> = values
        .iter()
        .filter_map(|(name, value)| {
            let number = name.strip_prefix("products.")?.parse().ok()?;
            Some((number, value.trim().to_owned())).filter(|(_, value)| !value.is_empty())
        })
        .collect();
    products.sort_unstable();
    products
}

/// Reads the fields. Everything that is wrong is told at once, by field.
///
/// # Errors
/// The fields that cannot stand as they are.
pub fn terms(values: &Values, currency: Currency) -> Result<OfferTerms, Problems> {
    let mut problems = Problems::new();
    let checked = input(values, currency, &mut problems).check();
    fields::checked(checked, problems, |error| {
        let field = field_of(error, values);
        let words = words_for(error, &field);
        (field, words)
    })
}

fn input(values: &Values, currency: Currency, problems: &mut Problems) -> OfferInput {
    let percentage = given(values, "percentage").and_then(|text| {
        let read = fraction(&text);
        if read.is_none() {
            problems.insert("percentage".to_owned(), "Type a number, such as 5 or 2.5".to_owned());
        }
        read
    });
    let mut amount = |name: &str| fields::amount(values, name, currency, problems);
    let (cap_per_purchase, cap_per_month) = (amount("cap_per_purchase"), amount("cap_per_month"));
    let mut days = |name: &str| fields::whole(values, name, "Type a number of days, such as 14", problems);
    OfferInput {
        name: text(values, "name").to_owned(),
        pending_days: days("pending_days"),
        valid_days: days("valid_days"),
        percentage: percentage.unwrap_or_default(),
        products: products(values).into_iter().map(|(_, value)| value).collect(),
        active: !text(values, "active").is_empty(),
        starts_at: given(values, "starts_at"),
        expires_at: given(values, "expires_at"),
        cap_per_purchase,
        cap_per_month,
    }
}

/// Percents as people type them, `5`, `2,5 %`, as the decimal fraction of the API, `0.05`, `0.025`.
#[must_use]
pub fn fraction(text: &str) -> Option<String> {
    let plain = text.trim_end_matches('%').trim().replace(',', ".");
    let (whole, places) = plain.split_once('.').unwrap_or((&plain, ""));
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if (whole.is_empty() && places.is_empty()) || !digits(whole) || !digits(places) {
        return None;
    }
    let whole = format!("{whole:0>3}");
    // All ASCII digits, at least three of them.
    let (units, hundredths) = whole.split_at_checked(whole.len() - 2)?;
    Some(format!("{units}.{hundredths}{places}"))
}

#[cfg(feature = "ssr")]
/// The decimal fraction of the API as percents, to be typed: `0.025` is `2.5`.
#[must_use]
pub fn percents(fraction: &str) -> String {
    let (units, places) = fraction.split_once('.').unwrap_or((fraction, ""));
    let places = format!("{places:0<2}");
    let (hundredths, rest) = places.split_at_checked(2).unwrap_or((&places, ""));
    let all = format!("{units}{hundredths}");
    let whole = all.trim_start_matches('0');
    let whole = if whole.is_empty() { "0" } else { whole };
    let rest = rest.trim_end_matches('0');
    if rest.is_empty() { whole.to_owned() } else { format!("{whole}.{rest}") }
}

/// The field that an error of the domain is about.
#[must_use]
pub fn field_of(error: &FieldError, values: &Values) -> String {
    let mut parts = error.pointer.trim_start_matches('/').split('/');
    match (parts.next().unwrap_or_default(), parts.next()) {
        ("products", index) => {
            let index = index.and_then(|index| index.parse::<usize>().ok()).unwrap_or(0);
            let number = products(values).get(index).map_or(0, |(number, _)| *number);
            format!("products.{number}")
        }
        (field, _) => field.to_owned(),
    }
}

/// The error in the words of the form; the domain speaks to programs, too.
fn words_for(error: &FieldError, field: &str) -> String {
    match (field, error.code.as_ref()) {
        ("name", "required") => "Give the offer a name".to_owned(),
        ("percentage", "required") => "Say how much comes back".to_owned(),
        ("percentage", "out_of_range") => "More than 0 and less than 100 percent".to_owned(),
        ("expires_at", "not_after_start") => "The end must be after the beginning".to_owned(),
        _ => error.detail.clone(),
    }
}

/// The fields of an offer, for the form.
#[cfg(feature = "ssr")]
#[must_use]
pub fn values(input: OfferInput, currency: Currency) -> Values {
    let mut values = Values::new();
    let mut set = |name: &str, value: Option<String>| fields::set(&mut values, name, value);
    set("name", Some(input.name));
    set("percentage", Some(input.percentage).filter(|text| !text.is_empty()).map(|text| percents(&text)));
    for (index, thing) in input.products.into_iter().enumerate() {
        set(&format!("products.{index}"), Some(thing));
    }
    set("active", input.active.then(|| "on".to_owned()));
    set("starts_at", input.starts_at.map(fields::to_the_minute));
    set("expires_at", input.expires_at.map(fields::to_the_minute));
    set("cap_per_purchase", input.cap_per_purchase.map(|cap| money::plain(cap, currency)));
    set("cap_per_month", input.cap_per_month.map(|cap| money::plain(cap, currency)));
    set("pending_days", input.pending_days.map(|days| days.to_string()));
    set("valid_days", input.valid_days.map(|days| days.to_string()));
    values
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use super::*;

    fn form(fields: &[(&str, &str)]) -> Values {
        fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn a_full_offer_survives_the_way_there_and_back() {
        let full = form(&[
            ("name", "Spring glassware"),
            ("percentage", "2.5"),
            ("products.0", "category:Glass"),
            ("products.1", "tag:spring"),
            ("products.2", "4011"),
            ("active", "on"),
            ("starts_at", "2026-04-02T17:00"),
            ("expires_at", "2026-05-28T23:59"),
            ("cap_per_purchase", "10.50"),
            ("cap_per_month", "40.00"),
            ("pending_days", "14"),
            ("valid_days", "90"),
        ]);
        let terms = terms(&full, Currency::USD).expect("the offer is right");
        assert_eq!(values(terms.into(), Currency::USD), full);
    }

    #[test]
    fn percents_become_fractions() {
        for (typed, fraction_of) in [
            ("5", "0.05"),
            ("2,5 %", "0.025"),
            ("12.5", "0.125"),
            (".5", "0.005"),
            ("100", "1.00"),
            ("0", "0.00"),
        ] {
            assert_eq!(fraction(typed).as_deref(), Some(fraction_of), "{typed}");
        }
        for typed in ["", "%", ".", "five", "-5", "1.2.3", "5%%x"] {
            assert_eq!(fraction(typed), None, "{typed}");
        }
        for (stored, typed) in
            [("0.05", "5"), ("0.2", "20"), ("0.125", "12.5"), ("0.001", "0.1"), ("1", "100")]
        {
            assert_eq!(percents(stored), typed);
        }
    }

    #[test]
    fn each_problem_is_told_at_its_own_field() {
        let wrong = form(&[
            ("name", " "),
            ("percentage", "100"),
            ("products.0", ""),
            ("products.3", "category:"),
            ("starts_at", "2026-04-02T17:00"),
            ("expires_at", "2026-04-02T17:00"),
            ("cap_per_purchase", "0"),
            ("cap_per_month", "1.234"),
            ("pending_days", "4000"),
            ("valid_days", "soon"),
        ]);
        let problems = terms(&wrong, Currency::USD).expect_err("much is wrong");
        let fields: Vec<&str> = problems.keys().map(String::as_str).collect();
        assert_eq!(
            fields,
            [
                "cap_per_month",
                "cap_per_purchase",
                "expires_at",
                "name",
                "pending_days",
                "percentage",
                "products.3",
                "valid_days"
            ]
        );
        assert_eq!(problems["name"], "Give the offer a name");
    }
}
